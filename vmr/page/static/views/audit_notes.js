// What this page shows, plays and exports, for the audit log of a server that keeps one.
//
// The server ranks nothing: where the slider came to rest is known here alone.

import { call } from "../core/server.js";
import { keyOf } from "../core/track.js";
/** @import { Store } from "../core/store.js" */
/** @import { Failure } from "../core/failure.js" */
/** @import { Kept, PageState, Track } from "../core/types.js" */

const SETTLED_MS = 1500; // without a change, after which the first rows count as shown
const FIRST = 10;

export class AuditNotes {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #waiting;

  /**
   * @param {Store<PageState>} store
   * @param {{ tracks: Track[] }} ranking
   * @param {(error: Failure) => void} fail hears why something could not be logged
   */
  constructor(store, ranking, fail) {
    this.store = store;
    this.ranking = ranking;
    store.on("order alpha facet weights choices energy words filters phase", () => {
      clearTimeout(this.#waiting);
      this.#waiting = setTimeout(() => this.#shown().catch(fail), SETTLED_MS);
    });
  }

  async #shown() {
    const first = this.store.get("order").slice(0, FIRST).map((i) => this.ranking.tracks[i]);
    if (this.store.get("phase") === "results" && first.length) await this.#say("shown", first);
  }

  /**
   * Before a track sounds. Raises PageError where it cannot be logged: then it is not to sound.
   * @param {string} key of the track
   */
  played(key) {
    const known = [...this.ranking.tracks, ...this.store.get("shortlist")];
    const [catalog, ...id] = key.split("/"); // of a cue, whose track is in no list that is shown
    const track = known.find((other) => keyOf(other) === key) ?? { catalog, id: id.join("/") };
    return this.#say("played", [track]);
  }

  /**
   * Before a file is made; the same.
   * @param {Kept[]} entries
   * @param {string} kind of file
   */
  exported(entries, kind) {
    return this.#say("exported", entries, kind);
  }

  /**
   * @param {string} action
   * @param {{ catalog: string, id: string }[]} tracks
   * @param {string} [kind]
   */
  #say(action, tracks, kind = "") {
    const { store } = this;
    const shown = { video: store.get("payload")?.query.sha256 ?? "", facet: store.get("facet"),
      alpha: store.get("weights") ? null : store.get("alpha"),
      asked: { choices: store.get("choices"), energy: store.get("energy") },
      words: store.get("words"), filters: store.get("filters"),
      tracks: tracks.map(({ catalog, id }) => [catalog, id]) };
    return call("audit_note", [action, shown, kind]);
  }
}
