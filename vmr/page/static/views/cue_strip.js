// The film from left to right: what was believed when, its energy, its cuts, and the cues, whose borders
// can be dragged. Everything is a share of the film's length; nothing here asks the server.

import { clear, clock, h, s } from "../core/dom.js";
import { label, named, percent, t } from "../core/i18n.js";
/** @import { Cue, Cues } from "../core/cues.js" */
/** @import { Course } from "./cues_kept.js" */

const WIDE = 1000;
const HIGH = 40; // of the curve's own units
const NARROW = 0.045; // share of the film below which a mood is not named
const STEP_S = 0.5;
const FAR_S = 5;
/** @type {Record<string, number>} */
const WAYS = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1, PageDown: -1, PageUp: 1 };
const SNAP_PX = 7; // a border this near to a cut lies on it

/**
 * What the strip does with its film.
 * @typedef {{ seek(time_s: number): void, select(id: string): void, facet(): string }} StripActions
 */

export class CueStrip {
  /** @type {Course | null} */ course = null;
  moods = h("div.strip-moods", { "aria-hidden": "true" });
  curve = s("svg", { class: "strip-curve", viewBox: `0 0 ${WIDE} ${HIGH}`, preserveAspectRatio: "none",
    "aria-hidden": "true" });
  blocks = h("div.strip-blocks", { role: "group", ...named("cues.list") });
  borders = h("div.strip-borders");
  head = h("i.strip-head", { "aria-hidden": "true" });
  node = h("div.film-strip", { onclick: (event) => this.#seek(event) }, this.moods, this.curve,
    this.blocks, this.borders, this.head);

  /**
   * @param {Cues} cues
   * @param {StripActions} actions
   */
  constructor(cues, actions) {
    this.cues = cues;
    this.actions = actions;
  }

  /** @param {Course | null} course */
  setCourse(course) {
    this.course = course;
    this.drawCourse();
  }

  get seconds() {
    return this.cues.seconds || 1;
  }

  /** @param {number} time_s */
  #x(time_s) {
    return `${(100 * Math.min(1, Math.max(0, time_s / this.seconds))).toFixed(3)}%`;
  }

  drawCourse() {
    const { course } = this;
    clear(this.moods);
    clear(this.curve);
    if (!course) return;
    const facet = this.actions.facet();
    const rows = course.beliefs[facet] ?? Object.values(course.beliefs)[0] ?? [];
    const names = [...new Set(rows.map(([, , name]) => name))];
    this.moods.append(...rows.map(([start, end, name, share]) => h("span", {
      style: `left: ${this.#x(start)}; width: ${this.#x(end - start)}; --tone: ${names.indexOf(name) % 6}`,
      title: `${clock(start)} ${share === null ? t("facts.perhaps", { word: label(facet, name) })
        : `${label(facet, name)} ${percent(share)}`}`,
      text: (end - start) / this.seconds < NARROW ? "" : label(facet, name) })));
    const at = (/** @type {number} */ time) => ((time / this.seconds) * WIDE).toFixed(1);
    const line = course.times_s.map((time, i) =>
      `${at(time)} ${(HIGH - 3 - ((course.energy[i] - 1) / 4) * (HIGH - 6)).toFixed(1)}`);
    if (line.length) {
      this.curve.append(s("path", { class: "strip-area",
        d: `M0 ${HIGH} L0 ${line[0].split(" ")[1]} L${line.join(" L")} L${WIDE} ${line.at(-1)?.split(" ")[1]}`
          + ` L${WIDE} ${HIGH}Z` }));
    }
    this.curve.append(s("path", { class: "strip-cuts",
      d: course.cuts_s.map((time) => `M${at(time)} ${HIGH - 5} V${HIGH}`).join(" ") }));
  }

