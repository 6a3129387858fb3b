// Pieces of the match view that never change: the empty page, the grey rows, the panels of the tabs.

import { h, icon } from "../core/dom.js";
import { named, says } from "../core/i18n.js";

/**
 * @param {HTMLElement} choose
 * @param {HTMLElement[]} samples
 * @param {HTMLElement} limits
 * @param {string} lead
 * @param {HTMLElement} words the field for those who have no video yet
 */
export function hero(choose, samples, limits, lead, words) {
  return h("section.hero", { ...named("hero.name") },
    h("h2", says("hero.title")),
    h("p.lead", says(lead)),
    h("div.drop", {}, icon("film"), choose, limits),
    h("p.or", says("hero.or")),
    h("div.samples", {}, ...samples),
    h("div.hero-words", {}, h("p.or", says("hero.words")), words),
    h("p.private", says("hero.private")));
}

/**
 * Instead of slider and chart where the checkpoint has no labels; `tools` are what is left to do.
 * @param {...HTMLElement} tools
 */
export function unlabelled(...tools) {
  return h("div.unlabelled", {}, h("p", says("slider.unlabelled")), ...tools);
}

/** Grey rows while the first answer is on its way. */
export function skeleton() {
  return h("div.skeleton", { "aria-hidden": "true" },
    ...Array.from({ length: 6 }, () => h("div.ghost", {}, h("i"), h("i"), h("i"))));
}

/**
 * @param {string} name
 * @param {...HTMLElement} children
 */
export function view(name, ...children) {
  return h(`section.view.view-${name}`, { id: `view-${name}`, role: "tabpanel",
    "aria-labelledby": `tab-${name}`, hidden: name !== "match" }, ...children);
}
