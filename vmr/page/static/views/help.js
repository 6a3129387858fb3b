// What the keys do, on `?`.

import { h } from "../core/dom.js";
import { says, t } from "../core/i18n.js";
import { openDialog } from "../core/menu.js";

const KEYS = [["Space", "help.play"], ["↑ ↓", "help.walk"], ["← →", "help.slide"], ["X", "help.swap"],
  ["S", "help.keep"], ["[ ]", "help.videos"], ["Esc", "help.close"], ["?", "help.open"]];

/** @param {HTMLElement} root */
export function openHelp(root) {
  openDialog(root, t("help.title"), h("dl.help", {}, ...KEYS.flatMap(([key, does]) =>
    [h("dt", {}, h("kbd", { text: key })), h("dd", says(does))])));
}
