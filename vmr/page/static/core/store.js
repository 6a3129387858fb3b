// One state object for the page; every part listens to the keys it draws.

export class Store {
  #state;
  #listeners = new Map();

  constructor(initial) {
    this.#state = { ...initial };
  }

  get(key) {
    return this.#state[key];
  }

  /** Change some keys, then tell each listener of a changed key once. */
  set(patch) {
    const called = new Set();
    const changed = Object.keys(patch).filter((key) => this.#state[key] !== patch[key]);
    Object.assign(this.#state, patch);
    for (const key of changed) {
      for (const listener of this.#listeners.get(key) ?? []) called.add(listener);
    }
    for (const listener of called) listener(this);
  }

  /** Call `listener` whenever one of the keys changes. */
  on(keys, listener) {
    for (const key of keys.split(" ")) {
      if (!this.#listeners.has(key)) this.#listeners.set(key, []);
      this.#listeners.get(key).push(listener);
    }
  }
}
