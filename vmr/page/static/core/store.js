// One state object for the page; every part listens to the keys it draws.

/** @import { Callback } from "./types.js" */

/** @template {object} S */
export class Store {
  /** @type {Record<PropertyKey, any>} */
  #state;
  /** @type {Map<PropertyKey, Callback[]>} */
  #listeners = new Map();

  /** @param {S} initial */
  constructor(initial) {
    this.#state = { ...initial };
  }

  /**
   * @template {keyof S} K
   * @param {K} key
   * @returns {S[K]}
   */
  get(key) {
    return this.#state[key];
  }

  /**
   * Change some keys, then tell each listener of a changed key once.
   * @param {Partial<S>} patch
   */
  set(patch) {
    const called = new Set();
    const changed = Object.entries(patch).flatMap(([key, value]) =>
      this.#state[key] === value ? [] : [key]);
    Object.assign(this.#state, patch);
    for (const key of changed) {
      for (const listener of this.#listeners.get(key) ?? []) called.add(listener);
    }
    for (const listener of called) listener();
  }

  /**
   * Call `listener` whenever one of the keys changes.
   * @param {string} keys names with spaces between
   * @param {Callback} listener
   */
  on(keys, listener) {
    for (const key of keys.split(" ")) {
      this.#listeners.set(key, [...this.#listeners.get(key) ?? [], listener]);
    }
  }
}
