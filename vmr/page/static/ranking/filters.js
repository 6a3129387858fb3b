// Filters narrow the list and never re-order it. Pure functions of tracks; no DOM.

import { licenceTraits } from "./licence.js";

const LENGTHS = [["short", 0, 60], ["medium", 60, 180], ["long", 180, Infinity]];
const TEMPI = [["slow", 0, 80], ["middle", 80, 115], ["fast", 115, Infinity]];
const within = (value, ranges) =>
  ranges.filter(([, from, to]) => value >= from && value < to).map(([name]) => name);

const licenceValues = (track) => {
  const { commercial, attribution } = licenceTraits(track.licence);
  const values = [];
  if (commercial) values.push("commercial");
  if (attribution === false) values.push("no-attribution");
  return values;
};

/** Each filter: the values of a track, and whether several choices must all hold. */
export const KINDS = {
  mood: { values: (track) => track.mood },
  genre: { values: (track) => track.genre },
  bpm: { values: (track) => (track.bpm ? within(track.bpm, TEMPI) : []) },
  length: { values: (track) => (track.seconds ? within(track.seconds, LENGTHS) : []) },
  vocals: { values: (track) => (track.vocals ? [track.vocals] : []) },
  key: { values: (track) => (track.key ? [track.key] : []) },
  licence: { values: licenceValues, all: true },
};

/** Values that a filter offers even where no track has them. */
export const FIXED = { bpm: TEMPI.map(([name]) => name), length: LENGTHS.map(([name]) => name),
  licence: ["commercial", "no-attribution"] };

function passesKind(kind, track, chosen) {
  if (!chosen?.length) return true;
  const values = KINDS[kind].values(track);
  return KINDS[kind].all
    ? chosen.every((value) => values.includes(value))
    : chosen.some((value) => values.includes(value));
}

/** True where a track passes every filter but `except`. */
export function passes(track, filters, except = null) {
  return Object.keys(KINDS).every((kind) =>
    kind === except || passesKind(kind, track, filters[kind]));
}

/** Tracks whose sound is on the server; where none is, silence is no reason to hide one. */
export function audible(tracks) {
  const sounding = tracks.filter((track) => track.audio);
  return sounding.length ? sounding : tracks;
}

/** [{value, count, chosen}] of one filter, given the others. */
export function choices(kind, tracks, filters) {
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
