// From weights to rows: scores, the filtered order, what each row shows, and where the order changes.
// Runs in the slider's own input event; nothing here asks the server.

import { label } from "../core/i18n.js";
import { keptFor, keyOf, labelsOf } from "../core/track.js";
import { TOP } from "./bump.js";
import { audible, passes } from "./filters.js";
import { changesAlong } from "./changes.js";
import { percentOf } from "./fit.js";
import { askedWhole } from "./licence.js";
import { alphaWeights, beginning, Ranker, SSL } from "./rank.js";
import { pairsOf, saidPairs, sentence } from "./reason.js";
import { Holding, playingOf } from "./holding.js";
import { arranged, tieOf } from "./ties.js";
/** @import { Store } from "../core/store.js" */
/** @import { RankingState } from "../core/types.js" */
/** @import { RankedList } from "./list.js" */
/** @import { Tie } from "./ties.js" */

/**
 * State of a direction before anything was asked.
 * @param {string[]} facets
 * @returns {RankingState}
 */
export const rankingState = (facets) => ({ lang: "", theme: "", ...beginning(facets), weights: null,
  choices: {}, energy: null, words: "", wordsWeight: 1, bestFit: null,
  payload: null, order: [], drawn: new Map(), draws: false, changes: [], found: null, filters: {},
  excluded: new Set(), silent: false, blend: 0, like: null, current: null, playing: false, following: false,
  shortlist: [], sliding: false, restBefore: null, costOf: null,
  used: null });

export class Ranking {
  /** @type {Ranker | null} */
  ranker = null;
  /** @type {number[]} positions that pass the filters */
  members = [];
  /** @type {Float64Array} (N,) */
  scores = new Float64Array();
  /** @type {{ low: number, span: number }[]} of each branch's parts */
  ranges = [];
  /** @type {{ b: number, weight: number }[]} branches that have a bar */
  shown = [];
  /** @type {Tie | null} */
  torn = null;
  /** @type {((score: number) => number) | null} score -> 0 to 100 */
  fitOf = null;

