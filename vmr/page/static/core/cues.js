// The cues of the video that is shown: which music from when to when. Plain data that every part reads,
// changes and follows; kept by views/cues_keep.js. Cues leave no gaps: a cue ends where the next begins.

/** @import { Callback, Choices, Sentence } from "./types.js" */

/** @typedef {"fade" | "cut" | "loop"} Ending fade: out at the end; cut: at once; loop: the track is
 *   repeated where it is shorter than the cue */

/**
 * Music for a part of the film, in seconds of the film; end is that of the film or the next start.
 * facet to weights: what is asked for, as of a whole video; weights: of the branches, freely, null where
 * the slider says them. title: "" where no track is chosen;
 * catalog and track_id name it for good; track: its number on the server, null where that is not known
 * yet; address: of its sound; duration, bpm, key: its own; track_start: second of the track at which
 * the cue begins. fade_in begins at start, fade_out ends at end. felt: energy of the picture, 1 to 5;
 * belief: what was believed there, by facet; why: it begins where it does, null where a person said so.
 * @typedef {{ id: string, start: number, end: number, facet: string, alpha: number, labels: Choices,
 *   energy: number | null, words: string, words_weight: number,
 *   weights: number[] | null, track: number | null,
 *   catalog: string, track_id: string, title: string, artist: string, address: string | null,
 *   duration: number, bpm: number | null, key: string, track_start: number, gain_db: number,
 *   ending: Ending, fade_in: number, fade_out: number, felt: number | null,
 *   belief: Record<string, string>, why: Sentence | null }} Cue
 */

/** A field of a cue that changed; undefined: it was not there, or is there no more.
 * @typedef {{ id: string, field: string, before: any, after: any }} Edit */

/** @typedef {"person" | "undo" | "elsewhere"} By elsewhere: read from where the cues are kept */

export const SHORTEST_S = 1; // of a cue that a person makes
const NOTHING_S = 0.04; // shorter than a frame: two pages made the same border
const MOST_STEPS = 200; // that can be undone

/** @type {Omit<Cue, "id" | "start" | "end">} */
export const PLAIN = { facet: "mood", alpha: 0.5, labels: {}, energy: null, words: "", words_weight: 1,
  weights: null, track: null, catalog: "", track_id: "", title: "", artist: "", address: null, duration: 0,
  bpm: null, key: "", track_start: 0, gain_db: 0, ending: "fade", fade_in: 0.05, fade_out: 2, felt: null,
  belief: {}, why: null };

/** What belongs to the running server or follows from the other cues, and is not kept. */
export const DERIVED = ["end", "track", "address"];

/** @param {any} value */
const text = (value) => JSON.stringify(value ?? null);

export const newId = () => crypto.randomUUID().slice(0, 8);

/**
 * By start and without gaps from 0 to the end of the film.
 * @param {Cue[]} list
 * @param {number} seconds
 */
export function tidy(list, seconds) {
  const sorted = [...list].sort((a, b) => a.start - b.start || (a.id < b.id ? -1 : 1))
    .filter(({ start }, i, all) => (all[i + 1]?.start ?? seconds) - start > NOTHING_S);
  return sorted.map((cue, i) => ({ ...cue, start: i ? cue.start : 0,
    end: sorted[i + 1]?.start ?? seconds }));
}

/**
 * @param {Cue[]} before
 * @param {Cue[]} after
 * @returns {Edit[]}
 */
export function editsOf(before, after) {
  const old = new Map(before.map((cue) => [cue.id, cue]));
  const now = new Map(after.map((cue) => [cue.id, cue]));
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((id) => {
    /** @type {Record<string, any>} */ const was = old.get(id) ?? {};
    /** @type {Record<string, any>} */ const is = now.get(id) ?? {};
    return [...new Set([...Object.keys(was), ...Object.keys(is)])]
      .filter((field) => field !== "id" && field !== "end" && text(was[field]) !== text(is[field]))
      .map((field) => ({ id, field, before: was[field], after: is[field] }));
  });
}

/**
 * @param {Cue[]} list
 * @param {Edit[]} edits
 * @returns {Cue[]}
 */
function edited(list, edits) {
  const fields = new Map(list.map((cue) => [cue.id, /** @type {Record<string, any>} */ ({ ...cue })]));
  for (const { id, field, before, after } of edits) {
    const cue = fields.get(id) ?? {};
    if (text(cue[field]) === text(before)) cue[field] = after; // else it was changed again meanwhile
    fields.set(id, cue);
  }
  return [...fields].filter(([, { start }]) => start !== undefined)
    .map(([id, cue]) => /** @type {Cue} */ ({ ...PLAIN, ...cue, id }));
}

/** @param {Edit[]} edits */
const backwards = (edits) => edits.map((edit) => ({ ...edit, before: edit.after, after: edit.before }));

