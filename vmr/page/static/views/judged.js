// What was measured on clips that people judged: the figures beside what needs no skill, the slider,
// how reliable the beliefs are, and which labels were right. Every number can be taken as CSV.

import { h } from "../core/dom.js";
import { label, number, says, t } from "../core/i18n.js";
import { csvButton } from "./csv.js";
import { reliabilityPlot } from "./reliability_plot.js";
import { strip, stripLegend } from "./strip.js";
import { shownAlpha } from "./sweep.js";
import { sweepPlot } from "./sweep_plot.js";
/** @import { Figure, JudgedSet, LabelRow } from "../core/types.js" */

const KNOWN = ["chosen", "held out"]; // names of sets that are explained
const FIRST = ["energy", "fits", "wrong"]; // measures that stand above the fold

/** @param {string} name */
export const setName = (name) => KNOWN.includes(name) ? t(`judged.set.${name.replace(" ", "_")}`) : name;

/** @param {Figure} figure */
export function figureName({ measure, catalog, alpha, facet, withheld }) {
  const place = [catalog, alpha !== null && t("judged.alpha", { alpha: shownAlpha(alpha) }),
    facet && label("facet", facet), withheld && t("judged.withheld")].filter(Boolean);
  return t("judged.figure", { place: place.join(t("comma")) || t("judged.believed"),
    measure: t(`measure.${measure}`) });
}

export class Judged {
  /** @type {JudgedSet[]} */ sets = [];
  fingerprint = "";
  file = "";
  chosen = 0;

  constructor() {
    this.node = h("div.judged");
    this.beliefs = h("div.beliefs");
  }

  /**
   * @param {JudgedSet[]} sets
   * @param {{ name: string, fingerprint: string }} checkpoint
   */
  show(sets, { name, fingerprint }) {
    this.sets = sets;
    this.fingerprint = fingerprint;
    this.file = name;
    this.chosen = Math.max(0, sets.findIndex((set) => set.name === "held out"));
    this.draw();
  }

  draw() {
    const set = this.sets[this.chosen];
    const none = () => h("p.soft", { text: t("judged.none", { name: this.file }) });
    this.node.replaceChildren(...(set ? this.#figures(set) : [none()]));
    this.beliefs.replaceChildren(...(set ? beliefs(set) : [none()]));
  }

  /** @param {JudgedSet} set */
  #figures(set) {
    const main = set.figures.filter(({ measure, alpha, withheld, facet }) =>
      FIRST.includes(measure) && !withheld && (measure === "energy" ? alpha === 0
        || (alpha === 0.5 && facet === "mood") : alpha === 1 || (alpha === 0.5 && facet === "mood")));
    const catalogs = [...new Set(main.map(({ catalog }) => catalog))];
    return [this.#which(),
      h("p.soft", { text: t("judged.lead", { clips: number(set.clips),
        how: KNOWN.includes(set.name) ? t(`judged.how.${set.name.replace(" ", "_")}`) : "" }) }),
      ...(set.checkpoint === this.fingerprint ? []
        : [h("p.warning", { text: t("judged.other", { name: this.file }) })]),
      stripLegend(),
      h("div.judged-catalogs", {}, ...catalogs.map((catalog) => h("section", {},
        h("h4", { text: catalog }),
        ...main.filter((figure) => figure.catalog === catalog).map((figure) =>
          strip(figure, figureName({ ...figure, catalog: "" }))),
        overAlpha(set.figures.filter((figure) => figure.catalog === catalog), catalog)))),
      h("details", {}, h("summary", says("judged.all")), allFigures(set.figures)),
      h("p", {}, csvButton(`figures-${set.name}.csv`, set.figures))];
  }

  #which() {
    return h("div.segmented.small", { role: "group", "aria-label": t("judged.which") },
      ...this.sets.map(({ name }, i) => h("button", { type: "button", text: setName(name),
        "aria-pressed": String(i === this.chosen), onclick: () => {
          this.chosen = i;
          this.draw();
        } })));
  }
}

