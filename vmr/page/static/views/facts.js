// What was seen in the video, in words and small meters.

import { clear, h } from "../core/dom.js";
import { label, named, number, says, sentence, t } from "../core/i18n.js";
/** @import { Query } from "../core/types.js" */

// Each measurement with the value that fills its meter.
const METERS = { motion: 0.6, cuts_per_minute: 40, brightness: 1, saturation: 1, warmth: 1 };
const CONCEPTS = 5;
const SURE = 0.3; // weaker concepts are guesses (vmr/knowledge/describe.py)

/**
 * What is shown of a query: the key of the title, the kind of its words, and for each measurement
 * the value that fills its meter.
 * @typedef {{ title: string, kind: string, meters: Record<string, number> }} Shown
 */

const SEEN = { title: "facts.title", kind: "concept", meters: METERS };

/**
 * What was seen as a word, with "perhaps" where it is a guess.
 * @param {[string, number]} concept its name and weight
 */
export function conceptWord([name, weight]) {
  const word = label("concept", name);
  return weight < SURE ? t("facts.perhaps", { word }) : word;
}

/**
 * @param {HTMLElement} box
 * @param {Query} query
 * @param {Shown} [options]
 */
export function drawFacts(box, query, { title, kind, meters: full } = SEEN) {
  clear(box).append(h("h2", says(title)));
  const word = kind === "concept" ? conceptWord
    : (/** @type {[string, number]} */ [name]) => label(kind, name);
  const concepts = query.concepts.slice(0, CONCEPTS).map((concept) =>
    h("span.chip", { text: word(concept) }));
  if (concepts.length) box.append(h("p.chips", {}, ...concepts));
  const measured = Object.entries(full).filter(([name]) => name in query.stats);
  const meters = measured.map(([name, most]) => {
    const value = Math.min(1, Math.max(0, query.stats[name] / most));
    return h("div.meter", { title: number(query.stats[name], 2) }, h("span", says(`stat.${name}`)),
      h("span.meter-bar", { role: "meter", ...named(`stat.${name}`), "aria-valuemin": 0,
        "aria-valuemax": 100, "aria-valuenow": Math.round(100 * value) },
      h("i", { style: `transform: scaleX(${value.toFixed(3)})` })));
  });
  if (meters.length) box.append(h("div.meters", {}, ...meters));
  for (const note of query.notes) box.append(h("p.note", { text: sentence(note) }));
}
