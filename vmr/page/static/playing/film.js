// What both players look like: a film with its big button and seek bar, and a volume slider.

import { clock, h, icon, setAt, setIcon } from "../core/dom.js";
import { named, says } from "../core/i18n.js";
import { posterOf } from "./poster.js";
/** @import { Callback } from "../core/types.js" */

export class Film {
  /** @type {string | null} the film whose poster is looked for */
  posterFor = null;

  /**
   * names: text keys of the video and of its button, which calls toggle.
   * @param {{ video: string, play: string }} names
   * @param {Callback} toggle
   */
  constructor(names, toggle) {
    this.video = h("video.film", { playsInline: true, preload: "auto", ...named(names.video) });
    this.big = h("button.big-play", { type: "button", ...named(names.play), onclick: toggle },
      icon("play"));
    this.seek = h("input.film-seek", { type: "range", min: 0, max: 1, step: "any", value: 0,
      ...named("stage.seek"), oninput: () => this.#seekVideo() });
    this.time = h("span.film-time");
    this.name = h("span.film-name");
    for (const name of ["loadedmetadata", "durationchange", "timeupdate", "seeked", "emptied"]) {
      this.video.addEventListener(name, () => this.drawTime());
    }
    this.video.addEventListener("resize", () => this.#drawShape());
    this.frame = h("div.film-frame", {}, this.video, this.big,
      this.name, h("div.film-bar", {}, this.seek, this.time));
  }

  /**
   * A picture for a film that begins black, until it plays.
   * @param {string | null} url
   */
  async showPoster(url) {
    this.video.removeAttribute("poster");
    this.posterFor = url;
    const poster = url ? await posterOf(url) : null;
    if (poster && this.posterFor === url) this.video.poster = poster;
  }

  /** A film that stands gets a frame in which it is seen well. */
  #drawShape() {
    const { videoWidth, videoHeight } = this.video;
    this.frame.classList.toggle("portrait", videoHeight > videoWidth);
  }

  #seekVideo() {
    const { duration } = this.video;
    if (Number.isFinite(duration)) this.video.currentTime = this.seek.valueAsNumber * duration;
  }

  drawTime() {
    const { duration, currentTime } = this.video;
    const share = Number.isFinite(duration) && duration > 0 ? currentTime / duration : 0;
    this.seek.value = String(share);
    setAt(this.seek, share);
    this.time.textContent = `${clock(currentTime)} / ${clock(duration)}`;
  }

  /** @param {boolean} playing */
  drawPlaying(playing) {
    setIcon(this.big, playing ? "pause" : "play");
    this.frame.classList.toggle("running", playing);
  }
}

/**
 * A labelled slider from 0 to 1 that calls changed() when it is moved: {input, node}.
 * @param {string} key
 * @param {number} value
 * @param {string} id
 * @param {Callback} changed
 */
export function volume(key, value, id, changed) {
  /** @type {HTMLInputElement} */
  const input = h("input", { type: "range", min: 0, max: 1, step: 0.01, value, id,
    oninput: () => {
      setAt(input, input.valueAsNumber);
      changed();
    } });
  setAt(input, value);
  return { input, node: h("label.volume", { htmlFor: id }, h("span", says(key)), input) };
}