/**
 * What fits, and the energy, over the slider.
 * @param {Figure[]} figures of one catalog
 * @param {string} catalog
 */
function overAlpha(figures, catalog) {
  const of = figures.filter(({ alpha, withheld }) => alpha !== null && !withheld);
  const facets = [...new Set(of.filter(({ measure }) => measure === "fits").map(({ facet }) => facet))];
  const lines = facets.map((facet) => line(t("judged.fits", { facet: label("facet", facet) }),
    of.filter((figure) => figure.measure === "fits" && figure.facet === facet)));
  const path = facets.includes("mood") ? "mood" : facets[0];
  lines.push(line(t("judged.energy"), of.filter(({ measure, facet, alpha }) => measure === "energy"
    && (facet === path || alpha === 0))));
  return sweepPlot(lines.filter(({ points }) => points.length > 1),
    t("judged.plot", { name: catalog }));
}

/**
 * @param {string} name
 * @param {Figure[]} figures
 */
function line(name, figures) {
  return {
    name,
    points: figures.map(({ alpha, value }) => [Number(alpha), value]),
    band: figures.map(({ alpha, low, high }) => [Number(alpha), low ?? 0, high ?? 0]),
    chance: figures[0]?.chance ?? null,
  };
}

/** @param {Figure[]} figures */
function allFigures(figures) {
  /** @param {number | null} value */
  const cell = (value) => (value === null ? "" : number(value, 2));
  return h("div.table-scroll", { tabIndex: 0 }, h("table.numbers.fitted", {},
    h("thead", {}, h("tr", {}, h("th"), ...["value", "interval", "chance", "fixed", "shuffled"].map(
      (column) => h(`th.${column}`, { scope: "col", ...says(`judged.${column}`) })))),
    h("tbody", {}, ...figures.map((figure) => h("tr", {},
      h("th", { scope: "row", text: figureName(figure) }), h("td.value", { text: cell(figure.value) }),
      h("td.interval", { text: figure.low === null ? ""
        : t("judged.span", { low: cell(figure.low), high: cell(figure.high) }) }),
      h("td.chance", { text: cell(figure.chance) }), h("td.fixed", { text: cell(figure.fixed) }),
      h("td.shuffled", { text: cell(figure.shuffled) }))))));
}

/**
 * How reliable the beliefs are, and which labels were right.
 * @param {JudgedSet} set
 */
function beliefs({ name, beliefs: rows, labels }) {
  const facets = [...new Set(labels.map(({ facet }) => facet))];
  return [h("p.soft", says("judged.reliable")),
    h("div.belief-facets", {}, ...facets.map((facet) => h("section", {},
      h("h4", { text: label("facet", facet) }),
      rows.some((row) => row.facet === facet)
        ? reliabilityPlot(rows.filter((row) => row.facet === facet), label("facet", facet)) : null,
      strengths(labels.filter((row) => row.facet === facet))))),
    h("p.buttons", {}, csvButton(`beliefs-${name}.csv`, rows), csvButton(`labels-${name}.csv`, labels))];
}

/** @param {LabelRow[]} rows */
function strengths(rows) {
  const shown = rows.filter(({ chosen, fitting }) => chosen + fitting > 0)
    .toSorted((a, b) => b.chosen - a.chosen || b.fitting - a.fitting);
  return h("ul.strengths", {}, ...shown.map(({ facet, label: name, chosen, right, fitting }) =>
    h("li", {}, h("span", { text: label(facet, name) }),
      h("span.strength", { "aria-hidden": "true" },
        h("i", { style: `transform: scaleX(${chosen ? (right / chosen).toFixed(3) : 0})` })),
      h("b", { text: chosen ? t("judged.right", { right: number(right), chosen: number(chosen) })
        : t("judged.never") }),
      h("small.soft", { text: t("judged.fitting", { fitting: number(fitting) }) }))));
}
