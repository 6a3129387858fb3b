// Where in each track the video begins, and how the music ends: what a person chose, by the track's key.

import { keyOf } from "../core/track.js";
import { wrap } from "./cue_course.js";
/** @import { Kept, Track } from "../core/types.js" */
/** @import { Choice } from "./start_times.js" */

const FADE_S = 1.2; // of music whose ending nobody chose

export class TrackStarts {
  /** @type {Map<string, number>} */ #seconds = new Map();
  /** @type {Map<string, Pick<Choice, "ending" | "fade_out">>} */ #endings = new Map();

  clear() {
    this.#seconds.clear();
    this.#endings.clear();
  }

  /**
   * @param {Track} track
   * @param {number} start may lie before the track, which is meant from its end then
   */
  set(track, start) {
    this.#seconds.set(keyOf(track), start);
  }

  /**
   * @param {{ catalog: string, id: string }} track
   * @param {Choice} choice
   */
  choose(track, { start, ending, fade_out }) {
    this.#seconds.set(keyOf(track), start);
    this.#endings.set(keyOf(track), { ending, fade_out });
  }

  /**
   * As a track was kept.
   * @param {Kept} entry
   */
  takeOver(entry) {
    if (entry.start) this.#seconds.set(keyOf(entry), entry.start);
    if (!entry.ending || !entry.isChosen) return;
    this.#endings.set(keyOf(entry), { ending: entry.ending, fade_out: entry.fade_out ?? FADE_S });
  }

  /** @param {Track} track */
  has(track) {
    return this.#seconds.has(keyOf(track));
  }

  /**
   * As it was set.
   * @param {Track} track
   */
  raw(track) {
    return this.#seconds.get(keyOf(track)) ?? 0;
  }

  /**
   * The ending that was chosen; null: repeated, as nobody said.
   * @param {Track} track
   */
  endingOf(track) {
    return this.#endings.get(keyOf(track)) ?? null;
  }

  /**
   * @param {Track} track
   * @returns {Choice & { isChosen: boolean }}
   */
  of(track) {
    const chosen = this.endingOf(track);
    return { start: wrap(this.raw(track), track.seconds), ending: "loop", fade_out: FADE_S, ...chosen,
      isChosen: chosen !== null };
  }
}
