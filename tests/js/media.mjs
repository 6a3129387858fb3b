// Media elements whose clock the test turns, for the player: happy-dom's never play.

import { window } from "./page.mjs";

export class TestMedia extends window.EventTarget {
  constructor(duration = 30) {
    super();
    this.duration = duration;
    this.readyState = 4;
    this.paused = true;
    this.volume = 1;
    this.muted = false;
    this.playbackRate = 1;
    this.at = 0;
    this.seeks = [];
    this.attributes = {};
    this.refuses = null; // a DOMException that play() answers with
  }

  get src() {
    return this.attributes.src ?? "";
  }

  set src(url) {
    this.attributes.src = url;
    this.at = 0;
  }

  getAttribute(name) {
    return this.attributes[name] ?? null;
  }

  hasAttribute(name) {
    return name in this.attributes;
  }

  removeAttribute(name) {
    delete this.attributes[name];
  }

  load() {}

  get currentTime() {
    return this.at;
  }

  set currentTime(second) {
    this.at = second;
    this.seeks.push(second);
  }

  async play() {
    if (this.refuses) throw this.refuses;
    this.paused = false;
  }

  pause() {
    this.paused = true;
  }

  /** Let time pass as a browser would: the end stops it. */
  pass(seconds) {
    if (this.paused) return;
    this.at += seconds * this.playbackRate;
    if (this.at < this.duration) return;
    this.at = this.duration;
    this.paused = true;
    this.dispatchEvent(new window.Event("ended"));
  }
}
