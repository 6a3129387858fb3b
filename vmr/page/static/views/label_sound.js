// The sound of the track that is labelled: it begins where the music is lively.

import { clock, h, icon, setIcon } from "../core/dom.js";
import { named } from "../core/i18n.js";
import { decodePeaks, drawWaveform, suggestStart } from "../core/waveform.js";
/** @import { Callback } from "../core/types.js" */
/** @import { Card } from "./draft.js" */

const LIVELY_S = 20; // what is heard of a track at first
const TICK_MS = 120;

export class LabelSound {
  /** @type {Uint8Array} */ peaks = new Uint8Array(0);
  seconds = 0;
  /** @type {number | null} of the track */ number = null;

  /** @param {Callback} pauseOthers */
  constructor(pauseOthers) {
    this.pauseOthers = pauseOthers;
    this.audio = new Audio();
    this.wave = h("canvas.label-wave", { onclick: (event) => this.#seekTo(event),
      "aria-hidden": "true" });
    this.time = h("span.label-time");
    this.button = h("button.play.label-play", { type: "button", ...named("label.play"),
      onclick: () => this.toggle() }, icon("play"));
    for (const name of ["play", "pause", "ended", "emptied", "seeked"]) {
      this.audio.addEventListener(name, () => this.draw());
    }
    setInterval(() => this.audio.paused || this.draw(), TICK_MS);
    new ResizeObserver(() => this.draw()).observe(this.wave);
  }

  /**
   * @param {Card | null} card
   * @param {boolean} plays
   */
  show(card, plays) {
    this.audio.pause();
    this.peaks = card ? decodePeaks(card.peaks) : new Uint8Array(0);
    this.seconds = card?.seconds ?? 0;
    this.number = card?.number ?? null;
    this.button.disabled = !card?.audio;
    if (!card?.audio) {
      this.audio.removeAttribute("src");
      return this.draw();
    }
    this.audio.src = card.audio;
    this.audio.currentTime = suggestStart(this.peaks, this.seconds, Math.min(LIVELY_S, this.seconds));
    this.draw();
    if (plays) this.play();
  }

  play() {
    this.pauseOthers();
    this.audio.play().catch(() => {}); // a browser may wait for a click; the button is there
  }

  pause() {
    this.audio.pause();
  }

  toggle() {
    if (this.audio.paused) this.play();
    else this.audio.pause();
  }

  /** @param {number} by seconds */
  seek(by) {
    if (this.audio.src) this.audio.currentTime = this.#inside(this.audio.currentTime + by);
  }

  /** @param {MouseEvent} event */
  #seekTo(event) {
    if (!this.audio.src) return;
    this.audio.currentTime = this.#inside(event.offsetX / this.wave.clientWidth * this.seconds);
    this.play();
  }

  /** @param {number} second */
  #inside(second) {
    return Math.max(0, Math.min(this.seconds - 0.5, second));
  }

  draw() {
    setIcon(this.button, this.audio.paused ? "play" : "pause");
    const at = this.audio.currentTime || 0;
    this.time.textContent = `${clock(at)} / ${clock(this.seconds)}`;
    if (this.peaks.length) drawWaveform(this.wave, this.peaks, this.seconds ? at / this.seconds : 0);
  }
}
