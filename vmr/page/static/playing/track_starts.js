// Where in each track the video begins, and how the music ends: what a person chose, by the track's key.
// A part of the film that is looked at alone has choices of its own.

import { keyOf } from "../core/track.js";
import { wrap } from "./in_step.js";
/** @import { Track } from "../core/types.js" */
/** @import { Choice } from "./start_times.js" */

const FADE_S = 1.2; // of music whose ending nobody chose

export class TrackStarts {
  /** @type {[number, number] | null} seconds of the film, null: all of it */ part = null;
  /** @type {(track: Track, choice: Choice & { isChosen: boolean }) => void} told of what is chosen */
  onstart = () => {};
  /** @type {(choice: Choice) => void} the same of a part */
  onpart = () => {};
  /** @type {[Map<string, number>, Map<string, Pick<Choice, "ending" | "fade_out">>] | null} */ #whole = null;
  /** @type {Map<string, number>} */ #seconds = new Map();
  /** @type {Map<string, Pick<Choice, "ending" | "fade_out">>} */ #endings = new Map();

  /** Another film. */
  clear() {
    this.setPart(null);
    this.#seconds.clear();
    this.#endings.clear();
  }

  /** @param {[number, number] | null} part null brings back what was chosen for the whole film */
  setPart(part) {
    this.#whole ??= [this.#seconds, this.#endings];
    [this.#seconds, this.#endings] = part ? [new Map(), new Map()] : this.#whole;
    if (!part) this.#whole = null;
    this.part = part;
  }

  /** Second of the film at which the part begins. */
  get from() {
    return this.part?.[0] ?? 0;
  }

  /**
   * @param {Track} track
   */
  tell(track) {
    if (this.part) this.onpart(this.of(track));
    else this.onstart(track, this.of(track));
  }

  /**
   * Where to look at the film for music that begins now.
   * @param {number} t
   */
  inside(t) {
    return !this.part || (t >= this.part[0] - 0.05 && t < this.part[1]) ? t : this.part[0];
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
   * @param {{ catalog: string, id: string, isChosen?: boolean } & Partial<Choice>} entry
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
