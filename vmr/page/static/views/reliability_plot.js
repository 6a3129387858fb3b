// Probability that was shown (x) against the share that was right (y): on the diagonal it is honest.

import { h, s } from "../core/dom.js";
import { number, percent, t } from "../core/i18n.js";
import { text } from "./sweep_plot.js";
/** @import { BeliefRow } from "../core/types.js" */

const SIZE = 320;
const EDGE = { left: 58, right: 28, top: 14, bottom: 52 };

/** @param {number} share */
const x = (share) => EDGE.left + share * (SIZE - EDGE.left - EDGE.right);
/** @param {number} share */
const y = (share) => SIZE - EDGE.bottom - share * (SIZE - EDGE.top - EDGE.bottom);

/**
 * A dot per tenth, as large as there are beliefs in it.
 * @param {BeliefRow[]} rows of one facet
 * @param {string} name
 */
export function reliabilityPlot(rows, name) {
  const ends = [0, 0.5, 1].flatMap((share) => [
    s("path", { d: `M${x(0)} ${y(share)}H${x(1)}M${x(share)} ${y(0)}V${y(1)}`, class: "plot-grid" }),
    text(percent(share), { x: x(0) - 9, y: y(share) + 5, class: "plot-text end" }),
    text(percent(share), { x: x(share), y: SIZE - EDGE.bottom + 20,
      class: "plot-text middle" })]);
  const dots = rows.map(({ said, right, beliefs }) => {
    const dot = s("circle", { cx: x(said), cy: y(right), r: 3 + Math.sqrt(beliefs),
      class: "plot-dot" });
    const title = s("title");
    title.textContent = t("judged.dot", { said: number(100 * said), right: number(100 * right),
      beliefs: number(beliefs) });
    dot.append(title);
    return dot;
  });
  return h("figure.plotted", {}, h("figcaption", { text: t("judged.axis.right") }),
    s("svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, class: "plot square line-0", role: "img",
      "aria-label": t("judged.reliabilityPlot", { name }) }, ...ends,
    s("path", { d: `M${x(0)} ${y(0)}L${x(1)} ${y(1)}`, class: "plot-honest" }),
    text(t("judged.axis.shown"), { x: x(0.5), y: SIZE - 8, class: "plot-text middle" }), ...dots));
}
