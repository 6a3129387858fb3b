// What everything is made of: checkpoint, encoders, catalogs with their licences, library.

import { h } from "../core/dom.js";
import { number, says, sentence, t } from "../core/i18n.js";
/** @import { EvidenceReport } from "../core/types.js" */

/**
 * The nodes of the section.
 * @param {EvidenceReport} report
 */
export function madeOf({ checkpoint, encoders, licences, config, metadata, notices, library }) {
  return [
    h("h4", says("evidence.checkpoint")), pairs([
      [t("evidence.file"), checkpoint.name], [t("evidence.fingerprint"), checkpoint.fingerprint],
      [t("evidence.branches"), checkpoint.branches.join(t("comma"))],
      [t("evidence.fusion"), checkpoint.fusion]]),
    h("h4", says("evidence.encoders")), pairs(encoders.map(({ id, licence, commercial }) =>
      [id, `${licence} ${t(commercial ? "evidence.commercial" : "evidence.noncommercial")}`])),
    h("h4", says("evidence.catalogs")), pairs(licences.map(({ name, licences: counts }) => [name,
      counts.map(([licence, count]) => t("evidence.licence", { licence, count: number(count) }))
        .join(t("comma"))])),
    ...notices.map((notice) => h("p.warning", { text: sentence(notice) })),
    h("h4", says("evidence.library")), h("p", { text: library.videos
      ? t("reverse.library", { name: library.name, count: number(library.videos) })
      : t("evidence.nolibrary") }),
    fold("evidence.config", config), fold("evidence.training", opened(metadata))];
}

/** @param {string[][]} entries */
const pairs = (entries) => h("dl.facts-list", {}, ...entries.flatMap(([name, value]) =>
  [h("dt", { text: name }), h("dd", { text: value })]));

/**
 * @param {string} key
 * @param {unknown} value
 */
const fold = (key, value) => h("details", {}, h("summary", says(key)),
  h("pre", { text: JSON.stringify(value, null, 1), tabIndex: 0 }));

/**
 * Header values that are JSON, opened.
 * @param {Record<string, string>} metadata
 */
function opened(metadata) {
  return Object.fromEntries(Object.entries(metadata).map(([key, value]) => {
    try {
      return [key, JSON.parse(value)];
    } catch {
      return [key, value];
    }
  }));
}
