// The numbers behind a row, and everything the catalog says about the track.

import { clock, h } from "../core/dom.js";
import { keyName, label, number, says, t } from "../core/i18n.js";
import { openDialog } from "../core/menu.js";
/** @import { Track } from "../core/types.js" */
/** @import { Ranker } from "../ranking/rank.js" */
/** @import { Ranking } from "../ranking/ranking.js" */

/**
 * @param {HTMLElement} root
 * @param {Ranking} ranking
 * @param {number} i
 */
export function openDetails(root, ranking, i) {
  const track = ranking.tracks[i];
  openDialog(root, track.title, h("p.soft", { text: ranking.reason(i) || t("why.none") }),
    numbersTable(ranking, i) ?? "",
    facts(track, ranking.asked(i)));
}

/**
 * Cosine of candidate i with the query in branch b.
 * @param {Ranker} ranker
 * @param {number} i
 * @param {number} b
 */
export function cosineOf({ branches, linear, query }, i, b) {
  const at = i * branches.length + b;
  return query.q[linear ? at : at * branches.length + b];
}

/**
 * @param {Ranking} ranking
 * @param {number} i
 */
function numbersTable(ranking, i) {
  const { ranker } = ranking;
  if (!ranker) return null;
  const w = ranking.weights();
  const rows = ranker.branches.map((branch, k) => {
    const part = ranker.part(i, k);
    const cells = [w[k], cosineOf(ranker, i, k), part, w[k] * part];
    return h("tr", {}, h("th", { scope: "row", text: label("facet", branch) }),
      ...cells.map((value) => h("td", { text: number(value, 4) })));
  });
  if (ranker.term) {
    rows.push(h("tr", {}, h("th", { scope: "row", ...says("words.row") }),
      ...[ranker.words, null, ranker.term[i], ranker.words * ranker.term[i]].map((value) =>
        h("td", { text: value === null ? "" : number(value, 4) }))));
  }
  const heads = ["branch", "weight", "cosine", "part", "share"].map((key) =>
    h("th", { scope: "col", ...says(`details.${key}`) }));
  return h("table.numbers", {}, h("thead", {}, h("tr", {}, ...heads)), h("tbody", {}, ...rows),
    h("tfoot", {}, h("tr", {}, h("th", { scope: "row", colSpan: 4, ...says("details.score") }),
      h("td", { text: number(ranking.scores[i], 4) }))));
}

/**
 * @param {Track} track
 * @param {string[]} asked what its licence asks for
 */
function facts(track, asked) {
  const lines = [
    ["artist", track.artist], ["mood", track.mood.map((m) => label("mood", m)).join(t("comma"))],
    ["genre", track.genre.map((g) => label("genre", g)).join(t("comma"))],
    ["bpm", track.bpm && `${number(track.bpm)} BPM`], ["key", track.key && keyName(track.key)],
    ["length", track.seconds && clock(track.seconds)],
    ["energy", track.energy !== null && track.energy !== undefined && number(track.energy, 1)],
    ["vocals", track.vocals && label("filter.vocals", track.vocals)], ["licence", track.licence],
    ["asks", asked.length ? asked.map((text) => h("p", { text })) : null],
    ["attribution", track.attribution],
    ["source", track.source && sourceNode(track.source)], ["catalog", track.catalog],
  ].filter(([, value]) => value);
  return h("dl.facts-list", {}, ...lines.flatMap(([key, value]) =>
    [h("dt", says(`track.${key}`)), h("dd", {}, .../** @type {(string | Node)[]} */ ([value].flat()))]));
}

/**
 * Only a web address becomes a link.
 * @param {string} source
 */
function sourceNode(source) {
  if (!/^https?:\/\//.test(source)) return source;
  return h("a", { href: source, target: "_blank", rel: "noopener noreferrer", text: source });
}
