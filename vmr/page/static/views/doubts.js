// Labels that look wrong: hear the track, keep its label or take the one that looks right, by a key.

import { h } from "../core/dom.js";
import { label, named, percent, says, t } from "../core/i18n.js";
import { call } from "../core/server.js";
/** @import { Failure } from "../core/failure.js" */
/** @import { Card } from "./draft.js" */
/** @import { LabelQueue } from "./label_queue.js" */
/** @import { LabelSound } from "./label_sound.js" */

/**
 * A label that looks wrong and the one that looks right; share: its own, null where nobody knows.
 * @typedef {Card & { facet: string, given: string, instead: string, share: number | null }} Doubt
 */

export class Doubts {
  /** @type {Doubt[] | null} null until they came */ rows = null;
  facet = "";
  at = 0;

  /**
   * @param {LabelQueue} queue
   * @param {LabelSound} sound
   * @param {(error: Failure) => void} fail
   * @param {() => string[]} facets
   */
  constructor(queue, sound, fail, facets) {
    this.queue = queue;
    this.sound = sound;
    this.fail = fail;
    this.facets = facets;
    this.choice = h("div.label-facets");
    this.list = h("ol.doubts");
    this.node = h("div.label-doubts", {}, h("p.soft", says("doubts.lead")), this.choice, this.list);
  }

  /** What was found is of older labels or of another model. */
  forget() {
    this.rows = null;
  }

  /** @param {string} facet */
  async open(facet) {
    this.facet = facet;
    this.rows = null;
    this.draw();
    try {
      this.rows = await call("label_doubtful", [this.facet]);
      this.at = 0;
      this.draw();
    } catch (error) {
      this.fail(/** @type {Failure} */ (error));
    }
  }

  get row() {
    return this.rows?.[this.at] ?? null;
  }

  /** @param {number} by */
  step(by) {
    const last = (this.rows?.length ?? 0) - 1;
    this.at = Math.max(0, Math.min(last, this.at + by));
    this.draw();
    this.list.querySelector(".on")?.scrollIntoView({ block: "nearest" });
    this.hear();
  }

  hear() {
    if (this.row) this.sound.show(this.row, true);
  }

  /** @param {boolean} right whether the label that is there is right */
  settle(right) {
    const { row } = this;
    if (!row || !this.rows) return;
    const { number, facet, given, instead, share } = row;
    const made = { facet, source: "corrected", shown: share };
    const statements = right ? [{ ...made, label: given, value: 1 }]
      : [{ ...made, label: given, value: -1 }, { ...made, label: instead, value: 1 }];
    this.queue.save({ number, statements, reason: "doubtful" });
    this.rows = this.rows.filter((other) => other !== row);
    this.step(0);
  }

  /** @param {string} key */
  key(key) {
    /** @type {Record<string, () => void>} */
    const does = { ArrowDown: () => this.step(1), ArrowUp: () => this.step(-1),
      Space: () => (this.sound.number === this.row?.number ? this.sound.toggle() : this.hear()),
      Enter: () => this.settle(false), k: () => this.settle(true),
      ArrowLeft: () => this.sound.seek(-5), ArrowRight: () => this.sound.seek(5) };
    does[key]?.();
    return key in does;
  }

  draw() {
    this.choice.replaceChildren(h("div.segmented.small", { role: "group", ...named("label.facets") },
      ...this.facets().map((facet) => h("button", { type: "button", text: label("facet", facet),
        "aria-pressed": String(facet === this.facet), onclick: () => this.open(facet) }))));
    const { rows } = this;
    this.list.replaceChildren(...(rows?.map((row, i) => this.#row(row, i))
      ?? [h("li.soft", says("doubts.looking"))]),
    ...(rows?.length === 0 ? [h("li.soft", says("doubts.none"))] : []));
  }

  /**
   * @param {Doubt} row
   * @param {number} i
   */
  #row(row, i) {
    const here = i === this.at;
    /** @param {() => void} run */
    const on = (run) => () => {
      this.at = i;
      run();
    };
    const share = row.share === null ? "" : ` ${percent(row.share)}`;
    return h(`li.doubt${here ? ".on" : ""}`, { "aria-current": here ? "true" : null },
      h("button.doubt-title", { type: "button", onclick: on(() => this.step(0)) },
        h("b", { text: row.title }), h("small", { text: row.artist })),
      h("button.chip.doubt-given", { type: "button", title: t("doubts.keep"),
        onclick: on(() => this.settle(true)) }, h("span", { text: label(row.facet, row.given) }),
      here ? h("kbd", { text: "K" }) : null),
      h("span.doubt-arrow", { text: "→", "aria-hidden": "true" }),
      h("button.chip.doubt-instead", { type: "button", title: t("doubts.correct"),
        onclick: on(() => this.settle(false)) },
      h("span", { text: label(row.facet, row.instead) + share }), here ? h("kbd", { text: "Enter" }) : null));
  }
}
