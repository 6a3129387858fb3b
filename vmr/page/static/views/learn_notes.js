// Corrections made while searching, sent to a server that keeps them: labels that were chosen for a
// video, 'not this', tracks that were kept for it and those that were approved.

import { call } from "../core/server.js";
import { keyOf } from "../core/track.js";
/** @import { Failure } from "../core/failure.js" */
/** @import { Store } from "../core/store.js" */
/** @import { PageState, Track } from "../core/types.js" */

const SETTLED_MS = 1500; // without a change: a click turns a label on, the next turns it round

/**
 * What is said of a video now: a label or a track, and its value.
 * @typedef {Map<string, number>} Now
 */

export class LearnNotes {
  /** @type {Now} what the server knows */ known = new Map();
  video = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #waiting;

  /**
   * @param {Store<PageState>} store
   * @param {(error: Failure) => void} fail
   */
  constructor(store, fail) {
    this.store = store;
    store.on("payload", () => this.#begin());
    store.on("choices excluded shortlist payload", () => {
      clearTimeout(this.#waiting);
      this.#waiting = setTimeout(() => this.send().catch(fail), SETTLED_MS);
    });
  }

  /** Another video: what was kept for it before is known. */
  #begin() {
    const video = this.store.get("payload")?.query.sha256 ?? "";
    if (video === this.video) return;
    this.video = video;
    this.known = new Map([...this.#now()].filter(([key]) => key.startsWith("p")));
  }

  /** The tracks of the answer by their key. */
  get tracks() {
    /** @type {Track[]} */
    const tracks = this.store.get("payload")?.tracks ?? [];
    return new Map(tracks.map((track) => [keyOf(track), track.position]));
  }

  /** @returns {Now} */
  #now() {
    const now = new Map();
    for (const [facet, labels] of Object.entries(this.store.get("choices"))) {
      for (const [name, weight] of Object.entries(labels)) now.set(`l\t${facet}\t${name}`, Math.sign(weight));
    }
    const { tracks } = this;
    for (const key of this.store.get("excluded")) if (tracks.has(key)) now.set(`p\tnot_this\t${key}`, -1);
    const video = this.store.get("payload")?.query.sha256;
    for (const entry of this.store.get("shortlist")) {
      const key = keyOf(entry);
      const source = entry.state === "approved" ? "approved" : "picked";
      const refused = entry.state === "rejected";
      if (tracks.has(key) && entry.sha256 === video && !refused) now.set(`p\t${source}\t${key}`, 1);
    }
    return now;
  }

  /** What is new since the last time. */
  async send() {
    const query = this.store.get("payload")?.query;
    if (query?.part) return; // what is said of a cue is not true of its whole film
    if (query?.modality !== "video" || this.store.get("phase") !== "results") return;
    const now = this.#now();
    const { tracks, known } = this;
    const changed = [...new Set([...known.keys(), ...now.keys()])]
      .filter((key) => (known.get(key) ?? 0) !== (now.get(key) ?? 0));
    const rows = changed.map((key) => {
      const [kind, of, name] = key.split("\t");
      const value = now.get(key) ?? 0;
      return kind === "l" ? { facet: of, label: name, value }
        : { source: of, number: tracks.get(name), value };
    });
    if (!rows.length) return;
    await call("learn", ["", localStorage.getItem("vmr-who") ?? "", query.sha256, rows.slice(0, 50)]);
    this.known = now;
  }
}