  /**
   * @param {Store<RankingState>} store
   * @param {RankedList} list
   */
  constructor(store, list) {
    this.store = store;
    this.list = list;
    /** @type {Map<number, number>} */
    this.rest = new Map(); // track index -> place when the slider last rested
    this.holding = new Holding(list, () => this.rank());
    store.on("payload", () => this.#load());
    store.on("alpha weights", () => this.rank(true, false));
    store.on("facet", () => this.#turn());
    store.on("filters excluded silent like costOf", () => this.#changed());
    store.on("blend", () => this.#blend());
    store.on("choices energy", () => this.#choose());
    store.on("wordsWeight", () => this.#weigh());
    store.on("restBefore", () => this.#remember());
    store.on("sliding", () => store.get("sliding") && this.#remember());
    store.on("current playing shortlist used", () => list.refresh());
    store.on("current playing", () => this.holding.heard(playingOf(store)));
    store.on("lang", () => list.speak());
  }

  get tracks() {
    return this.store.get("payload")?.tracks ?? [];
  }

  weights() {
    const branches = this.store.get("payload")?.branches ?? [];
    const free = this.store.get("weights"); // of fewer branches, perhaps
    return free ? branches.map((_, b) => free[b] ?? 0)
      : alphaWeights(branches, this.store.get("facet"), this.store.get("alpha"));
  }

  /**
   * What the first rows are drawn from: two labels nearly as likely, where nothing else was asked.
   * @returns {Tie | null}
   */
  tie() {
    const { store, ranker } = this;
    const facet = store.get("facet");
    const payload = store.get("payload");
    const asked = Object.keys(store.get("choices")[facet] ?? {}).length > 0;
    if (!payload || !ranker || asked || ranker.words > 0 || ranker.blend > 0 || ranker.costs) return null;
    return this.torn = tieOf(payload, facet, store.get("silent"), this.torn);
  }

  /**
   * The rows at a position of the slider, as they would be shown.
   * @param {number} alpha
   * @returns {import("./ties.js").Arranged}
   */
  ordered(alpha) {
    if (!this.ranker) return { order: [], drawn: new Map() };
    const w = alphaWeights(this.ranker.branches, this.store.get("facet"), alpha);
    return arranged(this.ranker.order(w, this.members), w, this.tie());
  }

  /**
   * Score, sort and show; the whole answer to a move of the slider.
   * @param {boolean} [glide]
   * @param {boolean} [holds] what a first impression left in its place
   */
  rank(glide = true, holds = true) {
    const { ranker } = this;
    if (!ranker) return;
    if (!holds) this.holding.end();
    const w = this.weights();
    this.scores = ranker.scores(w);
    const { order: ranked, drawn } = arranged(ranker.order(w, this.members), w, this.tie());
    this.shown = this.#shownBranches(w);
    const { scale, query } = this.store.get("payload") ?? {};
    const ranks = ranker.words || w.some(Boolean);
    this.fitOf = scale && ranks ? percentOf(scale, ranker.shares(w), ranker.words) : null;
    /** @param {number} i */
    const has = (i) => (query?.modality === "text" ? this.tracks[i].met ?? null : this.fit(i));
    const best = ranked.slice(0, TOP).map(has).filter((value) => value !== null);
    this.store.set({ order: ranked, drawn, bestFit: best.length ? Math.max(...best) : null });
    this.holding.show(ranked, (i, place) => this.#facts(ranker, i, place, ranked.length), glide);
  }

  /**
   * How well a candidate fits, whatever stands beside it; null where nobody measured random pairs.
   * @param {number} i
   */
  fit(i) {
    return this.fitOf?.(this.scores[i] + (this.ranker?.costs?.[i] ?? 0)) ?? null;
  }

  /** What the tracks cost beside those of the neighbouring cues. */
  #setCosts() {
    const costOf = this.store.get("costOf");
    if (this.ranker) this.ranker.costs = costOf ? Float64Array.from(this.tracks, costOf) : null;
  }

  #load() {
    const payload = this.store.get("payload");
    if (!payload) return;
    this.ranker = new Ranker(payload);
    this.torn = null;
    this.ranker.blend = payload.reference ? this.store.get("blend") : 0;
    this.ranker.wordsWeight = this.store.get("wordsWeight");
    this.ranker.choose(this.store.get("choices"), this.store.get("energy"));
    this.#setCosts();
    this.#measure();
    const settles = this.holding.take(payload, playingOf(this.store));
    this.rest.clear();
    this.#narrow();
    this.rank(settles);
    this.#findChanges();
  }

  /** Another facet moves the rows as the slider does. */
  #turn() {
    if (!this.ranker) return;
    this.#remember();
    this.rank();
    this.#findChanges();
  }

  #changed() {
    if (!this.ranker) return;
    this.#setCosts();
    this.rest.clear(); // places that others left are no gains
    this.#narrow();
    this.rank();
    this.#findChanges();
  }

  #blend() {
    if (!this.ranker) return;
    this.ranker.blend = this.store.get("blend");
    this.#measure();
    this.rank();
    this.#findChanges();
  }

  #choose() {
    if (!this.ranker) return;
    this.#remember();
    this.ranker.choose(this.store.get("choices"), this.store.get("energy"));
    this.#measure();
    this.rank();
    this.#findChanges();
  }

  #weigh() {
    if (!this.ranker) return;
    this.#remember();
    this.ranker.wordsWeight = this.store.get("wordsWeight");
    this.rank();
    this.#findChanges();
  }

  #remember() {
    this.rest = new Map(this.store.get("order").map((i, place) => [i, place]));
  }

  #narrow() {
    this.ranker?.weigh(this.store.get("silent"));
    this.members = this.refused ? [] : this.#open();
  }

