// The last query in numbers: where the time went, the first rows with their parts, and the same
// search as code.

import { copyText } from "../core/copy.js";
import { h } from "../core/dom.js";
import { label, number, says, t } from "../core/i18n.js";
import { openDialog } from "../core/menu.js";
import { askedOf } from "./asked.js";
import { csvButton } from "./csv.js";
import { cosineOf } from "./details.js";
import { pythonCode, shellCode } from "./snippet.js";
/** @import { Store } from "../core/store.js" */
/** @import { Payload, Query, RankingState } from "../core/types.js" */
/** @import { Ranker } from "../ranking/rank.js" */
/** @import { Ranking } from "../ranking/ranking.js" */

const ROWS = 10;
const TIMED = 200; // repetitions when re-ranking is timed

/** A direction of the page and its endpoint for programs.
 * @typedef {{ store: Store<RankingState>, ranking: Ranking, endpoint: string }} Last
 */

/**
 * The parts of the section; empty where nothing was asked yet.
 * @param {HTMLElement} root where dialogs open
 * @param {Last | null} last
 */
export function lastQuery(root, last) {
  const payload = last?.store.get("payload");
  const ranker = last?.ranking.ranker;
  if (!payload || !ranker || payload.provisional) return [];
  return [timings(payload.query, last.ranking, ranker), rows(root, last, payload, ranker),
    code(payload.query, last)];
}

/**
 * @param {Query} query
 * @param {Ranking} ranking
 * @param {Ranker} ranker
 */
function timings({ name, timings_s: byStage }, ranking, ranker) {
  const stages = Object.entries(byStage);
  const total = stages.reduce((sum, [, seconds]) => sum + seconds, 0);
  const again = rankingTime(ranking, ranker);
  /**
   * @param {string} text
   * @param {number} seconds
   * @param {number} share
   */
  const line = (text, seconds, share) => h("div.timing", {}, h("span", { text }),
    h("span.meter-bar", {}, h("i", { style: `transform: scaleX(${share.toFixed(4)})` })),
    h("b", { text: t("evidence.ms", { ms: number(seconds * 1000, seconds < 0.01 ? 3 : 0) }) }));
  return h("div.timings", {}, h("h4", { text: name }),
    ...stages.map(([stage, seconds]) => line(t(`time.${stage}`), seconds, seconds / (total || 1))),
    line(t("evidence.rerank", { count: number(ranker.size) }), again, total ? again / total : 0));
}

/**
 * Seconds that scoring and sorting take in this browser, the mean of some repetitions.
 * @param {Ranking} ranking
 * @param {Ranker} ranker
 */
function rankingTime(ranking, ranker) {
  const start = performance.now();
  for (let i = 0; i < TIMED; i++) ranker.order(ranking.weights(), ranking.members);
  return (performance.now() - start) / 1000 / TIMED;
}

/**
 * @param {HTMLElement} root
 * @param {Last} last
 * @param {Payload<any>} payload
 * @param {Ranker} ranker
 */
function rows(root, { store, ranking }, payload, ranker) {
  const { branches } = payload;
  const heads = [t("evidence.rank"), t("evidence.item"), ...branches.map((branch) =>
    t("evidence.partOf", { branch: label("facet", branch) })), t("details.score")];
  const lines = store.get("order").slice(0, ROWS).map((i, place) => h("tr", {},
    h("td", { text: place + 1 }),
    h("th", { scope: "row" }, h("button.link", { type: "button", text: payload.tracks[i].title,
      onclick: () => openNumbers(root, payload, ranker, i) })),
    ...branches.map((_, b) => h("td", { "data-head": heads[b + 2], text: number(ranker.part(i, b), 3) })),
    h("td", { "data-head": heads.at(-1) }, h("b", { text: number(ranking.scores[i], 3) }))));
  const w = ranking.weights();
  const weights = branches.map((branch, b) => `${label("facet", branch)} ${number(w[b], 2)}`)
    .join(t("comma"));
  return h("div", {}, h("table.numbers.fitted.stacks.left-second", {},
    h("caption", { text: t("evidence.rows", { weights }) }),
    h("thead", {}, h("tr", {}, ...heads.map((text) => h("th", { scope: "col", text })))),
    h("tbody", {}, ...lines)),
  h("p", {}, csvButton("last-query.csv", ranked(store, ranking, payload, ranker))));
}

