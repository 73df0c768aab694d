// Shows how far long work is, without loading the page anew. Without it the page loads itself anew.
"use strict";
(() => {
  const EVERY = 2000;
  const part = () => document.querySelector("[data-progress]");
  const said = document.querySelector("[data-said]");
  if (!part()) return;
  const look = async () => {
    let fresh = null;
    try {
      const answer = await fetch(location.href);
      fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-progress]");
    } catch {
      // The network is away: the next look may find it.
      setTimeout(look, EVERY);
      return;
    }
    // The session is over, or something else stands here now.
    if (!fresh) { location.reload(); return; }
    if (fresh.dataset.state !== part().dataset.state) said.textContent = fresh.querySelector("h2").textContent;
    part().replaceWith(fresh);
    if (fresh.dataset.progress === "open") setTimeout(look, EVERY);
  };
  if (part().dataset.progress === "open") setTimeout(look, EVERY);
})();
