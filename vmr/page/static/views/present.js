// Presentation: the video large, the slider, five rows; everything else steps back.

import { later } from "../core/later.js";
/** @import { Store } from "../core/store.js" */
/** @import { PageState } from "../core/types.js" */

export class Presentation {
  /**
   * @param {HTMLElement} root
   * @param {Store<PageState>} store
   */
  constructor(root, store) {
    this.root = root;
    this.store = store;
    document.addEventListener("fullscreenchange", () => {
      if (!document.fullscreenElement) this.set(false);
    });
    addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.on) this.set(false);
    });
  }

  get on() {
    return this.root.classList.contains("presenting");
  }

  /**
   * Raises a PageError where its looks do not come.
   * @param {boolean} on
   */
  async set(on) {
    if (on === this.on) return;
    if (on) {
      // the button that began it would take the space key, which plays
      if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
      await later(async () => {}, "views/present.css");
    }
    this.root.classList.toggle("presenting", on);
    this.store.set({ presenting: on });
    if (on) this.root.requestFullscreen?.().catch(() => {}); // the view works without it
    else if (document.fullscreenElement) document.exitFullscreen();
  }
}
