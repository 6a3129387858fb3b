// Labels that a person chose, with what each counts: in words, as text for links and the command line,
// and of links and projects, which anybody may have written.

import { label, t } from "./i18n.js";
/** @import { AnchorsEntry, Choices } from "./types.js" */

/** @typedef {Record<string, number>} Labels {label: weight}, a negative weight turns away */

const MOST = 10; // that a label counts (vmr/knowledge/request.py)
const STEPS = [1, 0.5, 0.25];
const FRACTIONS = new Map([[0.5, "½"], [0.25, "¼"]]);

/** @param {number} weight */
const sound = (weight) => Math.abs(weight) <= MOST ? weight : 1; // so is what is no number

/**
 * @param {unknown} value
 * @returns {[string, any][]}
 */
const entriesOf = (value) => value && typeof value === "object" && !Array.isArray(value)
  ? Object.entries(value) : [];

/** @param {[string, number][]} labels */
const weighed = (labels) => Object.fromEntries(labels.filter(([, weight]) => weight !== 0));

/**
 * Choices of whatever was kept: what is no weight counts 1.
 * @param {unknown} value
 * @returns {Choices}
 */
export const soundChoices = (value) => Object.fromEntries(entriesOf(value).map(([facet, labels]) =>
  [facet, weighed(entriesOf(labels).map(([name, weight]) =>
    [name, sound(typeof weight === "number" ? weight : NaN)]))]));

/**
 * Without the labels that an answer's query cannot be moved to.
 * @param {Choices} choices
 * @param {AnchorsEntry[] | undefined} anchors
 */
export const knownChoices = (choices, anchors) => anchors ? Object.fromEntries(anchors
  .filter(({ branch }) => choices[branch]).map(({ branch, names }) => [branch, Object.fromEntries(
    Object.entries(choices[branch]).filter(([name]) => names.includes(name)))])) : choices;

/**
 * "calm,-sad,tender:0.5", as the command line takes them.
 * @param {Labels} labels
 * @param {string} [between]
 */
export const labelsText = (labels, between = ",") => Object.entries(labels).map(([name, weight]) => {
  const share = Math.abs(weight);
  return `${weight < 0 ? "-" : ""}${name}${share !== 1 || name.includes(":") ? `:${share}` : ""}`;
}).join(between);

/**
 * What labelsText wrote; a weight that is none counts 1.
 * @param {string} text
 * @param {string} [between]
 * @returns {Labels}
 */
export const readLabels = (text, between = ",") => weighed(text.split(between).flatMap((part) => {
  const [, not, name, weight] = /^\s*(-?)\s*(.*?)\s*(?::([^:]*))?$/s.exec(part) ?? [];
  const share = sound(weight?.trim() ? Number(weight) : 1);
  return name ? [/** @type {[string, number]} */ ([name, not ? -share : share])] : [];
}));

/**
 * The next of 1, a half, a quarter; then 1 again.
 * @param {number} weight
 */
export const lighter = (weight) => Math.sign(weight)
  * (STEPS.find((step) => step < Math.abs(weight)) ?? STEPS[0]);

/**
 * How much a label counts: "½", "0.3".
 * @param {number} weight
 */
export const weightText = (weight) =>
  FRACTIONS.get(Math.abs(weight)) ?? String(Number(Math.abs(weight).toFixed(2)));

/**
 * One chosen label in words: "calm", "not sad", "tender ×½".
 * @param {string} facet
 * @param {string} name
 * @param {number} weight
 */
export function chosenWord(facet, name, weight) {
  const word = label(facet, name);
  const said = weight < 0 ? t("belief.not", { label: word }) : word;
  return Math.abs(weight) === 1 ? said : `${said} ×${weightText(weight)}`;
}

/**
 * All chosen labels of a facet in words, those that are wanted first; "" where none is. Those beyond
 * the room are counted.
 * @param {string} facet
 * @param {Labels} [labels]
 * @param {number} [room] letters; a Japanese one takes that of two
 */
export function chosenText(facet, labels = {}, room = Infinity) {
  const words = Object.entries(labels).sort(([, a], [, b]) => Math.sign(b) - Math.sign(a))
    .map(([name, weight]) => chosenWord(facet, name, weight));
  const text = (/** @type {number} */ count) => words.slice(0, count).join(t("comma"));
  let shown = words.length;
  while (shown > 1 && wide(text(shown)) > room) shown--;
  return shown < words.length ? `${text(shown)} +${words.length - shown}` : text(shown);
}

/** @param {string} text */
const wide = (text) => [...text].reduce((sum, letter) => sum + (letter > "\u2e7f" ? 2 : 1), 0);

/**
 * What the slider's right end stands for: "mood", "mood: calm, not sad".
 * @param {string} facet
 * @param {Choices} [choices]
 * @param {number} [room] letters of the labels
 */
export function endText(facet, choices, room) {
  const labels = chosenText(facet, choices?.[facet], room);
  const name = label("facet", facet);
  return labels ? t("slider.chosen", { facet: name, labels }) : name;
}
