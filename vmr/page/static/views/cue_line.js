// The chosen cue in one line: when, why, with which track, how it ends; and what is done with it.

import { clear, clock, h } from "../core/dom.js";
import { named, number, says, sentence, t } from "../core/i18n.js";
/** @import { Cue, Ending } from "../core/cues.js" */
/** @import { FilmBand } from "./film_band.js" */

/** @type {Ending[]} */
const ENDINGS = ["fade", "cut", "loop"];
const GAINS = [-18, -12, -9, -6, -3, 0, 3, 6];

export class CueLine {
  said = h("p.cue-said");
  music = h("p.cue-music");
  tools = h("div.cue-tools");
  node = h("div.cue-line", {}, h("div.cue-words", {}, this.said, this.music), this.tools);

  /** @param {FilmBand} band */
  constructor(band) {
    this.band = band;
    const { cues } = band.page;
    const tool = (/** @type {string} */ key, /** @type {(cue: Cue) => void} */ run) =>
      h("button.link", { type: "button", ...says(key), onclick: () => {
        const { cue } = band.choice;
        if (cue) run(cue);
      } });
    this.split = tool("cues.split", (cue) => {
      const at = band.page.stage.video.currentTime;
      const inside = at > cue.start && at < cue.end;
      cues.split(inside ? at : (cue.start + cue.end) / 2);
    });
    this.join = tool("cues.join", (cue) => cues.join(cue.id));
    this.empty = tool("cues.silence", (cue) => cues.set(cue.id, { track: null, catalog: "", track_id: "",
      title: "", artist: "", address: null, duration: 0, bpm: null, key: "", track_start: 0 }));
    /** @type {HTMLSelectElement} */
    this.ending = h("select", { id: "cue-ending", ...named("cues.ending"), onchange: () => {
      const { cue } = band.choice;
      if (cue) cues.set(cue.id, { ending: /** @type {Ending} */ (this.ending.value) });
    } });
    /** @type {HTMLSelectElement} */
    this.gain = h("select", { id: "cue-gain", ...named("cues.gain"), onchange: () => {
      const { cue } = band.choice;
      if (cue) cues.set(cue.id, { gain_db: Number(this.gain.value) });
    } });
    this.tools.append(this.ending, this.gain, this.split, this.join, this.empty);
  }

  draw() {
    const { band } = this;
    const { cue } = band.choice;
    const { list } = band.page.cues;
    this.tools.hidden = !cue;
    this.music.hidden = !cue;
    if (!cue) {
      this.said.textContent = list.length ? t("cues.hint", { count: number(list.length) }) : "";
      return;
    }
    const at = list.findIndex(({ id }) => id === cue.id);
    const why = cue.why ? sentence(cue.why) : "";
    this.said.textContent = [t("cues.times", { number: at + 1, start: clock(cue.start),
      end: clock(cue.end), seconds: number(cue.end - cue.start, 1) }), why].filter(Boolean).join(" · ");
    clear(this.music).append(...(cue.title ? [h("b", { text: cue.title }),
      h("span", { text: [cue.artist, t("cues.from", { time: clock(cue.track_start) })]
        .filter(Boolean).join(" · ") })] : [h("span", says("cues.choose"))]));
    const options = (/** @type {[string, string][]} */ pairs, /** @type {string} */ now) =>
      pairs.map(([value, text]) => h("option", { value, text, selected: value === now }));
    clear(this.ending).append(...options(ENDINGS.map((name) => [name, t(`cues.ending.${name}`)]),
      cue.ending));
    const gains = [...new Set([...GAINS, cue.gain_db])].sort((a, b) => a - b);
    clear(this.gain).append(...options(gains.map((db) => [String(db), t("cues.db", { db: number(db, 0) })]),
      String(cue.gain_db)));
    this.join.disabled = at + 1 >= list.length;
    this.split.disabled = cue.end - cue.start < 2;
    this.empty.disabled = !cue.title;
    this.ending.disabled = this.gain.disabled = !cue.title;
  }
}
