// The rank chart: how the first tracks change places over the whole slider, drawn under it so that
// the two share one horizontal scale. Clicking jumps; a click near a crossing jumps onto it.

import { h, s, setAt } from "../core/dom.js";
import { named, number, t } from "../core/i18n.js";
import { lastOrder, paths } from "./changes.js";
/** @import { Store } from "../core/store.js" */
/** @import { Changes, RankingState } from "../core/types.js" */
/** @import { Piece } from "./changes.js" */

export const TOP = 8;
const ROW = 15; // pixels between two ranks; more where the room is large
const WIDE_ROW = 21;
const WIDE = 1700;
const PAD = 9;
const SNAP_PX = 7;
const MAX_DOTS = 70;

export class BumpChart {
  /** @param {Store<RankingState>} store */
  constructor(store) {
    this.store = store;
    this.svg = s("svg", { class: "bump-plot", preserveAspectRatio: "none" });
    this.left = h("ol.bump-names.left", { "aria-hidden": "true" });
    this.right = h("ol.bump-names.right", { "aria-hidden": "true" });
    this.cursor = h("div.bump-cursor");
    this.hint = h("div.bump-hint", { hidden: true });
    this.area = h("div.bump-area", { onclick: (event) => this.#click(event),
      onpointermove: (event) => this.#hover(event),
      onpointerleave: () => (this.hint.hidden = true) }, this.svg, this.cursor, this.hint);
    this.node = h("section.bump", { ...named("bump.name") }, this.left, this.area, this.right);
    store.on("changes lang", () => this.draw());
    store.on("alpha", () => this.#move());
    store.on("current", () => this.#mark());
    new ResizeObserver(() => this.draw()).observe(this.area);
  }

  draw() {
    const { found, payload } = this.#data();
    const width = this.area.clientWidth;
    if (!found || !payload || !width) return;
    const row = innerWidth >= WIDE ? WIDE_ROW : ROW;
    this.node.style.setProperty("--bump-row", `${row}px`);
    /** @param {number} rank */
    const y = (rank) => PAD + row * rank;
    const height = PAD * 2 + row * (Math.min(TOP, found.first.length) - 1);
    this.scale = { width, height };
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.style.height = `${height}px`;
    const lines = [];
    for (const [item, pieces] of paths(found)) {
      const path = s("path", { d: outline(pieces, width, y), class: "bump-line" });
      path.dataset.item = String(item);
      path.append(titled(payload.tracks[item].title));
      lines.push(path);
    }
    const shown = found.changes.length > MAX_DOTS
      ? found.changes.filter((change) => change.rank < 3) : found.changes;
    const dots = shown.slice(0, MAX_DOTS * 2).map((change) => s("circle", {
      cx: change.alpha * width, cy: y(Math.min(change.rank + 0.5, TOP - 1)), r: 2.4,
      class: "bump-dot" }));
    this.svg.replaceChildren(...lines, ...dots);
    this.#names(found, payload.tracks);
    this.#move();
    this.#mark();
  }

  #data() {
    const found = this.store.get("found");
    return { found, payload: this.store.get("payload") };
  }

  /**
   * @param {Changes} found
   * @param {{ title: string }[]} tracks
   */
  #names(found, tracks) {
    /** @param {number} i */
    const item = (i) => h("li", { text: tracks[i].title, title: tracks[i].title });
    this.left.replaceChildren(...found.first.map(item));
    this.right.replaceChildren(...lastOrder(found).map(item));
  }

  #move() {
    setAt(this.cursor, this.store.get("alpha"));
  }

  #mark() {
    const current = this.store.get("current");
    for (const path of this.svg.querySelectorAll("path")) {
      path.classList.toggle("current", Number(path.dataset.item) === current);
    }
  }

  /** @param {MouseEvent} event */
  #near(event) {
    const found = this.store.get("found");
    if (!found || !this.scale) return null;
    const box = this.area.getBoundingClientRect();
    const x = event.clientX - box.left;
    const alpha = Math.min(1, Math.max(0, x / box.width));
    let best = null;
    for (const change of found.changes) {
      const far = Math.abs(change.alpha * box.width - x);
      if (far < SNAP_PX && (!best || far < best.far)) best = { far, change };
    }
    return { alpha, change: best?.change ?? null };
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const near = this.#near(event);
    if (!near) return;
    const alpha = near.change ? Math.min(1, near.change.alpha + 1e-4) : near.alpha;
    this.store.set({ restBefore: {} });
    this.store.set({ alpha, weights: null });
  }

  /** @param {MouseEvent} event */
  #hover(event) {
    const near = this.#near(event);
    const { payload } = this.#data();
    this.hint.hidden = !near?.change;
    if (!near?.change || !payload) return;
    const { alpha, rank, rises, falls } = near.change;
    this.hint.textContent = t("bump.change", { alpha: number(alpha, 3), rank: rank + 1,
      rises: payload.tracks[rises].title, falls: payload.tracks[falls].title });
    setAt(this.hint, alpha);
    this.hint.classList.toggle("flip", alpha > 0.6);
  }
}

/** @param {string} text */
function titled(text) {
  const title = s("title");
  title.textContent = text;
  return title;
}

/**
 * A step line with soft corners: level while the rank holds, an S where it changes.
 * @param {Piece[]} pieces
 * @param {number} width
 * @param {(rank: number) => number} y
 */
function outline(pieces, width, y) {
  let d = "";
  pieces.forEach((piece, i) => {
    const before = pieces[i - 1];
    const joined = before && before.to === piece.from;
    const after = pieces[i + 1];
    const x0 = piece.from * width;
    const x1 = piece.to * width;
    const soft = Math.min(7, (x1 - x0) / 2);
    const leave = after && after.from === piece.to ? soft : 0;
    if (!joined) d += `M${x0} ${y(piece.rank)}`;
    else d += `S${x0} ${y(piece.rank)} ${x0 + soft} ${y(piece.rank)}`;
    d += `L${x1 - leave} ${y(piece.rank)}`;
    if (!leave) return;
    const half = (y(piece.rank) + y(after.rank)) / 2;
    d += `C${x1} ${y(piece.rank)} ${x1} ${half} ${x1} ${half}`;
  });
  return d;
}
