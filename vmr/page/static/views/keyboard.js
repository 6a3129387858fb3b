// Space plays, up and down walk the list, the digits 0, 5 and 1 go to the slider's ends and middle.

import { openHelp } from "./help.js";
/** @import { Callback } from "../core/types.js" */
/** @import { Page } from "./page.js" */

const WRITES = "input:not([type=range]):not([type=checkbox]), textarea, select, [contenteditable]";

/** @param {Record<string, Callback>} actions */
export function listenToKeys(actions) {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.target instanceof Element ? event.target : null;
    if (target?.closest(WRITES) || document.querySelector("dialog[open]")) return;
    const key = event.key === " " ? "Space" : event.key;
    const pressable = target?.closest("button, summary, a, label");
    if (key === "Space" && pressable && !pressable.classList.contains("play")) return;
    const slides = target instanceof HTMLInputElement && target.type === "range";
    if (slides && (key === "ArrowUp" || key === "ArrowDown")) return;
    const action = actions[key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}

/**
 * What the keys do on the page.
 * @param {Page} page
 * @returns {Record<string, Callback>}
 */
export function pageKeys(page) {
  const { store, stage, late } = page;
  const playing = () => store.get("tab") === "reverse" && late.reverse || stage;
  return {
    Space: () => playing().toggle(),
    ArrowDown: () => playing().step(1),
    ArrowUp: () => playing().step(-1),
    x: () => stage.swap(),
    s: () => {
      const current = store.get("current");
      if (current !== null) page.keep(current);
    },
    "?": () => openHelp(page.root),
  };
}
