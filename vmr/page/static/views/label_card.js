// One track to label: its sound, what it probably is, the labels with their keys.

import { h } from "../core/dom.js";
import { label, named, number, says, t } from "../core/i18n.js";
import { askName } from "./ask_name.js";
import { Draft } from "./draft.js";
import { guesses, labelKeys, labelOfKey } from "./label_keys.js";
import { ago, labelChip } from "./label_recent.js";
/** @import { Failure } from "../core/failure.js" */
/** @import { Card, Suggestion } from "./draft.js" */
/** @import { LabelQueue, LabelState } from "./label_queue.js" */
/** @import { LabelSound } from "./label_sound.js" */

const SEEK_S = 5;

export class LabelCard {
  /** @type {Draft | null} */ draft = null;
  /** @type {Card[]} those before, the last one last */ before = [];
  /** @type {LabelState | null} */ state = null;
  /** @type {Map<string, string[]>} facets with their labels */ names = new Map();
  facet = "";
  done = false; // nothing is left to label
  busy = false;

  /**
   * @param {LabelQueue} queue
   * @param {LabelSound} sound
   * @param {(error: Failure) => void} fail
   */
  constructor(queue, sound, fail) {
    this.queue = queue;
    this.sound = sound;
    this.fail = fail;
    this.progress = h("div.label-progress");
    this.head = h("div.label-head");
    this.guess = h("div.label-guesses");
    this.facets = h("div.label-facets");
    this.keys = h("div.label-keys", { role: "group" });
    this.by = h("p.label-by.soft");
    this.empty = h("p.label-none", { hidden: true });
    /** @type {HTMLButtonElement} */
    this.go = h("button.choose.primary.label-next", { type: "button", onclick: () => this.accept() },
      h("span", says("label.next")), h("kbd", { text: "Enter" }));
    this.article = h("article.label-card", {},
      h("div.label-sound", {}, sound.button, sound.wave, sound.time),
      this.head, this.guess, this.keys, this.by,
      h("div.label-actions", {}, this.go,
        this.#action("label.skip", "↓", () => this.skip()),
        this.#action("label.undo", "U", () => this.undo())));
    this.node = h("div.label-main", {}, h("div.label-top", {}, this.facets, this.progress), this.empty,
      this.article);
  }

  /**
   * @param {string} key
   * @param {string} keyboard
   * @param {() => unknown} run
   */
  #action(key, keyboard, run) {
    return h("button.link", { type: "button", onclick: run }, h("span", says(key)),
      h("kbd", { text: keyboard }));
  }

  /** @param {LabelState} state */
  know(state) {
    this.state = state;
    this.#add(state.facets);
    const facets = [...this.names.keys()];
    if (!facets.includes(this.facet)) this.facet = facets.includes("mood") ? "mood" : facets[0] ?? "";
    this.draw();
  }

  /**
   * Facets and labels that there are now too; what is known keeps its place and so its key.
   * @param {Record<string, string[]>} facets
   */
  #add(facets) {
    for (const [facet, labels] of Object.entries(facets)) {
      this.names.set(facet, [...new Set([...this.names.get(facet) ?? [], ...labels])]);
    }
  }

  /**
   * @param {Card | null} card
   * @param {boolean} [quiet] do not begin to play
   */
  show(card, quiet = false) {
    this.draft = card && new Draft(card);
    this.done = !card;
    this.sound.show(card, !quiet);
    this.draw();
    this.sound.draw(); // the wave has a size now
  }

  /** @param {boolean} [quiet] */
  async next(quiet = false) {
    if (this.busy) return;
    this.busy = true;
    try {
      let asked = this.facet;
      let card = await this.queue.next(asked);
      while (!card && asked !== this.facet) { // another facet was chosen meanwhile
        asked = this.facet;
        card = await this.queue.next(asked);
      }
      this.show(card, quiet);
    } catch (error) {
      this.empty.hidden = true;
      this.fail(/** @type {Failure} */ (error));
    } finally {
      this.busy = false;
    }
  }

  /** What is on is right: the next one. */
  accept() {
    const { draft } = this;
    if (!draft || this.busy) return;
    const { card } = draft;
    this.queue.save({ number: card.number, reason: card.reason, statements: draft.statements(this.facet) });
    this.#leave();
    return this.next();
  }

  skip() {
    if (this.busy) return;
    this.#leave();
    return this.next();
  }

