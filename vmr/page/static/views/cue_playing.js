// Cues are heard in place: the film with all of them, one after the other. A row that is played instead,
// to choose by, plays within the chosen cue.

import { h, setIcon } from "../core/dom.js";
import { failureText } from "../core/failure.js";
import { t } from "../core/i18n.js";
import { keyOf } from "../core/track.js";
import { CuePlayer } from "../playing/cue_player.js";
/** @import { Choice } from "../playing/start_times.js" */
/** @import { Cue } from "../core/cues.js" */
/** @import { Failure } from "../core/failure.js" */
/** @import { FilmBand } from "./film_band.js" */

export class CuePlaying {
  button = h("button.choose.cues-play", { type: "button", onclick: () => this.toggle() });
  said = h("span.cues-sounding", { role: "status" });
  part = ""; // what the stage was told of the chosen cue

  /** @param {FilmBand} band */
  constructor(band) {
    this.band = band;
    const { page } = band;
    this.page = page;
    const { stage, cues, store } = page;
    this.player = new CuePlayer(stage.video);
    this.player.permit = async (track) => {
      try {
        return await page.stage.player.permit?.(track) ?? true;
      } catch (error) {
        stage.say(failureText(/** @type {Failure} */ (error)));
        return false;
      }
    };
    cues.subscribe(() => this.#changed());
    store.on("cue", () => this.#changed());
    store.on("payload lang", () => this.#used());
    store.on("lang", () => this.draw());
    this.player.addEventListener("change", () => {
      store.set({ playing: this.player.playing || stage.player.playing });
      this.draw();
    });
    this.player.addEventListener("cue", () => this.draw());
    this.player.addEventListener("broken", () => stage.say(t("cues.broken")));
    stage.player.addEventListener("change", () => stage.player.playing && this.player.release());
    stage.musicVolume.input.addEventListener("input", () => this.#volume());
    stage.video.addEventListener("emptied", () => this.player.stop());
    stage.oncues = () => this.takes && this.toggle();
    stage.starts.onpart = (choice) => this.#chosen(choice);
    this.#changed();
  }

  /** Whether the film's own button plays the cues: where no row was chosen to be heard instead. */
  get takes() {
    return this.player.playing || (this.page.film.isOpen && this.player.runs.length > 0
      && !this.page.stage.player.track);
  }

  toggle() {
    const { stage, store } = this.page;
    if (this.player.playing) {
      this.player.pause();
      return true;
    }
    stage.player.stop();
    stage.say("");
    store.set({ current: null });
    this.#volume();
    this.player.play();
    return true;
  }

  /** The film is left, or its cues are put away. */
  leave() {
    this.player.stop();
  }

  #volume() {
    this.player.setVolume(this.page.stage.volumes.music);
  }

  #changed() {
    const { cues, store, stage } = this.page;
    this.player.setCues(cues.list);
    const cue = cues.get(store.get("cue"));
    const part = cue ? JSON.stringify([cue.id, cue.start, cue.end]) : "";
    if (part !== this.part) stage.setPart(cue ? [cue.start, cue.end] : null);
    this.part = part;
    this.#used();
    this.draw();
  }

  /** The track of the chosen cue stands on the stage as it will be heard. */
  #used() {
    const { cues, store, stage, ranking } = this.page;
    const cue = cues.get(store.get("cue"));
    if (!cue?.title || !this.band.choice.span.startsWith(`${cue.id} `)) return;
    const at = ranking.tracks.findIndex((track) => keyOf(track) === nameOf(cue));
    if (at < 0) return;
    const { track_start: start, ending, fade_out } = cue;
    stage.starts.choose(ranking.tracks[at], { start, ending, fade_out });
    if (!stage.player.playing) store.set({ current: at });
  }

  /**
   * The start of the track that stands on the stage: that of the cue too, if it is the cue's.
   * @param {Choice} choice
   */
  #chosen({ start, ending, fade_out }) {
    const { cues, store, stage } = this.page;
    const cue = cues.get(store.get("cue"));
    if (!cue || !stage.track || keyOf(stage.track) !== nameOf(cue)) return;
    cues.set(cue.id, { track_start: start, ending, fade_out });
  }

  draw() {
    const { cues, film } = this.page;
    const { playing, current, runs } = this.player;
    setIcon(this.button, playing ? "pause" : "play");
    const text = t(playing ? "cues.pause" : "cues.play");
    if (!this.label) this.button.append(this.label = h("span"));
    this.label.textContent = text;
    this.button.disabled = !runs.length;
    const at = cues.list.findIndex(({ id }) => id === current);
    const cue = playing ? cues.list[at] : null;
    this.said.textContent = cue ? t("cues.sounding", { number: at + 1, title: cue.title || t("cues.empty") })
      : "";
    for (const node of film.node.querySelectorAll(".cue-block")) {
      node.classList.toggle("sounding", playing && /** @type {HTMLElement} */ (node).dataset.of
        === `block-${current}`);
    }
  }

  /** @type {HTMLElement | null} */ label = null;
}

/** @param {Cue} cue */
const nameOf = (cue) => keyOf({ catalog: cue.catalog, id: cue.track_id });
