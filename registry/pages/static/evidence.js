// Pictures side by side or one over the other, zoomed and moved together. Without it they stand side by side.
"use strict";
(() => {
  const compare = document.querySelector("[data-compare]");
  if (!compare) return;
  const find = (name) => compare.querySelector(`[data-${name}]`);
  const frames = [...compare.querySelectorAll("[data-frame]")];
  const pictures = frames.map((frame) => frame.querySelector("img"));
  const [mode, fade, zoom] = ["mode", "fade", "zoom"].map(find);
  find("controls").hidden = false;

  const draw = () => {
    const over = Boolean(mode) && mode.value === "over";
    compare.classList.toggle("is-over", over);
    if (fade) fade.disabled = !over;
    pictures.forEach((picture, at) => {
      picture.style.width = `${zoom.value}%`;
      picture.style.maxWidth = "none";
      frames[at].style.opacity = over && at === 1 ? String(fade.value / 100) : "1";
    });
  };
  let leader = null;
  frames.forEach((frame) => frame.addEventListener("scroll", () => {
    if (leader && leader !== frame) return;
    leader = frame;
    frames.forEach((other) => { if (other !== frame) { other.scrollLeft = frame.scrollLeft; other.scrollTop = frame.scrollTop; } });
    requestAnimationFrame(() => { leader = null; });
  }));
  [mode, fade, zoom].forEach((control) => control && control.addEventListener("input", draw));
  draw();
})();
