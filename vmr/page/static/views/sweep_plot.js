// Figures over alpha as lines with 95 % intervals as bands and chance as a dashed line. What a line
// is stands in the legend below: a name in the plot would lie on other lines.

import { h, s } from "../core/dom.js";
import { number, percent, t } from "../core/i18n.js";

const WIDTH = 480;
const HEIGHT = 236;
const EDGE = { left: 58, right: 16, top: 14, bottom: 52 }; // room for "100 %" and "1" at a phone's size
// Marks tell lines apart for those who cannot by colour: a disc, a square, a diamond, a triangle.
const MARKS = ["M-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0", "M-2.8-2.8h5.6v5.6h-5.6z", "M0-4 4 0 0 4-4 0z",
  "M0-4 3.8 2.8h-7.6z"];

/**
 * One figure. points: [alpha, value]; band: [alpha, low, high]; chance: null where unknown.
 * @typedef {{ name: string, points: number[][], band: number[][], chance: number | null }} Line
 */

/** How values are read: what they are, and as "68 %" or "0.68".
 * @typedef {{ axis: string, percent: boolean }} Scale
 */

/**
 * A position of the slider: 0, 0.5, 1.
 * @param {number} alpha
 */
export const shownAlpha = (alpha) => number(alpha, Number.isInteger(alpha) ? 0 : 1);

/**
 * @param {Line[]} lines
 * @param {string} name for readers
 * @param {Scale} scale
 */
export function sweepPlot(lines, name, scale) {
  const { top, x, y } = placed(lines);
  const grid = [0, 0.5, 1].flatMap((share) => [
    s("path", { d: `M${x(0)} ${y(share * top)}H${x(1)}`, class: "plot-grid" }),
    text(shown(share * top, scale, 1), { x: x(0) - 9, y: y(share * top) + 5, class: "plot-text end" })]);
  const ends = [0, 0.5, 1].map((alpha) => text(shownAlpha(alpha), { x: x(alpha),
    y: HEIGHT - EDGE.bottom + 20, class: "plot-text middle" }));
  return h("figure.plotted", {}, h("figcaption", { text: scale.axis }),
    s("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "plot", role: "img", "aria-label": name },
      ...grid, ...ends, text(t("sweep.alpha"), { x: x(0.5), y: HEIGHT - 8, class: "plot-text middle" }),
      ...lines.map((line, i) => drawn(line, i, { x, y, scale }))),
    legend(lines, scale));
}

/**
 * Where values lie; top: the highest that is drawn.
 * @param {Line[]} lines
 */
function placed(lines) {
  const most = Math.max(0.05, ...lines.flatMap(({ points, band, chance }) => [chance ?? 0,
    ...points.map(([, value]) => value), ...band.map(([, , high]) => high)]));
  const top = Math.min(1, Math.ceil(most * 11) / 10);
  /** @param {number} alpha */
  const x = (alpha) => EDGE.left + alpha * (WIDTH - EDGE.left - EDGE.right);
  /** @param {number} value */
  const y = (value) => HEIGHT - EDGE.bottom
    - (Math.max(0, value) / top) * (HEIGHT - EDGE.top - EDGE.bottom);
  return { top, x, y };
}

/**
 * @param {number} value
 * @param {Scale} scale
 * @param {number} digits of a percentage one less than of a share
 */
const shown = (value, scale, digits) =>
  (scale.percent ? percent(value, digits - 1) : number(value, digits));

/**
 * Each line's name and mark, and its chance.
 * @param {Line[]} lines
 * @param {Scale} scale
 */
function legend(lines, scale) {
  /**
   * @param {number} i
   * @param {string} key "line" | "chance"
   */
  const swatch = (i, key) => s("svg", { viewBox: "0 0 28 12", class: `plot-key line-${i % 4}`,
    "aria-hidden": "true" }, s("path", { d: "M0 6H28", class: `key-${key}` }),
  ...(key === "chance" ? []
    : [s("path", { d: MARKS[i % 4], transform: "translate(14 6)", class: "key-mark" })]));
  return h("ul.plot-legend", {}, ...lines.map(({ name, chance }, i) => h("li", {},
    swatch(i, "line"), h("span", { text: name }), ...(chance === null ? [] : [swatch(i, "chance"),
      h("span.soft", { text: t("sweep.chanceOf", { chance: shown(chance, scale, 2) }) })]))));
}

/**
 * @param {Line} line
 * @param {number} i
 * @param {{ x: (alpha: number) => number, y: (value: number) => number, scale: Scale }} place
 */
function drawn({ name, points, band, chance }, i, { x, y, scale }) {
  /** @param {number[][]} all */
  const through = (all) => all.map(([a, value], k) => `${k ? "L" : "M"}${x(a)} ${y(value)}`).join("");
  const edge = [...band.map(([a, , high]) => [a, high]),
    ...band.toReversed().map(([a, low]) => [a, low])];
  return s("g", { class: `line-${i % 4}` },
    ...(edge.length ? [s("path", { class: "plot-band", d: `${through(edge)}Z` })] : []),
    ...(chance === null ? []
      : [s("path", { d: `M${x(0)} ${y(chance)}H${x(1)}`, class: "plot-chance" })]),
    s("path", { class: "plot-line", d: through(points) }),
    ...points.map(([a, value], k) => {
      const said = { name, alpha: shownAlpha(a), value: shown(value, scale, 2) };
      const around = band[k] && { low: shown(band[k][1], scale, 2), high: shown(band[k][2], scale, 2) };
      return s("path", { d: MARKS[i % 4], transform: `translate(${x(a)} ${y(value)})`,
        class: "plot-dot" }, titled(around ? t("sweep.pointSpan", { ...said, ...around })
        : t("sweep.point", said)));
    }));
}

/** @param {string} words that a pointer resting there shows */
function titled(words) {
  const node = s("title");
  node.textContent = words;
  return node;
}

/**
 * @param {string} words
 * @param {Record<string, string | number>} attributes
 */
export function text(words, attributes) {
  const node = s("text", attributes);
  node.textContent = words;
  return node;
}
