// The labels of a facet as buttons with a key each, and what the machine thinks of them.

import { h } from "../core/dom.js";
import { label, named, percent, t } from "../core/i18n.js";
/** @import { Draft, Suggestion } from "./draft.js" */

// not f, u, s, x: the page has them; digits first, then the rows of a keyboard
const KEYS = [..."1234567890qwertiopdghjklzcvbnmy"];

/**
 * Which label of a list a key means, null for none.
 * @param {string[]} names
 * @param {KeyboardEvent} event
 */
export function labelOfKey(names, event) {
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1];
  return names[KEYS.indexOf(digit ?? event.key.toLowerCase())] ?? null;
}

/**
 * @param {Draft} draft
 * @param {string} facet
 * @param {string[]} names
 * @param {(name: string, not: boolean) => void} press
 */
export function labelKeys(draft, facet, names, press) {
  return names.map((name, i) => {
    const value = draft.value(facet, name);
    const guess = draft.card.suggestions.find((one) => one.facet === facet && one.label === name);
    const word = label(facet, name);
    const key = KEYS[i];
    const state = value < 0 ? ".not" : value > 0 ? ".on" : "";
    /** @type {HTMLButtonElement} */
    const button = h(`button.label-key${state}`, { type: "button", "aria-pressed": String(value > 0),
      "aria-label": value < 0 ? t("belief.not", { label: word }) : word,
      "aria-keyshortcuts": key,
      title: t(value > 0 ? "label.click.not" : value < 0 ? "label.click.off" : "label.click",
        { label: word }),
      onclick: (event) => {
        if (event.detail) button.blur(); // a click with the mouse leaves Enter to go on
        press(name, value !== 0 || event.shiftKey);
      } },
    key ? h("kbd", { text: key.toUpperCase() }) : null, h("span.label-word", { text: word }),
    guess ? h("small", { text: percent(guess.share) }) : null,
    guess ? h("i.label-share", { "aria-hidden": "true", style: `--share: ${guess.share}` }) : null);
    return button;
  });
}

/**
 * What the track perhaps is, to take with a click.
 * @param {Draft} draft
 * @param {string} facet
 * @param {(one: Suggestion) => void} take
 */
export function guesses(draft, facet, take) {
  const open = draft.offered(facet).filter((one) => !draft.value(facet, one.label));
  return h("div.label-guess", { hidden: !open.length, ...named("label.guess.name") },
    h("span.soft", { text: t("label.guess") }),
    ...open.map((one) => h("button.chip.guess-chip", { type: "button",
      onclick: () => take(one) },
    h("span", { text: label(one.facet, one.label) }), h("b", { text: percent(one.share) }))),
    h("kbd", { text: "A" }), h("small.soft", { text: t("label.guess.from") }));
}
