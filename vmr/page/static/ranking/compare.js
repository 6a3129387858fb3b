// Three rankings side by side: as it feels, both, by label. The same tracks are joined by the eye:
// pointing at one marks it in every column.

import { endText } from "../core/chosen.js";
import { clear, h, setIcon } from "../core/dom.js";
import { number, t } from "../core/i18n.js";
import { kendall } from "./kendall.js";
/** @import { Store } from "../core/store.js" */
/** @import { PageState } from "../core/types.js" */
/** @import { Ranking } from "./ranking.js" */

const SHOWN = 8;
const ROOM = 26; // letters of the chosen labels in a column's head
/** @type {[alpha: number, key: string][]} */
const COLUMNS = [[0, "slider.feels"], [0.5, "preset.both"], [1, "compare.label"]];

export class Compare {
  /**
   * @param {Store<PageState>} store
   * @param {Ranking} ranking
   * @param {(i: number) => void} play
   */
  constructor(store, ranking, play) {
    this.store = store;
    this.ranking = ranking;
    this.play = play;
    this.columns = h("div.compare-columns");
    this.tau = h("p.compare-tau");
    this.node = h("div.compare", { hidden: true }, this.columns, this.tau);
    store.on("comparing found choices current playing lang", () => this.draw());
  }

  draw() {
    const open = this.store.get("comparing");
    this.node.hidden = !open;
    if (!open || !this.ranking.ranker) return;
    /** @type {[string, import("../core/types.js").Choices]} */
    const end = [this.store.get("facet"), this.store.get("choices")];
    const orders = COLUMNS.map(([alpha]) => this.ranking.ordered(alpha).order);
    clear(this.columns).append(...COLUMNS.map(([alpha, key], c) =>
      this.#column(alpha, [ROOM, Infinity].map((room) => t(key, { facet: endText(...end, room) })),
        orders[c])));
    this.tau.textContent = t("compare.tau", { tau: number(kendall(orders[0], orders[2]), 2) });
  }

  /**
   * @param {number} alpha
   * @param {string[]} title short and whole
   * @param {number[]} ranked
   */
  #column(alpha, [title, whole], ranked) {
    const head = h("button.compare-head", { type: "button", title: whole, onclick: () => {
      this.store.set({ restBefore: {} });
      this.store.set({ alpha, weights: null, comparing: false });
    } }, h("b", { text: title }), h("span", { text: number(alpha, 1) }));
    const rows = ranked.slice(0, SHOWN).map((i, place) => {
      const track = this.ranking.tracks[i];
      const on = this.store.get("current") === i;
      const playing = on && this.store.get("playing");
      const play = h("button.play", { type: "button", disabled: !track.audio,
        "aria-label": t(playing ? "row.pause" : "row.play", { title: track.title }),
        onclick: () => this.play(i) });
      setIcon(play, playing ? "pause" : "play");
      const node = h("li.compare-row", { onpointerenter: () => this.#mark(i),
        onpointerleave: () => this.#mark(null) }, h("b", { text: place + 1 }), play,
      h("span.title", { text: track.title, title: track.title }));
      node.dataset.item = String(i);
      node.classList.toggle("selected", on);
      return node;
    });
    return h("section.compare-column", {}, head, h("ol", {}, ...rows));
  }

  /** @param {number | null} item */
  #mark(item) {
    for (const row of this.columns.querySelectorAll("li")) {
      row.classList.toggle("marked", item !== null && Number(row.dataset.item) === item);
    }
  }
}
