// The ranked rows. Every row has its place by a transform, so a new order glides; only the rows that
// can be seen are in the document, so three hundred candidates cost no more than twelve.

import { h } from "./dom.js";
import { named } from "./i18n.js";
import { Row } from "./row.js";

const SPARE = 3; // rows kept above and below the visible ones
const LEAVE_MS = 260;

export class RankedList {
  constructor(actions) {
    this.actions = actions;
    this.rows = new Map(); // track index -> Row in the document
    this.built = new Map(); // every Row made so far
    this.order = [];
    this.tall = h("div.rows", { role: "list", ...named("list.name") });
    this.node = h("div.list-scroll", { tabIndex: 0, ...named("list.scroll") }, this.tall);
    this.node.addEventListener("scroll", () => this.#place(false), { passive: true });
    new ResizeObserver(() => this.#resize()).observe(this.node);
  }

  /** New candidates: forget all rows. */
  reset(tracks) {
    this.tracks = tracks;
    this.order = [];
    this.rows.clear();
    this.built.clear();
    this.tall.replaceChildren();
    this.node.scrollTop = 0;
  }

  /** Show this order. `facts(index, place)` answers what Row.show takes. */
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

  drawWaves(playedOf) {
    for (const [index, row] of this.rows) row.drawWave(...playedOf(index));
  }

  rowOf(index) {
    return this.rows.get(index) ?? null;
  }

  /** Bring a track into sight. */
  reveal(index) {
    const place = this.order.indexOf(index);
    if (place < 0) return;
    const top = place * this.height;
    if (top < this.node.scrollTop) this.node.scrollTop = top;
    const bottom = top + this.height - this.node.clientHeight;
    if (bottom > this.node.scrollTop) this.node.scrollTop = bottom;
  }

  #resize() {
    const height = parseFloat(getComputedStyle(this.tall).getPropertyValue("--row")) || 64;
    if (height !== this.height) this.height = height;
    this.#place(false);
    this.drawWaves((index) => this.played?.(index) ?? [0]);
  }

  #place(glide) {
    if (!this.facts || !this.height) return;
    const { order, height, node } = this;
    this.tall.style.height = `${order.length * height}px`;
    const from = Math.max(0, Math.floor(node.scrollTop / height) - SPARE);
    const to = Math.min(order.length, from + Math.ceil(node.clientHeight / height) + 2 * SPARE);
    const visible = new Set();
    for (let place = from; place < to; place++) {
      visible.add(order[place]);
      this.#put(order[place], place, glide);
    }
    for (const [index, row] of this.rows) {
      if (!visible.has(index)) this.#drop(index, row, glide);
    }
  }

  #put(index, place, glide) {
    let row = this.rows.get(index);
    const y = place * this.height;
    if (!row) {
      row = this.built.get(index) ?? new Row(this.tracks[index], index, this.actions);
      this.built.set(index, row);
      this.rows.set(index, row);
      this.tall.append(row.node);
      clearTimeout(row.leaving);
      row.node.classList.remove("leaving");
      row.y = undefined;
      row.node.classList.toggle("still", true);
      if (glide) row.node.classList.add("entering");
      row.node.style.transform = `translateY(${glide ? y + this.height / 2 : y}px)`;
      row.fresh = true;
    }
    row.show(this.facts(index, place));
    if (row.y === y) return;
    row.y = y;
    if (row.fresh) {
      row.fresh = false;
      row.drawWave(...(this.played?.(index) ?? [0]));
      if (!glide) return;
      requestAnimationFrame(() => {
        row.node.classList.remove("still", "entering");
        row.node.style.transform = `translateY(${row.y}px)`;
      });
      return;
    }
    row.node.classList.toggle("still", !glide);
    row.node.style.transform = `translateY(${y}px)`;
  }

  #drop(index, row, glide) {
    this.rows.delete(index);
    if (!glide) return row.node.remove();
    const place = this.order.indexOf(index);
    row.node.classList.remove("still");
    row.node.classList.add("leaving");
    if (place >= 0) row.node.style.transform = `translateY(${row.y + Math.sign(place * this.height - row.y) * this.height}px)`;
    row.leaving = setTimeout(() => row.node.remove(), LEAVE_MS);
  }
}
