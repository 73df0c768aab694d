// Keys for those who want them: j and k walk through a list, o opens, c claims, ? shows them. A page never needs them.
"use strict";
(() => {
  const panel = document.querySelector("[data-keys]");
  if (!panel) return;
  const OFF = "keys-off";
  const kept = { read: () => { try { return localStorage.getItem(OFF); } catch { return null; } }, write: (off) => { try { off ? localStorage.setItem(OFF, "1") : localStorage.removeItem(OFF); } catch { /* nothing is kept, and nothing is lost */ } } };
  const choice = panel.querySelector("input");
  const help = panel.querySelector("details");
  panel.hidden = false;
  choice.checked = !kept.read();
  choice.addEventListener("change", () => kept.write(!choice.checked));

  const items = [...document.querySelectorAll("[data-item]")];
  const links = items.map((item) => item.querySelector("a[href]"));
  const here = () => items.findIndex((item) => item.contains(document.activeElement));
  const step = (by) => {
    const at = Math.min(Math.max(here() + by, 0), links.length - 1);
    if (links[at]) { links[at].focus(); items[at].scrollIntoView({ block: "nearest" }); }
  };
  const press = (key) => {
    const found = (items[here()] || document).querySelector(`[data-key="${key}"]`);
    if (found && (items.length === 0 || here() >= 0)) found.click();
  };
  const does = {
    j: () => step(1),
    k: () => step(here() < 0 ? 1 : -1),
    o: () => { if (here() >= 0) links[here()].click(); },
    c: () => press("c"),
    "?": () => { help.open = !help.open; if (help.open) help.querySelector("summary").focus(); },
  };
  document.addEventListener("keydown", (event) => {
    if (!choice.checked || event.ctrlKey || event.altKey || event.metaKey || !does[event.key]) return;
    if (event.target.closest("input, select, textarea")) return;
    event.preventDefault();
    does[event.key]();
  });
})();