  /** @param {string | null} chosen id of a cue */
  drawCues(chosen) {
    const { list } = this.cues;
    const held = document.activeElement instanceof HTMLElement && this.node.contains(document.activeElement)
      ? document.activeElement.dataset.of : null;
    clear(this.blocks).append(...list.map((cue, i) => this.#block(cue, i, cue.id === chosen)));
    this.#drawBorders();
    if (held) this.#find(held)?.focus({ preventScroll: true });
  }

  /** @param {string} of */
  #find(of) {
    return /** @type {HTMLElement | undefined} */ ([...this.node.querySelectorAll("[data-of]")]
      .find((node) => /** @type {HTMLElement} */ (node).dataset.of === of));
  }

  /**
   * @param {Cue} cue
   * @param {number} i
   * @param {boolean} isChosen
   */
  #block(cue, i, isChosen) {
    const times = { number: i + 1, start: clock(cue.start), end: clock(cue.end),
      title: cue.title || t("cues.empty") };
    return h("button.cue-block", { type: "button", "data-of": `block-${cue.id}`,
      "aria-pressed": String(isChosen), "aria-label": t("cues.block", times), title: t("cues.block", times),
      className: `cue-block${cue.title ? "" : " without"}`,
      style: `left: ${this.#x(cue.start)}; width: ${this.#x(cue.end - cue.start)}`,
      onclick: (event) => {
        event.stopPropagation();
        this.actions.select(cue.id);
      } }, h("b", { text: String(i + 1) }), h("span", { text: cue.title || t("cues.empty") }));
  }

  /** The handles are moved, not made anew: one may be held. */
  #drawBorders() {
    const { list } = this.cues;
    const old = new Map([...this.borders.children].map((node) =>
      [/** @type {HTMLElement} */ (node).dataset.of, /** @type {HTMLElement} */ (node)]));
    const now = list.slice(1).map((cue, i) => {
      const node = old.get(`border-${cue.id}`) ?? this.#border(cue.id);
      old.delete(`border-${cue.id}`);
      node.style.left = this.#x(cue.start);
      const values = { "aria-valuemin": list[i].start, "aria-valuemax": cue.end, "aria-valuenow": cue.start,
        "aria-valuetext": clock(cue.start), "aria-label": t("cues.border", { before: i + 1, after: i + 2 }) };
      for (const [name, value] of Object.entries(values)) node.setAttribute(name, String(value));
      return node;
    });
    for (const node of old.values()) node.remove();
    now.forEach((node) => node.parentNode ?? this.borders.append(node));
  }

  /** @param {string} id of the cue that begins there */
  #border(id) {
    /** @type {HTMLElement} */
    const node = h("div.cue-border", { role: "slider", tabIndex: 0, "data-of": `border-${id}`,
      "aria-orientation": "horizontal", onclick: (event) => event.stopPropagation(),
      onkeydown: (event) => this.#key(event, id),
      onpointerdown: (event) => {
        event.preventDefault();
        node.focus({ preventScroll: true });
        node.setPointerCapture(event.pointerId);
        node.classList.add("held");
      },
      onpointermove: (event) => {
        if (!node.hasPointerCapture(event.pointerId)) return;
        this.cues.move(id, this.#snapped(this.#time(event.clientX)), `drag-${id}`);
      },
      onpointerup: () => void this.#rest(node),
      onpointercancel: () => void this.#rest(node),
      onblur: () => this.cues.rest() });
    return node;
  }

  /** @param {HTMLElement} node */
  #rest(node) {
    node.classList.remove("held");
    this.cues.rest();
  }

  /**
   * @param {KeyboardEvent} event
   * @param {string} id
   */
  #key(event, id) {
    const cue = this.cues.get(id);
    const way = WAYS[event.key];
    if (!cue || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Delete" || event.key === "Backspace") {
      const at = this.cues.list.findIndex((one) => one.id === id);
      this.cues.join(this.cues.list[at - 1].id);
    } else if (way) {
      const step = event.shiftKey || event.key.startsWith("Page") ? FAR_S : STEP_S;
      this.cues.move(id, cue.start + way * step, `keys-${id}`);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {number} clientX */
  #time(clientX) {
    const box = this.node.getBoundingClientRect();
    return ((clientX - box.left) / (box.width || 1)) * this.seconds;
  }

  /** @param {number} time_s */
  #snapped(time_s) {
    const reach = (SNAP_PX / (this.node.clientWidth || 1)) * this.seconds;
    const near = (this.course?.cuts_s ?? []).filter((cut) => Math.abs(cut - time_s) <= reach)
      .sort((a, b) => Math.abs(a - time_s) - Math.abs(b - time_s));
    return near[0] ?? time_s;
  }

  /** @param {MouseEvent} event */
  #seek(event) {
    this.actions.seek(Math.max(0, Math.min(this.seconds, this.#time(event.clientX))));
  }

  /** @param {number} time_s */
  drawTime(time_s) {
    this.head.style.left = this.#x(time_s);
  }
}
