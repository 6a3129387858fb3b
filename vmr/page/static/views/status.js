// The line at the foot: what is searched, what stays private, where the time went.

import { h } from "../core/dom.js";
import { number, says, sentence, t } from "../core/i18n.js";
import { copied } from "../core/later.js";
/** @import { CatalogInfo, FetchOffer, Payload } from "../core/types.js" */

/**
 * @param {HTMLElement} node
 * @param {{ catalogs: CatalogInfo[], fetch?: FetchOffer[], audit?: boolean, learn?: boolean }} boot
 * @param {Payload<any> | null} payload
 * @param {HTMLElement} [fetching] a button that fetches missing sound
 * @param {HTMLElement} [guide] a button that opens the guide
 */
export function drawStatus(node, { catalogs, fetch = [], audit, learn }, payload, fetching, guide) {
  const names = catalogs.map(({ name, tracks }) =>
    t("status.catalog", { name, count: number(tracks) }));
  const parts = [h("span", { text: names.join(t("comma")) }), h("span", says("status.private"))];
  if (audit) parts.push(h("span.logged", says("status.audit")));
  if (learn) parts.push(h("span.logged", { ...says("status.learn"), title: t("status.learn.what") }));
  if (payload) {
    const times = Object.entries(payload.query.timings_s);
    const total = times.reduce((sum, [, seconds]) => sum + seconds, 0);
    const detail = times.map(([stage, seconds]) => `${t(`time.${stage}`)} ${number(seconds, 1)}`);
    if (times.length) {
      parts.push(h("span", { text: t("status.time", { total: number(total, 1),
        detail: detail.join(t("comma")) }) }));
    }
  }
  if (payload) parts.push(h("span", {}, copyButton()));
  if (guide) parts.push(h("span", {}, guide));
  if (fetching && !fetching.hidden) parts.push(h("span", {}, fetching));
  for (const { name, notice } of catalogs) {
    const title = notice && sentence(notice); // cut off where the line is full; Evidence has it whole
    const offer = fetch.find((one) => one.name === name); // a button beside it mends it
    const text = offer ? t("fetch.missing", { name, count: number(offer.missing) }) : title;
    if (text) parts.push(h(offer ? "span.soft" : "span.warning", { text, title }));
  }
  node.replaceChildren(...parts);
}

/** The address holds the video's hash, the slider and the filters; it works on this server. */
function copyButton() {
  const button = h("button.link", { type: "button", ...says("status.link"), onclick: async () => {
    button.textContent = t(await copied(location.href) ? "status.copied" : "status.not_copied");
  } });
  return button;
}