export class Cues extends EventTarget {
  /** @type {readonly Cue[]} */ list = [];
  sha256 = ""; // of the video
  seconds = 0; // of the video
  /** @type {{ edits: Edit[], name: string }[]} */ #done = [];
  /** @type {{ edits: Edit[], name: string }[]} */ #undone = [];

  /**
   * The cues of another video; [] for one that has none.
   * @param {string} sha256
   * @param {number} seconds
   * @param {Cue[]} list
   */
  open(sha256, seconds, list) {
    Object.assign(this, { sha256, seconds, list: tidy(list, seconds) });
    this.#done = [];
    this.#undone = [];
    this.#tell([], "elsewhere");
  }

  /**
   * Call `listener` after each change; the answer ends that.
   * @param {Callback} listener
   * @returns {Callback}
   */
  subscribe(listener) {
    this.addEventListener("change", listener);
    return () => this.removeEventListener("change", listener);
  }

  /**
   * The cue at a second of the film.
   * @param {number} time_s
   */
  at(time_s) {
    return this.list.find(({ start, end }) => start <= time_s && time_s < end) ?? null;
  }

  /** @param {string | null} id */
  get(id) {
    return this.list.find((cue) => cue.id === id) ?? null;
  }

  /**
   * @param {string} id
   */
  next(id) {
    return this.list[this.list.findIndex((cue) => cue.id === id) + 1] ?? null;
  }

  /**
   * Everything as in `list`, as one step that can be undone; `name`: a step of the same name as the
   * one before belongs to it, as the moves of one drag do.
   * @param {Cue[]} list
   * @param {string} [name]
   */
  change(list, name = "") {
    const edits = this.#become(list, "person");
    if (!edits.length) return;
    this.#undone = [];
    const last = this.#done.at(-1);
    if (name && last?.name === name) last.edits.push(...edits);
    else this.#done.push({ edits, name });
    if (this.#done.length > MOST_STEPS) this.#done.shift();
  }

  /** The next change is a step of its own, whatever its name. */
  rest() {
    const last = this.#done.at(-1);
    if (last) last.name = "";
  }

  /**
   * @param {string} id
   * @param {Partial<Cue>} fields
   * @param {string} [name]
   */
  set(id, fields, name = "") {
    this.change(this.list.map((cue) => cue.id === id ? { ...cue, ...fields } : cue), name);
  }

  /**
   * What is so without a person having said it: an address, a number of the running server, cues as
   * they are kept elsewhere.
   * @param {Cue[]} list
   */
  take(list) {
    this.#become(list, "elsewhere");
  }

  /**
   * Move where a cue begins, and the one before it ends.
   * @param {string} id
   * @param {number} start
   * @param {string} [name]
   */
  move(id, start, name = "") {
    const i = this.list.findIndex((cue) => cue.id === id);
    if (i < 1) return;
    const low = this.list[i - 1].start + SHORTEST_S;
    const high = this.list[i].end - SHORTEST_S;
    if (low > high) return;
    const at = Math.min(high, Math.max(low, start));
    this.set(id, { start: Math.round(at * 1000) / 1000, why: null }, name);
  }

  /**
   * Two cues of the one at a second of the film; the second goes on in the same track. Answers its id,
   * "" where the parts would be too short.
   * @param {number} time_s
   */
  split(time_s) {
    const at = Math.round(time_s * 1000) / 1000;
    const cue = this.at(at);
    if (!cue || at - cue.start < SHORTEST_S || cue.end - at < SHORTEST_S) return "";
    const id = newId();
    const on = cue.track_start + at - cue.start;
    const track_start = cue.duration > 0 ? on % cue.duration : on;
    this.change([...this.list, { ...cue, id, start: at, track_start, why: null }]);
    return id;
  }

  /**
   * One cue of this one and the next, as this one is.
   * @param {string} id
   */
  join(id) {
    const next = this.next(id);
    if (next) this.change(this.list.filter((cue) => cue.id !== next.id));
  }

  get canUndo() {
    return this.#done.length > 0;
  }

  get canRedo() {
    return this.#undone.length > 0;
  }

  /** Put back what the last step changed, where nobody changed it again. */
  undo() {
    const step = this.#done.pop();
    if (!step) return;
    this.#undone.push(step);
    this.#become(edited([...this.list], backwards([...step.edits].reverse())), "undo");
  }

  redo() {
    const step = this.#undone.pop();
    if (!step) return;
    this.#done.push(step);
    this.#become(edited([...this.list], step.edits), "undo");
  }

  /**
   * @param {Cue[]} list
   * @param {By} by
   */
  #become(list, by) {
    const next = tidy(list, this.seconds);
    const edits = editsOf([...this.list], next);
    this.list = next;
    if (edits.length) this.#tell(edits, by);
    return edits;
  }

  /**
   * @param {Edit[]} edits
   * @param {By} by
   */
  #tell(edits, by) {
    this.dispatchEvent(new CustomEvent("change", { detail: { edits, by } }));
  }
}
