// The measurements of a checkpoint: a table with rows for chance and for the best that is possible,
// and the chosen columns over alpha with their 95 % intervals.

import { h } from "../core/dom.js";
import { label, number, t } from "../core/i18n.js";
import { sweepPlot } from "./sweep_plot.js";

const DIRECTIONS = ["video_to_music", "music_to_video"];
const FIRST = ["R@10", "P@10"]; // columns that are drawn at first

/**
 * A bound ("chance", "ceiling") of a metric: one number for both directions, or one for each.
 * @param {Report} report
 * @param {string} bound
 * @param {string} direction
 * @param {string} metric
 */
export const boundOf = (report, bound, direction, metric) =>
  report[bound]?.[direction]?.[metric] ?? report[bound]?.[metric] ?? null;

/**
 * Names of the figures of one row; what stands beside them, such as intervals, is no figure.
 * @param {Record<string, any> | undefined} row
 */
export const metricsOf = (row) => Object.keys(row ?? {}).filter((metric) =>
  typeof row?.[metric] !== "object" || row[metric] === null);

/** @param {string} metric */
const isShare = (metric) => /^[RP]@/.test(metric);

/**
 * @param {string} metric
 * @param {unknown} value
 */
export function shown(metric, value) {
  if (typeof value !== "number") return "–";
  if (isShare(metric)) return `${number(100 * value, 1)} %`;
  return number(value, metric === "MedR" ? 1 : 3);
}

/**
 * A position of the slider: 0, 0.5, 1.
 * @param {number} alpha
 */
export const shownAlpha = (alpha) => number(alpha, Number.isInteger(alpha) ? 0 : 1);

/** One row of a sweep: alpha, and the figures of each direction.
 * @typedef {{ alpha: number, [direction: string]: any }} SweepRow
 */

/** A report of metrics.json; chance and ceiling stand beside what is named here.
 * @typedef {{ sweep: SweepRow[], split?: string, pool?: number, facet?: string,
 *   [bound: string]: any }} Report
 */

export class Sweep {
  /** @type {Report[] | null} */ reports = null;
  file = ""; // that would hold the reports

  constructor() {
    this.node = h("div.sweep");
    this.report = 0;
    this.direction = DIRECTIONS[0];
    this.drawn = new Set(FIRST);
  }

  /**
   * reports: as metrics.json, possibly none; checkpoint: the name of its file.
   * @param {Report[]} reports
   * @param {string} checkpoint
   */
  show(reports, checkpoint) {
    this.reports = reports;
    this.file = checkpoint.replace(/\.\w+$/, ".metrics.json");
    this.draw();
  }

  draw() {
    if (!this.reports?.length) {
      this.node.replaceChildren(h("p.soft", { text: t("sweep.none", { name: this.file }) }));
      return;
    }
    const report = this.reports[this.report];
    const directions = DIRECTIONS.filter((direction) => report.sweep[0]?.[direction]);
    if (!directions.includes(this.direction)) [this.direction] = directions;
    const metrics = metricsOf(report.sweep[0]?.[this.direction]);
    this.node.replaceChildren(
      h("div.sweep-choice", {}, this.reports.length > 1 ? this.#which() : null,
        h("div.segmented.small", { role: "group", "aria-label": t("sweep.direction") },
          ...directions.map((direction) => h("button", { type: "button",
            "aria-pressed": String(direction === this.direction), text: t(`sweep.${direction}`),
            onclick: () => this.#set({ direction }) }))),
        h("span.soft", { text: t("sweep.pool", { pool: report.pool ?? "–",
          split: report.split ?? "–", facet: label("facet", report.facet || "–") }) })),
      h("div.sweep-body", {}, this.#plot(report, metrics), this.#table(report, metrics)));
  }

  /** @param {object} patch */
  #set(patch) {
    Object.assign(this, patch);
    this.draw();
  }

  /** @param {string} metric */
  #toggle(metric) {
    if (!this.drawn.delete(metric)) this.drawn.add(metric);
    this.draw();
  }

  #which() {
    /**
     * @param {Report} report
     * @param {number} i
     */
    const name = (report, i) => [report.split, report.facet && label("facet", report.facet)]
      .filter(Boolean).join(" · ") || String(i + 1);
    /** @type {HTMLSelectElement} */
    const select = h("select.choose", { "aria-label": t("sweep.which"),
      onchange: () => this.#set({ report: select.selectedIndex }) },
    ...(this.reports ?? []).map((report, i) => h("option", { text: name(report, i), value: i })));
    select.selectedIndex = this.report;
    return select;
  }

  /**
   * @param {Report} report
   * @param {string[]} metrics
   */
  #table(report, metrics) {
    /**
     * @param {string} name
     * @param {(metric: string) => unknown} values
     * @param {string} [spec]
     */
    const row = (name, values, spec = "tr") => h(spec, {}, h("th", { scope: "row", text: name }),
      ...metrics.map((metric) => h("td", { text: shown(metric, values(metric)) })));
    const heads = metrics.map((metric) => h("th", { scope: "col" }, isShare(metric)
      ? h("button.link", { type: "button", text: metric,
        "aria-pressed": String(this.drawn.has(metric)), onclick: () => this.#toggle(metric) })
      : metric));
    return h("div.table-scroll", { tabIndex: 0 }, h("table.numbers", {},
      h("thead", {}, h("tr", {}, h("th", { scope: "col", text: "alpha" }), ...heads)),
      h("tbody", {},
        ...["chance", "ceiling"].filter((bound) => report[bound]).map((bound) =>
          row(t(`sweep.${bound}`), (metric) => boundOf(report, bound, this.direction, metric),
            "tr.chance")),
        ...report.sweep.map((point) => row(number(point.alpha, 2),
          (metric) => point[this.direction][metric])))));
  }

  /**
   * @param {Report} report
   * @param {string[]} metrics
   */
  #plot(report, metrics) {
    const drawn = metrics.filter((metric) => this.drawn.has(metric) && isShare(metric));
    const lines = drawn.map((metric) => ({
      name: metric,
      points: report.sweep.map((row) => [row.alpha, row[this.direction][metric]]),
      band: report.sweep.map((row) => [row.alpha,
        ...(row[this.direction].interval?.[metric] ?? [])]).filter((band) => band.length === 3),
      chance: boundOf(report, "chance", this.direction, metric),
    }));
    return sweepPlot(lines, t("sweep.plot", { metrics: drawn.join(t("comma")) }));
  }
}
