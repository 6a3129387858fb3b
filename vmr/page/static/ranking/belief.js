// What was believed of the picture, as labels one can choose, turn into "not", or let go; the same
// algebra as the slider's, so the browser answers at once.

import { chosenWord, lighter, weightText } from "../core/chosen.js";
import { clear, h } from "../core/dom.js";
import { label, named, number, percent, says, t } from "../core/i18n.js";
import { offers } from "./filters.js";
import { drawWeak } from "./fit.js";
import { SSL } from "./rank.js";
/** @import { Store } from "../core/store.js" */
/** @import { Menu } from "../core/menu.js" */
/** @import { Choices, Offers, RankingState } from "../core/types.js" */

/** From unchosen to chosen to "not" and back. */
const NEXT = new Map([[0, 1], [1, -1], [-1, 0]]);

/**
 * The choices with one label of a facet at its next state.
 * @param {Choices} choices
 * @param {string} facet
 * @param {string} name
 * @returns {Choices}
 */
export function chosenNext(choices, facet, name) {
  const { [name]: weight = 0, ...others } = choices[facet] ?? {};
  const next = (NEXT.get(Math.sign(weight)) ?? 0) * (Math.abs(weight) || 1);
  return { ...choices, [facet]: next ? { ...others, [name]: next } : others };
}

