// One video of the ranking: a poster that plays under the pointer, its rank, its two bars.

import { clock, h, icon, setIcon } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { drawBar, showScore } from "./row.js";
/** @import { RowActions, RowFacts, Shape, Video } from "../core/types.js" */

const HOVER_MS = 140; // a pointer that only passes starts nothing
const CAPTION = 54;
const LARGE_TYPE = 1.2; // the style sheet's, from 1700 pixels of the window
const GAP = 16;
const NARROWEST = 220;
const MOST = 4; // beside one another; on a wider screen the pictures grow

/** Cards beside one another, their height from their width: a picture of 16:9 and a caption. */
/** @type {Shape} */
export const CARDS = {
  make: (video, index, actions) => new Card(video, index, actions),
  measure: (node) => {
    const fitting = Math.floor(node.clientWidth / NARROWEST);
    const columns = Math.min(MOST, Math.max(node.clientWidth < 480 ? 2 : 1, fitting));
    const caption = innerWidth >= 1700 ? CAPTION * LARGE_TYPE : CAPTION;
    const height = ((node.clientWidth / columns - GAP) * 9) / 16 + caption + GAP;
    return { columns, height: node.clientWidth ? height : 0 };
  },
};

export class Card {
  waiting = 0;

  /**
   * @param {Video} video
   * @param {number} index
   * @param {RowActions} actions
   */
  constructor(video, index, actions) {
    this.video = video;
    this.index = index;
    /** @type {Partial<RowFacts>} */
    this.seen = {};
    this.rank = h("b.card-rank");
    this.mark = h("span.mark");
    this.film = h("video.card-film", { poster: video.poster, playsInline: true, preload: "none",
      loop: true, tabIndex: -1, "aria-hidden": "true" });
    this.film.muted = true;
    this.bars = h("div.bars", { "aria-hidden": "true" });
    this.score = h("b.score-number");
    this.icon = h("span.card-icon", {}, icon("play"));
    this.play = h("button.card-play", { type: "button", onclick: () => actions.play(index),
      onpointerenter: () => this.#hover(), onpointerleave: () => this.#leave(),
      onfocus: () => this.#hover(), onblur: () => this.#leave() },
    this.film, this.rank, this.icon,
    h("span.card-length", { text: clock(video.seconds) }));
    this.node = h("div.card", { role: "listitem" }, this.play,
      h("div.card-caption", {}, h("div.title", { text: video.title, title: video.title }), this.mark,
        h("div.score", {}, this.bars, this.score)));
    this.speak();
  }

  speak() {
    this.play.setAttribute("aria-label", t("card.play", { title: this.video.title }));
    this.play.disabled = !this.video.film;
    this.play.title = this.video.film ? "" : t("card.gone");
  }

  /** @param {RowFacts} options */
  show({ place, total, gained, score, fit, bars, selected, playing }) {
    const { node, seen } = this;
    if (seen.place !== place) {
      this.rank.textContent = String(place + 1);
      node.setAttribute("aria-posinset", String(place + 1));
      node.setAttribute("aria-setsize", String(total));
    }
    if (seen.gained !== gained) {
      this.mark.textContent = gained ? `${gained > 0 ? "▲" : "▼"}${Math.abs(gained)}` : "";
      this.mark.className = gained > 0 ? "mark up" : "mark";
    }
    if (seen.score !== score || seen.fit !== fit) showScore(this.score, score, fit);
    this.#showBars(bars);
    node.classList.toggle("selected", selected);
    node.classList.toggle("playing", playing);
    setIcon(this.icon, playing ? "pause" : "play");
    if (selected) node.setAttribute("aria-current", "true");
    else node.removeAttribute("aria-current");
    Object.assign(seen, { place, gained, score, fit });
  }

  drawWave() {} // a card has none; the list draws those of rows

  /** @param {RowFacts["bars"]} bars */
  #showBars(bars) {
    if (this.bars.childElementCount !== bars.length) {
      this.bars.replaceChildren(...bars.map(() => h("span.bar", {}, h("i"))));
    }
    bars.forEach(({ share, weight }, k) => {
      drawBar(this.bars.children[k], share, weight);
    });
  }

  #hover() {
    clearTimeout(this.waiting);
    const { film } = this.video;
    if (!film) return;
    this.waiting = setTimeout(() => {
      this.film.src ||= film;
      this.film.play().catch(() => {}); // left again before it could begin, or not playable
    }, HOVER_MS);
  }

  #leave() {
    clearTimeout(this.waiting);
    this.film.pause();
    if (!this.film.hasAttribute("src")) return;
    this.film.removeAttribute("src"); // back to the poster, and no stream stays open
    this.film.load();
  }
}
