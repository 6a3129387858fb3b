// What was measured on clips that people judged: the figures beside what needs no skill, the slider,
// how reliable the beliefs are, and which labels were right. Every number can be taken as CSV.

import { h } from "../core/dom.js";
import { label, number, says, t } from "../core/i18n.js";
import { beliefs } from "./beliefs.js";
import { csvButton } from "./csv.js";
import { strip, stripLegend } from "./strip.js";
import { shownAlpha, sweepPlot } from "./sweep_plot.js";
/** @import { Figure, JudgedSet } from "../core/types.js" */

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
  fittedOn = 0; // clips that the probabilities of beliefs were fitted on

  constructor() {
    this.node = h("div.judged");
    this.beliefs = h("div.beliefs");
  }

  /**
   * @param {JudgedSet[]} sets
   * @param {{ name: string, fingerprint: string }} checkpoint
   * @param {number} fittedOn
   */
  show(sets, { name, fingerprint }, fittedOn) {
    // first the set that nothing was chosen on
    this.sets = sets.toSorted((a, b) => Number(b.name === "held out") - Number(a.name === "held out"));
    this.fittedOn = fittedOn;
    this.fingerprint = fingerprint;
    this.file = name;
    this.chosen = 0;
    this.draw();
  }

  draw() {
    const set = this.sets[this.chosen];
    const none = () => h("p.soft", { text: t("judged.none", { name: this.file }) });
    this.node.replaceChildren(...(set ? this.#figures(set) : [none()]));
    this.beliefs.replaceChildren(...(set ? beliefs(set, this.#fitted()) : [none()]));
  }

  /** On what the probabilities were fitted: where that is as many as all sets have, on these too. */
  #fitted() {
    if (!this.fittedOn) return "";
    const all = this.sets.reduce((sum, { clips }) => sum + clips, 0);
    return t(all === this.fittedOn ? "judged.fitted.these" : "judged.fitted.some",
      { clips: number(this.fittedOn) });
  }

  /** @param {JudgedSet} set */
  #figures(set) {
    const main = set.figures.filter(({ measure, alpha, withheld, facet }) =>
      FIRST.includes(measure) && !withheld && (measure === "energy" ? alpha === 0
        || (alpha === 0.5 && facet === "mood") : alpha === 1 || (alpha === 0.5 && facet === "mood")));
    const catalogs = [...new Set(main.map(({ catalog }) => catalog))];
    return [this.#which(),
      h("p.soft", { text: t("judged.lead", { clips: number(set.clips), fitted: this.#fitted(),
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
    t("judged.plot", { name: catalog }), { axis: t("judged.axis.fits"), percent: false });
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
  /** @param {Figure} figure */
  const cells = ({ value, low, high, chance, fixed, shuffled }) => ({ value: cell(value),
    interval: low === null ? "" : t("judged.span", { low: cell(low), high: cell(high) }),
    chance: cell(chance), fixed: cell(fixed), shuffled: cell(shuffled) });
  return h("table.numbers.fitted.stacks", {},
    h("thead", {}, h("tr", {}, h("th"), ...["value", "interval", "chance", "fixed", "shuffled"].map(
      (column) => h("th", { scope: "col", ...says(`judged.${column}`) })))),
    h("tbody", {}, ...figures.map((figure) => h("tr", {},
      h("th", { scope: "row", text: figureName(figure) }),
      ...Object.entries(cells(figure)).map(([column, text]) =>
        h("td", { "data-head": t(`judged.${column}`), text }))))));
}
