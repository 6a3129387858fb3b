// The triangle pad: free weights of the self-supervised branch and two label branches. A corner is a
// branch alone; the place inside is the mix. Arrow keys move it too.

import { h, s } from "../core/dom.js";
import { label, named, number, t } from "../core/i18n.js";
import { alphaWeights, SSL } from "./rank.js";
/** @import { Store } from "../core/store.js" */
/** @import { PageState } from "../core/types.js" */

const SIZE = 120;
/** @type {Record<string, [x: number, y: number]>} */
const MOVES = { ArrowLeft: [-4, 0], ArrowRight: [4, 0], ArrowUp: [0, -4], ArrowDown: [0, 4] };
const VIEW = { x: -46, y: -16, width: 212, height: 140 }; // room for the names at the corners
/** @type {[x: number, y: number][]} where the names stand */
const WORDS = [[SIZE / 2, -4], [6, SIZE - 2], [SIZE - 6, SIZE - 2]];
const CORNERS = [[SIZE / 2, 8], [6, SIZE * 0.88], [SIZE - 6, SIZE * 0.88]];

/**
 * Barycentric weights of a point, pushed back into the triangle.
 * @param {number} x
 * @param {number} y
 * @param {number[][]} [corners]
 */
export function weightsAt(x, y, corners = CORNERS) {
  const [[ax, ay], [bx, by], [cx, cy]] = corners;
  const area = (by - cy) * (ax - cx) + (cx - bx) * (ay - cy);
  const a = ((by - cy) * (x - cx) + (cx - bx) * (y - cy)) / area;
  const b = ((cy - ay) * (x - cx) + (ax - cx) * (y - cy)) / area;
  const raw = [a, b, 1 - a - b].map((w) => Math.max(0, w));
  const sum = raw.reduce((total, w) => total + w, 0);
  return raw.map((w) => w / sum);
}

/** The facets at the corners: the first two, or the slider's in place of the first.
 * @type {(facets: string[], chosen: string) => string[]} */
export const facetsOf = ([first, ...others], chosen) =>
  [others.indexOf(chosen) > 0 ? chosen : first, ...others.slice(0, 1)];

export class TrianglePad {
  /** @param {Store<PageState>} store */
  constructor(store) {
    this.store = store;
    this.dot = s("circle", { r: 7, class: "pad-dot" });
    this.words = WORDS.map(([x, y], k) => s("text", { x, y, class: `pad-word branch-${k}` }));
    this.svg = s("svg", { viewBox: Object.values(VIEW).join(" "), class: "pad", tabindex: 0,
      role: "application" },
    s("polygon", { points: CORNERS.map((corner) => corner.join(",")).join(" "), class: "pad-ground" }),
    ...this.words, this.dot);
    this.names = h("ul.pad-names");
    this.node = h("section.triangle", { ...named("triangle.name"), hidden: true }, this.svg, this.names);
    this.svg.addEventListener("pointerdown", (event) => {
      this.svg.setPointerCapture(event.pointerId);
      store.set({ sliding: true });
      this.#point(event);
    });
    this.svg.addEventListener("pointermove", (event) => event.buttons && this.#point(event));
    this.svg.addEventListener("pointerup", () => store.set({ sliding: false }));
    this.svg.addEventListener("keydown", (event) => this.#key(event));
    store.on("triangle weights alpha facet lang payload", () => this.draw());
  }

  get corners() {
    return [SSL, ...facetsOf(this.store.get("facets"), this.store.get("facet"))];
  }

  draw() {
    this.node.hidden = !this.store.get("triangle");
    if (this.node.hidden || !this.store.get("payload")) return;
    const w = this.#weights();
    const at = [0, 1].map((axis) => w.reduce((sum, share, k) => sum + share * CORNERS[k][axis], 0));
    this.dot.setAttribute("cx", String(at[0]));
    this.dot.setAttribute("cy", String(at[1]));
    this.words.forEach((word, k) => (word.textContent = label("facet", this.corners[k])));
    this.names.replaceChildren(...this.corners.map((branch, k) => h(`li.branch-${k}`, {},
      h("span", { text: label("facet", branch) }), h("b", { text: number(w[k], 2) }))));
    this.svg.setAttribute("aria-label", t("triangle.value", {
      weights: this.corners.map((branch, k) => `${label("facet", branch)} ${number(w[k], 2)}`)
        .join(t("comma")) }));
  }

  /** Weights of the three corners now. */
  #weights() {
    const branches = this.store.get("payload")?.branches ?? [];
    const free = this.store.get("weights");
    if (free) return this.corners.map((branch) => free[branches.indexOf(branch)] ?? 0);
    return alphaWeights(this.corners, this.store.get("facet"), this.store.get("alpha"));
  }

  /** @param {number[]} three */
  #set(three) {
    const branches = this.store.get("payload")?.branches ?? [];
    const weights = branches.map((branch) => {
      const k = this.corners.indexOf(branch);
      return k < 0 ? 0 : three[k];
    });
    this.store.set({ weights });
  }

  /** @param {PointerEvent} event */
  #point(event) {
    const box = this.svg.getBoundingClientRect();
    const scale = VIEW.width / box.width;
    this.#set(weightsAt(VIEW.x + (event.clientX - box.left) * scale,
      VIEW.y + (event.clientY - box.top) * scale));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const move = MOVES[event.key];
    if (!move) return;
    event.preventDefault();
    event.stopPropagation();
    const x = Number(this.dot.getAttribute("cx")) + move[0];
    const y = Number(this.dot.getAttribute("cy")) + move[1];
    this.store.set({ restBefore: {} });
    this.#set(weightsAt(x, y));
  }
}
