// Every way in which an answer comes to the page: a video, words, a link, a reference beside the video.

import { knownChoices } from "../core/chosen.js";
import { refusal } from "../core/choosing.js";
import { call, upload } from "../core/server.js";
import { keyOf } from "../core/track.js";
import { Completing } from "./completing.js";
import { keepFilm } from "./kept_film.js";
import { askAgain, hearFirst, matchVideo, remembered, restored, turnedOf } from "./requests.js";
/** @import { Failure } from "../core/failure.js" */
/** @import { Progress } from "../core/progress.js" */
/** @import { Store } from "../core/store.js" */
/** @import { Callback, ChosenVideo, Link, News, OnProgress, PageState, Payload, RemoteFile,
 * Sample, Track } from "../core/types.js" */
/** @import { Stage } from "../playing/stage.js" */
/** @import { CallOptions } from "./requests.js" */

/** What a request is shown by where it takes a moment only.
 * @typedef {{ begin(step?: string): void, tell(news: News): void, end(): void }} Busy
 */

export class Intake extends EventTarget {
  running = Promise.resolve(); // the end of the request that runs, however it ends
  /**
   * @param {Store<PageState>} store
   * @param {Stage} stage
   * @param {Progress} progress of a video, where the rows will be
   * @param {Progress} beside of what changes an answer that is there
   * @param {Sample[]} [samples]
   */
  constructor(store, stage, progress, beside, samples = []) {
    super();
    this.samples = samples;
    this.store = store;
    this.stage = stage;
    this.progress = progress;
    this.beside = beside;
    /** @type {{ url: string | null } | null} the picture whose answer is on the page */
    this.shown = null;
    /** @type {AbortController | null} of the request that runs */
    this.abort = null;
    this.unplayable = false;
    /** @type {RemoteFile | null} one's own reference track as it was sent */
    this.sent = null;
    this.asked = ""; // the words of the answer that is there
    stage.onunplayable = () => this.#askForCopy();
    this.completing = new Completing(store, {
      ask: () => this.#again(this.asked, {}, false),
      show: (payload) => this.#show(payload, true, this.asked),
      fail: (error) => this.#fail(error),
    });
  }

  stop() {
    this.abort?.abort();
  }

