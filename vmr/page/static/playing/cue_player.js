// A film with its cues, played in place: the video is the clock, the music of each cue follows it.
//
// Every audio element holds one run of music (see cue_course.js). The next run is loaded and runs along
// unheard before it is due, so that it sounds in time; the one that leaves is paused behind its fade.

import { gainAt, levelAt, loudestOf, runsOf, secondAt } from "./cue_course.js";
import { InStep } from "./in_step.js";
/** @import { Cue } from "../core/cues.js" */
/** @import { Run } from "./cue_course.js" */

const TICK_MS = 40;
const DECKS = 3;
const LOAD_S = 6; // before it is due a run is loaded
const AHEAD_S = 1.5; // before it is due it runs along

/**
 * One audio element; key: of its run, "" for none; allowed: null until that is known.
 * @typedef {{ audio: HTMLAudioElement, step: InStep, key: string, address: string,
 *   allowed: boolean | null }} Deck
 */

export class CuePlayer extends EventTarget {
  /**
   * Asked before a track sounds, where that is logged; false where it must not.
   * @type {((track: string) => Promise<boolean>) | null}
   */
  permit = null;
  playing = false; // or waiting to: the person pressed play
  stalled = false;
  /** @type {Run[]} */ runs = [];
  /** @type {readonly Cue[]} */ cues = [];
  /** @type {string | null} the cue whose turn it is */ current = null;
  loudest = 0;
  musicVolume = 1;
  /** @type {ReturnType<typeof setInterval> | undefined} */ timer;

