// One row of the ranking. Built once per track; afterwards only what changed is written.

import { clock, h, icon, setIcon } from "../core/dom.js";
import { keyName, label, number, t } from "../core/i18n.js";
import { askedShort } from "./licence.js";
import { decodePeaks, drawWaveform } from "../core/waveform.js";
/** @import { RowActions, RowFacts, Track } from "../core/types.js" */

/**
 * One of the two thin bars: how long, how strong its branch counts.
 * @param {Element} bar
 * @param {number} share 0 to 1
 * @param {number} weight 0 to 1
 */
export function drawBar(bar, share, weight) {
  const { style } = /** @type {HTMLElement} */ (bar.firstElementChild);
  style.transform = `scaleX(${share})`;
  style.opacity = String(0.18 + 0.82 * weight);
}

/**
 * The share of random pairs that are worse, or the bare score where nobody measured them; without a
 * score how much of the words a track has.
 * @param {HTMLElement} node
 * @param {number | null} score
 * @param {number | null} fit
 */
export function showScore(node, score, fit) {
  node.textContent = fit === null ? number(score ?? 0, 2) : number(Math.floor(fit));
  node.title = fit === null ? "" : t(score === null ? "row.has" : "row.fit", { percent: number(fit, 1) });
}

export class Row {
  /**
   * @param {Track} track
   * @param {number} index
   * @param {RowActions} actions
   */
  constructor(track, index, actions) {
    this.track = track;
    this.index = index;
    this.peaks = decodePeaks(track.peaks);
    /** @type {Partial<RowFacts>} */
    this.seen = {};
    this.drawn = false;
    this.rank = h("b.rank-number");
    this.mark = h("span.mark");
    this.play = h("button.play", { type: "button", onclick: () => actions.play(this.index) });
    /** @type {HTMLCanvasElement} */
    this.wave = h("canvas.wave", { "aria-hidden": "true",
      onclick: (event) => actions.seek?.(this.index, event.offsetX / this.wave.clientWidth) });
    this.bars = h("div.bars", { "aria-hidden": "true" });
    this.score = h("b.score-number");
    this.use = h("button.use", { type: "button", onclick: () => actions.use?.(index) }, icon("note"));
    this.star = h("button.star", { type: "button",
      onclick: () => actions.keep?.(this.index) }, icon("star"));
    /** @type {HTMLButtonElement} */
    this.more = h("button.more", { type: "button", "aria-haspopup": "true",
      onclick: () => actions.more?.(this.index, this.more) }, icon("more"));
    this.chips = h("span.chips");
    this.why = h("div.row-why");
    this.asked = h("small.asked");
    this.lengthKey = h("small.length-key");
    this.who = h("div.who", { onclick: () => actions.select?.(this.index) },
      h("div.title", { text: track.title, title: track.title }));
    this.brought = h("b.drawn", { hidden: true });
    this.node = h("div.row", { role: "listitem" },
      h("div.rank", {}, this.rank, this.mark), this.play, this.wave,
      this.who,
      h("div.bpm", {}, track.bpm ? h("b", {}, number(track.bpm), h("small", { text: " BPM" })) : null,
        this.lengthKey),
      h("div.licence", { title: track.attribution }, track.licence, this.asked),
      h("div.score", {}, this.bars, this.score),
      h("div.row-actions", {}, this.use, this.star, this.more));
    this.who.append(h("div.meta", {}, this.brought, h("span.artist", { text: track.artist }),
      this.chips), this.why);
    this.node.dataset.id = track.id;
    this.speak();
  }

  /** Texts that depend on the language. */
  speak() {
    const { track } = this;
    this.asked.textContent = askedShort(track);
    this.lengthKey.textContent = [track.seconds && clock(track.seconds), track.key && keyName(track.key)]
      .filter(Boolean).join(" · ");
    this.#showChips();
    for (const [button, key] of /** @type {const} */ ([[this.star, "row.keep"], [this.more, "row.more"],
      [this.use, "row.use"]])) {
      button.setAttribute("aria-label", t(key, { title: track.title }));
      button.title = t(key, { title: track.title });
    }
    this.seen.playing = undefined;
  }

