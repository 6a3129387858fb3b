// The best start is fetched with its looks when it is first asked for.

import { showError } from "../core/failure.js";
import { later } from "../core/later.js";
/** @import { Failure } from "../core/failure.js" */
/** @import { Page } from "./page.js" */

/**
 * What opens and closes it on a page.
 * @param {Page} page
 */
export function bestStartOf(page) {
  /** @type {import("./best_start.js").BestStart | null} */
  let made = null;
  return async () => {
    try {
      const { BestStart } = await later(() => import("./best_start.js"), "playing/starts.css");
      made ??= new BestStart(page);
      await made.toggle();
    } catch (error) {
      showError(page.error, /** @type {Failure} */ (error));
    }
  };
}
