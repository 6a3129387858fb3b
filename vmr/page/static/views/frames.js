// The frames that were looked at as a strip, each with what was seen in it; fetched when it is opened.

import { clear, clock, h } from "../core/dom.js";
import { says, t } from "../core/i18n.js";
import { conceptWord } from "./facts.js";
/** @import { Store } from "../core/store.js" */
/** @import { PageState, SeenFrame } from "../core/types.js" */

export class Frames {
  /** @type {{ key: string, address: string } | null} of the video that was sent last */
  kept = null;
  /** @type {string | null} the address that was asked for */
  asked = null;
  /** @type {SeenFrame[]} */
  frames = [];
  strip = h("ol.frames-strip");
  /** @type {HTMLDetailsElement} */
  node = h("details.frames", { hidden: true, ontoggle: () => this.#toggled() },
    h("summary", says("frames.title")), this.strip);

  /**
   * @param {Store<PageState>} store
   * @param {(time_s: number) => void} seek shows this moment of the video
   */
  constructor(store, seek) {
    this.store = store;
    this.seek = seek;
    store.on("payload", () => this.#answered());
    store.on("lang", () => this.#draw());
  }

  /** Only the answer to a video that was sent has them: later answers about it are shown with these. */
  #answered() {
    const payload = this.store.get("payload");
    if (!payload) return;
    const { query, frames } = payload;
    if (frames && frames !== this.kept?.address) {
      this.kept = { key: query.key, address: frames };
      this.frames = [];
      this.node.open = false;
      this.#draw();
    }
    // Where they are to come, their place is kept: nothing below moves when they do.
    this.node.classList.toggle("awaited", Boolean(payload.provisional));
    this.node.hidden = this.kept?.key !== query.key && !payload.provisional;
  }

  async #toggled() {
    const { kept } = this;
    if (!this.node.open || !kept || this.asked === kept.address) return;
    this.asked = kept.address;
    try {
      const answer = await fetch(new URL(kept.address, document.baseURI));
      if (!answer.ok) throw new Error(`${answer.status}`);
      const frames = await answer.json();
      if (this.kept !== kept) return; // another video came meanwhile
      this.frames = frames;
      this.#draw();
    } catch {
      this.asked = null;
      clear(this.strip).append(h("li.soft", says("frames.gone")));
    }
  }

  #draw() {
    clear(this.strip).append(...this.frames.map((frame) => {
      const words = frame.words.map(conceptWord).join(t("comma"));
      return h("li", {}, h("button.frame", { type: "button", onclick: () => this.seek(frame.time_s) },
        h("img", { src: frame.picture, alt: "" }),
        h("span.frame-time", { text: clock(frame.time_s) }),
        h("span.frame-words", { text: words || t("frames.nothing") })));
    }));
  }
}
