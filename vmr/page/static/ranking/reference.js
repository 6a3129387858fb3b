// A reference beside the video: a track of the catalog ("more like this") or one's own file. A second
// slider says how much it counts; the algebra is the same, so moving it asks nobody either.

import { h, icon, setAt } from "../core/dom.js";
import { named, number, says, t } from "../core/i18n.js";
/** @import { Store } from "../core/store.js" */
/** @import { Callback, RankingState } from "../core/types.js" */

export class Reference {
  /**
   * @param {Store<RankingState>} store
   * @param {HTMLElement} choose
   * @param {Callback} remove
   */
  constructor(store, choose, remove) {
    this.store = store;
    this.name = h("b.reference-name");
    /** @type {HTMLInputElement} */
    this.input = h("input", { type: "range", min: 0, max: 1, step: "any", id: "blend",
      ...named("reference.slider"), oninput: () => store.set({ blend: this.input.valueAsNumber }) });
    this.value = h("output", { htmlFor: "blend" });
    this.slider = h("div.reference-slider", {}, h("span", says("reference.video")), this.input,
      h("span.reference-end", {}, this.name), this.value,
      h("button.tool", { type: "button", ...named("reference.remove"), onclick: remove },
        icon("close")));
    this.choose = choose;
    this.node = h("section.reference", { ...named("reference.title"), hidden: true }, this.slider);
    store.on("payload blend lang", () => this.draw());
  }

  draw() {
    const reference = this.store.get("payload")?.reference;
    this.node.hidden = !reference;
    this.choose.hidden = Boolean(reference);
    if (!reference) return;
    const blend = this.store.get("blend");
    this.name.textContent = t("reference.like", { name: reference.name });
    this.input.value = String(blend);
    setAt(this.input, blend);
    this.value.textContent = number(blend, 2);
  }
}
