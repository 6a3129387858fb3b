// What a report of metrics.json holds: figures of every alpha and class beside their bounds.

import { number, percent } from "../core/i18n.js";

export const BOUNDS = ["chance", "cca", "ceiling"]; // what needs no skill, no network, no mistake

/**
 * A bound of a metric (one of BOUNDS): one number for both directions, or one for each.
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
export const isShare = (metric) => /^[RP]@/.test(metric);

/**
 * @param {string} metric
 * @param {unknown} value
 */
export function shown(metric, value) {
  if (typeof value !== "number") return "–";
  if (isShare(metric)) return percent(value, 1);
  return number(value, metric === "MedR" ? 1 : 3);
}

/** One row of a sweep: alpha, and the figures of each direction.
 * @typedef {{ alpha: number, [direction: string]: any }} SweepRow
 */

/** A report of metrics.json; chance and ceiling stand beside what is named here.
 * @typedef {{ sweep: SweepRow[], split?: string, pool?: number, facet?: string,
 *   [bound: string]: any }} Report
 */

/** Figures of one class; cca: null for a checkpoint without linear maps.
 * @typedef {{ class: string, pairs: number, chance: number, cca?: number | null,
 *   "P@10": Record<string, number> }} OfClass
 */

/**
 * Every figure of the reports: of each alpha and bound, then of each class; intervals as columns.
 * @param {Report[]} reports
 * @returns {Record<string, unknown>[]}
 */
export function rowsOf(reports) {
  return reports.flatMap((report) => Object.keys(report.sweep[0] ?? {})
    .filter((name) => name !== "alpha").flatMap((direction) => {
      const of = { split: report.split, facet: report.facet, direction };
      const bounds = BOUNDS.flatMap((bound) => {
        const found = report[bound]?.[direction] ?? report[bound];
        return Object.keys(found ?? {}).length ? [{ ...of, row: bound, ...found }] : [];
      });
      const alphas = report.sweep.map((point) => ({ ...of, row: `alpha ${point.alpha}`,
        ...flat(point[direction]) }));
      /** @type {OfClass[]} */
      const classes = report.per_class?.[direction] ?? [];
      return [...bounds, ...alphas, ...classes.flatMap((found) => [
        ...Object.entries(found["P@10"]).map(([alpha, value]) => [`alpha ${alpha}`, value]),
        ["chance", found.chance], ["cca", found.cca ?? null]].map(([row, value]) =>
        ({ ...of, row, class: found.class, pairs: found.pairs, "P@10": value })))];
    }));
}

/**
 * Figures of a row, its intervals as two columns each.
 * @param {Record<string, any>} row
 */
function flat(row) {
  const figures = Object.fromEntries(metricsOf(row).map((metric) => [metric, row[metric]]));
  for (const [metric, [low, high]] of Object.entries(row.interval ?? {})) {
    figures[`${metric} low`] = low;
    figures[`${metric} high`] = high;
  }
  return figures;
}