export class Belief {
  /**
   * @param {Store<RankingState>} store
   * @param {() => Menu} menu where the other labels are listed
   */
  constructor(store, menu) {
    this.store = store;
    this.menu = menu;
    this.lead = h("span.belief-lead");
    this.chips = h("span.belief-chips");
    /** @type {HTMLButtonElement} */
    this.other = h("button.link.belief-other", { type: "button", ...says("belief.other"),
      "aria-haspopup": "true", onclick: () => this.menu().open(this.other, this.#items()) });
    this.back = h("button.link.belief-back", { type: "button", ...says("belief.back"),
      onclick: () => this.#set({}) });
    this.tie = h("p.belief-tie");
    this.weak = h("p.belief-weak", { hidden: true }); // has its place where there are no labels too
    this.said = ""; // of the tie
    this.node = h("section.belief", { hidden: true, ...named("belief.name") },
      h("div.belief-line", {}, this.lead, this.chips, this.other, this.back), this.tie);
    store.on("payload facet choices lang silent", () => this.draw());
    store.on("payload lang bestFit", () => drawWeak(store, this.weak));
    store.on("drawn draws", () => this.said !== this.#tieKey() && this.#drawTie());
  }

  get facet() {
    return this.store.get("facet");
  }

  /** @returns {Offers} of what is ranked now */
  get #offers() {
    const payload = this.store.get("payload");
    return payload ? offers(payload, this.store.get("silent")) : {};
  }

  /**
   * Whether some ranked track carries a label; true where nobody says.
   * @param {string} name
   */
  #isOffered(name) {
    return this.#offers.offered?.[this.facet]?.includes(name) ?? true;
  }

  /** @param {Record<string, number>} weights of the facet's labels */
  #set(weights) {
    this.store.set({ choices: { ...this.store.get("choices"), [this.facet]: weights } });
  }

  draw() {
    const payload = this.store.get("payload");
    const entry = payload?.anchors?.find(({ branch }) => branch === this.facet && branch !== SSL);
    this.node.hidden = !entry;
    if (!payload || !entry) return;
    const weights = this.store.get("choices")[this.facet] ?? {};
    const chosen = Object.keys(weights);
    const believed = payload.query.beliefs?.[this.facet] ?? [];
    const shown = new Map([...believed, ...chosen.map((name) => /** @type {const} */ ([name, null]))
      .filter(([name]) => !believed.some(([other]) => other === name))]);
    this.lead.textContent = t(chosen.length ? "belief.chosen" : "belief.seen");
    const focused = this.chips.contains(document.activeElement)
      ? /** @type {HTMLElement} */ (document.activeElement).dataset.of : null;
    clear(this.chips).append(...[...shown].map(([name, probability]) =>
      this.#weighed(name, probability, weights)));
    /** @type {HTMLElement[]} */
    const buttons = [...this.chips.querySelectorAll("button")];
    if (focused) buttons.find(({ dataset }) => dataset.of === focused)?.focus({ preventScroll: true });
    this.back.hidden = !chosen.length;
    this.#drawTie();
  }

  /**
   * A chip, with what it counts where that makes a difference: of one label alone it makes none.
   * @param {string} name
   * @param {number | null} probability
   * @param {Record<string, number>} weights of all that are chosen
   */
  #weighed(name, probability, weights) {
    const weight = weights[name] ?? 0;
    const chip = this.#chip(name, probability, weight, Object.keys(weights).length > 0);
    if (!weight || (weight === 1 && Object.keys(weights).length === 1)) return chip;
    const next = lighter(weight);
    const what = t("belief.weight", { label: chosenWord(this.facet, name, Math.sign(weight)),
      weight: weightText(weight), next: weightText(next) });
    return h("span.belief-weighed", {}, chip, h("button.belief-weight", { type: "button",
      "data-of": `weight ${name}`, text: `×${weightText(weight)}`, "aria-label": what, title: what,
      onclick: () => this.#set({ ...weights, [name]: next }) }));
  }

  /**
   * @param {string} name
   * @param {number | null} probability
   * @param {number} weight
   * @param {boolean} more whether one is chosen, so that this would be a further one
   */
  #chip(name, probability, weight, more) {
    const word = label(this.facet, name);
    const text = weight ? chosenWord(this.facet, name, Math.sign(weight))
      : probability === null ? t("facts.perhaps", { word }) : word;
    const share = probability === null ? "" : percent(probability);
    const none = !this.#isOffered(name);
    const click = t(none ? "belief.none.title" : weight > 0 ? "belief.click.not"
      : weight < 0 ? "belief.click.off" : more ? "belief.click.more" : "belief.click", { label: word });
    const means = weight ? "" : t(share ? "belief.share" : "belief.unjudged", { share });
    return h("button.chip.belief-chip", { type: "button", "aria-pressed": String(weight > 0),
      "data-of": `chip ${name}`, title: [click, means].filter(Boolean).join("\n"),
      onclick: () => this.store.set({
        choices: chosenNext(this.store.get("choices"), this.facet, name) }) },
    h("span", { text }), share && !weight ? h("small", { text: share }) : null,
    none ? h("small", says("belief.none")) : null);
  }

  /** What is true of a tie: only where it changes is it said again, at a drag of the slider too. */
  #tieKey() {
    return this.store.get("drawn").size > 0 ? "belief.tie.drawn"
      : this.store.get("draws") ? "belief.tie" : "belief.tie.plain";
  }

  /** Two labels nearly as likely: whether the rows come from both, and a click for either. */
  #drawTie() {
    const tie = this.#offers.ties?.[this.facet];
    this.tie.hidden = !tie || Object.keys(this.store.get("choices")[this.facet] ?? {}).length > 0;
    this.said = this.#tieKey();
    if (!tie || this.tie.hidden) return;
    const names = tie.map((name) => label(this.facet, name));
    const text = t(this.said, { a: names[0], b: names[1] });
    clear(this.tie).append(text, ...tie.map((name, k) => h("button.link", { type: "button",
      text: t("belief.tie.only", { label: names[k] }), onclick: () => this.#set({ [name]: 1 }) })));
  }

  /** The labels that are not shown yet, each a click away. */
  #items() {
    const payload = this.store.get("payload");
    const entry = payload?.anchors?.find(({ branch }) => branch === this.facet);
    return (entry?.names ?? []).map((name) => ({
      key: this.#isOffered(name) ? "belief.one" : "belief.one.none",
      values: { label: label(this.facet, name) },
      run: () => this.#set({ ...this.store.get("choices")[this.facet], [name]: 1 }) }));
  }
}

/** The energy that was felt, 1 to 5, as a dial that can be moved. */
export class EnergyDial {
  /** @param {Store<RankingState>} store */
  constructor(store) {
    this.store = store;
    /** @type {HTMLInputElement} */
    this.input = h("input", { type: "range", min: 1, max: 5, step: 0.1, id: "energy",
      ...named("energy.name"),
      oninput: () => store.set({ energy: this.input.valueAsNumber }) });
    this.value = h("output.energy-value", { htmlFor: "energy" });
    this.back = h("button.link", { type: "button", ...says("belief.back"),
      onclick: () => store.set({ energy: null }) });
    this.node = h("section.energy", { hidden: true },
      h("label", { htmlFor: "energy", ...says("energy.title") }), this.input, this.value, this.back);
    store.on("payload energy lang", () => this.draw());
  }

  draw() {
    const payload = this.store.get("payload");
    const felt = payload?.query.felt ?? null;
    const dial = payload?.anchors?.some(({ branch }) => branch === SSL);
    this.node.hidden = felt === null || !dial;
    if (felt === null) return;
    const moved = this.store.get("energy");
    const shown = moved ?? felt;
    this.input.value = String(shown);
    this.input.style.setProperty("--at", String((shown - 1) / 4));
    const text = t("energy.value", { value: number(shown, 1) });
    this.value.textContent = text;
    this.input.setAttribute("aria-valuetext", text);
    this.back.hidden = moved === null;
  }
}
