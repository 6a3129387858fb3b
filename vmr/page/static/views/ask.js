// A question with a few answers, one of them to leave it.

import { h } from "../core/dom.js";
import { says } from "../core/i18n.js";
import { openDialog } from "../core/menu.js";

/**
 * What may be answered; `text` is shown as it is, such as a file's name, else the text of `key`.
 * @template T
 * @typedef {{ value: T, key?: string, text?: string }} Answer
 */

/**
 * The value of the answer that was chosen, or null.
 * @template T
 * @param {HTMLElement} root
 * @param {string} question
 * @param {Answer<T>[]} answers
 * @returns {Promise<T | null>}
 */
export function ask(root, question, answers) {
  return new Promise((resolve) => {
    const choose = (/** @type {T} */ value) => {
      resolve(value);
      dialog.close();
    };
    const buttons = answers.map(({ value, key, text }) => h("button.choose", { type: "button",
      ...(key ? says(key) : { text }), onclick: () => choose(value) }));
    const dialog = openDialog(root, question, h("div.ask", {}, ...buttons));
    dialog.addEventListener("close", () => resolve(null)); // after an answer this changes nothing
    buttons[0]?.focus();
  });
}
