// Where in a track the music begins: three proposals with their reasons, beats against cuts, a window
// that is dragged from beat to beat, and how it ends.

import { clock, h, icon } from "../core/dom.js";
import { named, says, sentence, t } from "../core/i18n.js";
import { drawTrack, drawUnder } from "./start_drawing.js";
import { ended, landing, met, snapped, stepped } from "./start_times.js";
/** @import { Callback } from "../core/types.js" */
/** @import { Choice, Ending, Told } from "./start_times.js" */

/** @type {Ending[]} */
const ENDINGS = ["fade", "cut", "loop"];
const SAME_S = 0.02;
/** @type {Record<string, number>} beats by which a key moves */
const KEYS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -4, PageUp: 4 };

export class StartPanel {
  /** @type {Told | null} */ told = null;
  /** @type {Choice} */ choice = { start: 0, ending: "fade", fade_out: 2 };
  /** @type {number | null} seconds of the part */ played = null;
  under = h("canvas.starts-under", { role: "img" });
  track = h("canvas.starts-track", { role: "slider", tabIndex: 0, ...named("starts.track"),
    "aria-valuemin": 0, onkeydown: (event) => this.#key(event),
    onpointerdown: (event) => this.#drag(event) });
  said = h("p.starts-said");
  list = h("ol.starts-list");
  lands = h("p.starts-lands");
  endings = h("div.segmented.small", { role: "group", ...named("starts.ending") },
    ...ENDINGS.map((ending) => h("button", { type: "button", "data-ending": ending,
      ...says(`starts.ending.${ending}`), onclick: () => this.#end(ending) })));
  from = h("span");
  to = h("span");
  note = h("p.starts-note", { role: "status" });
  body = h("div.starts-body", { hidden: true }, this.list, h("figure", {}, this.under,
    h("div.starts-axis", {}, this.from, this.to)), this.said, this.track,
  h("div.starts-end", {}, h("span", says("starts.ending")), this.endings), this.lands);

  /**
   * @param {(choice: Choice) => void} onchange the person chose; not called for what `show` is given
   * @param {Callback} onclose
   */
  constructor(onchange, onclose) {
    this.onchange = onchange;
    this.node = h("section.starts", { ...named("stage.best") }, h("div.starts-head", {},
      h("h3", says("stage.best")), h("button.tool", { type: "button", ...named("starts.close"),
        onclick: onclose }, icon("close"))), this.note, this.body);
    new ResizeObserver(() => this.draw()).observe(this.under);
  }

  /** @param {string} text while nothing is known, or why it is not */
  say(text) {
    this.told = null;
    this.note.textContent = text;
    this.note.hidden = false;
    this.body.hidden = true;
  }

  /**
   * @param {Told} told
   * @param {Choice} choice
   */
  show(told, choice) {
    Object.assign(this, { told, choice });
    this.note.hidden = true;
    this.body.hidden = false;
    this.list.replaceChildren(...told.starts.map((start) => h("li", {}, h("button.starts-one", {
      type: "button", onclick: () => this.#choose({ start: start.in, ending: start.ending,
        fade_out: start.fade_out }) },
    h("b", { text: clock(start.in) }), h("span", { text: sentence(start.why) })))));
    this.speak();
  }

  /** In the language of now. */
  speak() {
    const { told } = this;
    if (!told) return;
    this.list.querySelectorAll("span").forEach((node, i) =>
      (node.textContent = sentence(told.starts[i].why)));
    this.from.textContent = clock(told.start);
    this.to.textContent = clock(told.start + told.length);
    this.draw();
  }

  /** @param {number | null} played seconds of the part */
  time(played) {
    this.played = played;
    if (this.told && !this.body.hidden) drawUnder(this.under, this.told, this.choice, played);
  }

  draw() {
    const { told, choice } = this;
    if (!told) return;
    drawUnder(this.under, told, choice, this.played);
    drawTrack(this.track, told, choice);
    const hits = met(told, choice).filter(Boolean).length;
    const cuts = told.cuts.length;
    this.said.textContent = t(cuts === 0 ? "starts.cutless" : "starts.met", { hits, cuts });
    this.under.setAttribute("aria-label", `${t("starts.drawn")} ${this.said.textContent}`);
    this.list.querySelectorAll("button").forEach((button, i) => button.setAttribute("aria-pressed",
      String(Math.abs(told.starts[i].in - choice.start) < SAME_S)));
    this.endings.querySelectorAll("button").forEach((button) => button.setAttribute("aria-pressed",
      String(button.dataset.ending === choice.ending)));
    const lands = landing(told, choice);
    this.lands.textContent = t(`starts.lands.${lands || "fade"}`,
      { short: (told.length - (told.seconds - choice.start)).toFixed(1) });
    this.track.setAttribute("aria-valuemax", told.seconds.toFixed(1));
    this.track.setAttribute("aria-valuenow", choice.start.toFixed(1));
    this.track.setAttribute("aria-valuetext", t("stage.start", { time: clock(choice.start) }));
  }

  /** @param {Choice} choice */
  #choose(choice) {
    this.choice = choice;
    this.draw();
    this.onchange(choice);
  }

  /** @param {Ending} ending */
  #end(ending) {
    if (this.told) this.#choose(ended(this.told, this.choice, ending));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const by = KEYS[event.key];
    if (!this.told || !by) return;
    event.preventDefault();
    event.stopPropagation();
    this.#choose({ ...this.choice, start: stepped(this.told, this.choice.start, by) });
  }

  /**
   * The window goes with the pointer, from beat to beat; a press beside it brings it there.
   * @param {PointerEvent} event
   */
  #drag(event) {
    const { told, track } = this;
    if (!told) return;
    const rest = this.choice.start;
    const second = (/** @type {PointerEvent} */ { clientX }) =>
      ((clientX - track.getBoundingClientRect().left) / track.clientWidth) * told.seconds;
    const at = second(event);
    const inside = at >= rest && at <= rest + told.length;
    const grip = inside ? at - rest : 0;
    /** @param {PointerEvent} moved */
    const move = (moved) => {
      const start = snapped(told, second(moved) - grip);
      if (start === this.choice.start) return;
      this.choice = { ...this.choice, start };
      this.draw();
    };
    const end = () => {
      track.removeEventListener("pointermove", move);
      if (this.choice.start !== rest) this.onchange(this.choice);
    };
    track.setPointerCapture?.(event.pointerId);
    track.addEventListener("pointermove", move);
    track.addEventListener("pointerup", end, { once: true });
    track.addEventListener("pointercancel", end, { once: true });
    if (!inside) move(event);
    track.focus();
  }
}
