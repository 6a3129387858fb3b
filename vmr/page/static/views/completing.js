// Of many tracks an answer holds those that any one label or position of the slider can bring first. What
// other choices bring is asked of the server; meanwhile the rows that are there are ranked.

import { turnedOf } from "./requests.js";
/** @import { Failure } from "../core/failure.js" */
/** @import { Store } from "../core/store.js" */
/** @import { PageState, Payload } from "../core/types.js" */

const WAIT_MS = 250; // after the last change: the energy is dragged

/**
 * ask: the same answer for what is chosen now; show: puts it in the place of the one that is there.
 * @typedef {{ ask(): Promise<Payload<any>>, show(payload: Payload<any>): void,
 *   fail(error: Failure): void }} Asking
 */

export class Completing {
  waiting = 0;

  /**
   * @param {Store<PageState>} store
   * @param {Asking} asking
   */
  constructor(store, asking) {
    this.store = store;
    this.asking = asking;
    store.on("payload choices energy phase", () => this.#begin());
  }

  /** The answer that lacks rows for what is chosen, null where none does. */
  get lacking() {
    const { store } = this;
    const payload = store.get("payload");
    if (store.get("phase") !== "results" || payload?.whole !== false) return null;
    if (payload.query.modality !== "video") return null;
    const [turned] = turnedOf(store.get("choices"), store.get("energy"));
    const { choices, energy } = payload.asked ?? { choices: {}, energy: null };
    return !turned || JSON.stringify(turned) === JSON.stringify({ choices, energy }) ? null : payload;
  }

  #begin() {
    clearTimeout(this.waiting);
    if (this.lacking) this.waiting = window.setTimeout(() => this.#complete(), WAIT_MS);
  }

  async #complete() {
    const { lacking, asking, store } = this;
    if (!lacking) return;
    try {
      const payload = await asking.ask();
      if (store.get("payload") === lacking) asking.show(payload);
    } catch (error) {
      if (store.get("payload") === lacking) asking.fail(/** @type {Failure} */ (error));
    }
  }
}
