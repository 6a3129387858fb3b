// The left column: the video, the track that plays with it, two volumes, the music's start.

import { clock, h } from "../core/dom.js";
import { named, says, t } from "../core/i18n.js";
import { filmTitle, keyOf } from "../core/track.js";
import { decodePeaks, drawWaveform } from "../core/waveform.js";
import { Film, volume } from "./film.js";
import { followFirst } from "./following.js";
import { Player } from "./player.js";
import { TrackStarts } from "./track_starts.js";
/** @import { Store } from "../core/store.js" */
/** @import { Callback, Kept, PageState, Played, Track } from "../core/types.js" */
/** @import { RankedList } from "../ranking/list.js" */
/** @import { Choice } from "./start_times.js" */
/** @import { Ranking } from "../ranking/ranking.js" */

export class Stage {
  starts = new TrackStarts();
  /** @type {number | null} the row that played before this one */ before = null;
  /** @type {number | null} the row whose waveform was drawn last */ drawn = null;
  /** @type {((track: Track) => void) | null} called when the sound of a track does not come */
  onbroken = null;
  /** @type {() => boolean} plays the film's cues, where it is their turn */
  oncues = () => false;
  /** @type {Callback} called when the best start is asked for */
  onbest = () => {};
  /** @type {Callback | null} called when the browser cannot play the video */
  onunplayable = null;
  film = new Film({ video: "stage.video", play: "stage.play" }, () => this.toggle());
  video = this.film.video;
  frame = this.film.frame;
  title = h("h2.now-title");
  artist = h("span.now-artist");
  /** @type {HTMLCanvasElement} */
  wave = h("canvas.now-wave", { "aria-hidden": "true", onclick: (event) =>
    this.#seekWave(event.offsetX / this.wave.clientWidth) });
  why = h("p.why");
  notice = h("p.notice", { hidden: true, role: "status" });
  musicVolume = volume("stage.music", 1, "volume-music", () => this.#volumes());
  videoVolume = volume("stage.original", 0, "volume-video", () => this.#volumes());
  other = h("button.link", { type: "button", ...says("stage.swap"), onclick: () => this.swap() });
  best = h("button.link", { type: "button", ...says("stage.best"), "aria-expanded": "false",
    onclick: () => this.onbest() });
  whole = h("button.link.whole", { type: "button", ...says("stage.alone"), "aria-pressed": "false",
    onclick: () => this.#alone() });
  startTime = h("span.start-time");
  startLine = h("div.start-line", {}, this.startTime, this.best, this.whole, this.other);
  now = h("section.now", { hidden: true, ...named("stage.now") },
    h("div.now-head", {}, this.title, this.artist), this.wave,
    this.startLine, this.why,
    h("div.volumes", {}, this.videoVolume.node, this.musicVolume.node));
  node = h("div.stage", {}, this.frame, this.now, this.notice);

  /**
   * @param {Store<PageState>} store
   * @param {Ranking} ranking
   * @param {RankedList} list
   */
  constructor(store, ranking, list) {
    this.store = store;
    this.ranking = ranking;
    this.list = list;
    this.player = new Player(this.video);
    this.player.addEventListener("time", () => this.#time());
    this.player.addEventListener("change", () => {
      store.set({ playing: this.player.playing });
      this.whole.setAttribute("aria-pressed", String(this.player.alone));
      this.#time();
    });
    this.player.addEventListener("ended", () => this.step(1));
    this.player.addEventListener("broken", () => this.#broken());
    this.video.addEventListener("error", () => // the browser cannot play it: ask for a copy
      this.video.getAttribute("src") && this.onunplayable?.());
    list.played = (i) => this.#played(i);
    store.on("current playing lang alpha facet", () => this.#draw());
    followFirst(store, this);
    store.on("theme", () => this.#time());
    store.on("payload video lang", () => (this.film.name.textContent =
      filmTitle(store.get("video"), store.get("payload")?.query.name)));
  }

  /** @param {number} share */
  #seekWave(share) {
    const current = this.store.get("current");
    if (current !== null) this.seekTrack(current, share);
  }

  #volumes() {
    this.player.setVolumes(this.volumes.music, this.volumes.video);
  }

  /**
   * A moment of the video, with the music at the place that belongs to it.
   * @param {number} time_s
   */
  showMoment(time_s) {
    this.video.currentTime = time_s;
  }

  /**
   * Rows are played within a part of the film, in which tracks begin elsewhere; null: in all of it.
   * @param {[number, number] | null} part seconds
   */
  setPart(part) {
    this.starts.setPart(part);
    this.player.part = part;
  }

  /** @param {string | null} url */
  setVideo(url) {
    this.setPart(null);
    this.player.stop();
    this.player.setVideo(url);
    this.film.showPoster(url);
    this.frame.hidden = !url;
    this.starts.clear();
    this.before = null;
    this.store.set({ current: null });
  }

  /** Nothing sounds, so nothing claims to. */
  #broken() {
    this.player.pause();
    if (this.track && this.onbroken) this.onbroken(this.track);
    else this.say(t("player.broken"));
  }

  /**
   * The same film at another address, at the same place.
   * @param {string} url
   */
  replaceVideo(url) {
    const { currentTime } = this.video;
    this.player.setVideo(url);
    this.video.currentTime = currentTime;
  }

  get track() {
    const current = this.store.get("current");
    return current === null ? null : this.ranking.tracks[current];
  }

  /**
   * Play or pause a row.
   * @param {number} index
   */
  play(index) {
    const track = this.ranking.tracks[index];
    const same = this.store.get("current") === index;
    this.notice.hidden = true;
    if (same && this.player.playing) return this.player.pause();
    if (!same) this.before = this.store.get("current");
    this.store.set({ current: index });
    if (!track.audio) {
      this.player.pause();
      return this.say(t("row.silent"));
    }
    const at = this.starts.inside(this.video.currentTime);
    if (at !== this.video.currentTime) this.video.currentTime = at;
    this.player.ending = this.starts.endingOf(track);
    this.player.play({ id: keyOf(track), url: track.audio, seconds: track.seconds },
      this.starts.raw(track) - this.starts.from);
  }

  /**
   * A track of the shortlist, in this ranking or not.
   * @param {Kept} entry
   */
  audition(entry) {
    const index = this.store.get("payload")
      ? this.ranking.tracks.findIndex((track) => keyOf(track) === keyOf(entry)) : -1;
    if (index >= 0) return this.play(index);
    if (this.player.track?.id === keyOf(entry) && this.player.playing) return this.player.pause();
    this.store.set({ current: null });
    if (!entry.audio) return;
    this.player.play({ id: keyOf(entry), url: entry.audio, seconds: entry.seconds });
  }

  /** Back to the track that played before: A and B at the same moment of the video. */
  swap() {
    if (this.before !== null) this.play(this.before);
  }

  toggle() {
    if (this.oncues()) return;
    const current = this.store.get("current") ?? this.store.get("order")[0];
    if (current !== undefined) this.play(current);
  }

  /**
   * Walk the list; what plays changes with it.
   * @param {number} by
   */
  step(by) {
    const ranked = this.store.get("order");
    if (!ranked.length) return;
    const at = ranked.findIndex((i) => i === this.store.get("current"));
    const next = ranked[Math.max(0, Math.min(ranked.length - 1, at + by))];
    if (next === this.store.get("current")) return;
    this.select(next);
  }

  /** @param {number} index */
  select(index) {
    if (this.store.get("current") !== index && !this.player.playing) {
      this.store.set({ current: index });
    } else if (this.store.get("current") !== index) {
      this.play(index);
    }
    this.list.reveal(index);
  }

  /**
   * A click on a waveform: this place of the track is heard now.
   * @param {number} index
   * @param {number} share
   */
  seekTrack(index, share) {
    const track = this.ranking.tracks[index];
    if (this.store.get("current") !== index || !this.player.playing) this.play(index);
    this.player.seekMusic(share * track.seconds);
    this.starts.set(track, this.player.start + this.starts.from);
    this.starts.tell(track);
    this.#time();
  }

  /**
   * Where the chosen track begins and how it ends; the video begins again with it.
   * @param {Choice} choice
   */
  chooseStart(choice) {
    const { track, player } = this;
    if (!track) return;
    this.starts.choose(track, choice);
    this.starts.tell(track);
    if (player.track?.id === keyOf(track)) {
      player.ending = this.starts.endingOf(track);
      player.setStart(choice.start - this.starts.from);
      this.video.currentTime = this.starts.from;
    }
    this.#time();
  }

  /** The track alone, or with the picture again. */
  #alone() {
    const { player } = this;
    player.setAlone(!player.alone);
    const current = this.store.get("current");
    if (player.alone && !player.playing && current !== null) this.play(current);
  }

  /**
   * @param {number} i
   * @returns {Played}
   */
  #played(i) {
    if (i !== this.store.get("current") || !this.player.track) return [0, null];
    const track = this.ranking.tracks[i];
    return [this.player.musicTime / track.seconds, this.starts.of(track).start / track.seconds];
  }

  get volumes() {
    return { music: this.musicVolume.input.valueAsNumber,
      video: this.videoVolume.input.valueAsNumber };
  }

  #time() {
    this.film.drawTime();
    const current = this.store.get("current");
    const { track } = this;
    if (!track || current === null) return;
    const row = this.list.built.get(current);
    const [played, start] = this.#played(current);
    drawWaveform(this.wave, row?.peaks ?? decodePeaks(track.peaks), played, start);
    if (row?.peaks && this.list.rowOf(current)) row.drawWave(played, start);
    this.startTime.textContent = t("stage.start", { time: clock(this.starts.of(track).start) });
  }

  #draw() {
    const { track } = this;
    this.now.hidden = !track;
    this.node.classList.toggle("with-track", Boolean(track));
    this.other.hidden = this.before === null;
    this.whole.hidden = this.best.hidden = !this.player.hasVideo;
    this.whole.setAttribute("aria-pressed", String(this.player.alone));
    this.film.drawPlaying(this.store.get("playing"));
    const current = this.store.get("current");
    if (this.drawn !== null && this.drawn !== current) this.list.rowOf(this.drawn)?.drawWave(0);
    this.drawn = current;
    if (!track || current === null || !this.ranking.ranker) return;
    this.title.textContent = track.title;
    this.artist.textContent = track.artist;
    this.why.textContent = this.ranking.reason(current) || t("why.none");
    this.#time();
  }

  /** @param {string} text nothing is said where it is empty */
  say(text) {
    this.notice.textContent = text;
    this.notice.hidden = !text;
  }
}
