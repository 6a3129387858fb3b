// Figures over alpha as lines, with chance as a dashed line and 95 % intervals as bands.

import { s } from "../core/dom.js";
import { number } from "../core/i18n.js";

const WIDTH = 560;
const HEIGHT = 230;
const NAME_HEIGHT = 15;
const EDGE = { left: 54, right: 14, top: 14, bottom: 30 };

/**
 * One figure. points: [alpha, value]; band: [alpha, low, high]; chance: null where unknown.
 * @typedef {{ name: string, points: number[][], band: number[][], chance: number | null }} Line
 */

/**
 * @param {Line[]} lines
 * @param {string} name for readers
 */
export function sweepPlot(lines, name) {
  const most = Math.max(0.05, ...lines.flatMap(({ points, band, chance }) => [chance ?? 0,
    ...points.map(([, value]) => value), ...band.map(([, , high]) => high)]));
  const top = Math.min(1, Math.ceil(most * 11) / 10);
  /** @param {number} alpha */
  const x = (alpha) => EDGE.left + alpha * (WIDTH - EDGE.left - EDGE.right);
  /** @param {number} value */
  const y = (value) => HEIGHT - EDGE.bottom - (value / top) * (HEIGHT - EDGE.top - EDGE.bottom);
  const grid = [0, 0.5, 1].flatMap((share) => [
    s("path", { d: `M${x(0)} ${y(share * top)}H${x(1)}`, class: "plot-grid" }),
    text(`${number(100 * share * top)} %`, { x: x(0) - 8, y: y(share * top) + 4,
      class: "plot-text end" })]);
  const ends = [0, 0.5, 1].map((alpha) => text(number(alpha, 1), { x: x(alpha), y: HEIGHT - 8,
    class: "plot-text middle" }));
  return s("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "plot", role: "img",
    "aria-label": name }, ...grid, ...ends, ...lines.flatMap((line, i) => drawn(line, i, x, y)),
  ...names(lines, x, y));
}

/**
 * The lines' names at their right ends, pushed apart where they would lie on each other.
 * @param {Line[]} lines
 * @param {(alpha: number) => number} x
 * @param {(value: number) => number} y
 */
function names(lines, x, y) {
  const places = lines.map(({ name, points }, i) => {
    const last = points.at(-1)?.[1] ?? 0;
    const beside = last < (points.at(-2)?.[1] ?? last) ? 18 : -8; // where the line does not come from
    return { name, i, at: y(last) + beside };
  }).toSorted((a, b) => b.at - a.at); // the lowest first: names move up
  let free = HEIGHT;
  return places.map(({ name, i, at }) => {
    const place = Math.min(at, free);
    free = place - NAME_HEIGHT;
    return text(name, { x: x(1) - 4, y: place, class: `plot-text end line-${i % 4}` });
  });
}

/**
 * @param {Line} line
 * @param {number} i
 * @param {(alpha: number) => number} x
 * @param {(value: number) => number} y
 */
function drawn({ points, band, chance }, i, x, y) {
  const colour = `line-${i % 4}`;
  /** @param {number[][]} all */
  const through = (all) => all.map(([a, value], k) => `${k ? "L" : "M"}${x(a)} ${y(value)}`).join("");
  const edge = [...band.map(([a, , high]) => [a, high]),
    ...band.toReversed().map(([a, low]) => [a, low])];
  return [
    ...(edge.length ? [s("path", { class: `plot-band ${colour}`, d: `${through(edge)}Z` })] : []),
    ...(chance === null ? []
      : [s("path", { d: `M${x(0)} ${y(chance)}H${x(1)}`, class: `plot-chance ${colour}` })]),
    s("path", { class: `plot-line ${colour}`, d: through(points) }),
    ...points.map(([a, value]) => s("circle", { cx: x(a), cy: y(value), r: 2.6,
      class: `plot-dot ${colour}` })),
  ];
}

/**
 * @param {string} words
 * @param {Record<string, string | number>} attributes
 */
function text(words, attributes) {
  const node = s("text", attributes);
  node.textContent = words;
  return node;
}
