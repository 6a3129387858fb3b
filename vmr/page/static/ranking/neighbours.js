// What a track costs beside the tracks of the cues before and after it: the same numbers as
// vmr/cues/choices.py. Tempi by their distance in octaves, keys by the circle of fifths.

/** What is known of a track.
 * @typedef {{ catalog: string, id: string, bpm?: number | null, key?: string | null }} Neighbour */

const TEMPO_COST = 0.15;
const KEY_COST = 0.15;
const SAME_TRACK = 10;
const SAME_TEMPO = 0.06;
const FAR_TEMPO = 0.25;
const PITCHES = ["C", "C#", "D", "EB", "E", "F", "F#", "G", "AB", "A", "BB", "B"];
/** @type {Record<string, string>} */
const FLATS = { "DB": "C#", "D#": "EB", "GB": "F#", "G#": "AB", "A#": "BB" };

/**
 * 0 for about the same tempo, or its half or double, to 1.
 * @param {number | null | undefined} before
 * @param {number | null | undefined} after
 */
export function tempoDistance(before, after) {
  if (!before || !after) return 0;
  const whole = Math.abs(Math.log2(after / before)) % 1;
  const octaves = Math.min(whole, 1 - whole);
  return Math.min(1, Math.max(0, (octaves - SAME_TEMPO) / (FAR_TEMPO - SAME_TEMPO)));
}

/**
 * "A minor" -> 0 as C major; null for what is no key.
 * @param {string | null | undefined} key
 */
export function fifths(key) {
  const [first = "", mode = ""] = (key ?? "").trim().toUpperCase().split(/ (.*)/);
  const at = PITCHES.indexOf(FLATS[first] ?? first);
  if (at < 0 || !["", "MAJOR", "MINOR"].includes(mode)) return null;
  return ((at + (mode === "MINOR" ? 3 : 0)) * 7) % 12;
}

/**
 * @param {string | null | undefined} before
 * @param {string | null | undefined} after
 */
export function keyDistance(before, after) {
  const [one, other] = [fifths(before), fifths(after)];
  if (one === null || other === null) return 0;
  const steps = Math.abs(one - other) % 12;
  return Math.min(steps, 12 - steps) / 6;
}

/**
 * @param {Neighbour} before
 * @param {Neighbour} after
 * @param {boolean} share whether neighbours may have the same track
 */
export function clash(before, after, share) {
  if (before.catalog === after.catalog && before.id === after.id) return share ? 0 : SAME_TRACK;
  return TEMPO_COST * tempoDistance(before.bpm, after.bpm) + KEY_COST * keyDistance(before.key, after.key);
}

/**
 * What each track costs between two others, either of which may be missing.
 * @param {Neighbour | null} before
 * @param {Neighbour | null} after
 * @param {boolean} share
 * @returns {(track: Neighbour) => number}
 */
export const costBetween = (before, after, share) => (track) =>
  (before ? clash(before, track, share) : 0) + (after ? clash(track, after, share) : 0);
