// The ranked rows. Every row has its place by a transform, so a new order glides; only the rows that
// can be seen are in the document, so three hundred candidates cost no more than twelve.

import { h } from "../core/dom.js";
import { named } from "../core/i18n.js";
import { keyOf } from "../core/track.js";
import { Row } from "./row.js";
/** @import { ListRow, Played, RowActions, RowFacts, Shape } from "../core/types.js" */

const SPARE = 3; // rows kept above and below the visible ones
const LEAVE_MS = 260;
const SETTLE_MS = 400; // after the last move; longer than the glide

/**
 * Rows below one another, as high as the style sheet says.
 * @type {Shape}
 */
const ROWS = {
  make: (track, index, actions) => new Row(track, index, actions),
  measure: (node) => ({ columns: 1,
    height: parseFloat(getComputedStyle(node).getPropertyValue("--row")) || 64 }),
};

export class RankedList {
  /** @type {any[]} */
  tracks = [];
  columns = 1;
  height = 0; // of an item, in pixels
  width = 0;
  settling = 0;
  /** @type {((index: number, place: number) => RowFacts) | null} */
  facts = null;
  /** @type {((index: number) => Played) | null} how far a row's music has come */
  played = null;

  /**
   * shape: what one item looks like, and how many stand beside one another how high.
   * @param {RowActions} actions
   * @param {Shape} [shape]
   */
  constructor(actions, shape = ROWS) {
    this.actions = actions;
    this.shape = shape;
    /** @type {Map<number, ListRow>} */
    this.rows = new Map(); // track index -> Row in the document
    /** @type {Map<number, ListRow>} */
    this.built = new Map(); // every Row made so far
    /** @type {number[]} */
    this.order = [];
    this.scrolled = 0; // kept here, for asking the document would lay it out in the midst of a drag
    this.seen = 0;
    /** @type {Set<ListRow>} */
    this.undrawn = new Set();
    this.tall = h("div.rows", { role: "list", ...named("list.name") });
    this.node = h("div.list-scroll", { tabIndex: 0, ...named("list.scroll") }, this.tall);
    this.node.addEventListener("scroll", () => {
      this.scrolled = this.node.scrollTop;
      this.#place(false);
    }, { passive: true });
    new ResizeObserver(() => this.#resize()).observe(this.node);
  }

  /**
   * New candidates: forget all rows.
   * @param {any[]} tracks
   */
  reset(tracks) {
    this.tracks = tracks;
    this.order = [];
    this.rows.clear();
    this.built.clear();
    this.tall.replaceChildren();
    this.node.scrollTop = 0;
    this.scrolled = 0;
  }

  /**
   * Mostly the same candidates, as another answer numbers them: their rows stay where they are until
   * they are shown again, so that they glide.
   * @param {any[]} tracks
   */
  settle(tracks) {
    const numbers = new Map(tracks.map((track, i) => [keyOf(track), i]));
    const now = this.tracks.map((track) => numbers.get(keyOf(track)));
    const built = [...this.built.values()];
    for (const row of built) {
      const index = now[row.index];
      if (index === undefined) row.node.remove();
      row.index = index ?? -1;
    }
    /** @param {Iterable<ListRow>} rows */
    const byIndex = (rows) => new Map([...rows].flatMap((row) =>
      row.index < 0 ? [] : [/** @type {[number, ListRow]} */ ([row.index, row])]));
    this.rows = byIndex(this.rows.values());
    this.built = byIndex(built);
    this.order = this.order.flatMap((i) => now[i] ?? []);
    this.tracks = tracks;
  }

  /**
   * Show this order. `facts(index, place)` answers what Row.show takes.
   * @param {number[]} order
   * @param {(index: number, place: number) => RowFacts} facts
   * @param {boolean} [glide]
   */
  show(order, facts, glide = true) {
    this.order = order;
    this.facts = facts;
    this.#place(glide);
  }

  /** Write the rows again where they stand: language, selection, playing. */
  refresh() {
    this.#place(false);
  }

  speak() {
    for (const row of this.built.values()) row.speak();
    this.refresh();
  }

  /** Draw every waveform again: another theme, another size. */
  drawWaves() {
    for (const row of this.built.values()) row.drawn = false;
    for (const row of this.rows.values()) this.#drawSoon(row);
  }

  /**
   * Waveforms are drawn after the move, all at once, and only where none is drawn yet.
   * @param {ListRow} row
   */
  #drawSoon(row) {
    if (row.drawn) return;
    if (!this.undrawn.size) requestAnimationFrame(() => this.#drawNow());
    this.undrawn.add(row);
  }

  #drawNow() {
    for (const row of this.undrawn) {
      if (this.rows.get(row.index) === row) row.drawWave(...(this.played?.(row.index) ?? [0, null]));
    }
    this.undrawn.clear();
  }

