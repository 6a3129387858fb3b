// The dropped music under the chosen video: the same player as on the match view, with the music
// fixed and the video exchanged. Music goes on where it is when another video is chosen.

import { h } from "../core/dom.js";
import { failureText } from "../core/failure.js";
import { named, t } from "../core/i18n.js";
import { call } from "../core/server.js";
import { decodePeaks, drawWaveform } from "../core/waveform.js";
import { Film, volume } from "./film.js";
import { Player } from "./player.js";
/** @import { Failure } from "../core/failure.js" */
/** @import { Store } from "../core/store.js" */
/** @import { Callback, RankingState } from "../core/types.js" */

/**
 * Music under the videos; url is null where the server has no sound of it.
 * @typedef {{ id: string, url: string | null, seconds: number, name: string, peaks: string | null,
 *   silent: boolean }} Music
 */

export class Screening {
  /** @type {(Omit<Music, "peaks"> & { peaks: Uint8Array }) | null} */
  music = null;
  converted = false; // the video on the screen is a copy, or one was asked for
  screen = new Film({ video: "screening.video", play: "screening.play" },
    () => this.toggle());
  video = this.screen.video;
  frame = this.screen.frame;
  title = h("h2.now-title");
  film = h("span.now-artist");
  /** @type {HTMLCanvasElement} */
  wave = h("canvas.now-wave", { "aria-hidden": "true", onclick: (event) => {
    this.#seekWave(event.offsetX / this.wave.clientWidth);
  } });
  notice = h("p.notice", { hidden: true, role: "status" });
  musicVolume = volume("stage.music", 1, "reverse-music-volume", () => this.#volumes());
  videoVolume = volume("stage.original", 0, "reverse-video-volume", () => this.#volumes());
  now = h("section.now", { ...named("screening.now") },
    h("div.now-head", {}, this.title, this.film), this.wave,
    h("div.volumes", {}, this.videoVolume.node, this.musicVolume.node));
  node = h("div.stage", {}, this.frame, this.now, this.notice);

  /**
   * pauseOthers: called before something sounds here, so that nothing else does.
   * @param {Store<RankingState>} store
   * @param {Callback} pauseOthers
   */
  constructor(store, pauseOthers) {
    this.store = store;
    this.pauseOthers = pauseOthers;
    this.player = new Player(this.video);
    this.player.addEventListener("time", () => this.#time());
    this.player.addEventListener("change", () => {
      store.set({ playing: this.player.playing });
      this.#time();
    });
    this.player.addEventListener("broken", () => this.#say(t("player.broken")));
    this.video.addEventListener("error", () => this.#convert());
    store.on("current playing lang", () => this.#draw());
    store.on("theme", () => this.#time());
    new ResizeObserver(() => this.#time()).observe(this.wave);
  }

  /** @param {number} share */
  #seekWave(share) {
    if (!this.music) return;
    this.player.seekMusic(share * this.music.seconds);
    if (!this.player.playing) this.toggle();
  }

  #volumes() {
    this.player.setVolumes(this.musicVolume.input.valueAsNumber,
      this.videoVolume.input.valueAsNumber);
  }

  /** @param {Music} music */
  setMusic(music) {
    this.player.stop();
    this.music = { ...music, peaks: music.peaks ? decodePeaks(music.peaks) : new Uint8Array(200) };
    this.title.textContent = music.name;
    this.notice.hidden = !music.silent;
    if (music.silent) this.#say(t("row.silent"));
  }

  get videos() {
    return this.store.get("payload")?.tracks ?? [];
  }

  /**
   * Put a video on the screen without playing it.
   * @param {number} index
   */
  show(index) {
    const at = this.player.track ? this.player.musicTime : 0;
    this.converted = false;
    this.player.setVideo(this.videos[index].film);
    this.player.start = at;
    this.store.set({ current: index });
  }

  /**
   * Play or pause a card.
   * @param {number} index
   */
  play(index) {
    const same = this.store.get("current") === index;
    if (same && this.player.playing) return this.player.pause();
    this.notice.hidden = true;
    if (!same) this.show(index);
    this.#sound();
  }

  toggle() {
    const current = this.store.get("current");
    if (current !== null) this.play(current);
  }

  pause() {
    this.player.pause();
  }

  #sound() {
    this.pauseOthers();
    if (this.music?.url) this.player.play({ ...this.music, url: this.music.url }, this.player.start);
    else this.video.play().catch(() => {});
  }

  /** A format that this browser does not play is copied into one that it does. */
  async #convert() {
    const index = this.store.get("current");
    if (index === null || !this.video.hasAttribute("src") || this.converted) return;
    this.converted = true;
    const playing = this.player.playing;
    this.#say(t("screening.convert"));
    try {
      const { url } = await call("reverse_film", [this.videos[index].position]);
      if (this.store.get("current") !== index) return;
      this.videos[index].film = url;
      this.player.setVideo(url);
      this.notice.hidden = true;
      if (playing) this.#sound();
    } catch (error) {
      this.#say(failureText(/** @type {Failure} */ (error)));
    }
  }

  #time() {
    this.screen.drawTime();
    if (!this.music) return;
    const played = this.player.track ? this.player.musicTime / this.music.seconds : 0;
    drawWaveform(this.wave, this.music.peaks, played);
  }

  #draw() {
    const playing = this.store.get("playing");
    const current = this.store.get("current");
    const video = current === null ? null : this.videos[current];
    this.screen.drawPlaying(playing);
    this.film.textContent = video ? t("screening.with", { title: video.title }) : "";
    this.#time();
  }

  /** @param {string} text */
  #say(text) {
    this.notice.textContent = text;
    this.notice.hidden = false;
  }
}
