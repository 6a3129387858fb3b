// Why a track stands where it does, in one plain sentence: what of the picture met what of it. The
// same pieces as vmr/knowledge/reasons.py; the sentence in the page's language.

import { label, t } from "../core/i18n.js";
/** @import { Piece, Why, WordChip } from "../core/types.js" */

const MOST_SEEN = 2;
const MOST_MET = 3;
const SURE = 0.3; // of a concept
const LIKELY = 0.5;
const POSSIBLE = 0.35;
const MANY_CUTS = 20;
const NEAR = 0.75;
const LOW = 2.2;
const HIGH = 3.6;

/**
 * @param {string} kind
 * @param {string} name
 * @param {boolean} [sure]
 * @returns {Piece}
 */
const piece = (kind, name, sure = true) => ({ kind, name, sure });

/** @param {Why} why */
const wanted = ({ chosen }) => Object.keys(chosen).filter((name) => chosen[name] > 0);

/**
 * What was asked in place of the picture, or else what was seen of it.
 * @param {Why} why
 */
export function picturePieces(why) {
  const asked = [...(why.words ? [piece("words", why.words)] : []),
    ...wanted(why).slice(0, MOST_SEEN).map((name) => piece("wanted", name)),
    ...(why.energy !== null ? [piece("asked", energyLevel(why.energy))] : [])];
  if (asked.length) return asked;
  const seen = why.concepts.map(([name, weight]) => piece("concept", name, weight >= SURE));
  const sure = seen.filter((one) => one.sure).slice(0, MOST_SEEN);
  const found = sure.length ? sure : seen.slice(0, 1);
  return why.cuts_per_minute >= MANY_CUTS ? [...found, piece("cuts", "many")] : found;
}

/**
 * What of a track met it: labels that it carries, a label that it sounds like, its energy.
 * @param {Why} why
 * @param {string[]} labels
 * @param {number | null | undefined} energy
 * @param {string} near
 */
export function trackPieces(why, labels, energy, near) {
  const chosen = wanted(why);
  const believed = chosen.length ? chosen.map((name) => /** @type {const} */ ([name, 1]))
    : why.beliefs.map(([name, p]) => /** @type {const} */ ([name, p ?? POSSIBLE]));
  /** @type {Map<string, number>} */
  const likely = new Map([...(why.facet_counts ? believed : []),
    ...why.named.map((name) => /** @type {const} */ ([name, 1]))]);
  /** @param {string} name */
  const p = (name) => likely.get(name) ?? 0;
  const met = labels.filter((name) => p(name) >= POSSIBLE)
    .map((name) => piece("label", name, p(name) >= LIKELY));
  if (!met.length && p(near) >= POSSIBLE) met.push(piece("sounds", near, p(near) >= LIKELY));
  const level = why.energy ?? why.felt;
  if (why.feel_counts && level !== null && typeof energy === "number"
    && Math.abs(level - energy) <= NEAR) met.push(piece("energy", energyLevel(energy)));
  return met.slice(0, MOST_MET);
}

/** @param {number} energy */
const energyLevel = (energy) => (energy < LOW ? "low" : energy > HIGH ? "high" : "medium");

/**
 * "" where nothing of the track is known to have met anything.
 * @param {Piece[]} seen
 * @param {Piece[]} met
 * @param {string} facet
 */
export function sentence(seen, met, facet) {
  if (!met.length) return "";
  /** @param {Piece} one */
  const words = (one) => pieceText(one, facet);
  const text = t("why.line", { seen: seen.map(words).join(t("why.and")) || t("why.feel"),
    met: met.map(words).join(t("comma")) });
  return text[0].toUpperCase() + text.slice(1);
}

/**
 * @param {Piece} one
 * @param {string} facet
 */
function pieceText({ kind, name, sure }, facet) {
  const word = kind === "concept" ? label("concept", name)
    : ["label", "wanted", "sounds"].includes(kind) ? label(facet, name)
    : kind === "words" ? name : t(`why.level.${name}`);
  const text = kind === "concept" || kind === "label" ? word : t(`why.${kind}`, { word });
  return sure ? text : t("facts.perhaps", { word: text });
}

/**
 * Labels of a facet that words were taken for, without those that are avoided.
 * @param {WordChip[] | undefined} chips
 * @param {string} facet
 */
export const namedBy = (chips, facet) => (chips ?? []).filter(({ strength }) => strength > 0)
  .flatMap(({ means }) => means.filter(([kind]) => kind === facet).map(([, name]) => name));