/**
 * All tracks of the list with what each branch gives them, as rows of a CSV file.
 * @param {Store<RankingState>} store
 * @param {Ranking} ranking
 * @param {Payload<any>} payload
 * @param {Ranker} ranker
 * @returns {Record<string, unknown>[]}
 */
function ranked(store, ranking, { branches, tracks }, ranker) {
  const w = ranking.weights();
  return store.get("order").map((i, place) => ({ rank: place + 1, title: tracks[i].title,
    ...Object.fromEntries(branches.flatMap((branch, b) =>
      [[`weight ${branch}`, w[b]], [`part ${branch}`, ranker.part(i, b)]])),
    score: ranking.scores[i] }));
}

/**
 * The matrices that a score is made of.
 * @param {HTMLElement} root
 * @param {Payload<any>} payload
 * @param {Ranker} ranker
 * @param {number} i
 */
function openNumbers(root, payload, ranker, i) {
  const track = payload.tracks[i];
  const names = ranker.branches.map((branch) => label("facet", branch));
  /**
   * @param {string} key
   * @param {number[]} values
   */
  const matrix = (key, values) => h("div.matrix", {}, h("h4", says(key)), h("table.numbers", {},
    h("thead", {}, h("tr", {}, h("td"), ...names.map((text) => h("th", { scope: "col", text })))),
    h("tbody", {}, ...names.map((text, a) => h("tr", {}, h("th", { scope: "row", text }),
      ...names.map((_, b) => h("td", { text: number(values[a * names.length + b], 4) })))))));
  openDialog(root, track.title, h("p.soft", says("evidence.matrices")),
    ...(track.g ? [matrix("evidence.q", track.q), matrix("evidence.g", track.g)] : []),
    matrix("evidence.gram", payload.query.gram),
    h("table.numbers", {}, h("thead", {}, h("tr", {}, h("td"),
      ...["details.cosine", "details.part"].map((key) => h("th", { scope: "col", ...says(key) })))),
    h("tbody", {}, ...names.map((text, b) => h("tr", {}, h("th", { scope: "row", text }),
      ...[cosineOf(ranker, i, b), ranker.part(i, b)].map((value) =>
        h("td", { text: number(value, 6) })))))));
}

/**
 * @param {Query} query
 * @param {Last} last
 */
function code(query, { store, endpoint }) {
  const values = { base: document.baseURI.split("#")[0].split("?")[0], endpoint,
    file: fileName(query), alpha: Number(store.get("alpha").toFixed(3)),
    facet: store.get("facet"), k: ROWS, more: moreOf(store) };
  /**
   * @param {string} key
   * @param {string} text
   */
  const block = (key, text) => {
    const button = h("button.link", { type: "button", ...says("evidence.copy"), onclick: async () => {
      button.textContent = t(await copyText(text) ? "evidence.copied" : "evidence.not_copied");
    } });
    return h("div.code", {}, h("div.code-head", {}, h("h4", says(key)), button),
      h("pre", { text, tabIndex: 0 }));
  };
  return h("div.codes", {}, block("evidence.python", pythonCode(values)),
    block("evidence.shell", shellCode(values)));
}

/**
 * Labels, energy, words, their weight and tracks without sound as the endpoint takes them; nothing
 * where none were asked.
 * @param {Store<RankingState>} store
 * @returns {(string | number | boolean | null)[]}
 */
function moreOf(store) {
  const { labels, energy_asked: energy, words, words_weight: weight } = askedOf(store);
  if (store.get("silent")) return [labels, energy, words, weight ?? 1, true];
  if (weight !== null) return [labels, energy, words, weight];
  return labels || energy !== null ? [labels, energy] : [];
}

/**
 * The query's file; a track of the catalog stands for any music.
 * @param {Query} query
 */
const fileName = ({ name, modality }) =>
  modality === "text" ? "" : /\.\w{2,4}$/.test(name) ? name : modality === "music" ? "music.mp3" : "video.mp4";
