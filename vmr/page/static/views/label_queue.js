// The cards that come next, and what was said on its way to the server: in order, nothing lost.

import { call, PageError } from "../core/server.js";
/** @import { Failure } from "../core/failure.js" */
/** @import { Callback } from "../core/types.js" */
/** @import { Card, Statement } from "./draft.js" */

/** What was labelled last. @typedef {{ number: number, title: string, artist: string, who: string,
 *   at: string, labels: { facet: string, label: string, value: number }[] }} Recent
 */

/**
 * useful: how many labels more help most, null where nobody knows.
 * @typedef {{ labelled: number, left: number, useful: number | null }} Tally
 */

/**
 * How far the labelling is. facets: {facet: its labels}; who: the name that is written down.
 * @typedef {{ facets: Record<string, string[]>, tally: Record<string, Tally>, recent: Recent[],
 *   who: string, isLogin: boolean }} LabelState
 */

/** @typedef {{ number: number, statements: Statement[], reason: string }} Letter */

const AT_ONCE = 20; // letters in one call
const AHEAD = 2; // cards that wait, so that the next one is there at once

export class LabelQueue {
  /** @type {Card[]} */ waiting = [];
  /** @type {Letter[]} */ unsent = [];
  visit = [...crypto.getRandomValues(new Uint32Array(4))].join("-"); // nobody else gets what waits here
  /** @type {Card | null} the one that is shown */ current = null;
  /** @type {Promise<void> | null} */ filling = null;
  sending = false;
  atOnce = AT_ONCE;

  /**
   * @param {() => string} who the name that the person gave
   * @param {{ news(state: LabelState): void, fail(error: Failure): void, sent: Callback }} told
   */
  constructor(who, told) {
    this.who = who;
    this.told = told;
    addEventListener("beforeunload", (event) => this.unsent.length && event.preventDefault()); // asks
  }

  /** Where things stand. */
  async open() {
    this.told.news(await call("label_open", [this.visit, this.who()]));
  }

  /**
   * The next card, null where none is left.
   * @param {string} facet
   * @returns {Promise<Card | null>}
   */
  async next(facet) {
    this.current = null;
    if (!this.waiting.length) await this.#fill(facet);
    if (!this.waiting.length) await this.#fill(facet); // what was on its way may have been of another
    this.current = this.waiting.shift() ?? null;
    if (this.current) this.#fill(facet).catch(() => {}); // asked for again when it is needed
    return this.current;
  }

  /** Other cards are asked for from now on: another facet, or another opinion of the model. */
  forget() {
    this.waiting = [];
  }

  /**
   * One request at a time: two would be given the same track.
   * @param {string} facet
   */
  #fill(facet) {
    this.filling ??= this.#ask(facet).finally(() => (this.filling = null));
    return this.filling;
  }

  /** @param {string} facet */
  async #ask(facet) {
    const missing = AHEAD - this.waiting.length;
    if (missing <= 0) return;
    const held = [...this.unsent, this.current, ...this.waiting].flatMap((one) => one?.number ?? []);
    const cards = await call("label_next", [this.visit, this.who(), facet, missing, held.slice(-60)]);
    const known = new Set([this.current, ...this.waiting].map((card) => card?.number));
    this.waiting.push(...cards.filter((/** @type {Card} */ card) => !known.has(card.number)));
  }

  /**
   * @param {number} number
   * @returns {Promise<Card>}
   */
  card(number) {
    return call("label_card", [number]);
  }

  /** @param {Letter} letter */
  save(letter) {
    if (letter.statements.length) this.unsent.push(letter);
    return this.send();
  }

  /** Send what waits; what does not arrive waits for the next time. */
  async send() {
    if (this.sending) return;
    this.sending = true;
    try {
      while (this.unsent.length) {
        const letters = this.unsent.slice(0, this.atOnce);
        this.told.news(await call("label_save", [this.visit, this.who(), letters]));
        this.unsent.splice(0, letters.length);
        this.atOnce = AT_ONCE;
      }
    } catch (error) {
      if (error instanceof PageError && !error.key) this.#refused();
      this.told.fail(/** @type {Failure} */ (error));
    } finally {
      this.sending = false;
      this.told.sent();
    }
  }

  /** One of several is found by sending each alone; one that was alone would be refused again. */
  #refused() {
    if (Math.min(this.atOnce, this.unsent.length) === 1) this.unsent.shift();
    else this.atOnce = 1;
  }

  /**
   * Take back what was said last; its card, null where there is nothing.
   * @returns {Promise<Card | null>}
   */
  async undo() {
    const last = this.unsent.length && !this.sending ? this.unsent.pop() : null;
    if (last) return this.card(last.number);
    await this.send();
    const { state, card } = await call("label_undo", [this.visit, this.who()]);
    this.told.news(state);
    return card;
  }
}
