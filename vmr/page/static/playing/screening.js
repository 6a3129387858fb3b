// The dropped music under the chosen video: the same player as on the match view, with the music
// fixed and the video exchanged. Music goes on where it is when another video is chosen.

import { h } from "../core/dom.js";
import { failureText } from "../core/failure.js";
import { named, t } from "../core/i18n.js";
import { call } from "../core/server.js";
import { decodePeaks, drawWaveform } from "../core/waveform.js";
import { Film, volume } from "./film.js";
import { Player } from "./player.js";

export class Screening {
  /** hush: called before something sounds here, so that nothing else does. */
  constructor(store, hush) {
    this.store = store;
    this.hush = hush;
    this.music = null; // {id, url, seconds, name, peaks}
    this.#build();
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

  #build() {
    this.screen = new Film({ video: "screening.video", play: "screening.play" },
      () => this.toggle());
    this.video = this.screen.video;
    this.frame = this.screen.frame;
    this.title = h("h2.now-title");
    this.film = h("span.now-artist");
    this.wave = h("canvas.now-wave", { "aria-hidden": "true", onclick: (event) => {
      this.player.seekMusic((event.offsetX / this.wave.clientWidth) * this.music.seconds);
      if (!this.player.playing) this.toggle();
    } });
    this.notice = h("p.notice", { hidden: true, role: "status" });
    const louder = () =>
      this.player.setVolumes(music.input.valueAsNumber, original.input.valueAsNumber);
    const original = volume("stage.original", 0, "reverse-video-volume", louder);
    const music = volume("stage.music", 1, "reverse-music-volume", louder);
    this.now = h("section.now", { ...named("screening.now") },
      h("div.now-head", {}, this.title, this.film), this.wave,
      h("div.volumes", {}, original.node, music.node));
    this.node = h("div.stage", {}, this.frame, this.now, this.notice);
  }

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

  /** Put a video on the screen without playing it. */
  show(index) {
    const at = this.player.track ? this.player.musicTime : 0;
    this.converted = false;
    this.player.setVideo(this.videos[index].film);
    this.player.start = at;
    this.store.set({ current: index });
  }

  /** Play or pause a card. */
  play(index) {
    const same = this.store.get("current") === index;
    if (same && this.player.playing) return this.player.pause();
    this.notice.hidden = true;
    if (!same) this.show(index);
    this.#sound();
  }

  toggle() {
    if (this.store.get("current") !== null) this.play(this.store.get("current"));
  }

  pause() {
    this.player.pause();
  }

  #sound() {
    this.hush();
    if (this.music.url) this.player.play(this.music, this.player.start);
    else this.video.play().catch(() => {});
  }

  /** A format that this browser does not play is copied into one that it does. */
  async #convert() {
    const index = this.store.get("current");
    if (index === null || !this.video.hasAttribute("src") || this.converted) return;
    this.converted = true;
    const wanted = this.player.playing;
    this.#say(t("screening.convert"));
    try {
      const { url } = await call("reverse_film", [this.videos[index].position]);
      if (this.store.get("current") !== index) return;
      this.videos[index].film = url;
      this.player.setVideo(url);
      this.notice.hidden = true;
      if (wanted) this.#sound();
    } catch (error) {
      this.#say(failureText(error));
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
    const video = this.videos[this.store.get("current")];
    this.screen.drawPlaying(playing);
    this.film.textContent = video ? t("screening.with", { title: video.title }) : "";
    this.#time();
  }

  #say(text) {
    this.notice.textContent = text;
    this.notice.hidden = false;
  }
}
