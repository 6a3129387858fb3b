// Space plays, up and down walk the list, the digits 0, 5 and 1 go to the slider's ends and middle.

import { showError } from "../core/failure.js";
import { openHelp } from "./help.js";
/** @import { Callback } from "../core/types.js" */
/** @import { Page } from "./page.js" */

const WRITES = "input:not([type=range]):not([type=checkbox]), textarea, select, [contenteditable]";

/**
 * @param {Record<string, Callback>} actions
 * @param {(key: string, event: KeyboardEvent) => boolean | undefined} [first] takes what it knows
 */
export function listenToKeys(actions, first = () => false) {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.target instanceof Element ? event.target : null;
    if (target?.closest(WRITES) || document.querySelector("dialog[open]")) return;
    const key = event.key === " " ? "Space" : event.key;
    if (!isFree(key, target)) return;
    const action = first(key, event) ? () => {} : actions[key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}

/**
 * Whether what has the focus needs this key itself.
 * @param {string} key
 * @param {Element | null} target
 */
function isFree(key, target) {
  const pressable = target?.closest("button:not([role=tab][aria-selected=true]), summary, a, label");
  if (key === "Enter") return !pressable;
  if (key === "Space") return !pressable || pressable.classList.contains("play");
  const slides = target instanceof HTMLInputElement && target.type === "range";
  return !slides || !/^Arrow(Up|Down)$/.test(key);
}

/**
 * What the keys do on the page.
 * @param {Page} page
 * @returns {Record<string, Callback>}
 */
export function pageKeys(page) {
  const { store, stage, late } = page;
  const playing = () => store.get("tab") === "reverse" && late.reverse || stage;
  const video = (/** @type {number} */ by) =>
    page.bond.step(by).catch((error) => showError(page.error, error));
  return {
    Space: () => playing().toggle(),
    ArrowDown: () => playing().step(1),
    ArrowUp: () => playing().step(-1),
    x: () => stage.swap(),
    s: () => {
      const current = store.get("current");
      if (current !== null) page.keep(current);
    },
    "[": () => video(-1),
    "]": () => video(1),
    "?": () => openHelp(page.root, page.error),
  };
}
