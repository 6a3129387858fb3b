// The study of the method: every system's figures, one system over alpha, and which differences count.

import { h } from "../core/dom.js";
import { label, number, says, t } from "../core/i18n.js";
import { csvButton } from "./csv.js";
import { shownAlpha, sweepPlot } from "./sweep_plot.js";
import { shown } from "./sweep_report.js";

const COLUMNS = ["R@10", "MedR", "P@1", "P@10", "P@10 other groups"];
const METHOD = "all, calibrated"; // shown first
// What each figure is drawn beside: the formula that needs no network, the first that was measured.
const RIVALS = { "R@10": ["CCA, cross-validated", "CCA"], "P@10": ["POST, whole clips", "POST"] };

/** @typedef {Record<string, Record<string, number>>} Systems figures by name, such as "CCA" */

/** @typedef {{ system: string, than: string, measure: string, mean: number, low: number,
 *   high: number, p: number }} Difference */

/** What reproduce found.
 * @typedef {{ name: string, runs: number, table: Systems, control: Systems,
 *   tests: Difference[] }} StudyReport
 */

/**
 * "joint alpha, mix, alpha 0.5" -> ["joint alpha, mix", 0.5]; alpha is null where there is none.
 * @param {string} name
 * @returns {[string, number | null]}
 */
export function parts(name) {
  const found = /^(.*), alpha ([\d.]+)$/.exec(name);
  return found ? [found[1], Number(found[2])] : [name, null];
}

/** @param {string} name */
function systemName(name) {
  const [system, alpha] = parts(name);
  const plain = label("system", system);
  return alpha === null ? plain : t("study.at", { system: plain, alpha: shownAlpha(alpha) });
}

export class Study {
  /** @type {StudyReport | null} */ report = null;
  system = "";

  constructor() {
    this.node = h("div.study");
  }

  /** @param {StudyReport | null} report */
  show(report) {
    this.report = report;
    const counts = this.#sweeps();
    this.system = counts.has(METHOD) ? METHOD : [...counts.keys()].at(-1) ?? "";
    this.draw();
  }

  draw() {
    const { report } = this;
    if (!report) {
      this.node.replaceChildren(h("p.soft", says("study.none")));
      return;
    }
    const rows = Object.entries({ ...report.table, ...report.control });
    this.node.replaceChildren(
      h("p.soft", { text: t("study.lead", { name: report.name, runs: number(report.runs) }) }),
      ...(this.system ? [this.#choice(), h("div.study-plots", {},
        ...Object.entries(RIVALS).map(([metric, rivals]) => this.#plot(metric, rivals)))] : []),
      h("table.numbers.fitted", {},
        h("thead", {}, h("tr", {}, h("th", { scope: "col", ...says("study.system") }),
          ...COLUMNS.map((column) => h("th", { scope: "col", text: label("column", column) })))),
        h("tbody", {}, ...rows.map(([name, row]) => h("tr", {},
          h("th", { scope: "row", text: systemName(name) }), ...COLUMNS.map((column) =>
            h("td", { text: shown(column, row[column]) })))))),
      ...(report.tests.length ? [differences(report.tests)] : []),
      h("p.buttons", {}, csvButton(`${report.name}.csv`, rows.map(([system, row]) => ({ system, ...row }))),
        csvButton(`${report.name}-differences.csv`, report.tests)));
  }

  /** Systems that were measured at three positions of the slider or more, with their positions. */
  #sweeps() {
    /** @type {Map<string, [number, Record<string, number>][]>} */
    const found = new Map();
    for (const [name, row] of Object.entries(this.report?.table ?? {})) {
      const [system, alpha] = parts(name);
      if (alpha !== null) found.set(system, [...found.get(system) ?? [], [alpha, row]]);
    }
    return new Map([...found].filter(([, points]) => points.length > 2));
  }

  #choice() {
    const names = [...this.#sweeps().keys()];
    /** @type {HTMLSelectElement} */
    const select = h("select.choose", { "aria-label": t("study.which"), onchange: () => {
      this.system = names[select.selectedIndex];
      this.draw();
    } }, ...names.map((name) => h("option", { text: label("system", name), value: name })));
    select.selectedIndex = names.indexOf(this.system);
    return h("p", {}, select);
  }

  /**
   * @param {string} metric
   * @param {string[]} rivals
   */
  #plot(metric, rivals) {
    const points = (this.#sweeps().get(this.system) ?? []).toSorted(([a], [b]) => a - b);
    const lines = [{ name: label("system", this.system), band: [],
      points: points.map(([alpha, row]) => [alpha, row[metric]]),
      chance: this.report?.table.chance?.[metric] ?? null }];
    const rival = rivals.find((name) => this.report?.table[name]) ?? "";
    const value = this.report?.table[rival]?.[metric];
    if (value !== undefined) {
      lines.push({ name: label("system", rival), points: [[0, value], [1, value]], band: [], chance: null });
    }
    return h("section", {}, h("h4", { text: metric }), sweepPlot(lines,
      t("sweep.plot", { metrics: metric }),
      { axis: t(`study.${metric === "R@10" ? "pairs" : "labels"}`), percent: true }));
  }
}

/** @param {Difference[]} tests */
const differences = (tests) => h("details", {}, h("summary", says("study.differences")),
  h("ul.differences", {}, ...tests.map(({ system, than, measure, mean, low, high, p }) => h("li", {
    text: t(p < 0.05 ? "study.differs" : "study.same", { system: systemName(system), than: systemName(than),
      measure, mean: number(mean, 3), low: number(low, 3), high: number(high, 3), p: number(p, 3) }) }))));
