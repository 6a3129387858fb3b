// Why a track stands where it does, as pairs that are true of it: what of a query met what of the
// track. As vmr/knowledge/reasons.py has them, in the page's language.

import { label, t } from "../core/i18n.js";
/** @import { Beside, Pair, Piece, Track, Why, WordChip } from "../core/types.js" */

const MOST_SEEN = 2;
const MOST_ASKED = 3;
const MOST_MET = 3;
const SURE = 0.3; // of a concept
const LIKELY = 0.5;
const POSSIBLE = 0.35;
const MANY_CUTS = 20;
const NEAR = 0.75;
const LOW = 2.2;
const HIGH = 3.6;

/** @type {(kind: string, name?: string, sure?: boolean) => Piece} */
const piece = (kind, name = "", sure = true) => ({ kind, name, sure });

/** @param {number} energy */
const levelOf = (energy) => (energy < LOW ? "low" : energy > HIGH ? "high" : "medium");

/**
 * @param {number | null} one
 * @param {number | null} [other]
 * @returns {other is number}
 */
const isNear = (one, other) => Math.abs((one ?? NaN) - (other ?? NaN)) <= NEAR;

/** @param {Pair} pair */
const isKept = ([, met]) => met.kind === "kept";

/** @param {Pair} pair */
const isMet = (pair) => !isKept(pair);

/** One side of pairs as texts, each once. @type {(pairs: Pair[], side: 0 | 1) => string[]} */
const each = (pairs, side) => [...new Set(pairs.map((pair) => JSON.stringify(pair[side])))];

/** The pairs with the first of a side. @type {(pairs: Pair[], side: 0 | 1, most: number) => Pair[]} */
function firstOf(pairs, side, most) {
  const first = each(pairs, side).slice(0, most);
  return pairs.filter((pair) => first.includes(JSON.stringify(pair[side])));
}

/** What the words met, as the server says it. @type {(track: Track, chips?: WordChip[]) => Pair[]} */
export const saidPairs = ({ by = [] }, chips = []) => by.map(([k, kind, name, sure]) =>
  [piece("words", chips[k]?.alone), piece(kind, name, sure)]);

/** What met, and at the end what was kept. @type {(why: Why, track: Beside) => Pair[]} */
export function pairsOf(why, track) {
  const asked = [...track.said, ...chosenPairs(why, track)];
  const met = asked.some(isMet) ? asked.filter(isMet) : seenPairs(why, track);
  return [...firstOf(firstOf(met, 0, MOST_ASKED), 1, MOST_MET),
    ...asked.filter(isKept).slice(0, MOST_SEEN)];
}

/** Labels and an energy that were chosen. @type {(why: Why, track: Beside) => Pair[]} */
function chosenPairs(why, { labels, near, energy }) {
  const found = /** @type {Pair[]} */ ([]);
  for (const [name, weight] of why.facet_counts ? Object.entries(why.chosen) : []) {
    const met = labels.includes(name) ? why.facet : name === near ? "sounds" : "";
    if (weight > 0 && met) found.push([piece("wanted", name), piece(met, name)]);
    if (weight < 0 && !met && labels.length) found.push([piece("not", name), piece("kept")]);
  }
  if (why.feel_counts && why.energy !== null && isNear(why.energy, energy)) {
    const level = levelOf(energy);
    if (level === levelOf(why.energy)) found.push([piece("asked", level), piece("energy", level)]);
  }
  return found;
}

/** What was seen, with what goes with it. @type {(why: Why, track: Beside) => Pair[]} */
function seenPairs(why, track) {
  const met = why.facet_counts ? believed(why, track) : [];
  if (why.feel_counts && why.energy === null && isNear(why.felt, track.energy)) {
    met.push(piece("energy", levelOf(track.energy)));
  }
  /** @param {Piece} one */
  const fitting = (one) => met.filter(({ kind, name }) => {
    if (one.kind === "cuts") return kind === "energy" && name === "high";
    const [energy, labels] = why.fits?.[one.name] ?? [NaN, /** @type {string[]} */ ([])];
    return kind === "energy" ? isNear(energy, track.energy) : labels.includes(name);
  });
  const every = why.concepts.map(([name, weight]) => piece("concept", name, weight >= SURE));
  const sure = every.filter((one) => one.sure);
  const seen = (sure.length ? sure : every.slice(0, 1)).filter((one) => fitting(one).length);
  seen.splice(MOST_SEEN);
  if (why.cuts_per_minute >= MANY_CUTS) seen.push(piece("cuts", "many"));
  const fits = seen.map(fitting);
  /** @param {Piece[]} one whether one before has these and more */
  const isSaid = (one, k = fits.indexOf(one)) => fits.slice(0, k).some((before) =>
    before.length > one.length && one.every((other) => before.includes(other)));
  /** @type {(one: Piece, some: Piece[]) => Pair[]} */
  const pairs = (one, some) => some.map((other) => [one, other]);
  const found = seen.flatMap((one, k) => isSaid(fits[k]) ? [] : pairs(one, fits[k]));
  const felt = met.filter((other) => !found.some((pair) => pair[1] === other));
  return [...found, ...pairs(piece("feel"), felt)];
}

/** The track's labels that are believed of the picture. @type {(why: Why, track: Beside) => Piece[]} */
function believed({ facet, chosen, beliefs }, { labels, near }) {
  if (Object.values(chosen).some((weight) => weight > 0)) return [];
  const likely = new Map(beliefs.map(([name, p]) => /** @type {const} */ ([name, p ?? POSSIBLE]))
    .filter(([name, p]) => p >= POSSIBLE && !(name in chosen)));
  /** @param {string} kind @param {string[]} names */
  const pieces = (kind, names) => names.filter((name) => likely.has(name))
    .map((name) => piece(kind, name, Number(likely.get(name)) >= LIKELY));
  const met = pieces(facet, labels);
  return met.length ? met : pieces("sounds", [near]);
}

/** "" where there are no pairs. @type {(pairs: Pair[], facet: string) => string} */
export function sentence(pairs, facet) {
  /** @param {string[]} some @param {string} between */
  const all = (some, between) => some.map((one) => pieceText(JSON.parse(one), facet)).join(t(between));
  const [met, kept] = [pairs.filter(isMet), each(pairs.filter(isKept), 0)];
  const clauses = together(met).map(({ ones, theirs }) =>
    t("why.met", { seen: all(ones, "why.and"), met: all(theirs, "why.also") }));
  const line = met.length ? t("why.line", { clauses: clauses.join(t("why.then")) }) : "";
  const text = kept.length ? t("why.kept", { line, seen: all(kept, "why.and") }).trim() : line;
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** Pairs as clauses: all that met the very same, and what. @param {Pair[]} met */
function together(met) {
  /** @type {{ ones: string[], theirs: string[] }[]} */
  const clauses = [];
  for (const one of each(met, 0)) {
    const own = each(met.filter((pair) => JSON.stringify(pair[0]) === one), 1);
    const theirs = each(met, 1).filter((other) => own.includes(other));
    const same = clauses.find((clause) => String(clause.theirs) === String(theirs));
    if (same) same.ones.push(one);
    else clauses.push({ ones: [one], theirs });
  }
  return clauses;
}

/** @type {(one: Piece, facet: string) => string} */
function pieceText({ kind, name, sure }, facet) {
  const of = { wanted: facet, sounds: facet, not: facet, asked: "why.level", energy: "why.level",
    words: "" }[kind];
  const word = label(of ?? kind, name);
  const key = `why.${kind}`;
  const said = t(key, { word });
  const text = said === key ? word : said;
  return sure ? text : t("facts.perhaps", { word: text });
}
