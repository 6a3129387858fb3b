// One figure as a line from 0 to 1: the value with its 95 % interval, chance, and the best fixed list.

import { h } from "../core/dom.js";
import { number, says, t } from "../core/i18n.js";
/** @import { Figure } from "../core/types.js" */

/** @param {number} share */
const at = (share) => `${(100 * Math.min(1, Math.max(0, share))).toFixed(1)}%`;

/**
 * @param {Figure} figure
 * @param {string} name
 */
export function strip({ value, low, high, chance, fixed }, name) {
  const said = [low !== null && high !== null
    ? t("judged.span", { low: number(low, 2), high: number(high, 2) }) : "",
  chance === null ? "" : `${t("judged.chance")} ${number(chance, 2)}`,
  fixed === null ? "" : `${t("judged.fixed")} ${number(fixed, 2)}`].filter(Boolean).join(t("comma"));
  return h("div.strip", { title: said }, h("span.strip-name", { text: name }),
    h("span.strip-line", { "aria-hidden": "true" },
      low === null || high === null ? null
        : h("i.strip-span", { style: `left: ${at(low)}; right: ${at(1 - high)}` }),
      chance === null ? null : h("i.strip-chance", { style: `left: ${at(chance)}` }),
      fixed === null ? null : h("i.strip-fixed", { style: `left: ${at(fixed)}` }),
      h("i.strip-dot", { style: `left: ${at(value)}` })),
    h("b", { text: number(value, 2) }), h("small.soft", { text: said }));
}

/** What the marks of a strip mean. */
export const stripLegend = () => h("ul.strip-legend", {},
  ...["dot", "span", "chance", "fixed"].map((mark) => h("li", {}, h(`i.strip-${mark}`),
    h("span", says(`judged.mark.${mark}`)))));