  #leave() {
    if (this.draft) this.before = [...this.before.slice(-49), this.draft.card];
  }

  /** The one before, with what is said of it now. */
  async back() {
    const last = this.before.pop();
    if (!last || this.busy) return;
    if (this.draft) this.queue.waiting.unshift(this.draft.card);
    await this.#fetch(() => this.queue.send().then(() => this.queue.card(last.number)));
  }

  /** What was pressed here, else what was said last. */
  async undo() {
    if (this.draft?.touched) {
      this.draft.clear();
      return this.draw();
    }
    const now = this.draft?.card;
    await this.#fetch(() => this.queue.undo(), () => now && this.queue.waiting.unshift(now));
  }

  /**
   * @param {() => Promise<Card | null>} ask
   * @param {() => unknown} [found] before its card is shown
   */
  async #fetch(ask, found = () => {}) {
    if (this.busy) return;
    this.busy = true;
    try {
      const card = await ask();
      if (!card) return;
      found();
      this.show(card);
    } catch (error) {
      this.fail(/** @type {Failure} */ (error));
    } finally {
      this.busy = false;
    }
  }

  /**
   * @param {string} name
   * @param {boolean} not
   */
  press(name, not) {
    this.draft?.toggle(this.facet, name, not);
    this.draw();
  }

  /** @param {Suggestion} one */
  take({ facet, label: name }) {
    this.draft?.set(facet, name, 1);
    this.draw();
  }

  /** The likeliest of the facet, if nothing is said of it yet. */
  takeFirst() {
    const { draft, facet } = this;
    const [first] = draft?.offered(facet) ?? [];
    if (first && (this.names.get(facet) ?? []).every((name) => Number(draft?.value(facet, name)) <= 0)) {
      this.take(first);
    }
  }

  /** @param {number} [by] */
  turn(by = 1) {
    const facets = [...this.names.keys()];
    const at = facets.indexOf(this.facet);
    this.choose(facets[(at + by + facets.length) % facets.length] ?? "");
  }

  /** @param {string} facet */
  choose(facet) {
    if (facet === this.facet) return;
    this.facet = facet;
    this.queue.forget(); // least sure is another question in another facet
    const wasDone = this.done;
    this.done = false; // that nothing was left was said of the other facet
    this.draw();
    if (wasDone) this.next();
  }

  /**
   * @param {string} key
   * @param {KeyboardEvent} event
   */
  key(key, event) {
    const name = labelOfKey(this.names.get(this.facet) ?? [], event);
    /** @type {Record<string, () => unknown>} */
    const does = { Space: () => this.sound.toggle(), Enter: () => this.accept(),
      Backspace: () => this.undo(), u: () => this.undo(), a: () => this.takeFirst(),
      f: () => this.turn(), ArrowLeft: () => this.sound.seek(-SEEK_S),
      ArrowRight: () => this.sound.seek(SEEK_S), ArrowDown: () => this.skip(),
      ArrowUp: () => this.back() };
    if (does[key]) does[key]();
    else if (name !== null) this.press(name, event.shiftKey);
    else return false;
    return true;
  }

  /** What has the focus keeps it. */
  draw() {
    const buttons = () => [...this.node.querySelectorAll("button")];
    const at = buttons().findIndex((button) => button === document.activeElement);
    this.#draw();
    if (at >= 0) buttons()[at]?.focus();
  }

  #draw() {
    this.progress.replaceChildren(...this.#progress());
    this.facets.replaceChildren(...this.#facetButtons());
    const { draft } = this;
    this.article.hidden = !draft;
    this.empty.hidden = Boolean(draft);
    this.empty.textContent = this.done ? t("label.none", { facet: label("facet", this.facet) })
      : t("doubts.looking");
    if (!draft) return;
    const { card } = draft;
    this.head.replaceChildren(h("h3.title", { text: card.title }),
      h("p.meta", {}, ...[card.artist, card.catalog].filter(Boolean).map((text) => h("span", { text })),
        card.reason ? h("span.label-reason", { text: t(`label.reason.${card.reason}`) }) : null));
    const guess = guesses(draft, this.facet, (one) => this.take(one));
    this.guess.replaceChildren(guess);
    this.guess.hidden = guess.hidden;
    this.keys.setAttribute("aria-label", label("facet", this.facet));
    this.keys.replaceChildren(...labelKeys(draft, this.facet, this.names.get(this.facet) ?? [],
      (name, not) => this.press(name, not)),
    h("button.label-key.add", { type: "button", onclick: () => askName("label.add.label", (name) => {
      this.#add({ [this.facet]: [name] });
      draft.set(this.facet, name, 1);
      this.draw();
    }) }, h("span", says("label.add.label.short"))));
    const said = Object.entries(card.said).flatMap(([facet, labels]) =>
      Object.entries(labels).map(([name, value]) => labelChip({ facet, label: name, value })));
    this.by.hidden = !card.by;
    if (card.by) this.by.replaceChildren(t("label.by", { who: card.by.who, when: ago(card.by.at) }), ...said);
  }

  #progress() {
    const tally = this.state?.tally[this.facet];
    if (!tally) return [];
    const { labelled, left, useful } = tally;
    return [h("progress", { max: Math.max(1, labelled + left), value: labelled, ...named("label.progress") }),
      h("p", { text: t("label.tally", { labelled: number(labelled), left: number(left) })
        + (useful ? t("label.useful", { count: number(useful) }) : "") })];
  }

  #facetButtons() {
    return [h("div.segmented.small", { role: "group", ...named("label.facets") },
      ...[...this.names.keys()].map((facet) => h("button", { type: "button",
        "aria-pressed": String(facet === this.facet), text: label("facet", facet),
        onclick: (event) => {
          if (event.detail) /** @type {HTMLElement} */ (event.currentTarget).blur();
          this.choose(facet);
        } }))),
    h("button.link", { type: "button", onclick: () => askName("label.add.facet", (name) => {
      this.#add({ [name.toLowerCase()]: [] });
      this.choose(name.toLowerCase());
    }) }, h("span", says("label.add.facet.short")))];
  }
}
