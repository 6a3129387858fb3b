// What went wrong, in words.

import { clear, h, icon } from "./dom.js";
import { named, says, t } from "./i18n.js";

/** What went wrong; `again` tries once more what failed.
 * @typedef {{ message: string, key?: string | null, again?: () => unknown }} Failure
 */

/**
 * The sentence of an error: of the page's own texts where it names one, else the error's.
 * @param {Failure} error
 */
export const failureText = (error) =>
  error.key ? t(error.key) : error.message || t("error.server");

/**
 * Say it in a box that the person can close.
 * @param {HTMLElement} box
 * @param {Failure} error
 */
export function showError(box, error) {
  clear(box).append(h("p", { text: failureText(error) }),
    h("button.link", { type: "button", ...says("again"), onclick: error.again,
      hidden: !error.again || error.key !== "error.gone" }),
    h("button.tool", { type: "button", ...named("dialog.close"), onclick: () => (box.hidden = true) },
      icon("close")));
  box.hidden = false;
}
