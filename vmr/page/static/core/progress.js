// Progress of one request: named steps, a bar, the time that is left.

import { h } from "./dom.js";
import { named, says, t } from "./i18n.js";
/** @import { Callback, News } from "./types.js" */

const UPLOAD_SHARE = 0.15; // of the whole bar

export class Progress {
  started = 0;
  value = 0; // reported so far, 0 to 1
  until = 0; // when the server means to be done with it, 0 where it does not say
  /** @type {ReturnType<typeof setInterval> | undefined} */
  timer;

  /**
   * creeps: whether the bar moves on between two reports, for work whose steps are long and few.
   * @param {Callback} onstop
   * @param {{ creeps?: boolean }} [options]
   */
  constructor(onstop, { creeps = true } = {}) {
    this.creeps = creeps;
    this.bar = h("progress", { max: 1, value: 0, ...named("progress.name") });
    this.step = h("strong.progress-step", { role: "status" });
    this.left = h("span.progress-left");
    this.node = h("div.progress", { hidden: true }, h("div.progress-line", {}, this.step, this.left),
      this.bar, h("button.link", { type: "button", onclick: onstop, ...says("progress.stop") }));
  }

  /** @param {string} [step] what is done first */
  begin(step = "upload") {
    this.started = performance.now();
    this.value = 0;
    this.node.hidden = false;
    this.tell({ step, fraction: 0 }, 0);
    clearInterval(this.timer);
    this.timer = setInterval(() => this.#creep(), 200);
  }

  end() {
    clearInterval(this.timer);
    this.node.hidden = true;
  }

  /**
   * @param {News} options
   * @param {number} [offset]
   */
  tell({ step, fraction = 0, rank, wait = null }, offset = UPLOAD_SHARE) {
    const share = step === "upload" ? UPLOAD_SHARE * fraction : offset + (1 - offset) * fraction;
    this.value = Math.max(this.value, share);
    this.bar.value = Math.max(this.bar.value === 1 ? 0 : this.bar.value, this.value);
    if (share === 0) this.bar.value = 0;
    this.until = wait === null ? 0 : performance.now() + 1000 * wait;
    const text = t(`step.${step}`, { rank });
    if (this.step.textContent !== text) this.step.textContent = text;
    this.#time();
  }

  /** Between two reports the bar moves on slowly, so that a long step does not look dead. */
  #creep() {
    const ahead = Math.min(0.97, this.value + 0.3);
    if (this.creeps && this.bar.value < ahead) this.bar.value += (ahead - this.bar.value) * 0.02;
    this.#time();
  }

  #time() {
    const spent = (performance.now() - this.started) / 1000;
    const guess = (spent / Math.max(this.bar.value, 0.02)) * (1 - this.bar.value);
    const left = this.until ? Math.max((this.until - performance.now()) / 1000, 1) : guess;
    const text = left > 100 ? t("progress.minutes", { minutes: Math.ceil(left / 60) })
      : t("progress.left", { seconds: Math.ceil(left) });
    this.left.textContent = spent < 0.8 || this.bar.value === 0 ? "" : text;
  }
}
