// Rows that keep their place when an answer settles.
//
// The first rows are of a few frames; when the others have been looked at, the order changes without
// anybody having asked for it. A row that the person is just at must not move then: whoever is about to
// press a button would press another track's, and whoever listens would lose the place of what sounds.
// So it stays until it is left; its number says where it belongs.

/** @import { Store } from "../core/store.js" */
/** @import { Callback, Payload, RankingState, RowFacts } from "../core/types.js" */
/** @import { RankedList } from "./list.js" */

/**
 * An order in which some rows stand at places of their own; the others keep theirs among themselves.
 * @param {number[]} order
 * @param {Map<number, number>} places of tracks that are held; those that are not in the order are not
 */
export function withHeld(order, places) {
  const held = new Set(order.filter((i) => places.has(i)));
  if (!held.size) return order;
  const arranged = order.filter((i) => !held.has(i));
  const inOrder = [...places].filter(([i]) => held.has(i)).sort(([, a], [, b]) => a - b);
  for (const [i, place] of inOrder) arranged.splice(place, 0, i);
  return arranged;
}

/**
 * The row that sounds.
 * @param {Store<RankingState>} store
 */
export const playingOf = (store) => (store.get("playing") ? store.get("current") : null);

export class Holding {
  /** @type {Map<number, number>} track index -> place */
  places = new Map();
  /** @type {number | null} of them the one that sounds */
  playing = null;
  #left = new AbortController();
  /** @type {string | null} hash of the video whose first impression is shown */
  #provisional = null;

  /**
   * @param {RankedList} list
   * @param {Callback} release what is to be done when a row has been left
   */
  constructor(list, release) {
    this.list = list;
    this.release = release;
  }

  /**
   * Show an order, what is held at its place with the facts of where it belongs.
   * @param {number[]} order
   * @param {(index: number, place: number) => RowFacts} facts
   * @param {boolean} glide
   */
  show(order, facts, glide) {
    const places = new Map(order.map((i, place) => [i, place]));
    this.list.show(withHeld(order, this.places), (i) => facts(i, places.get(i) ?? 0), glide);
  }

  /**
   * The rows of an answer: in the place of others, or of its own first impression, which settles.
   * Answers whether it settles.
   * @param {Payload<any>} payload
   * @param {number | null} playing track index
   */
  take(payload, playing) {
    const settles = this.#provisional === payload.query.sha256;
    this.#provisional = payload.provisional ? payload.query.sha256 : null;
    if (settles) this.list.settle(payload.tracks);
    else this.list.reset(payload.tracks);
    if (settles) this.#begin(playing);
    else this.end();
    return settles;
  }

  /**
   * Hold the rows under the pointer, with the focus, and the one that plays.
   * @param {number | null} playing track index
   */
  #begin(playing) {
    this.end();
    const { list } = this;
    this.playing = playing;
    for (const [index, { node }] of list.rows) {
      const pointed = node.matches(":hover");
      const focused = node.contains(document.activeElement);
      if (!pointed && !focused && index !== playing) continue;
      this.places.set(index, list.order.indexOf(index));
      const { signal } = this.#left;
      if (pointed) node.addEventListener("pointerleave", () => this.#leave(index), { signal });
      if (focused) node.addEventListener("focusout", () => this.#leave(index), { signal });
    }
  }

  /**
   * What sounds now; the row that sounded before may move.
   * @param {number | null} index
   */
  heard(index) {
    const before = this.playing;
    if (before === null || before === index) return;
    this.playing = null;
    this.#leave(before);
  }

  /** Whoever moves the slider asks for another order: nothing is held any more. */
  end() {
    this.#left.abort();
    this.#left = new AbortController();
    this.places.clear();
    this.playing = null;
  }

  /** @param {number} index */
  #leave(index) {
    if (index !== this.playing && this.places.delete(index)) this.release();
  }
}
