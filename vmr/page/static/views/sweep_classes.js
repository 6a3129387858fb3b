// P@10 of every class, beside chance and the formula that needs no network.

import { h } from "../core/dom.js";
import { label, number, says, t } from "../core/i18n.js";
import { shownAlpha } from "./sweep_plot.js";
import { shown } from "./sweep_report.js";
/** @import { OfClass, Report } from "./sweep_report.js" */

/**
 * P@10 of every class beside chance and CCA; nothing where it was not measured.
 * @param {Report} report
 * @param {string} direction
 */
export function byClass(report, direction) {
  /** @type {OfClass[]} */
  const rows = report.per_class?.[direction] ?? [];
  if (!rows.length) return [];
  const alphas = Object.keys(rows[0]["P@10"]);
  const heads = [t("sweep.pairs"), t("sweep.chance"), t("sweep.cca"),
    ...alphas.map((alpha) => t("judged.alpha", { alpha: shownAlpha(Number(alpha)) }))];
  /** @param {OfClass} row */
  const cells = (row) => [number(row.pairs), ...[row.chance, row.cca,
    ...alphas.map((alpha) => row["P@10"][alpha])].map((value) => shown("P@10", value))];
  return [h("h4", says("sweep.classes")), h("table.numbers.fitted.stacks", {},
    h("thead", {}, h("tr", {}, ...[t("sweep.class"), ...heads].map((text) =>
      h("th", { scope: "col", text })))),
    h("tbody", {}, ...rows.map((row) => h("tr", {},
      h("th", { scope: "row", text: label(report.facet ?? "", row.class) }),
      ...cells(row).map((text, i) => h("td", { "data-head": heads[i], text }))))))];
}
