// What was just taken away, with a button that puts it back.

import { h } from "./dom.js";
import { says } from "./i18n.js";
/** @import { Callback } from "./types.js" */

const SHOWN_MS = 12_000;

export class Undo {
  timer = 0;
  text = h("span");
  /** @type {Callback} */ run = () => {};
  node = h("div.undo", { role: "status", hidden: true }, this.text,
    h("button.link", { type: "button", ...says("undo"), onclick: () => {
      this.hide();
      this.run();
    } }));

  /**
   * @param {string} text what was taken away
   * @param {Callback} run puts it back
   */
  offer(text, run) {
    this.text.textContent = text;
    this.run = run;
    this.node.hidden = false;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.hide(), SHOWN_MS);
  }

  hide() {
    this.node.hidden = true;
  }
}
