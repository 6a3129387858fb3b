// The other direction: music in, the videos of the library ranked, with the same slider and chart.
// It has a store of its own, so that both directions keep their state.

import { h, icon } from "../core/dom.js";
import { label, language, number, says, t } from "../core/i18n.js";
import { call, upload, uploadLimits } from "../core/server.js";
import { Store } from "../core/store.js";
import { BumpChart } from "../ranking/bump.js";
import { CARDS } from "../ranking/card.js";
import { drawWeak } from "../ranking/fit.js";
import { RankedList } from "../ranking/list.js";
import { Ranking, rankingState } from "../ranking/ranking.js";
import { Slider } from "../ranking/slider.js";
import { Screening } from "../playing/screening.js";
import { drawFacts } from "./facts.js";
import { unlabelled } from "./layout.js";
import { accepted, fileButton, refusal } from "../core/choosing.js";
import { showError } from "../core/failure.js";
import { Progress } from "../core/progress.js";
/** @import { Failure } from "../core/failure.js" */
/** @import { Boot, Callback, OnProgress, PageState, Payload, Starter, Video } from "../core/types.js" */

const MUSIC = { title: "heard.title", kind: "tag",
  meters: { energy: 1, tempo: 1, loudness: 1, low_share: 1, high_share: 1, majorness: 1 } };
const COMMANDS = "python -m vmr index --videos FOLDER --catalog library\npython app.py --videos library";

/** A track of the catalog, as far as this tab needs it.
 * @typedef {{ position: number, title: string, audio: string | null }} TrackRef
 */

/** @typedef {Omit<Payload<Video>, "tracks"> & { videos: Video[] }} VideoPayload */

export class Reverse {
  // made by #parts and #place
  /** @type {RankedList} */ list;
  /** @type {Ranking} */ ranking;
  /** @type {Screening} */ screening;
  /** @type {Slider} */ slider;
  /** @type {BumpChart} */ bump;
  /** @type {Progress} */ progress;
  /** @type {HTMLElement} */ facts;
  /** @type {HTMLElement} */ error;
  /** @type {HTMLElement} */ limits;
  /** @type {HTMLElement} */ count;
  /** @type {HTMLElement} */ choice;
  /** @type {HTMLElement} */ lacking;
  /** @type {HTMLElement} */ weak;
  /** @type {HTMLElement} */ node;
  /** @type {[HTMLElement, string][]} */ starterWords = [];
  /** @type {string | null} address of the person's own file */ object = null;
  /** @type {AbortController | null} of the request that runs */ abort = null;
  state = "empty";

  /**
   * @param {Boot} boot
   * @param {Store<PageState>} page
   * @param {Callback} pauseOthers
   */
  constructor(boot, page, pauseOthers) {
    this.boot = boot;
    this.store = new Store(rankingState(boot.facets));
    page.on("lang", () => this.#speak(page.get("lang")));
    page.on("theme", () => this.store.set({ theme: page.get("theme") }));
    page.on("tab", () => page.get("tab") === "reverse" || this.screening.pause());
    page.on("playing", () => page.get("playing") && this.screening.pause());
    this.#parts(pauseOthers);
    this.#place();
    this.#state("empty");
    this.store.set({ theme: page.get("theme") });
    this.#speak(page.get("lang"));
  }

  /** @param {Callback} pauseOthers */
  #parts(pauseOthers) {
    const { store } = this;
    this.list = new RankedList({ play: (i) => this.screening.play(i) }, CARDS);
    this.list.node.dataset.i18nLabel = "reverse.scroll";
    this.list.tall.dataset.i18nLabel = "reverse.list";
    this.ranking = new Ranking(store, this.list);
    this.screening = new Screening(store, pauseOthers);
    this.slider = new Slider(store, "reverse-alpha", "reverse.feels.note");
    this.bump = new BumpChart(store);
    this.progress = new Progress(() => this.abort?.abort());
    this.facts = h("section.facts");
    this.error = h("div.error", { role: "alert", hidden: true });
    this.limits = h("p.limits");
    this.count = h("span.library-name");
    this.weak = h("p.belief-weak", { hidden: true });
    store.on("payload lang bestFit", () => drawWeak(store, this.weak));
  }

