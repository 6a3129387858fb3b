// The measurements of a checkpoint: a table with rows for chance and for the best that is possible,
// and the chosen columns over alpha with their 95 % intervals.

import { h, s } from "../core/dom.js";
import { label, number, t } from "../core/i18n.js";

const DIRECTIONS = ["video_to_music", "music_to_video"];
const WIDTH = 560;
const HEIGHT = 230;
const EDGE = { left: 46, right: 14, top: 14, bottom: 30 };
const FIRST = ["R@10", "P@10"]; // columns that are drawn at first

/** A bound ("chance", "ceiling") of a metric: one number for both directions, or one for each. */
export const boundOf = (report, bound, direction, metric) =>
  report[bound]?.[direction]?.[metric] ?? report[bound]?.[metric] ?? null;

/** Names of the figures of one row; what stands beside them, such as intervals, is no figure. */
export const metricsOf = (row) => Object.keys(row ?? {}).filter((metric) =>
  typeof row[metric] !== "object" || row[metric] === null);

const isShare = (metric) => /^[RP]@/.test(metric);

export function shown(metric, value) {
  if (typeof value !== "number") return "–";
  if (isShare(metric)) return `${number(100 * value, 1)} %`;
  return number(value, metric === "MedR" ? 1 : 3);
}

export class Sweep {
  constructor() {
    this.node = h("div.sweep");
    this.report = 0;
    this.direction = DIRECTIONS[0];
    this.drawn = new Set(FIRST);
  }

  /** reports: as metrics.json, possibly none; checkpoint: the name of its file. */
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

  #set(patch) {
    Object.assign(this, patch);
    this.draw();
  }

  #toggle(metric) {
    if (!this.drawn.delete(metric)) this.drawn.add(metric);
    this.draw();
  }

  #which() {
    const name = (report, i) => [report.split, report.facet && label("facet", report.facet)]
      .filter(Boolean).join(" · ") || String(i + 1);
    const select = h("select.choose", { "aria-label": t("sweep.which"),
      onchange: () => this.#set({ report: select.selectedIndex }) },
    ...this.reports.map((report, i) => h("option", { text: name(report, i), value: i })));
    select.selectedIndex = this.report;
    return select;
  }

  #table(report, metrics) {
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

  #plot(report, metrics) {
    const drawn = metrics.filter((metric) => this.drawn.has(metric) && isShare(metric));
    const at = (metric) => report.sweep.map((point) => [point.alpha, point[this.direction][metric]]);
    const chanceOf = (metric) => boundOf(report, "chance", this.direction, metric);
    const bandOf = (metric) => report.sweep.map((point) => [point.alpha,
      ...(point[this.direction].interval?.[metric] ?? [])]).filter((band) => band.length === 3);
    const most = Math.max(0.05, ...drawn.flatMap((metric) => [chanceOf(metric) ?? 0,
      ...at(metric).map(([, v]) => v), ...bandOf(metric).map(([, , high]) => high)]));
    const top = Math.min(1, Math.ceil(most * 11) / 10);
    const x = (alpha) => EDGE.left + alpha * (WIDTH - EDGE.left - EDGE.right);
    const y = (value) => HEIGHT - EDGE.bottom - (value / top) * (HEIGHT - EDGE.top - EDGE.bottom);
    const text = (words, attributes) => {
      const node = s("text", attributes);
      node.textContent = words;
      return node;
    };
    const grid = [0, 0.5, 1].flatMap((share) => [
      s("path", { d: `M${x(0)} ${y(share * top)}H${x(1)}`, class: "plot-grid" }),
      text(`${number(100 * share * top)} %`, { x: x(0) - 8, y: y(share * top) + 4,
        class: "plot-text end" })]);
    const ends = [0, 0.5, 1].map((alpha) => text(number(alpha, 1), { x: x(alpha), y: HEIGHT - 8,
      class: "plot-text middle" }));
    const lines = drawn.flatMap((metric, i) => {
      const points = at(metric);
      const [[, before], [, last]] = points.length > 1 ? points.slice(-2) : [points[0], points[0]];
      const beside = last < before ? 18 : -8; // on the side that the line does not come from
      const chance = chanceOf(metric);
      const band = bandOf(metric);
      const edge = [...band.map(([a, , high]) => [a, high]),
        ...band.reverse().map(([a, low]) => [a, low])];
      return [
        edge.length ? s("path", { class: `plot-band line-${i % 4}`,
          d: edge.map(([a, v], k) => `${k ? "L" : "M"}${x(a)} ${y(v)}`).concat("Z").join("") }) : null,
        chance === null ? null : s("path", { d: `M${x(0)} ${y(chance)}H${x(1)}`,
          class: `plot-chance line-${i % 4}` }),
        s("path", { class: `plot-line line-${i % 4}`,
          d: points.map(([a, v], k) => `${k ? "L" : "M"}${x(a)} ${y(v)}`).join("") }),
        ...points.map(([a, v]) => s("circle", { cx: x(a), cy: y(v), r: 2.6,
          class: `plot-dot line-${i % 4}` })),
        text(metric, { x: x(1) - 4, y: y(last) + beside, class: `plot-text end line-${i % 4}` }),
      ].filter(Boolean);
    });
    return s("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "plot", role: "img",
      "aria-label": t("sweep.plot", { metrics: drawn.join(t("comma")) }) }, ...grid, ...ends, ...lines);
  }
}
