// What the menu of a row offers.

import { keyOf } from "../core/track.js";
import { openDetails } from "./details.js";
/** @import { Page } from "./page.js" */

/**
 * The items of the row of track i, for Menu.open.
 * @param {Page} page
 * @param {number} i
 */
export function rowItems(page, i) {
  const { store } = page;
  const track = page.ranking.tracks[i];
  return [
    { key: "row.like", disabled: store.get("payload")?.query.modality === "text",
      run: () => page.intake.like(track) },
    { key: "row.not", run: () =>
      store.set({ excluded: new Set([...store.get("excluded"), keyOf(track)]) }) },
    { key: "row.videos", disabled: page.boot.library.videos === 0, run: () => {
      store.set({ tab: "reverse" });
      page.reverse.take({ track });
    } },
    store.get("video") && { key: "row.download", disabled: !track.audio,
      run: () => page.download(i) },
    { key: "row.numbers", run: () => openDetails(page.root, page.ranking, i) },
    { key: "row.copy", run: () => navigator.clipboard?.writeText(track.attribution) },
  ];
}
