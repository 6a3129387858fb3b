// The chosen cue: what is asked of it stands in the page's slider, labels, words and rows, and what is
// turned there is kept in the cue. Without one the page asks for the whole film.

import { knownChoices } from "../core/chosen.js";
import { keyOf } from "../core/track.js";
import { call, PageError } from "../core/server.js";
import { costBetween } from "../ranking/neighbours.js";
import { continuedStart } from "../playing/cue_course.js";
import { turnedOf } from "./requests.js";
/** @import { Cue } from "../core/cues.js" */
/** @import { Payload, Track, Whole } from "../core/types.js" */
/** @import { FilmBand } from "./film_band.js" */

const REST_MS = 250; // after the last move of a slider
const MOVED_MS = 600; // after the last move of a border
/** @type {(keyof Whole)[]} */
const ASKED = ["payload", "alpha", "facet", "choices", "energy", "words", "wordsWeight", "weights",
  "like", "blend"];

export class CueChoice {
  #rest = 0;
  #moved = 0;
  #turn = 0; // of the requests; an answer to an older one is dropped
  span = ""; // that the rows are ranked for

  /** @param {FilmBand} band */
  constructor(band) {
    this.band = band;
    this.page = band.page;
    const { store } = this.page;
    store.on("alpha facet choices energy words wordsWeight weights", () => {
      clearTimeout(this.#rest);
      const cue = this.cue;
      if (cue) this.#rest = window.setTimeout(() => this.#save(cue.id), REST_MS);
    });
    store.on("payload", () => this.#checkFilm());
    this.page.cues.addEventListener("change", (event) =>
      this.#follow(/** @type {CustomEvent} */ (event).detail.by));
  }

  get cue() {
    return this.page.cues.get(this.page.store.get("cue"));
  }

  /**
   * Raises a PageError.
   * @param {string} id
   */
  async select(id) {
    const { store, cues } = this.page;
    const cue = cues.get(id);
    if (!cue || store.get("phase") !== "results") return;
    this.#saveNow();
    if (!store.get("whole")) {
      store.set({ whole: /** @type {Whole} */ (Object.fromEntries(ASKED.map((key) =>
        [key, store.get(key)]))) });
    }
    store.set({ cue: id });
    await this.#ask(cue);
  }

  /** The whole film again. */
  leave() {
    this.#saveNow();
    const { store, intake } = this.page;
    const whole = store.get("whole");
    this.#turn++;
    clearTimeout(this.#moved);
    this.span = "";
    store.set({ cue: null, whole: null, costOf: null, used: null });
    if (!whole || store.get("payload")?.query.sha256 !== whole.payload?.query.sha256) return;
    intake.asked = whole.words.trim();
    store.set({ ...whole, triangle: store.get("triangle") || whole.weights !== null,
      current: this.#at(whole.payload) });
  }

  /**
   * A track for the chosen cue, where it begins best.
   * @param {Track} track
   */
  async use(track) {
    const { cue, page: { cues } } = this;
    if (!cue) return;
    const name = `use-${cue.id}-${keyOf(track)}`;
    const known = this.#startOf(cue, track);
    cues.set(cue.id, { track: track.position, catalog: track.catalog, track_id: track.id,
      title: track.title, artist: track.artist, address: track.audio, duration: track.seconds,
      bpm: track.bpm ?? null, key: track.key, track_start: 0, ...known }, name);
    if (known) return cues.rest();
    const best = await this.band.bestStart(cue, track).catch(() => null); // 0 will do
    const now = cues.get(cue.id);
    if (!best || now?.track_id !== track.id || now.track_start !== 0) return;
    cues.set(cue.id, best, name);
    cues.rest();
  }

  /**
   * Where a person let a track begin under this cue, or where it goes on from the cue before.
   * @param {Cue} cue
   * @param {Track} track
   */
  #startOf(cue, track) {
    const { cues, stage } = this.page;
    const { start: track_start, ending, fade_out, isChosen } = stage.starts.of(track);
    if (isChosen) return { track_start, ending, fade_out };
    if (stage.starts.has(track)) return { track_start };
    const before = cues.list[cues.list.findIndex(({ id }) => id === cue.id) - 1];
    const isSame = before?.catalog === track.catalog && before.track_id === track.id;
    return isSame ? { track_start: continuedStart(before), ending: before.ending } : null;
  }

  /**
   * @param {Cue} asked
   * @returns {Promise<void>}
   */
  async #ask(asked) {
    const { store, intake, cues } = this.page;
    clearTimeout(this.#moved); // of the cue before, or of this one, which is asked now
    const turn = ++this.#turn;
    const span = `${asked.id} ${asked.start} ${asked.end}`;
    const payload = await this.band.busy(() => this.#payload(asked));
    if (turn !== this.#turn || !payload) return;
    this.#saveNow(); // what was turned while the answer was on its way
    const cue = cues.get(asked.id);
    if (!cue) return;
    if (cue.words.trim() !== asked.words.trim()) return this.#ask(cue);
    this.span = span;
    intake.asked = cue.words.trim();
    payload.query.name = store.get("whole")?.payload?.query.name ?? payload.query.name;
    store.set({ payload, alpha: cue.alpha, choices: knownChoices(cue.labels, payload.anchors),
      energy: cue.energy, words: cue.words,
      facet: payload.facets.includes(cue.facet) ? cue.facet : store.get("facet"),
      wordsWeight: cue.words_weight, ...this.#freely(cue, payload), like: null, blend: 0,
      current: this.#at(payload), ...this.#beside(cue) });
  }

  /**
   * @param {Cue} cue
   * @returns {Promise<Payload<any>>}
   */
  async #payload(cue) {
    const { cues } = this.page;
    const ask = () => call("cue_rank", [cues.sha256, cue.start, cue.end, cue.words,
      ...turnedOf(cue.labels, cue.energy)]);
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof PageError) || error.reason !== "cues.forgotten") throw error;
      await this.band.readAgain();
      return ask();
    }
  }

  /**
   * A cue's free weights, if they are of the branches of an answer, with their pad.
   * @param {Cue} cue
   * @param {Payload<any> | null} payload
   */
  #freely({ weights }, payload) {
    const own = weights && payload && weights.length <= payload.branches.length ? weights : null;
    return { weights: own, triangle: this.page.store.get("triangle") || own !== null };
  }

  /**
   * What the rows have to know of the cues beside the chosen one.
   * @param {Cue} cue
   */
  #beside(cue) {
    const { list } = this.page.cues;
    const at = list.findIndex(({ id }) => id === cue.id);
    const { neighbours, share } = this.band.wishes;
    const [before, after] = [list[at - 1], list[at + 1]].map((one) => one?.title
      ? { catalog: one.catalog, id: one.track_id, bpm: one.bpm, key: one.key } : null);
    return { used: cue.title ? keyOf({ catalog: cue.catalog, id: cue.track_id }) : null,
      costOf: neighbours && (before || after) ? costBetween(before, after, share) : null };
  }

  /** Other wishes, other neighbours. */
  beside() {
    const { cue } = this;
    if (!cue) return;
    const { used, costOf } = this.#beside(cue);
    const key = JSON.stringify([used, this.band.wishes, this.page.cues.list.map(({ id, track_id: track }) =>
      [id, track])]);
    if (key === this.besideKey) return;
    this.besideKey = key;
    this.page.store.set({ used, costOf });
  }

  besideKey = "";

  /**
   * The row of what plays, in another answer.
   * @param {Payload<any> | null} payload
   */
  #at(payload) {
    const { stage } = this.page;
    const key = stage.track ? keyOf(stage.track) : null;
    const at = payload?.tracks.findIndex((track) => keyOf(track) === key) ?? -1;
    return at >= 0 ? at : null;
  }

  /** An answer for the whole film, or another, takes the place of the cue's. */
  #checkFilm() {
    const { store } = this.page;
    const query = store.get("payload")?.query;
    const whole = store.get("whole");
    if (!whole || !store.get("cue") || query?.part || !this.span) return;
    const { payload, ...asked } = whole;
    void payload;
    this.span = "";
    const same = payload?.query.sha256 === query?.sha256;
    store.set({ cue: null, whole: null, costOf: null, used: null, ...(same ? asked : {}) });
  }

  /** @param {import("../core/cues.js").By} by */
  #follow(by) {
    const { cue, page: { store } } = this;
    if (!cue) return store.get("cue") ? this.leave() : undefined; // it was joined to another
    this.beside();
    if (by !== "person") {
      clearTimeout(this.#rest);
      store.set({ alpha: cue.alpha, choices: cue.labels, energy: cue.energy, words: cue.words,
        wordsWeight: cue.words_weight, ...this.#freely(cue, store.get("payload")),
        facet: store.get("facets").includes(cue.facet) ? cue.facet : store.get("facet") });
    }
    if (`${cue.id} ${cue.start} ${cue.end}` === this.span || !this.span) return;
    clearTimeout(this.#moved);
    this.#moved = window.setTimeout(() => {
      const moved = this.cue;
      if (moved) this.#ask(moved).catch((error) => this.band.fail(error));
    }, MOVED_MS);
  }

  #saveNow() {
    clearTimeout(this.#rest);
    const id = this.page.store.get("cue");
    if (id && this.span.startsWith(`${id} `)) this.#save(id);
  }

  /** @param {string} id */
  #save(id) {
    const { store, cues } = this.page;
    if (!this.span.startsWith(`${id} `) || store.get("cue") !== id) return;
    cues.set(id, { alpha: store.get("alpha"), facet: store.get("facet"), labels: store.get("choices"),
      energy: store.get("energy"), words: store.get("words"), words_weight: store.get("wordsWeight"),
      weights: store.get("weights") },
    `ask-${id}`);
  }
}
