// One player for the page: the video is the clock, the chosen track follows it.
//
// Music time = start + video time, repeated when the track is shorter than the video. Two audio elements
// take turns so that a change of track can fade; the one that leaves is paused when its fade is over.

import { InStep, wrap } from "./in_step.js";

/** @import { Sound } from "../core/types.js" */
/** @import { Ending } from "./start_times.js" */

const TICK_MS = 80;
const FADE_MS = 350;
const EDGE_S = 1.2; // fade at the beginning and end of the video
const PLAYED_S = 0.6; // two looks at the picture are this near, or a person sought
const ENTRY_S = 0.1; // the same where a start was chosen for what it meets

/** One audio element; its gain moves to its goal, 0 or 1.
 * @typedef {{ audio: HTMLAudioElement, step: InStep, gain: number, goal: number }} Deck
 */

export class Player extends EventTarget {
  /**
   * Asked before a track sounds, where that is logged; false where it must not.
   * @type {((id: string) => Promise<boolean>) | null}
   */
  permit = null;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  timer;

  /** @param {HTMLVideoElement} video */
  constructor(video) {
    super();
    this.video = video;
    this.decks = [new Audio(), new Audio()].map((audio) => {
      audio.preload = "auto";
      return { audio, step: new InStep(audio), gain: 0, goal: 0 };
    });
    /** @type {Deck} the one that sounds */
    this.deck = this.decks[0];
    /** @type {Sound | null} */
    this.track = null; // {id, url, seconds}
    this.before = 0; // second of the video at the last look
    this.start = 0; // second of the track at which the video begins
    this.musicVolume = 1;
    this.videoVolume = 0;
    this.playing = false; // or waiting to: the person pressed play
    this.hasVideo = false;
    this.alone = false; // the track without the picture
    /** @type {{ ending: Ending, fade_out: number } | null} null: repeated, and faded at both ends */
    this.ending = null;
    /** @type {[number, number] | null} seconds of the film that are played again and again */
    this.part = null;
    video.addEventListener("ended", () => this.#again());
    video.addEventListener("waiting", () => this.deck.audio.pause());
    video.addEventListener("playing", () => this.#follow());
    video.addEventListener("seeked", () => this.#align(true));
    video.addEventListener("ratechange", () => this.#align(true));
    for (const { audio } of this.decks) {
      audio.addEventListener("ended", () => this.#ended(audio));
      audio.addEventListener("error", () => audio.src && this.#tell("broken"));
    }
  }

  /** True where the music follows a picture. */
  get led() {
    return this.hasVideo && !this.alone;
  }

  /** Second of the track that belongs to the video's current moment. */
  get musicTime() {
    if (!this.led) return this.deck.audio.currentTime;
    return wrap(this.start + this.video.currentTime, this.#length());
  }

  /** Second of the video at which the music is over. */
  get overAt() {
    const duration = this.part?.[1] ?? this.video.duration;
    const repeats = !this.ending || this.ending.ending === "loop";
    return repeats ? duration : Math.min(duration, this.#length() - this.start);
  }

  /** Seconds by which the music is ahead of the picture. */
  get drift() {
    if (!this.led || !this.playing) return 0;
    const length = this.#length();
    const gap = this.deck.audio.currentTime - this.musicTime;
    return gap - Math.round(gap / length) * length;
  }

  /** @param {string | null} url */
  setVideo(url) {
    this.pause();
    this.hasVideo = Boolean(url);
    this.alone = false;
    if (url) {
      this.video.src = url;
      this.video.volume = this.videoVolume;
      this.video.muted = this.videoVolume === 0;
    } else {
      this.video.removeAttribute("src");
      this.video.load();
    }
  }

  /**
   * Play a track with the video; a track that plays already goes on.
   * @param {Sound} track
   * @param {number} [start]
   */
  async play(track, start = 0) {
    if (this.permit && !await this.permit(track.id)) return;
    if (!this.#holds(track)) this.#change(track, start);
    this.playing = true;
    this.#run();
    this.#tell("change");
    const deck = this.deck;
    deck.goal = 1;
    try {
      if (this.led) await this.video.play();
      this.#align(true);
      await deck.audio.play();
    } catch (error) {
      const name = error instanceof Error ? error.name : "";
      if (name === "NotAllowedError") this.pause();
      else if (name !== "AbortError") this.#tell("broken");
    }
  }

  pause() {
    this.playing = false;
    this.video.pause();
    for (const { audio } of this.decks) audio.pause();
    clearInterval(this.timer);
    this.timer = undefined;
    this.#tell("change");
  }

  stop() {
    this.pause();
    this.track = null;
    for (const deck of this.decks) deck.audio.removeAttribute("src");
  }

  /**
   * Let this second of the track sound now; the video goes on where it is.
   * @param {number} second
   */
  seekMusic(second) {
    if (this.led) this.start = second - this.video.currentTime;
    else this.deck.audio.currentTime = second;
    this.#align(true);
    this.#tell("change");
  }

  /**
   * Let the video begin at this second of the track.
   * @param {number} second
   */
  setStart(second) {
    this.start = second;
    this.#align(true);
    this.#tell("change");
  }

  /**
   * Let the track play to its end while the picture rests, or lead it by the picture again.
   * @param {boolean} alone
   */
  setAlone(alone) {
    if (alone === this.alone) return;
    this.alone = alone;
    if (alone) this.video.pause();
    else this.start = this.deck.audio.currentTime - this.video.currentTime;
    if (!alone && this.playing) this.video.play().catch(() => {});
    this.#tell("change");
  }

  /**
   * @param {number} music
   * @param {number} video
   */
  setVolumes(music, video) {
    this.musicVolume = music;
    this.videoVolume = video;
    this.video.volume = video;
    this.video.muted = video === 0;
    this.#sound();
  }

  /**
   * @param {Sound} track
   * @param {number} start
   */
  #change(track, start) {
    const old = this.deck;
    old.goal = 0;
    this.deck = this.decks[this.decks[0] === old ? 1 : 0];
    this.deck.audio.pause();
    this.deck.audio.src = track.url;
    this.deck.audio.playbackRate = 1;
    this.deck.gain = 0;
    this.track = track;
    this.start = start;
    if (!this.led) this.deck.audio.currentTime = wrap(start, track.seconds || Infinity);
  }

  /**
   * True where the deck has this track from this address and could read it.
   * @param {Sound} track
   */
  #holds(track) {
    const { audio } = this.deck;
    return this.track?.id === track.id && this.track.url === track.url && audio.src && !audio.error;
  }

  #length() {
    const { duration } = this.deck.audio;
    return Number.isFinite(duration) && duration > 0 ? duration : this.track?.seconds || 1e9;
  }

  #run() {
    if (this.timer) return;
    let last = performance.now();
    this.timer = setInterval(() => {
      const now = performance.now();
      this.#fade((now - last) / FADE_MS);
      last = now;
      this.#repeat();
      this.#align(false);
      this.#tell("time");
    }, TICK_MS);
  }

  /** A part of the film begins again where it was played to its end. */
  #repeat() {
    const { part, video, before } = this;
    this.before = video.currentTime;
    if (!part || !this.led || before >= part[1] || video.currentTime < part[1]) return;
    if (video.currentTime - before < PLAYED_S) [video.currentTime, this.before] = [part[0], part[0]];
  }

  /** @param {number} step */
  #fade(step) {
    for (const deck of this.decks) {
      const move = Math.max(-step, Math.min(step, deck.goal - deck.gain));
      deck.gain += move;
      if (deck.goal === 0 && deck.gain <= 0 && !deck.audio.paused) deck.audio.pause();
    }
    this.#sound();
  }

  #sound() {
    const edge = this.#edge();
    for (const deck of this.decks) {
      deck.audio.volume = Math.min(1, Math.max(0, deck.gain * edge * this.musicVolume));
    }
  }

  #edge() {
    const { currentTime, duration } = this.video;
    if (!this.led || !Number.isFinite(duration)) return 1;
    const [from, to] = this.part ?? [0, duration];
    if (!this.ending && to - from < 3 * EDGE_S) return 1;
    const [entry, exit] = this.ending ? [ENTRY_S, this.ending.fade_out] : [EDGE_S, EDGE_S];
    return Math.min(1, Math.max(0, currentTime - from + 0.15) / entry,
      Math.max(0, (this.overAt - currentTime) / Math.max(exit, 0.03)));
  }

  #follow() {
    if (this.playing && this.track && this.deck.audio.paused) {
      this.#align(true);
      this.deck.audio.play().catch(() => {});
    }
  }

  /** @param {boolean} jump */
  #align(jump) {
    const { audio, step } = this.deck;
    if (!this.led || !this.track || audio.readyState < 1) return;
    step.keep(this.musicTime, this.drift, this.video.playbackRate, jump);
  }

  #again() {
    if (!this.playing) return;
    this.video.currentTime = 0;
    this.video.play().catch(() => {});
  }

  /** @param {HTMLAudioElement} audio */
  #ended(audio) {
    if (audio !== this.deck.audio || !this.playing) return;
    if (this.led) {
      audio.currentTime = this.musicTime;
      audio.play().catch(() => {});
    } else {
      this.pause();
      this.#tell("ended");
    }
  }

  /** @param {string} name */
  #tell(name) {
    this.dispatchEvent(new Event(name));
  }
}
