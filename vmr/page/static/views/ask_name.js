// A dialog that asks for the name of a new facet or label.

import { h } from "../core/dom.js";
import { says, t } from "../core/i18n.js";
import { openDialog } from "../core/menu.js";

/**
 * @param {string} key of the dialog's title
 * @param {(name: string) => void} take
 */
export function askName(key, take) {
  /** @type {HTMLInputElement} */
  const field = h("input.note-field", { maxLength: 40, required: true, "aria-label": t(key) });
  const dialog = openDialog(document.querySelector(".vmr") ?? document.body, t(key),
    h("form.label-form", { onsubmit: (event) => {
      event.preventDefault();
      const name = field.value.trim().replace(/\s+/g, " ");
      dialog.close();
      if (document.activeElement instanceof HTMLElement) document.activeElement.blur(); // Enter goes on
      if (name && !name.includes("|")) take(name);
    } }, field, h("button.choose.primary", { type: "submit", ...says("label.add") }),
    h("p.soft", says(`${key}.hint`))));
  field.focus();
}
