// Where beats of a track fall under a film that begins at a second of it. Seconds throughout: `start`
// of the track; cuts and ends of the part of the film that is looked at, from its beginning.

import { wrap } from "./in_step.js";

const MEETS_S = 0.08; // a cut and a beat this near are seen as one: two frames
const NEAR_BEATS = 2; // by which a start is moved at most, so that the end lands
const OVER_S = 0.05;

/** @typedef {"fade" | "cut" | "loop"} Ending */

/** How music begins and ends: start in the track, seconds of the fade.
 * @typedef {{ start: number, ending: Ending, fade_out: number }} Choice */

/**
 * What the server knows of a track under a film (vmr/cues/proposals.py).
 * @typedef {{ seconds: number, start: number, length: number, step: number, beats: number[],
 *   bars: number[], onsets: number[], cuts: number[], levels: number[], energy: number[],
 *   starts: { in: number, hits: number, cuts: number, ending: Ending, fade_out: number,
 *   why: import("../core/types.js").Sentence }[] }} Told
 */

/** Beats, or the onsets of a track without a clear beat.
 * @param {Told} told */
export const pulse = ({ beats, onsets }) => beats.length ? beats : onsets;

/**
 * The value of a rising list that is nearest; null of an empty one.
 * @param {number[]} values
 * @param {number} value
 */
export function nearest(values, value) {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < value) low = middle + 1;
    else high = middle;
  }
  const near = values.slice(Math.max(0, low - 1), low + 1);
  return near.length ? near.reduce((a, b) => Math.abs(b - value) < Math.abs(a - value) ? b : a) : null;
}

/**
 * The last start at which a track need not begin again.
 * @param {Told} told
 */
export const lastStart = ({ seconds, length }) => Math.max(0, seconds - length);

/**
 * A start on the nearest beat of the track, inside it.
 * @param {Told} told
 * @param {number} start
 */
export function snapped(told, start) {
  const inside = Math.min(Math.max(0, start), Math.max(0, told.seconds - 0.1));
  const beat = nearest(pulse(told), inside);
  const between = told.beats.length > 1 ? told.beats[1] - told.beats[0] : 0.5;
  return beat !== null && Math.abs(beat - inside) <= between ? beat : inside;
}

/**
 * The beat before or after a start, or half a second where there is none.
 * @param {Told} told
 * @param {number} start
 * @param {number} by
 */
export function stepped(told, start, by) {
  const beats = pulse(told).filter((beat) => by > 0 ? beat > start + 0.01 : beat < start - 0.01);
  const next = by > 0 ? beats[by - 1] : beats[beats.length + by];
  return Math.min(Math.max(0, next ?? start + by / 2), Math.max(0, told.seconds - 0.1));
}

/**
 * Seconds of the film at which the times of a track fall.
 * @param {number[]} times
 * @param {Told} told
 * @param {Choice} choice
 */
export function under(times, { seconds, length }, { start, ending }) {
  const found = times.map((time) => time - start).filter((t) => t >= 0 && t <= length);
  if (ending !== "loop") return found;
  for (let turn = seconds - start; turn < length; turn += seconds) {
    found.push(...times.map((time) => time + turn).filter((t) => t >= 0 && t <= length));
  }
  return found;
}

/**
 * For each cut whether a beat that can be heard falls on it, as the proposals count them.
 * @param {Told} told
 * @param {Choice} choice
 * @returns {boolean[]}
 */
export function met(told, choice) {
  return told.cuts.map((cut) => {
    const second = choice.start + cut;
    if (choice.ending !== "loop" && second > told.seconds) return false;
    const at = wrap(second, told.seconds);
    const onset = nearest(told.onsets, at);
    return onset !== null && Math.abs(onset - at) <= MEETS_S;
  });
}

/**
 * Second of the film at which the track is over, its length where it lasts as long.
 * @param {Told} told
 * @param {Choice} choice
 */
export const overAt = ({ seconds, length }, { start, ending }) =>
  ending === "loop" ? length : Math.min(length, seconds - start);

/**
 * "bar", "beat" or "own" where the music ends with one of them at the film's end, "short" where the
 * track is over before, else "".
 * @param {Told} told
 * @param {Choice} choice
 */
export function landing(told, choice) {
  const over = overAt(told, choice);
  if (over < told.length - OVER_S) return "short";
  const end = choice.ending === "loop" ? wrap(choice.start + told.length, told.seconds)
    : choice.start + told.length;
  if (Math.abs(end - told.seconds) < 0.6) return "own";
  const isNear = (/** @type {number[]} */ times) =>
    Math.abs((nearest(times, end) ?? Infinity) - end) <= MEETS_S;
  return isNear(told.bars) ? "bar" : isNear(pulse(told)) ? "beat" : "";
}

/**
 * The start, moved as little as may be, from which the end lands on the first beat of a bar, else on a
 * beat; of several the one on which most cuts meet a beat.
 * @param {Told} told
 * @param {Choice} choice
 */
export function landed(told, choice) {
  const { start } = choice;
  const { length, bars, beats } = told;
  const reach = beats.length > 1 ? NEAR_BEATS * (beats[1] - beats[0]) : 1;
  /** @param {number[]} times */
  const starts = (times) => times.map((time) => time - length)
    .filter((at) => Math.abs(at - start) <= reach + 0.02 && at >= 0 && at <= lastStart(told) + OVER_S);
  const count = (/** @type {number} */ at) => met(told, { ...choice, start: at }).filter(Boolean).length;
  const onBars = starts(bars);
  const tries = onBars.length ? onBars : starts(pulse(told));
  if (!tries.length) return start;
  return tries.sort((a, b) => count(b) - count(a) || Math.abs(a - start) - Math.abs(b - start))[0];
}

/**
 * The same choice with another ending.
 * @param {Told} told
 * @param {Choice} choice
 * @param {Ending} ending
 * @returns {Choice}
 */
export function ended(told, choice, ending) {
  const fade_out = ending === "cut" ? 0.08 : Math.min(2, told.length / 4);
  const start = ending === "cut" ? landed(told, { ...choice, ending }) : choice.start;
  return { start: Math.round(start * 1000) / 1000, ending, fade_out };
}