  /** Whether words alone say nothing of what is ranked, so that no order is shown. */
  get refused() {
    return Boolean(this.store.get("payload")?.said?.refused[this.store.get("silent") ? 1 : 0]);
  }

  /** What passes the filters. */
  #open() {
    const filters = this.store.get("filters");
    const excluded = this.store.get("excluded");
    const like = this.store.get("like");
    const open = new Set(this.store.get("silent") ? this.tracks : audible(this.tracks));
    return this.tracks.flatMap((track, i) =>
      open.has(track) && !excluded.has(keyOf(track)) && keyOf(track) !== like
        && passes(track, filters) ? [i] : []);
  }

  #findChanges() {
    if (!this.ranker) return;
    const found = changesAlong(this.ranker, this.store.get("facet"), this.members, TOP,
      this.tie());
    this.store.set({ found, changes: found.changes, draws: this.ordered(1).drawn.size > 0 });
  }

  #measure() {
    this.ranges = this.ranker?.ranges() ?? [];
  }

  /** @param {number[]} w */
  #shownBranches(w) {
    const facet = this.store.get("facet");
    const free = this.store.get("weights") !== null;
    const largest = Math.max(...w);
    const branches = this.ranker?.branches ?? [];
    return branches.flatMap((name, b) =>
      free || name === SSL || name === facet ? [{ b, weight: w[b] / largest }] : []);
  }

  /**
   * What a track's licence asks for, in whole sentences.
   * @param {number} i
   */
  asked(i) {
    return askedWhole(this.tracks[i], this.store.get("payload")?.terms);
  }

  /**
   * Why a track stands where it does, as one sentence; "" where there is none to give.
   * @param {number} i
   */
  reason(i) {
    const { store, ranker } = this;
    const payload = store.get("payload");
    if (!ranker || !payload || payload.query.modality === "music") return "";
    const facet = store.get("facet");
    const w = payload.query.modality === "text" ? [] : this.weights();
    const track = this.tracks[i];
    const why = { facet, concepts: payload.query.concepts, fits: payload.query.fits,
      beliefs: payload.query.beliefs?.[facet] ?? [],
      cuts_per_minute: payload.query.stats.cuts_per_minute ?? 0, felt: payload.query.felt ?? null,
      chosen: store.get("choices")[facet] ?? {}, energy: store.get("energy"),
      facet_counts: w[ranker.branches.indexOf(facet)] > 0,
      feel_counts: w[ranker.branches.indexOf(SSL)] > 0 };
    return sentence(pairsOf(why, { labels: labelsOf(track, facet), energy: track.energy,
      near: track.nearest?.[facet] ?? "",
      said: ranker.words > 0 ? saidPairs(track, payload.words) : [] }), facet);
  }

  /**
   * What a row shows.
   * @param {Ranker} ranker
   * @param {number} i
   * @param {number} place
   * @param {number} total
   */
  #facts(ranker, i, place, total) {
    const { store } = this;
    const track = this.tracks[i];
    const current = store.get("current") === i;
    const drawn = store.get("drawn");
    return {
      place,
      total,
      drawn: drawn.has(i) ? label(store.get("facet"), drawn.get(i) ?? "") : null,
      endsDraw: drawn.has(i) && place + 1 === drawn.size,
      gained: (this.rest.get(i) ?? place) - place,
      score: track.met === undefined ? this.scores[i] : null,
      fit: track.met === undefined ? this.fit(i) : 100 * Math.min(Math.max(track.met, 0), 1),
      bars: this.shown.map(({ b, weight }) => ({ weight,
        share: (ranker.part(i, b) - this.ranges[b].low) / this.ranges[b].span })),
      selected: current,
      playing: current && store.get("playing"),
      reason: track.mood ? this.reason(i) : "",
      used: store.get("used") === keyOf(track),
      starred: Boolean(keptFor(store.get("shortlist"), track,
        store.get("payload")?.query.sha256 ?? "")),
    };
  }
}
