// What the keys do, on `?`.

import { h } from "../core/dom.js";
import { says, t } from "../core/i18n.js";
import { showError } from "../core/failure.js";
import { later } from "../core/later.js";
import { openDialog } from "../core/menu.js";
import { PageError } from "../core/server.js";

const KEYS = [["Space", "help.play"], ["↑ ↓", "help.walk"], ["← →", "help.slide"], ["X", "help.swap"],
  ["S", "help.keep"], ["[ ]", "help.videos"], ["Esc", "help.close"], ["?", "help.open"]];

/**
 * @param {HTMLElement} root
 * @param {HTMLElement} box for what goes wrong
 */
export function openHelp(root, box) {
  const dialog = openDialog(root, t("help.title"), h("dl.help", {}, ...KEYS.flatMap(([key, does]) =>
    [h("dt", {}, h("kbd", { text: key })), h("dd", says(does))])),
  guideButton(root, box, () => dialog.close()));
}

/**
 * @param {HTMLElement} root
 * @param {HTMLElement} box
 * @param {() => void} [first]
 */
export const guideButton = (root, box, first = () => {}) =>
  h("button.link.guide-open", { type: "button", ...says("help.guide"), onclick: async () => {
    first();
    try {
      const { openGuide } = await later(() => import("./guide.js"), "views/dialogs.css");
      await openGuide(root);
    } catch {
      showError(box, new PageError("", "error.gone"));
    }
  } });
