// The measurements of a checkpoint: a table with rows for chance and for the best that is possible,
// and the chosen columns over alpha with their 95 % intervals.

import { h } from "../core/dom.js";
import { label, number, t } from "../core/i18n.js";
import { csvButton } from "./csv.js";
import { byClass } from "./sweep_classes.js";
import { sweepPlot } from "./sweep_plot.js";
import { BOUNDS, boundOf, isShare, metricsOf, rowsOf, shown } from "./sweep_report.js";
/** @import { Report } from "./sweep_report.js" */

const DIRECTIONS = ["video_to_music", "music_to_video"];
const FIRST = ["R@10", "P@10"]; // columns that are drawn at first

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
      h("div.segmented.small.sweep-drawn", { role: "group", "aria-label": t("sweep.drawn") },
        ...metrics.filter(isShare).map((metric) => h("button", { type: "button", text: metric,
          "aria-pressed": String(this.drawn.has(metric)), onclick: () => this.#toggle(metric) }))),
      this.#plot(report, metrics), this.#table(report, metrics),
      ...byClass(report, this.direction),
      h("p", {}, csvButton(this.file.replace(".json", ".csv"), rowsOf(this.reports))));
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
      ...metrics.map((metric) => h("td", { "data-head": metric,
        text: shown(metric, values(metric)) })));
    return h("table.numbers.fitted.stacks", {},
      h("thead", {}, h("tr", {},
        ...["alpha", ...metrics].map((text) => h("th", { scope: "col", text })))),
      h("tbody", {},
        ...BOUNDS.filter((bound) => metrics.some((metric) =>
          boundOf(report, bound, this.direction, metric) !== null)).map((bound) =>
          row(t(`sweep.${bound}`), (metric) => boundOf(report, bound, this.direction, metric),
            "tr.chance")),
        ...report.sweep.map((point) => row(number(point.alpha, 2),
          (metric) => point[this.direction][metric]))));
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
    const metricsDrawn = drawn.join(t("comma"));
    return sweepPlot(lines, t("sweep.plot", { metrics: metricsDrawn }),
      { axis: metricsDrawn, percent: true });
  }
}
