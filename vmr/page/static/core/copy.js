// Text onto the clipboard, of a page over plain HTTP too, where browsers have no navigator.clipboard.

import { h } from "./dom.js";

/**
 * @param {string} text
 * @returns {Promise<boolean>} whether it is there now
 */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch { /* not offered, or not allowed */ }
  const focused = /** @type {HTMLElement | null} */ (document.activeElement);
  const field = h("textarea.visually-hidden", { value: text, readOnly: true });
  (document.querySelector("dialog[open]") ?? document.body).append(field); // the rest is inert behind it
  field.select();
  try {
    return document.execCommand("copy");
  } catch {
    return false;
  } finally {
    field.remove();
    focused?.focus();
  }
}