  /**
   * A video: {file} from the person or {sample}.
   * @param {ChosenVideo} video
   */
  async take(video) {
    const { store } = this;
    const url = video.file ? URL.createObjectURL(video.file) : video.sample?.url ?? null;
    const older = { payload: store.get("payload"), video: store.get("video") };
    await this.#run(async (onProgress, signal) => {
      store.set({ phase: "loading", tab: "match", comparing: false });
      this.unplayable = false;
      this.stage.setVideo(url);
      const hear = hearFirst(store, onProgress, signal, (first) => {
        this.#begin(first, video, "first");
        this.#show(first);
      });
      const { payload, remote } = await matchVideo(video, store.get("words"), hear, signal);
      this.#keep(url);
      keepFilm(payload.query.sha256, { ...video, remote }, { url: payload.film, frames: payload.frames });
      this.#begin(payload, { ...video, remote }, "results");
      this.#show(payload, true); // what sounds since a first impression goes on
      this.dispatchEvent(new CustomEvent("match", { detail: { payload, video: { ...video, remote } } }));
      if (this.unplayable) this.#askForCopy();
    }, () => this.#back(older), this.progress, video.file ? "upload" : "read");
  }

  /**
   * What is chosen stays where the answer is about the same video, a few frames of it too.
   * @param {Payload<any>} payload
   * @param {ChosenVideo} video
   * @param {"first" | "results"} phase
   */
  #begin(payload, video, phase) {
    const again = payload.query.sha256 === this.#hash();
    this.store.set({ video, phase, blend: 0, like: null,
      ...(again ? {} : { choices: {}, energy: null }) });
  }

  /** What changes an answer waits until it is whole: the server knows nothing of the first one. */
  async #whole() {
    if (this.store.get("phase") === "first") await this.running;
  }

  /**
   * A link that was copied before, or a reload, which brings back the video while it is kept.
   * @param {Link} options
   * @param {{ url: string | null, video: ChosenVideo | null, name: string } | null} [known] where the
   *   video is, and what it is called there: the server may know the same bytes by another name
   */
  async restore({ sha256, alpha, facet, filters, choices = {}, energy = null, words = "", wordsWeight = 1,
    weights, like, blend, silent = false, excluded = [], sample = null }, known = null) {
    const { store } = this;
    await this.#run(async (onProgress, signal) => {
      store.set({ phase: "loading", words, wordsWeight });
      const turned = turnedOf(choices, energy);
      const { payload, film } = await restored(this.samples, sample, known,
        [sha256, words, turned, { onProgress, signal }]);
      if (known) payload.query.name = known.name;
      this.unplayable = false;
      this.stage.setVideo(film?.url ?? null);
      this.#keep(film?.url ?? null);
      const free = weights && weights.length <= payload.branches.length ? weights : null;
      store.set({ phase: "results", alpha, filters, energy, video: film?.video ?? null, silent,
        choices: knownChoices(choices, payload.anchors), excluded: new Set(excluded), like: null, blend: 0,
        weights: free, ...(free && { triangle: true }),
        facet: payload.facets.includes(facet) ? facet ?? "" : store.get("facet") });
      this.#show(payload);
      if (this.unplayable) this.#askForCopy();
      const track = payload.tracks.find((/** @type {Track} */ other) => keyOf(other) === like);
      if (!track) return;
      const answer = await call("like", [sha256, track.position, words, ...turned], { onProgress, signal });
      this.#beside(answer, like, blend);
    }, () => this.#back());
  }

  /**
   * Words about the music, on top of what is there or alone; without any the page is as before.
   * @param {string} text
   * @param {Progress | Busy} progress
   */
  async words(text, progress) {
    await this.#whole();
    const { store } = this;
    const payload = store.get("phase") === "results" ? store.get("payload") : null;
    const alone = !payload || payload.query.modality === "text";
    if (alone && !text.trim()) return this.shown ? this.forget() : undefined;
    if (payload && text.trim() === this.asked) return;
    await this.#run(async (onProgress, signal) => {
      const answer = await this.#again(text, { onProgress, signal }, !payload);
      if (payload) return this.#show(answer, true, text);
      this.stage.setVideo(null);
      this.#keep(null);
      store.set({ phase: "results", tab: "match", video: null, blend: 0, like: null, choices: {},
        energy: null, filters: {} });
      this.#show(answer, false, text);
    }, () => {}, progress, "match");
  }

  /**
   * One's own reference track beside the video.
   * @param {File} file
   */
  async reference(file) {
    const wrong = refusal(file, "audio");
    if (wrong) return this.#fail(new Error(wrong));
    await this.#whole();
    await this.#run(async (onProgress, signal) => {
      const remote = await upload(file, (fraction) => onProgress({ step: "upload", fraction }), signal);
      const payload = await this.#ask("reference", remote, { onProgress, signal });
      this.sent = remote;
      this.#beside(payload);
    }, () => {}, this.beside, "upload");
  }

  /**
   * A track of the catalog as the reference.
   * @param {Track} track
   */
  async like(track) {
    await this.#whole();
    await this.#run(async (onProgress, signal) => {
      this.#beside(await this.#ask("like", track.position, { onProgress, signal }), keyOf(track));
    }, () => {}, this.beside, "match");
  }

  /**
   * A reference for the video that is there, with its words and labels.
   * @param {"like" | "reference"} event
   * @param {unknown} of a track's position or what was sent
   * @param {CallOptions} options
   * @param {string} [words]
   */
  #ask(event, of, options, words = this.store.get("words")) {
    return remembered(this.store.get("video"), () =>
      call(event, [this.#hash(), of, words, ...this.#turned()], options), options);
  }

  async withoutReference() {
    await this.#run(async (onProgress, signal) => {
      const payload = await askAgain(this.#hash(), this.store.get("words"), this.#turned(),
        { onProgress, signal });
      this.store.set({ blend: 0, like: null });
      this.#show(payload, true);
    }, () => {}, this.beside, "match");
  }

  /**
   * The same answer from a server that was started again, which knows neither the video nor the
   * addresses of before. What was chosen stays. Raises a Failure where the video is not here.
   */
  async renew() {
    const { store } = this;
    const video = store.get("video");
    const payload = await remembered(video, () =>
      askAgain(this.#hash(), store.get("words"), this.#turned(), {}));
    if (video?.sample) this.stage.replaceVideo(video.sample.url);
    this.#show(payload, true);
  }

  /** The answer that is there as the server gives it now. */
  async refresh() {
    if (this.store.get("phase") !== "results") return;
    this.#show(await this.#again(this.asked, {}, false), true, this.asked);
  }

  /** A video that this browser cannot show is converted by the server, after it was ranked. */
  async #askForCopy() {
    const { store } = this;
    this.unplayable = true;
    const video = store.get("video");
    if (store.get("phase") !== "results" || !video?.remote) return;
    this.unplayable = false;
    try {
      const { url } = await call("playable", [video.remote, ""]);
      this.#keep(url);
      this.stage.setVideo(url);
    } catch {
      this.stage.setVideo(null); // the music still plays, and the ranking is there
    }
  }

  /**
   * The answer that is there once more with other words, beside the reference that it has.
   * @param {string} words
   * @param {CallOptions} options
   * @param {boolean} fresh nothing is there yet
   * @returns {Promise<Payload<any>>}
   */
  #again(words, options, fresh) {
    const { store } = this;
    const payload = fresh ? null : store.get("payload");
    if (payload?.reference) {
      const track = payload.tracks.find((other) => keyOf(other) === store.get("like"));
      return track ? this.#ask("like", track.position, options, words)
        : this.#ask("reference", this.sent, options, words);
    }
    return remembered(fresh ? null : store.get("video"), () =>
      askAgain(fresh ? "" : this.#hash(), words, fresh ? [] : this.#turned(), options), options);
  }

  #turned() {
    return turnedOf(this.store.get("choices"), this.store.get("energy"));
  }

  #hash() {
    const query = this.store.get("payload")?.query;
    return query?.part ?? query?.sha256 ?? "";
  }

  /**
   * Nothing is shown any more: the page is empty again.
   * @param {boolean} [home] on the first tab
   */
  forget(home = true) {
    this.stop();
    this.stage.setVideo(null);
    this.#keep(null);
    this.shown = null;
    this.store.set({ phase: "empty", ...(home && { tab: "match" }) });
  }

  /**
   * An answer arrived for this picture (null: a ranking without one); let go of the older one.
   * @param {string | null} url
   */
  #keep(url) {
    const old = this.shown?.url;
    if (old?.startsWith("blob:") && old !== url) URL.revokeObjectURL(old);
    this.shown = { url };
  }

  /**
   * After a failure: to the answer that was there before, or to the empty page.
   * @param {{ payload: PageState["payload"], video: PageState["video"] } | null} [older] where
   *   another may have come in between
   */
  #back(older = null) {
    this.stage.setVideo(this.shown?.url ?? null);
    if (older?.payload && older.payload !== this.store.get("payload")) this.store.set(older);
    this.store.set({ phase: this.shown ? "results" : "empty" });
  }

  /**
   * @param {Payload<any>} payload
   * @param {string | null} [like] key of the track that is the reference
   * @param {number} [blend]
   */
  #beside(payload, like = null, blend = this.store.get("blend") || 0.5) {
    this.#show(payload, true);
    this.store.set({ like, blend });
  }

  /**
   * Show an answer; where it is about the same video, what plays goes on.
   * @param {Payload<any>} payload
   * @param {boolean} [same]
   * @param {string} [words] that it was asked with
   */
  #show(payload, same = false, words = this.store.get("words")) {
    this.asked = words.trim();
    const key = same && this.stage.track ? keyOf(this.stage.track) : null;
    const at = payload.tracks.findIndex((track) => keyOf(track) === key);
    this.store.set({ payload, current: at >= 0 ? at : null });
  }

  /**
   * Run one request at a time; a newer one stops the older.
   * @param {(onProgress: OnProgress, signal: AbortSignal) => Promise<void>} work
   * @param {Callback} [undo]
   * @param {Progress | Busy} [progress]
   * @param {string} [step] what is done first
   */
  async #run(work, undo = () => {}, progress = this.progress, step = "upload") {
    this.stop();
    const abort = (this.abort = new AbortController());
    this.dispatchEvent(new Event("begin"));
    progress.begin(step);
    try {
      const running = work((news) => progress.tell(news), abort.signal);
      this.running = running.catch(() => {});
      await running;
    } catch (/** @type {any} */ error) {
      if (this.abort !== abort) return;
      undo();
      if (!abort.signal.aborted) this.#fail(error, () => this.#run(work, undo, progress, step));
    } finally {
      if (this.abort === abort || progress !== this.progress) progress.end();
    }
  }

  /**
   * @param {Failure} error
   * @param {() => unknown} [again] for when the server is there again
   */
  #fail(error, again) {
    this.dispatchEvent(new CustomEvent("fail", { detail: Object.assign(error, { again }) }));
  }
}