  #place() {
    /**
     * @param {string} spec
     * @param {string} key
     * @param {string} id
     */
    const choose = (spec, key, id) =>
      fileButton(spec, key, accepted("audio"), (file) => this.take({ file }), id);
    this.choice = h("div.intro-choice", {},
      h("div.drop", {}, icon("note"), choose("choose.primary", "reverse.choose", "music-file"),
        this.limits),
      this.boot.starters.length ? h("p.or", says("reverse.or")) : null,
      h("div.starters", {}, ...this.boot.starters.map((track) => this.#starter(track))));
    this.lacking = h("div.intro-lacking", {}, h("p", says("reverse.none")),
      h("pre", { text: COMMANDS, tabIndex: 0 }),
      h("button.choose.primary", { type: "button", ...says("reverse.samples"),
        onclick: () => this.useSamples() }), h("p.limits", says("reverse.samples.note")));
    const labelled = Boolean(this.store.get("facet"));
    this.node = h("div.reverse", {}, this.error, this.progress.node,
      h("section.intro", {}, h("h2", says("reverse.title")),
        h("p.lead", says(labelled ? "reverse.lead" : "reverse.lead.unlabelled")),
        this.choice, this.lacking),
      h("div.reverse-work", {},
        h("aside.stage-column", {}, this.screening.node, this.facts,
          h("section.again", {}, choose("choose", "reverse.again", "music-again"), this.count)),
        h("div.rank-column", {}, h("div.controls", {}, ...(labelled
          ? [this.slider.node, this.bump.node, this.slider.tools] : [unlabelled()]), this.weak),
        this.list.node)));
    this.#drawLibrary();
  }

  /** @param {Starter} options */
  #starter({ position, title, mood, audio, artist }) {
    const word = h("span.starter-mood");
    const node = h("button.starter", { type: "button", title: artist,
      onclick: () => this.take({ track: { position, title, audio } }) }, icon("note"),
    h("span", {}, h("b", { text: title }), word));
    this.starterWords.push([word, mood]);
    return node;
  }

  /** @param {string} lang */
  #speak(lang) {
    this.limits.textContent = t("reverse.limits", { size: number(uploadLimits().bytes / 2 ** 20) });
    for (const [word, mood] of this.starterWords) word.textContent = label("mood", mood);
    this.#drawLibrary();
    const payload = this.store.get("payload");
    this.store.set({ lang, ...(payload && { payload: this.#titled(payload) }) });
    if (payload) drawFacts(this.facts, payload.query, MUSIC);
  }

  /**
   * The answer with the sample films under their titles in the page's language.
   * @param {any} payload
   */
  #titled(payload) {
    if (this.boot.library.name !== "samples") return payload;
    const titles = new Map(this.boot.samples.map((sample) => [sample.titles.en, sample.titles]));
    return { ...payload, tracks: payload.videos.map((/** @type {Video} */ video) => ({ ...video,
      title: titles.get(video.title)?.[language()] ?? video.title })) };
  }

  #drawLibrary() {
    const { name, videos } = this.boot.library;
    this.choice.hidden = videos === 0;
    this.lacking.hidden = videos > 0;
    this.count.textContent = videos ? t("reverse.library", { name, count: number(videos) }) : "";
  }

  /** @param {string} state */
  #state(state) {
    this.state = state;
    this.node.dataset.state = state;
  }

  /**
   * Music: {file} from the person or {track} of the catalog.
   * @param {{ file?: File, track?: TrackRef }} options
   */
  async take({ file, track }) {
    this.wanted = { file, track };
    if (this.boot.library.videos === 0) return;
    const wrong = file ? refusal(file, "audio") : null;
    if (wrong) return showError(this.error, new Error(wrong));
    await this.#run(async (onProgress, signal) => {
      const remote = file
        ? await upload(file, (fraction) => onProgress({ step: "upload", fraction }), signal) : null;
      const payload = await call("reverse_rank", [remote, track?.position ?? -1], { onProgress, signal });
      this.#show(payload, file, track);
    });
  }

  async useSamples() {
    await this.#run(async (onProgress, signal) => {
      this.boot.library = await call("reverse_samples", [], { onProgress, signal });
      this.#drawLibrary();
      this.#state("empty");
    });
    if (this.wanted) await this.take(this.wanted);
  }

  toggle() {
    if (this.state === "results") this.screening.toggle();
  }

  /**
   * Walk the cards in their order.
   * @param {number} by
   */
  step(by) {
    const ranked = this.store.get("order");
    if (this.state !== "results" || !ranked.length) return;
    const at = ranked.findIndex((i) => i === this.store.get("current"));
    const next = ranked[Math.max(0, Math.min(ranked.length - 1, at + by))];
    if (next === this.store.get("current")) return;
    if (this.screening.player.playing) this.screening.play(next);
    else this.screening.show(next);
    this.list.reveal(next);
  }

  /**
   * @param {any} payload
   * @param {File | undefined} file
   * @param {TrackRef | undefined} track
   */
  #show(payload, file, track) {
    const { query } = payload;
    if (this.object) URL.revokeObjectURL(this.object);
    this.object = file ? URL.createObjectURL(file) : null;
    this.#state("results");
    this.screening.setMusic({ id: query.sha256, url: this.object ?? track?.audio ?? null, name: query.name,
      seconds: query.duration_s, peaks: query.peaks, silent: !file && !track?.audio });
    this.store.set({ current: null, payload: this.#titled({ ...payload, tracks: payload.videos }) });
    drawFacts(this.facts, query, MUSIC);
    this.screening.show(this.store.get("order")[0]);
  }

  /**
   * One request at a time; a newer one stops the older.
   * @param {(onProgress: OnProgress, signal: AbortSignal) => Promise<void>} work
   */
  async #run(work) {
    this.abort?.abort();
    const abort = (this.abort = new AbortController());
    const before = this.state === "loading" ? "empty" : this.state;
    this.error.hidden = true;
    this.screening.pause();
    this.#state("loading");
    this.progress.begin();
    try {
      await work((news) => this.progress.tell(news), abort.signal);
    } catch (error) {
      if (this.abort !== abort) return;
      this.#state(before);
      if (!abort.signal.aborted) showError(this.error, /** @type {Failure} */ (error));
    } finally {
      if (this.abort === abort) this.progress.end();
    }
  }
}
