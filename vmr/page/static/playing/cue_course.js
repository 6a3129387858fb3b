// What sounds when under a film with cues: plain numbers, no elements.
//
// Cues that go on in one track are one run of music. Where a run follows another without a gap the two
// cross at equal power; the crossing lies around the border, or behind it where the second begins with
// its track. t: seconds of the film.

import { wrap } from "./in_step.js";
/** @import { Cue } from "../core/cues.js" */

/**
 * from, to: when it is heard, crossings included; offset: second of its track at t = 0; loop: it
 * begins again; enter, leave: seconds of t between which its gain rises and falls.
 * @typedef {{ key: string, track: string, address: string, start: number, end: number, offset: number,
 *   duration: number, loop: boolean, cues: Cue[], enter: [number, number],
 *   leave: [number, number] }} Run
 */

const TOUCH_S = 0.05; // cues that are this near have no gap
const SAME_S = 0.12; // a track that is off by so little goes on
const CROSS_S = 0.6; // at most
const CLICK_S = 0.03; // nothing begins or ends faster
const GLIDE_S = 0.3; // from one gain to the next inside a run

/** @param {Pick<Cue, "catalog" | "track_id">} cue */
const trackOf = ({ catalog, track_id: id }) => `${catalog}/${id}`;

/**
 * Whether `next` goes on in the track of `cue` where that ends.
 * @param {Cue} cue
 * @param {Cue} next
 */
export function goesOn(cue, next) {
  if (cue.address !== next.address || Math.abs(next.start - cue.end) > TOUCH_S) return false;
  const gap = continuedStart(cue) - next.track_start;
  const length = cue.ending === "loop" && cue.duration > 0 ? cue.duration : Infinity;
  return Math.abs(length < Infinity ? gap - Math.round(gap / length) * length : gap) <= SAME_S;
}

/**
 * Second of the track at which the next cue would go on.
 * @param {Cue} cue
 */
export function continuedStart({ start, end, track_start: from, duration, ending }) {
  const second = from + end - start;
  return ending === "loop" && duration > 0 ? wrap(second, duration) : second;
}

/**
 * The music of cues that have some, in their order.
 * @param {readonly Cue[]} cues
 * @returns {Run[]}
 */
export function runsOf(cues) {
  /** @type {Run[]} */
  const runs = [];
  /** @type {Cue | null} */
  let before = null;
  for (const cue of cues) {
    const run = runs.at(-1);
    if (run && before && cue.address && goesOn(before, cue)) {
      Object.assign(run, { end: cue.end, loop: run.loop || cue.ending === "loop" });
      run.cues.push(cue);
    } else if (cue.address) {
      runs.push({ key: cue.id, track: trackOf(cue), address: cue.address, start: cue.start,
        end: cue.end, offset: cue.track_start - cue.start, duration: cue.duration,
        loop: cue.ending === "loop", cues: [cue], enter: [0, 0], leave: [0, 0] });
    }
    before = cue;
  }
  runs.forEach((run, i) => fade(run, runs[i + 1] ?? null, runs[i - 1] ?? null));
  return runs;
}

/**
 * Second of the film at which a run is over: its end, or that of its track.
 * @param {Run} run
 */
export function silentFrom({ loop, duration, offset, end }) {
  return loop || !(duration > 0) ? end : Math.min(end, duration - offset);
}

/**
 * When the gain of a run rises and falls.
 * @param {Run} run
 * @param {Run | null} next
 * @param {Run | null} before
 */
function fade(run, next, before) {
  const [first, last] = [run.cues[0], run.cues.at(-1) ?? run.cues[0]];
  const over = silentFrom(run);
  const length = over - run.start;
  run.enter = before ? crossing(before, run) ?? [run.start, run.start] : [run.start, run.start];
  if (run.enter[0] === run.enter[1]) {
    run.enter = [run.start, run.start + Math.min(Math.max(CLICK_S, first.fade_in), length / 2)];
  }
  const out = last.ending === "cut" && over === run.end ? CLICK_S : Math.max(CLICK_S, last.fade_out);
  run.leave = (next && crossing(run, next)) ?? [over - Math.min(out, length / 2), over];
}

/**
 * Between which seconds one run goes over into the next, null where there is silence between.
 * @param {Run} run
 * @param {Run} next
 * @returns {[number, number] | null}
 */
export function crossing(run, next) {
  if (next.start - run.end > TOUCH_S || silentFrom(run) < run.end - TOUCH_S) return null;
  const last = run.cues.at(-1) ?? run.cues[0];
  const most = Math.min(CROSS_S, (run.end - run.start) / 2, (next.end - next.start) / 2);
  const wanted = last.ending === "cut" ? CLICK_S : Math.max(last.fade_out, CLICK_S);
  const long = Math.min(most, wanted);
  const ahead = Math.min(long / 2, Math.max(0, next.offset + next.start));
  // what the first has left of its track behind the border
  const left = run.loop || !(run.duration > 0) ? long : run.duration - run.offset - run.end;
  return [next.start - ahead, next.start - ahead + Math.max(CLICK_S, Math.min(long, ahead + left))];
}

/**
 * Loudness of a run at t, 0 to 1, without what the cues' own gains do.
 * @param {Run} run
 * @param {number} t
 */
export function gainAt({ enter, leave }, t) {
  return Math.sin(share(t, enter) * Math.PI / 2) * Math.cos(share(t, leave) * Math.PI / 2);
}

/**
 * @param {number} t
 * @param {[number, number]} span
 */
const share = (t, [from, to]) => t <= from ? 0 : t >= to ? 1 : (t - from) / (to - from);

/**
 * What the gains of its cues make of a run at t; the loudest cue of the film is 1, as no element can
 * be louder than its file.
 * @param {Run} run
 * @param {number} t
 * @param {number} loudest_db
 */
export function levelAt({ cues }, t, loudest_db) {
  const at = Math.max(0, cues.findLastIndex(({ start }) => start <= t));
  const own = level(cues[at].gain_db - loudest_db);
  const before = at ? level(cues[at - 1].gain_db - loudest_db) : own;
  const done = Math.min(1, Math.max(0, (t - cues[at].start) / GLIDE_S));
  return before + (own - before) * done;
}

/** @param {number} db */
const level = (db) => 10 ** (Math.min(0, db) / 20);

/** @param {readonly Cue[]} cues */
export const loudestOf = (cues) => Math.max(0, ...cues.map(({ gain_db }) => gain_db));

/**
 * Second of its track at which a run is at t; below 0 where the track has not begun.
 * @param {Run} run
 * @param {number} t
 * @param {number} [length] of the track as it was loaded
 */
export function secondAt({ offset, loop, duration }, t, length = duration) {
  const second = offset + t;
  return loop && length > 0 && second >= 0 ? second % length : second;
}
