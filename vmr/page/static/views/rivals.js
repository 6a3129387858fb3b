// Several checkpoints side by side on the last query: their first tracks at the slider's position, and
// how far their orders agree with the page's own. A track under the pointer is marked in all columns.

import { h } from "../core/dom.js";
import { audible } from "../ranking/filters.js";
import { label, number, says, t } from "../core/i18n.js";
import { percentOf } from "../ranking/fit.js";
import { csvButton } from "./csv.js";
import { kendall } from "../ranking/kendall.js";
import { alphaWeights, Ranker } from "../ranking/rank.js";
import { showScore } from "../ranking/row.js";
/** @import { Fusion, Query, Scored, ScoreScale } from "../core/types.js" */

const ROWS = 10;

/** A checkpoint's answer, with its name.
 * @typedef {{ branches: string[], facets: string[], fusion: Fusion, query: Query,
 *   tracks: (Scored & { id: string, title: string, audio?: string | null })[], name: string,
 *   fingerprint: string, scale?: ScoreScale | null }} RivalPayload
 */

export class Rivals {
  /** @type {{ payload: RivalPayload, ranker: Ranker }[] | null} */
  columns = null;

  constructor() {
    this.node = h("div.rivals");
    this.node.addEventListener("pointerover", (event) => this.#mark(event));
    this.node.addEventListener("pointerleave", () => this.#mark(null));
  }

  /**
   * columns: one payload per checkpoint, the page's own first, each with name and fingerprint.
   * @param {RivalPayload[] | null} columns
   */
  show(columns) {
    this.columns = columns?.map((payload) => ({ payload, ranker: new Ranker(payload) })) ?? null;
  }

  /**
   * @param {number} alpha
   * @param {string} facet
   * @param {boolean} silent rank tracks without sound too, as the list does
   */
  draw(alpha, facet, silent) {
    if (!this.columns) {
      this.node.replaceChildren(h("p.soft", says("evidence.noquery")));
      return;
    }
    const { columns } = this;
    const orders = columns.map(({ payload, ranker }) => {
      const used = payload.facets.includes(facet) ? facet : payload.facets[0];
      const w = alphaWeights(payload.branches, used, alpha);
      const scores = ranker.scores(w);
      const fitOf = payload.scale ? percentOf(payload.scale, w) : () => null;
      const open = new Set(silent ? payload.tracks : audible(payload.tracks));
      return { used, scores, fitOf,
        ranked: ranker.order(w).filter((i) => open.has(payload.tracks[i])) };
    });
    const ids = orders.map(({ ranked }, k) => ranked.map((i) => columns[k].payload.tracks[i].id));
    this.node.replaceChildren(...columns.map(({ payload }, k) => this.#column(payload,
      { alpha, ...orders[k] }, k ? agreement(ids[0], ids[k]) : null)),
    h("p", {}, csvButton("checkpoints.csv", columns.flatMap(({ payload }, k) =>
      orders[k].ranked.map((i, place) => ({ checkpoint: payload.name, fingerprint: payload.fingerprint,
        alpha, facet: orders[k].used, rank: place + 1, title: payload.tracks[i].title,
        score: orders[k].scores[i] }))))));
  }

  /**
   * @param {RivalPayload} payload
   * @param {{ alpha: number, used: string, scores: Float64Array, ranked: number[],
   *   fitOf: (score: number) => number | null }} options
   * @param {number | null} tau
   */
  #column(payload, { alpha, used, scores, ranked, fitOf }, tau) {
    const rows = ranked.slice(0, ROWS).map((i, place) => {
      const { id, title } = payload.tracks[i];
      const fit = h("span.soft");
      showScore(fit, scores[i], fitOf(scores[i]));
      const node = h("li", {}, h("b", { text: place + 1 }), h("span", { text: title, title }), fit);
      node.dataset.id = id;
      return node;
    });
    return h("section", {}, h("h4", { text: payload.name }),
      h("p.soft", { text: t(used ? "rivals.at" : "rivals.unlabelled", { alpha: number(alpha, 2),
        facet: label("facet", used), fingerprint: payload.fingerprint.slice(0, 8) }) }),
      h("ol", {}, ...rows),
      h("p.soft", { text: tau === null ? t("rivals.own") : t("rivals.tau", { tau: number(tau, 2) }) }));
  }

  /** @param {Event | null} event */
  #mark(event) {
    const id = (event?.target instanceof Element ? event.target : null)?.closest("li")?.dataset.id;
    for (const row of this.node.querySelectorAll("li")) {
      row.classList.toggle("marked", id !== undefined && row.dataset.id === id);
    }
  }
}

/**
 * Kendall's tau of two orders of ids, over the ids that both have.
 * @param {string[]} first
 * @param {string[]} second
 */
export function agreement(first, second) {
  const both = new Set(second);
  const shared = first.filter((id) => both.has(id));
  const inFirst = new Set(shared);
  return kendall(shared, second.filter((id) => inFirst.has(id)));
}
