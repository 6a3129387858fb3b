// How reliable the beliefs are: the probability that is shown against what was right, how far the two
// are apart with curves that did not see the clip's group, and which labels were right.

import { h } from "../core/dom.js";
import { label, number, says, t } from "../core/i18n.js";
import { csvButton } from "./csv.js";
import { reliabilityPlot } from "./reliability_plot.js";
import { strip } from "./strip.js";
/** @import { JudgedSet, LabelRow } from "../core/types.js" */

const OF_BELIEFS = ["likeliest", "calibration", "calibration_elsewhere"]; // measures

/**
 * The nodes of the section.
 * @param {JudgedSet} set
 * @param {string} fitted on what the probabilities were fitted; empty where there are none
 */
export function beliefs({ name, beliefs: rows, labels, figures }, fitted) {
  const facets = [...new Set(labels.map(({ facet }) => facet))];
  return [h("p.soft", says("judged.reliable")),
    fitted ? h("p", { text: t("judged.honest", { fitted }) }) : "",
    h("div.belief-facets", {}, ...facets.map((facet) => h("section", {},
      h("h4", { text: label("facet", facet) }),
      rows.some((row) => row.facet === facet)
        ? reliabilityPlot(rows.filter((row) => row.facet === facet), label("facet", facet)) : null,
      ...figures.filter((figure) => figure.facet === facet && OF_BELIEFS.includes(figure.measure))
        .map((figure) => strip(figure, t(`measure.${figure.measure}`))),
      strengths(labels.filter((row) => row.facet === facet))))),
    h("p.buttons", {}, csvButton(`beliefs-${name}.csv`, rows), csvButton(`labels-${name}.csv`, labels))];
}

/** @param {LabelRow[]} rows */
function strengths(rows) {
  const shown = rows.filter(({ chosen, fitting }) => chosen + fitting > 0)
    .toSorted((a, b) => b.chosen - a.chosen || b.fitting - a.fitting);
  return h("table.numbers.strengths", {},
    h("thead", {}, h("tr", {}, ...["label", "right", "fitting"].map((column) =>
      h("th", { scope: "col", colSpan: column === "right" ? 2 : 1, ...says(`judged.of.${column}`) })))),
    h("tbody", {}, ...shown.map(({ facet, label: name, chosen, right, fitting }) => h("tr", {},
      h("th", { scope: "row", text: label(facet, name) }),
      h("td", {}, h("span.strength", { "aria-hidden": "true" }, chosen
        ? h("i", { style: `transform: scaleX(${(right / chosen).toFixed(3)})` }) : null)),
      chosen ? h("td", { text: t("judged.right", { right: number(right), chosen: number(chosen) }) })
        : h("td.soft", says("judged.never")),
      h("td", { text: number(fitting) })))));
}
