// Filters narrow the list and never re-order it. Pure functions of tracks; no DOM.

import { allowsCommercial, bindsNot, needsNoName } from "./licence.js";
/** @import { Filters, Offers, Payload, TrackWords } from "../core/types.js" */

/** A track as far as filters look at it.
 * @typedef {Pick<TrackWords, "mood" | "genre" | "bpm" | "seconds" | "vocals" | "key" | "asks">
 *   & { audio: string | null, measured?: Record<string, string[]> }} Filterable
 */

/** @typedef {"mood" | "genre" | "bpm" | "instrument" | "length" | "vocals" | "key" | "licence"} Kind */

/** A value of a filter and how many tracks it would leave.
 * @typedef {{ value: string, count: number, chosen: boolean }} Choice
 */

/** @typedef {[name: string, from: number, to: number]} Interval */

/** @type {Interval[]} */
const LENGTHS = [["short", 0, 60], ["medium", 60, 180], ["long", 180, Infinity]];
// The borders of the facet tempo, see vmr/model/measured_scores.py.
/** @type {Interval[]} */
const TEMPI = [["slow", 0, 95], ["middle", 95, 125], ["fast", 125, Infinity]];
/**
 * @param {number} value
 * @param {Interval[]} ranges
 */
const within = (value, ranges) =>
  ranges.filter(([, from, to]) => value >= from && value < to).map(([name]) => name);

/** @param {Filterable} track */
const licenceValues = (track) => {
  const values = [];
  if (allowsCommercial(track)) values.push("commercial");
  if (needsNoName(track)) values.push("no-attribution");
  if (bindsNot(track)) values.push("unbound");
  return values;
};

/**
 * Each filter: the values of a track, and whether several choices must all hold.
 * @type {Record<Kind, { values(track: Filterable): string[], all?: boolean }>}
 */
export const KINDS = {
  mood: { values: (track) => track.mood },
  genre: { values: (track) => track.genre },
  bpm: { values: (track) => (track.bpm ? within(track.bpm, TEMPI) : []) },
  instrument: { values: (track) => track.measured?.instrument ?? [] },
  length: { values: (track) => (track.seconds ? within(track.seconds, LENGTHS) : []) },
  vocals: { values: (track) => (track.vocals ? [track.vocals] : []) },
  key: { values: (track) => (track.key ? [track.key] : []) },
  licence: { values: licenceValues, all: true },
};

/**
 * Values that a filter offers even where no track has them.
 * @type {Partial<Record<Kind, string[]>>}
 */
export const FIXED = { bpm: TEMPI.map(([name]) => name), length: LENGTHS.map(([name]) => name),
  licence: ["commercial", "no-attribution", "unbound"] };

/**
 * @param {Kind} kind
 * @param {Filterable} track
 * @param {string[] | undefined} chosen
 */
function passesKind(kind, track, chosen) {
  if (!chosen?.length) return true;
  const values = KINDS[kind].values(track);
  return KINDS[kind].all
    ? chosen.every((value) => values.includes(value))
    : chosen.some((value) => values.includes(value));
}

export const NAMES = /** @type {Kind[]} */ (Object.keys(KINDS));

/**
 * True where a track passes every filter but `except`.
 * @param {Filterable} track
 * @param {Filters} filters
 * @param {Kind | null} [except]
 */
export function passes(track, filters, except = null) {
  return NAMES.every((kind) =>
    kind === except || passesKind(kind, track, filters[kind]));
}

/**
 * Tracks whose sound is on the server; where none is, silence is no reason to hide one.
 * vmr.knowledge.track_search has the same rule for programs.
 * @template {{ audio?: string | null }} T
 * @param {T[]} tracks
 */
export function audible(tracks) {
  const sounding = tracks.filter((track) => track.audio);
  return sounding.length ? sounding : tracks;
}

/**
 * What those tracks offer that are ranked.
 * @param {Payload<any>} payload
 * @param {boolean} silent whether all are
 * @returns {Offers}
 */
export const offers = (payload, silent) => (silent && payload.with_silent)
  || { offered: payload.offered, ties: payload.query.ties };

/**
 * [{value, count, chosen}] of one filter, given the others.
 * @param {Kind} kind
 * @template {Filterable} T
 * @param {T[]} tracks
 * @param {Filters} filters
 * @returns {Choice[]}
 */
export function choices(kind, tracks, filters) {
  /** @type {Map<string, number>} */
  const counts = new Map((FIXED[kind] ?? []).map((value) => [value, 0]));
  for (const track of tracks) {
    const counted = passes(track, filters, kind);
    for (const value of KINDS[kind].values(track)) {
      counts.set(value, (counts.get(value) ?? 0) + (counted ? 1 : 0));
    }
  }
  const rows = [...counts].map(([value, count]) => ({ value, count,
    chosen: filters[kind]?.includes(value) ?? false }));
  return FIXED[kind] ? rows : rows.sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
}
