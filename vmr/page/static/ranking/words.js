// What a person says of the music, as text, as chips of how each word was taken, and how much all of
// it counts. The words add one term to the score, so the slider answers as before.

import { clear, h, icon, setAt } from "../core/dom.js";
import { label, named, number, says, sentence, t } from "../core/i18n.js";
/** @import { Store } from "../core/store.js" */
/** @import { RankingState, WordChip } from "../core/types.js" */

export const MOST_TEXT = 400; // characters that the server reads (vmr/knowledge/words.py)
const PAUSE_MS = 900;
const STRENGTHS = new Map([[-1, "words.not"], [-0.5, "words.less"], [0.5, "words.slightly"],
  [1.5, "words.more"]]);

/**
 * The words of these chips as a text that says just them.
 * @param {WordChip[]} chips
 */
export const textOf = (chips) => chips.map(({ alone }) => alone).join(", ");

/** The field; an empty page and the rows have one each, which show the same text. */
export class WordsField {
  #waiting = 0;

  /**
   * @param {Store<RankingState>} store
   * @param {string} id
   * @param {(text: string) => void} ask
   * @param {{ pauses?: boolean }} [options] pauses: a pause in writing asks as well
   */
  constructor(store, id, ask, { pauses = true } = {}) {
    this.store = store;
    this.ask = ask;
    /** @type {HTMLInputElement} */
    this.input = h("input.words-input", { type: "search", id, maxLength: MOST_TEXT, enterKeyHint: "search",
      autocomplete: "off", spellcheck: false, placeholder: t("words.example"),
      oninput: (event) => this.#write(pauses, "isComposing" in event && event.isComposing === true) });
    this.input.addEventListener("compositionend", () => this.#write(pauses, false));
    this.node = h("form.words-form", { role: "search", onsubmit: (event) => {
      event.preventDefault();
      this.now();
    } }, h("label", { htmlFor: id, ...says("words.title") }), this.input,
    h("button.tool.words-go", { type: "submit", ...named("words.go") }, icon("search")));
    store.on("words", () => this.draw());
    store.on("lang", () => (this.input.placeholder = t("words.example")));
    this.draw();
  }

  draw() {
    const words = this.store.get("words");
    if (this.input.value !== words) this.input.value = words;
  }

  /** An answer is on its way. */
  begin() {
    this.node.setAttribute("aria-busy", "true");
  }

  /** There is no time to say more. */
  tell() {}

  end() {
    this.node.removeAttribute("aria-busy");
  }

  /** Ask for what stands in the field, without waiting for a pause. */
  now() {
    clearTimeout(this.#waiting);
    this.ask(this.store.get("words"));
  }

  /**
   * @param {boolean} pauses
   * @param {boolean} composing a Japanese word that is not written yet
   */
  #write(pauses, composing) {
    this.store.set({ words: this.input.value });
    clearTimeout(this.#waiting);
    if (pauses && !composing) this.#waiting = setTimeout(() => this.now(), PAUSE_MS);
  }
}

/** The two fields and the chips. */
export class Words {
  /**
   * @param {Store<RankingState>} store
   * @param {(text: string, field: WordsField) => void} ask
   */
  constructor(store, ask) {
    this.field = new WordsField(store, "words", (text) => ask(text, this.field));
    this.alone = new WordsField(store, "words-alone", (text) => ask(text, this.alone),
      { pauses: false });
    this.chips = new WordChips(store, () => this.field.now());
    this.node = h("section.words", { ...named("words.name") }, this.field.node, this.chips.node,
      this.chips.note);
  }
}

/** What was understood, each word with a button that takes it away, and the weight of all. */
export class WordChips {
  /**
   * @param {Store<RankingState>} store
   * @param {import("../core/types.js").Callback} ask for what stands in the field
   */
  constructor(store, ask) {
    this.store = store;
    this.ask = ask;
    this.list = h("ul.words-chips", { ...named("words.chips") });
    /** @type {HTMLInputElement} */
    this.weight = h("input", { type: "range", min: 0, max: 2, step: 0.1, id: "words-weight",
      ...named("words.weight"), oninput: () =>
        store.set({ wordsWeight: this.weight.valueAsNumber }) });
    this.value = h("output", { htmlFor: "words-weight" });
    this.slider = h("span.words-weight", {}, h("label", { htmlFor: "words-weight",
      ...says("words.weight") }), this.weight, this.value);
    this.status = h("p.visually-hidden", { role: "status" });
    this.note = h("p.words-note", { role: "status" });
    this.node = h("div.words-line", { hidden: true }, this.list, this.slider, this.status);
    store.on("payload lang silent", () => this.draw());
    store.on("wordsWeight", () => this.#drawWeight());
  }

  draw() {
    const payload = this.store.get("payload");
    const chips = payload?.words ?? [];
    this.node.hidden = !chips.length;
    clear(this.list).append(...chips.map((chip, at) => this.#chip(chip, at)));
    if (payload?.heard) this.list.append(this.#heard(payload.heard));
    // Words alone are all there is: nothing to weigh them against.
    this.slider.hidden = payload?.query.modality === "text";
    const silent = this.store.get("silent");
    const note = payload?.said?.notes[silent ? 1 : 0];
    this.note.textContent = note ? sentence(note) : "";
    this.note.hidden = !note;
    const known = chips.filter((chip) => chip.understood || foundIn(chip, silent)).length;
    this.status.textContent = chips.length
      ? t("words.status", { known: number(known), all: number(chips.length) }) : "";
    this.#drawWeight();
  }

  #drawWeight() {
    const weight = this.store.get("wordsWeight");
    this.weight.value = String(weight);
    setAt(this.weight, weight / 2);
    this.value.textContent = number(weight, 1);
  }

  /**
   * @param {WordChip} chip
   * @param {number} at
   */
  #chip(chip, at) {
    const said = saidText(chip);
    const silent = this.store.get("silent");
    const means = meaningText(chip, silent);
    const isKnown = chip.understood || foundIn(chip, silent);
    return h("li.words-chip", { className: `words-chip${isKnown ? "" : " unknown"}`,
      title: meaningText(chip, silent, Infinity) },
      h("b", { text: said }), h("span", { text: means ? `→ ${means}` : t("words.unknown") }),
      h("button.words-remove", { type: "button", "aria-label": t("words.remove", { word: said }),
        title: t("words.remove", { word: said }), onclick: () => this.#remove(at) }, icon("close")));
  }

  /**
   * What the sound model understood of the line as a whole.
   * @param {{ text: string, avoided: string[] }} heard
   */
  #heard({ text, avoided }) {
    const parts = [text, ...avoided.map((word) => t("words.not", { word }))].filter(Boolean);
    const line = parts.join(t("comma"));
    return h("li.words-chip.heard", { title: line }, h("b", says("words.heard")),
      h("span", { text: `→ ${line}` }));
  }

  /** @param {number} at */
  #remove(at) {
    const chips = this.store.get("payload")?.words ?? [];
    this.store.set({ words: textOf(chips.filter((_, other) => other !== at)) });
    this.ask();
  }
}

/**
 * A word with how much of it is asked for: "not drums".
 * @param {WordChip} chip
 */
export function saidText({ text, strength }) {
  const key = STRENGTHS.get(strength);
  return key ? t(key, { word: text }) : text;
}

/**
 * How many titles of what is ranked have a word.
 * @param {WordChip} chip
 * @param {boolean} isSilent whether tracks without sound are ranked too
 */
const foundIn = ({ found, silent = 0 }, isSilent) => (found ?? 0) + (isSilent ? silent : 0);

/**
 * What a word was taken for: "tempo: slow"; in which titles it was found; "" where nobody knows.
 * @param {WordChip} chip
 * @param {boolean} isSilent whether tracks without sound are ranked too
 * @param {number} [most] names
 */
export function meaningText(chip, isSilent, most = 2) {
  const { text, means, silent } = chip;
  if (chip.found !== null) {
    const count = foundIn(chip, isSilent);
    return count ? t("words.found", { count: number(count) })
      : silent ? t("words.silent", { count: number(silent) }) : "";
  }
  const shown = means.slice(0, most);
  return [...new Set(shown.map(([kind]) => kind))].map((kind) => {
    const names = shown.filter(([other]) => other === kind).map(([, name]) => label(kind, name));
    const what = t(`words.${kind}`);
    if (names.length === 1 && names[0].toLowerCase() === text.toLowerCase()) return what;
    return t("words.kind", { kind: what, names: names.join(t("comma")) });
  }).join(t("words.and"));
}
