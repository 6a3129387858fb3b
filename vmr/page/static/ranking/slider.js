// The alpha slider: words at both ends, presets, and the next position where the order changes.

import { chosenText, endText } from "../core/chosen.js";
import { h, setAt } from "../core/dom.js";
import { label, named, number, says, t } from "../core/i18n.js";
import { nextChange } from "./changes.js";
/** @import { Store } from "../core/store.js" */
/** @import { RankingState } from "../core/types.js" */

const STEP = 0.01;
const ROOM = 23; // letters of the chosen labels under the right end
/** @type {Record<string, number>} */
const KEYS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 };

export class Slider {
  /**
   * @param {Store<RankingState>} store
   * @param {string} [id]
   * @param {string} [feels] key of what the left end ranks by
   */
  constructor(store, id = "alpha", feels = "slider.feels.note") {
    this.store = store;
    this.input = h("input", { type: "range", min: 0, max: 1, step: "any", value: 0.5, id,
      ...named("slider.name") });
    this.number = h("b");
    this.value = h("output.alpha-value", { htmlFor: id, "aria-hidden": "true" }, this.number);
    /** @type {HTMLSelectElement} */
    this.facet = h("select.facet", { ...named("slider.facet"),
      onchange: () => store.set({ facet: this.facet.value, weights: null }) });
    this.colon = h("b.end-colon", says("slider.colon"));
    this.wanted = h("span.end-note");
    this.next = h("button.link.next-change", { type: "button", onclick: () => this.#jump() });
    this.presets = [0, 0.5, 1].map((alpha, i) => h("button.preset", { type: "button",
      ...says(["preset.feels", "preset.both", "preset.label"][i]),
      onclick: () => this.#rest(alpha) }));
    this.node = h("section.slider", { ...named("slider.section") },
      h("div.slider-end.left", {}, h("button.end-word", { type: "button", ...says("slider.feels"),
        onclick: () => this.#rest(0) }), h("span.end-note", says(feels))),
      h("div.slider-track", {}, this.input, this.value),
      h("div.slider-end.right", {},
        h("div.end-line", {}, h("button.end-word", { type: "button", ...says("slider.by"),
          onclick: () => this.#rest(1) }), this.facet, this.colon), this.wanted));
    this.guide = h("p.guide", { hidden: true, ...says("guide.text") });
    const ask = h("button.link.guide-button", { type: "button", "aria-expanded": "false",
      ...says("guide.open"), onclick: () => {
        this.guide.hidden = !this.guide.hidden;
        ask.setAttribute("aria-expanded", String(!this.guide.hidden));
      } });
    this.tools = h("div.slider-tools", {},
      h("div.segmented", { role: "group", ...named("preset.name") }, ...this.presets), ask,
      this.next, this.guide);
    this.#listen();
  }

  #listen() {
    const { input, store } = this;
    input.addEventListener("pointerdown", () => store.set({ sliding: true }));
    for (const end of ["pointerup", "pointercancel", "blur"]) {
      input.addEventListener(end, () => store.set({ sliding: false }));
    }
    input.addEventListener("input", () => store.set({ alpha: input.valueAsNumber, weights: null }));
    input.addEventListener("keydown", (event) => {
      const steps = event.key === "Home" ? -100 : event.key === "End" ? 100 : KEYS[event.key];
      if (!steps) return;
      event.preventDefault();
      const next = Math.round((store.get("alpha") + steps * STEP) / STEP) * STEP;
      this.#rest(Math.min(1, Math.max(0, next)));
    });
    store.on("alpha weights lang facet choices", () => this.draw());
    store.on("lang facet choices", () => this.#drawEnd());
    store.on("changes alpha weights lang", () => this.#drawNext());
    store.on("facets lang", () => this.#drawFacets());
  }

  /**
   * A move that is not a drag: rank marks are counted from the order just left.
   * @param {number} alpha
   */
  #rest(alpha) {
    this.store.set({ restBefore: {} });
    this.store.set({ alpha, weights: null });
  }

  #jump() {
    const change = nextChange(this.store.get("changes"), this.store.get("alpha"));
    if (change) this.#rest(Math.min(1, change.alpha + 1e-4));
  }

  #drawFacets() {
    const { facet, store } = this;
    facet.replaceChildren(...(store.get("facets") ?? []).map((name) =>
      h("option", { value: name, text: label("facet", name) })));
    facet.value = store.get("facet");
  }

  draw() {
    const alpha = this.store.get("alpha");
    const free = this.store.get("weights") !== null;
    this.input.value = String(alpha);
    setAt(this.input, alpha);
    this.input.classList.toggle("free", free);
    setAt(this.value, alpha);
    this.number.textContent = free ? "△" : number(alpha, 2);
    this.facet.value = this.store.get("facet");
    this.input.setAttribute("aria-valuetext", t("slider.value", { percent: Math.round(alpha * 100),
      facet: endText(this.store.get("facet"), this.store.get("choices")) }));
    this.presets.forEach((button, i) =>
      button.setAttribute("aria-pressed", String(!free && Math.abs(alpha - i / 2) < 0.005)));
  }

  /** What the right end stands for: the labels that a person chose, where there are any. */
  #drawEnd() {
    const facet = this.store.get("facet");
    const labels = this.store.get("choices")?.[facet];
    const chosen = chosenText(facet, labels, ROOM);
    this.colon.hidden = !chosen;
    this.wanted.classList.toggle("chosen", Boolean(chosen));
    this.wanted.textContent = chosen || t("slider.label.note");
    this.wanted.title = chosenText(facet, labels);
  }

  #drawNext() {
    const change = nextChange(this.store.get("changes") ?? [], this.store.get("alpha"));
    this.next.hidden = this.store.get("weights") !== null; // it is about the slider
    this.next.disabled = !change;
    this.next.textContent = change
      ? t("slider.next", { alpha: number(change.alpha, 3) })
      : t("slider.none");
  }
}
