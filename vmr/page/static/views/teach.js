// Teaching the model what was labelled: run, what got better, use it or go back.

import { h } from "../core/dom.js";
import { says } from "../core/i18n.js";
/** @import { Failure } from "../core/failure.js" */
/** @import { Page } from "./page.js" */

export class Teach {
  /**
   * @param {Page} page
   * @param {(error: Failure) => void} fail
   * @param {() => void} taught
   */
  constructor(page, fail, taught) {
    this.page = page;
    this.fail = fail;
    this.taught = taught;
    this.node = h("div.teach", {}, h("p.soft", says("teach.lead")));
  }

  open() {}

  draw() {}
}
