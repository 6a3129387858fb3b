// What was labelled last, by whom and when; a click corrects it.

import { h } from "../core/dom.js";
import { label, language, says, t } from "../core/i18n.js";
/** @import { Recent } from "./label_queue.js" */

/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60]];

/**
 * "3 minutes ago"
 * @param {string} at
 * @param {number} [now] milliseconds
 */
export function ago(at, now = Date.now()) {
  const seconds = (now - Date.parse(at)) / 1000;
  const [unit, size] = UNITS.find(([, least]) => seconds >= least) ?? ["minute", 60];
  if (seconds < 60) return t("label.now");
  return new Intl.RelativeTimeFormat(language()).format(-Math.floor(seconds / size), unit);
}

/**
 * @param {{ facet: string, label: string, value: number }} one
 */
export const labelChip = ({ facet, label: name, value }) => h(`span.chip${value < 0 ? ".not" : ""}`, {
  text: value < 0 ? t("belief.not", { label: label(facet, name) }) : label(facet, name),
  title: label("facet", facet) });

/**
 * @param {Recent[]} recent
 * @param {(number: number) => void} open
 */
export function recentList(recent, open) {
  return [h("h3", says("label.recent")), recent.length
    ? h("ol.recent-rows", {}, ...recent.map(({ number, title, who, at, labels }) => h("li", {},
      h("button.recent-row", { type: "button", title: t("label.recent.open", { title }),
        onclick: () => open(number) },
      h("b", { text: title }), h("span.chips", {}, ...labels.map(labelChip)),
      h("small", { text: t("label.by", { who, when: ago(at) }) })))))
    : h("p.soft", says("label.recent.none"))];
}
