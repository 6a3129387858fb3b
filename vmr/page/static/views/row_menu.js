// What the menu of a row offers.

import { showError } from "../core/failure.js";
import { copied, later } from "../core/later.js";
import { filmTitle, keyOf } from "../core/track.js";
/** @import { Failure } from "../core/failure.js" */
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
    { key: "row.videos", run: () => page.late.reverseOf({ track }) },
    store.get("video") && { key: "row.download", disabled: !track.audio,
      run: () => download(page, i) },
    { key: "row.numbers", run: () => numbers(page, i) },
    { key: "row.copy", run: async () => {
      if (!await copied(track.attribution)) await numbers(page, i); // where it can be selected
    } },
  ];
}

/**
 * What stands behind the row.
 * @param {Page} page
 * @param {number} i
 */
async function numbers({ root, error: box, ranking }, i) {
  try {
    const { openDetails } = await later(() => import("./details.js"));
    openDetails(root, ranking, i);
  } catch (error) {
    showError(box, /** @type {Failure} */ (error));
  }
}

/**
 * The video with this track as an MP4.
 * @param {Page} page
 * @param {number} i
 */
async function download({ root, error: box, store, stage, ranking }, i) {
  const video = store.get("video");
  const track = ranking.tracks[i];
  stage.player.pause();
  if (!video) return;
  const film = filmTitle(video, store.get("payload")?.query.name);
  const wish = { video, film, track, choice: stage.starts.of(track), volumes: stage.volumes };
  try {
    const { openDownload } = await later(() => import("./download.js"), "views/dialogs.css");
    openDownload(root, wish);
  } catch (error) {
    showError(box, /** @type {Failure} */ (error));
  }
}
