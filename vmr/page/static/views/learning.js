// What few labels teach, and what corrections of some clips do for the others: tables with intervals.

import { h } from "../core/dom.js";
import { label, number, says, t } from "../core/i18n.js";
import { csvButton } from "./csv.js";
import { setName } from "./judged.js";

const COUNTS = ["5", "10", "20", "50", "100", "all"];

/** @typedef {{ mean: number, low: number, high: number, runs: number }} Measured */

/** @typedef {Record<string, Measured>} Curve figures by name, such as "random 5" */

/** @typedef {{ catalog: string, facet: string, corrected: number, clips: number, draws: number,
 *   before: number, after: number, gain: number, low: number, high: number }} Lift
 */

/**
 * The rows of a curve: labels per class, then what each way of choosing reached.
 * @param {Curve} curve
 * @param {[string, string][]} columns [before the count, after it] in the figures' names
 * @returns {[string, (Measured | undefined)[]][]}
 */
export function rowsOf(curve, columns) {
  return COUNTS.map((count) => /** @type {[string, (Measured | undefined)[]]} */ ([count,
    columns.map(([before, after]) => curve[`${before}${count}${after}`])]))
    .filter(([, cells]) => cells.some(Boolean));
}

/** @param {Measured | undefined} value */
const cell = (value) => (value ? t("learning.cell", { mean: number(value.mean, 3),
  low: number(value.low, 3), high: number(value.high, 3) }) : "");

const OF_TRACKS = /** @type {[string, string][]} */ ([["random ", ""], ["active ", ""]]);
const OF_PAIRS = /** @type {[string, string][]} */ ([["", " alone, alpha 1, P@10"],
  ["", " taught, alpha 1, P@10"], ["", " taught, alpha 0.5, P@10"]]);

/**
 * @param {string} name
 * @param {Curve} curve
 */
function curveTable(name, curve) {
  const pairs = Object.keys(curve).some((key) => key.includes("P@10"));
  const heads = pairs ? ["alone", "taught", "middle"] : ["random", "active"];
  const none = pairs ? { zero: "no labels, alpha 0, P@10", chance: "chance, P@10" }
    : { frequent: "most frequent", chance: "chance" };
  return h("section", {}, h("h4", { text: name }),
    h("p.soft", says(`learning.${pairs ? "pairs" : "tracks"}`)),
    h("table.numbers.fitted", {},
      h("thead", {}, h("tr", {}, h("th", { scope: "col", ...says("learning.count") }),
        ...heads.map((head) => h("th", { scope: "col", ...says(`learning.${head}`) })))),
      h("tbody", {}, ...rowsOf(curve, pairs ? OF_PAIRS : OF_TRACKS).map(([count, cells]) =>
        h("tr", {}, h("th", { scope: "row", text: count === "all" ? t("learning.all") : count }),
          ...cells.map((value) => h("td", { text: cell(value) })))))),
    // of no column: a list beneath, as nothing of it was chosen or taught
    h("dl.facts-list.without", {}, ...Object.entries(none).filter(([, figure]) => curve[figure])
      .flatMap(([key, figure]) => [h("dt", says(`learning.${key}`)),
        h("dd", { text: cell(curve[figure]) })])),
    h("p", {}, csvButton(`few-labels-${name}.csv`,
      Object.entries(curve).map(([figure, found]) => ({ figure, ...found })))));
}

/**
 * What corrections did, by catalog and facet.
 * @param {Lift[]} rows
 */
const lifted = (rows) => h("table.numbers.fitted", {},
  h("thead", {}, h("tr", {}, ...["of", "before", "after", "gain"].map((column) =>
    h("th", { scope: "col", ...says(`learning.${column}`) })))),
  h("tbody", {}, ...rows.map((row) => h("tr", {},
    h("th", { scope: "row", text: [row.catalog, label("facet", row.facet)].join(t("comma")) }),
    h("td", { text: number(row.before, 3) }), h("td", { text: number(row.after, 3) }),
    h("td", { text: t("learning.cell", { mean: number(row.gain, 3), low: number(row.low, 3),
      high: number(row.high, 3) }) })))));

/**
 * @param {Record<string, Curve> | undefined} curves
 * @param {Record<string, Lift[]> | undefined} corrections by the name of the clips
 */
export function learning(curves = {}, corrections = {}) {
  const named = Object.entries(corrections);
  if (!Object.keys(curves).length && !named.length) return [h("p.soft", says("learning.none"))];
  return [
    ...Object.entries(curves).map(([name, curve]) => curveTable(name, curve)),
    ...named.map(([name, rows]) => h("section", {},
      h("h4", { text: t("learning.corrected", { name: setName(name) }) }),
      h("p.soft", { text: t("learning.lift", { corrected: number(rows[0]?.corrected ?? 0),
        clips: number(rows[0]?.clips ?? 0), draws: number(rows[0]?.draws ?? 0) }) }),
      lifted(rows), h("p", {}, csvButton(`corrections-${name}.csv`, rows)))),
  ];
}
