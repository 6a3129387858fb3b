// A link that brings back the page on the same server: the video's hash, the slider, the filters, the
// tab, and the project, if one is open.
// A video that was sent stands in no link: only the browser that sent it shows it again (see
// views/kept_film.js). A sample is named, since everybody has it.

import { labelsText, readLabels } from "./chosen.js";
/** @import { Choices, Filters, Link } from "./types.js" */

/**
 * @param {string} [hash]
 * @returns {Link | null}
 */
export function readLink(hash = location.hash) {
  const values = new URLSearchParams(hash.slice(1));
  const project = values.get("p") ?? "";
  const tab = values.get("tab") ?? "match";
  const ranking = readRanking(values);
  return ranking || project || tab !== "match" ? { ...NO_RANKING, ...ranking, project, tab } : null;
}

/** @type {Link} */
const NO_RANKING = { isRanking: false, sha256: "", alpha: 0.5, facet: null, filters: {}, choices: {},
  energy: null };

/**
 * @param {URLSearchParams} values
 * @returns {Link | null}
 */
function readRanking(values) {
  const sha256 = values.get("q") ?? "";
  const words = values.get("t") ?? "";
  if (sha256 ? !/^[0-9a-f]{64}$/.test(sha256) : !words.trim()) return null;
  const counts = Number(values.get("tw") ?? 1);
  /** @type {Filters} */
  const filters = {};
  /** @type {Choices} */
  const choices = {};
  for (const [name, value] of values) {
    if (name.startsWith("f.")) filters[name.slice(2)] = value.split("|");
    if (name.startsWith("l.")) choices[name.slice(2)] = readLabels(value, "|");
  }
  const energy = Number(values.get("e") ?? NaN);
  return { isRanking: true, sha256, alpha: share(values.get("a")),
    facet: values.get("by"), filters, choices, energy: energy >= 1 && energy <= 5 ? energy : null, words,
    wordsWeight: counts >= 0 && counts <= 2 ? counts : 1,
    weights: freeWeights(values.get("w")), like: values.get("like"), blend: share(values.get("b")),
    silent: values.has("s"), excluded: values.getAll("x"), cue: values.get("c"),
    sample: values.get("v") };
}

/** @param {string | null} text 0 to 1, the middle where it is none */
function share(text) {
  const value = Number(text ?? 0.5);
  return value >= 0 && value <= 1 ? value : 0.5;
}

/** @param {Link} link */
export function writeLink(link) {
  const { isRanking, project, tab } = link;
  const values = new URLSearchParams({ ...(project && { p: project }),
    ...(tab && tab !== "match" && { tab }) });
  if (isRanking) writeRanking(values, link);
  return values.size ? `#${values}` : "";
}

/**
 * @param {URLSearchParams} values
 * @param {Link} link
 */
function writeRanking(values, link) {
  const { sha256, alpha, facet, filters, choices, energy, words, wordsWeight = 1, weights, cue,
    sample } = link;
  if (sha256) values.set("q", sha256);
  if (sha256 && sample) values.set("v", sample);
  values.set("a", alpha.toFixed(3));
  if (facet) values.set("by", facet);
  if (weights) values.set("w", weights.map((w) => w.toFixed(3)).join(","));
  writeRanked(values, link);
  if (cue) values.set("c", cue);
  for (const [kind, chosen] of Object.entries(filters)) {
    if (chosen.length) values.set(`f.${kind}`, chosen.join("|"));
  }
  for (const [name, chosen] of Object.entries(choices)) {
    const labels = labelsText(chosen, "|");
    if (labels) values.set(`l.${name}`, labels);
  }
  if (energy !== null) values.set("e", energy.toFixed(1));
  if (words?.trim()) values.set("t", words);
  if (words?.trim() && wordsWeight !== 1) values.set("tw", wordsWeight.toFixed(1));
}

/**
 * @param {URLSearchParams} values
 * @param {Link} link
 */
function writeRanked(values, { like, blend = 0.5, silent, excluded = [] }) {
  if (like) values.set("like", like);
  if (like && blend !== 0.5) values.set("b", blend.toFixed(3));
  if (silent) values.set("s", "1");
  excluded.forEach((key) => values.append("x", key));
}

/**
 * Weights as a link writes them; null where they are none.
 * @param {string | null} text
 */
function freeWeights(text) {
  const weights = (text ?? "").split(",").map(Number);
  return text && areWeights(weights) ? weights : null;
}

/** @param {any} value whether it is free weights: not negative, with a sum of about 1 */
export const areWeights = (value) => Array.isArray(value)
  && value.every((w) => typeof w === "number" && w >= 0)
  && Math.abs(value.reduce((total, w) => total + w, 0) - 1) < 0.01;