  /** @param {HTMLVideoElement} video */
  constructor(video) {
    super();
    this.video = video;
    /** @type {Deck[]} */
    this.decks = Array.from({ length: DECKS }, () => {
      const audio = new Audio();
      audio.preload = "auto";
      audio.addEventListener("error", () => audio.src && this.#tell("broken"));
      return { audio, step: new InStep(audio), key: "", address: "", allowed: null };
    });
    const listen = (/** @type {string} */ name, /** @type {() => void} */ heard) =>
      video.addEventListener(name, () => this.playing && heard());
    listen("ended", () => {
      this.pause();
      this.#tell("ended");
    });
    listen("waiting", () => this.#stall(true));
    listen("playing", () => this.#stall(false));
    listen("ratechange", () => this.#turn(true));
    video.addEventListener("seeked", () => this.#turn(true));
  }

  /**
   * Other music, or the same moved: what sounds goes on from where it should be.
   * @param {readonly Cue[]} cues
   */
  setCues(cues) {
    this.cues = cues;
    this.runs = runsOf(cues);
    this.loudest = loudestOf(cues);
    this.#turn(true);
  }

  /** @param {number} music 0 to 1 */
  setVolume(music) {
    this.musicVolume = music;
    this.#turn(false);
  }

  async play() {
    this.playing = true;
    this.stalled = false;
    clearInterval(this.timer);
    this.timer = setInterval(() => {
      this.#turn(false);
      this.#tell("time");
    }, TICK_MS);
    this.#tell("change");
    this.#turn(true);
    try {
      if (this.video.ended) this.video.currentTime = 0;
      await this.video.play();
    } catch (error) {
      const name = error instanceof Error ? error.name : "";
      if (name !== "AbortError") this.pause();
      if (name !== "AbortError" && name !== "NotAllowedError") this.#tell("broken");
    }
  }

  pause() {
    this.playing = false;
    clearInterval(this.timer);
    this.timer = undefined;
    this.video.pause();
    for (const { audio } of this.decks) audio.pause();
    this.#tell("change");
  }

  /** Another player takes the film over: it plays on, without this music. */
  release() {
    if (!this.playing) return;
    this.playing = false;
    clearInterval(this.timer);
    for (const { audio } of this.decks) audio.pause();
    this.#tell("change");
  }

  /** Let go of all music. */
  stop() {
    if (this.playing) this.pause();
    for (const deck of this.decks) this.#load(deck, null);
  }

  toggle() {
    return this.playing ? this.pause() : this.play();
  }

  /**
   * Show a moment of the film, with its music.
   * @param {number} t
   */
  seek(t) {
    this.video.currentTime = t;
    this.#turn(true);
  }

  /**
   * How far the sound of a deck is ahead of the picture, in seconds; 0 where it has nothing to play.
   * @param {Deck} deck
   */
  driftOf(deck) {
    const run = this.runs.find(({ key }) => key === deck.key);
    if (!run || deck.audio.readyState < 1) return 0;
    const { duration, currentTime } = deck.audio;
    const gap = currentTime - secondAt(run, this.video.currentTime, duration);
    return run.loop && duration > 0 ? gap - Math.round(gap / duration) * duration : gap;
  }

  /** @param {boolean} stalled the picture waits for its data, and the music for it */
  #stall(stalled) {
    this.stalled = stalled;
    if (stalled) for (const { audio } of this.decks) audio.pause();
    else this.#turn(true);
  }

  /**
   * Every run at its place, for the moment that the picture shows.
   * @param {boolean} jump
   */
  #turn(jump) {
    const t = this.video.currentTime;
    const due = this.runs.filter(({ enter, leave }) => enter[0] - LOAD_S <= t && t < leave[1])
      .slice(0, DECKS);
    for (const deck of this.decks) {
      if (deck.key && !due.some(({ key }) => key === deck.key)) this.#load(deck, null);
    }
    for (const run of this.playing ? due : []) { // nothing is asked for that nobody wants to hear
      const deck = this.decks.find(({ key }) => key === run.key)
        ?? this.decks.find(({ key }) => !key);
      if (!deck) continue;
      if (deck.key !== run.key || deck.address !== run.address) this.#load(deck, run);
      this.#follow(deck, run, t, jump);
    }
    const cue = this.cues.find(({ start, end }) => start <= t && t < end)?.id ?? null;
    if (cue === this.current) return;
    this.current = cue;
    this.#tell("cue");
  }

  /**
   * @param {Deck} deck
   * @param {Run} run
   * @param {number} t
   * @param {boolean} jump
   */
  #follow(deck, run, t, jump) {
    const { audio, step } = deck;
    const second = secondAt(run, t, audio.duration);
    audio.volume = Math.min(1, gainAt(run, t) * levelAt(run, t, this.loudest) * this.musicVolume);
    const sounds = this.playing && !this.stalled && !this.video.seeking && deck.allowed === true
      && t >= run.enter[0] - AHEAD_S && second >= 0
      && (run.loop || !(audio.duration > 0) || second < audio.duration);
    if (!sounds) return audio.paused || audio.pause();
    if (audio.readyState >= 1) {
      step.keep(second, this.driftOf(deck), this.video.playbackRate, jump || audio.paused);
    }
    if (audio.paused) audio.play().catch((error) => this.#refused(error));
  }

  /** @param {unknown} error */
  #refused(error) {
    const name = error instanceof Error ? error.name : "";
    if (name === "NotAllowedError") this.pause();
    else if (name !== "AbortError") this.#tell("broken");
  }

  /**
   * Give a deck a run, or nothing.
   * @param {Deck} deck
   * @param {Run | null} run
   */
  async #load(deck, run) {
    deck.audio.pause();
    Object.assign(deck, { key: run?.key ?? "", address: run?.address ?? "", allowed: null });
    if (!run) return deck.audio.removeAttribute("src");
    deck.audio.volume = 0;
    const allowed = this.permit ? await this.permit(run.track) : true;
    if (deck.key !== run.key || deck.address !== run.address) return; // it holds another by now
    deck.allowed = allowed;
    if (!allowed) return;
    deck.audio.src = run.address;
    const t = Math.max(this.video.currentTime, run.enter[0] - AHEAD_S);
    deck.audio.currentTime = Math.max(0, secondAt(run, t));
  }

  /** @param {string} name */
  #tell(name) {
    this.dispatchEvent(new Event(name));
  }
}