  /** The label that brought the row stands first: there is room for one, often. */
  #showChips() {
    const { track, seen: { drawn } } = this;
    const chips = [...track.mood.map((m) => label("mood", m)),
      ...track.genre.map((g) => label("genre", g))];
    chips.sort((a, b) => Number(b === drawn) - Number(a === drawn));
    this.chips.replaceChildren(...chips.slice(0, 3).map((text) => h("span.chip", { text })));
  }

  /**
   * marks: places gained since the slider last rested; bars: [{share, weight, name}]
   * @param {RowFacts} options
   */
  show({ place, total, drawn, endsDraw, gained, score, fit, bars, selected, playing, starred,
    reason, used }) {
    const { node, seen } = this;
    if (seen.reason !== reason) this.#showReason(reason);
    if (seen.drawn !== drawn || seen.endsDraw !== endsDraw) this.#showDrawn(drawn, endsDraw);
    if (seen.place !== place) {
      this.rank.textContent = String(place + 1);
      node.setAttribute("aria-posinset", String(place + 1));
      node.setAttribute("aria-setsize", String(total));
      seen.place = place;
    }
    if (seen.gained !== gained) this.#showMark(gained);
    if (seen.score !== score || seen.fit !== fit) {
      showScore(this.score, score, fit);
      seen.score = score;
      seen.fit = fit;
    }
    this.#showBars(bars);
    if (seen.selected !== selected) {
      node.classList.toggle("selected", selected);
      if (selected) node.setAttribute("aria-current", "true");
      else node.removeAttribute("aria-current");
      seen.selected = selected;
    }
    if (seen.playing !== playing) this.#showPlaying(playing);
    if (seen.used !== used) {
      this.use.setAttribute("aria-pressed", String(used));
      this.node.classList.toggle("used", used);
      seen.used = used;
    }
    if (seen.starred !== starred) {
      this.star.setAttribute("aria-pressed", String(starred));
      seen.starred = starred;
    }
  }

  /**
   * @param {string | null} drawn
   * @param {boolean} endsDraw
   */
  #showDrawn(drawn, endsDraw) {
    Object.assign(this.seen, { drawn, endsDraw });
    this.#showChips();
    this.brought.hidden = drawn === null;
    this.brought.textContent = drawn === null ? "" : t("row.drawn", { label: drawn });
    this.node.classList.toggle("ends-draw", endsDraw);
  }

  /** @param {string} reason */
  #showReason(reason) {
    this.seen.reason = reason;
    this.why.textContent = reason;
    this.who.title = reason;
  }

  /** @param {number} gained */
  #showMark(gained) {
    this.seen.gained = gained;
    this.mark.textContent = gained ? `${gained > 0 ? "▲" : "▼"}${Math.abs(gained)}` : "";
    this.mark.className = gained > 0 ? "mark up" : "mark";
  }

  /** @param {RowFacts["bars"]} bars */
  #showBars(bars) {
    const { seen } = this;
    if (this.bars.childElementCount !== bars.length) {
      this.bars.replaceChildren(...bars.map(() => h("span.bar", {}, h("i"))));
      seen.bars = undefined;
    }
    bars.forEach((bar, k) => {
      const old = seen.bars?.[k];
      if (old?.share === bar.share && old.weight === bar.weight) return;
      drawBar(this.bars.children[k], bar.share, bar.weight);
    });
    seen.bars = bars;
  }

  /** @param {boolean} playing */
  #showPlaying(playing) {
    this.seen.playing = playing;
    this.node.classList.toggle("playing", playing);
    setIcon(this.play, playing ? "pause" : "play");
    const name = { title: this.track.title };
    this.play.setAttribute("aria-label", t(playing ? "row.pause" : "row.play", name));
    this.play.disabled = !this.track.audio;
    if (!this.track.audio) this.play.title = t("row.silent");
  }

  /**
   * @param {number} [played]
   * @param {number | null} [start]
   */
  drawWave(played = 0, start = null) {
    this.drawn = drawWaveform(this.wave, this.peaks, played, start);
  }
}