  /** @param {number} index */
  rowOf(index) {
    return this.rows.get(index) ?? null;
  }

  /**
   * Bring a track into sight.
   * @param {number} index
   */
  reveal(index) {
    const place = this.order.indexOf(index);
    if (place < 0) return;
    const [, top] = this.#spot(place);
    if (top < this.node.scrollTop) this.node.scrollTop = top;
    const bottom = top + this.height - this.node.clientHeight;
    if (bottom > this.node.scrollTop) this.node.scrollTop = bottom;
  }

  #resize() {
    Object.assign(this, this.shape.measure(this.tall));
    this.width = this.tall.clientWidth / this.columns;
    this.tall.style.setProperty("--column", `${this.width}px`);
    this.seen = this.node.clientHeight;
    this.#place(false);
    this.drawWaves();
  }

  /**
   * Left and top of a place, in pixels.
   * @param {number} place
   */
  #spot(place) {
    return [(place % this.columns) * this.width, Math.floor(place / this.columns) * this.height];
  }

  /** @param {boolean} glide */
  #place(glide) {
    if (!this.facts || !this.height) return;
    const { order, height, columns } = this;
    const tall = `${Math.ceil(order.length / columns) * height}px`;
    if (this.tall.style.height !== tall) this.tall.style.height = tall;
    const first = Math.max(0, Math.floor(this.scrolled / height) - SPARE);
    const lines = Math.ceil(this.seen / height) + 2 * SPARE;
    const from = first * columns;
    const to = Math.min(order.length, from + lines * columns);
    const visible = new Set();
    for (let place = from; place < to; place++) {
      visible.add(order[place]);
      this.#put(order[place], place, glide);
    }
    for (const [index, row] of this.rows) {
      if (!visible.has(index)) this.#drop(index, row, glide);
    }
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.#settle(), SETTLE_MS);
  }

  /**
   * Put the elements into the order that is seen, for the Tab key and for readers. Not while rows
   * glide: moving an element ends its transition. The row that has the focus stays where it is.
   */
  #settle() {
    const rows = this.order.flatMap((index) => this.rows.get(index)?.node ?? []);
    const now = [...this.tall.children].filter((node) => rows.some((row) => row === node));
    if (rows.every((node, i) => node === now[i])) return;
    const focused = rows.findIndex((node) => node.contains(document.activeElement));
    rows.forEach((node, i) => {
      if (i < focused) this.tall.insertBefore(node, rows[focused]);
      else if (i > focused) this.tall.append(node);
    });
  }

  /**
   * @param {number} index
   * @param {number} place
   * @param {boolean} glide
   */
  #put(index, place, glide) {
    let row = this.rows.get(index);
    const [x, y] = this.#spot(place);
    const at = `translate(${x}px, ${y}px)`;
    if (!row) {
      row = this.built.get(index) ?? this.shape.make(this.tracks[index], index, this.actions);
      this.built.set(index, row);
      this.rows.set(index, row);
      this.tall.append(row.node);
      clearTimeout(row.leaving);
      row.node.classList.remove("leaving");
      row.at = undefined;
      row.node.classList.toggle("still", true);
      if (glide) row.node.classList.add("entering");
      row.node.style.transform = glide ? `translate(${x}px, ${y + this.height / 2}px)` : at;
      row.fresh = true;
    }
    if (this.facts) row.show(this.facts(index, place));
    if (row.at === at) return;
    row.at = at;
    row.y = y;
    if (row.fresh) {
      row.fresh = false;
      this.#drawSoon(row);
      if (!glide) return;
      requestAnimationFrame(() => {
        row.node.classList.remove("still", "entering");
        row.node.style.transform = row.at ?? "";
      });
      return;
    }
    row.node.classList.toggle("still", !glide);
    row.node.style.transform = at;
  }

  /**
   * @param {number} index
   * @param {ListRow} row
   * @param {boolean} glide
   */
  #drop(index, row, glide) {
    this.rows.delete(index);
    if (!glide) return row.node.remove();
    const place = this.order.indexOf(index);
    row.node.classList.remove("still");
    row.node.classList.add("leaving");
    if (place >= 0) {
      const [x, y] = this.#spot(place);
      const from = row.y ?? y;
      const top = from + Math.sign(y - from) * this.height;
      row.node.style.transform = `translate(${x}px, ${top}px)`;
    }
    row.leaving = setTimeout(() => row.node.remove(), LEAVE_MS);
  }
}
