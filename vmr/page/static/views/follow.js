// From a link to what the page shows: at the start, and when the person goes back or forward.

import { showError } from "../core/failure.js";
/** @import { Failure } from "../core/failure.js" */
/** @import { Link } from "../core/types.js" */
/** @import { Page } from "./page.js" */

/**
 * @param {Page} page
 * @param {Link | null} link null: the empty page
 */
export async function follow(page, link) {
  const { store, bond, intake } = page;
  const tab = link?.tab ?? "match";
  store.set({ tab: page.views.some(({ id }) => id === `view-${tab}`) ? tab : "match" });
  try {
    if (link?.project && link.project !== store.get("project")) await bond.open(link.project);
    else if (!link?.project && store.get("project")) bond.close();
    if (!link?.isRanking) return store.get("phase") === "empty" ? undefined : intake.forget(false);
    if (link.sha256 && bond.has(link.sha256)) return await bond.show(link.sha256, link);
  } catch (error) {
    return showError(page.error, /** @type {Failure} */ (error));
  }
  return intake.restore(link);
}
