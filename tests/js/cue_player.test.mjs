// node --test tests/js : cues are heard in place, one after the other, in step with the film.

import "./page.mjs";
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { cueOf as cue } from "./cue_examples.mjs";
import { TestMedia } from "./media.mjs";

mock.timers.enable({ apis: ["setInterval"] });
globalThis.Audio = class extends TestMedia {
  constructor() {
    super(60);
  }
};
const { CuePlayer } = await import("../../vmr/page/static/playing/cue_player.js");

let now = 0;
performance.now = () => now;

const TICK_S = 0.04;
let video;
let player;
let events;

beforeEach(() => {
  player?.pause();
  video = new TestMedia(30);
  player = new CuePlayer(video);
  events = [];
  for (const name of ["change", "broken", "cue", "ended"]) {
    player.addEventListener(name, () => events.push(name));
  }
  player.setCues([cue("a", 0, 10, { track_start: 20 }), cue("b", 10, 20, { track_start: 5 }),
    cue("c", 20, 30, { track_start: 8, gain_db: -6 })]);
});

/** Turn all clocks, in the steps of the player's own timer. */
async function pass(seconds) {
  for (let left = seconds; left > 1e-9; left -= TICK_S) {
    now += TICK_S * 1000;
    const before = video.currentTime;
    if (!video.paused) video.pass(TICK_S);
    for (const { audio } of player.decks) if (before < 30) audio.pass(TICK_S);
    mock.timers.tick(TICK_S * 1000);
    await Promise.resolve();
  }
}

async function show(t) {
  video.currentTime = t;
  video.dispatchEvent(new Event("seeked"));
  await pass(TICK_S);
}

const deckOf = (id) => player.decks.find(({ key }) => key === id);
const sounding = () => player.decks.filter(({ audio }) => !audio.paused).map(({ key }) => key).sort();
const near = (a, b, tolerance = 0.02) => assert.ok(Math.abs(a - b) < tolerance, `${a} ${b}`);
const inStep = () => player.decks.every((deck) => deck.audio.paused
  || Math.abs(player.driftOf(deck)) < 0.05);

test("the first cue sounds at its start and stays with the film", async () => {
  await player.play();
  await pass(3);
  assert.deepEqual(sounding(), ["a"]);
  near(deckOf("a").audio.currentTime, 20 + video.currentTime);
  near(deckOf("a").audio.volume, 1);
  assert.equal(player.current, "a");
});

test("at a border the next begins at its start and the first ends, with no hole between", async () => {
  await player.play();
  await show(8);
  await pass(2 - TICK_S);
  near(video.currentTime, 10, 0.001);
  near(deckOf("b").audio.currentTime, 5);
  near(deckOf("a").audio.volume ** 2 + deckOf("b").audio.volume ** 2, 1);
  near(deckOf("b").audio.volume, Math.SQRT1_2, 0.1);
  await pass(0.6);
  assert.deepEqual(sounding(), ["b"]);
  assert.equal(deckOf("a"), undefined);
  near(deckOf("b").audio.volume, 1);
  assert.deepEqual([player.current, events.filter((name) => name === "cue").length], ["b", 2]);
  assert.ok(inStep());
});

test("the next runs along unheard before its turn", async () => {
  await player.play();
  await show(9);
  await pass(0.4);
  assert.deepEqual(sounding(), ["a", "b"]);
  assert.equal(deckOf("b").audio.volume, 0);
  near(deckOf("b").audio.currentTime, 4 + (video.currentTime - 9));
});

test("a seek into the middle of a cue gives the right place, back and forth", async () => {
  await player.play();
  for (const [t, id, second] of [[14, "b", 9], [25, "c", 13], [3, "a", 23]]) {
    await show(t);
    await pass(0.4);
    assert.deepEqual(sounding(), [id]);
    near(deckOf(id).audio.currentTime, second + video.currentTime - t);
  }
});

test("a pause stops all, and play goes on in step", async () => {
  await player.play();
  await pass(2);
  player.pause();
  assert.deepEqual([sounding(), video.paused], [[], true]);
  await pass(1);
  await player.play();
  await pass(0.2);
  assert.ok(inStep());
  near(deckOf("a").audio.currentTime, 20 + video.currentTime);
});

test("the music is as fast as the film", async () => {
  await player.play();
  await pass(1);
  video.playbackRate = 1.5;
  video.dispatchEvent(new Event("ratechange"));
  await pass(2);
  near(video.currentTime, 4, 0.1);
  assert.ok(inStep());
  near(deckOf("a").audio.playbackRate, 1.5, 0.13);
});

test("a film that waits for its data holds the music", async () => {
  await player.play();
  await pass(1);
  video.dispatchEvent(new Event("waiting"));
  assert.deepEqual(sounding(), []);
  await pass(1);
  assert.deepEqual(sounding(), []);
  video.dispatchEvent(new Event("playing"));
  await pass(0.1);
  assert.deepEqual(sounding(), ["a"]);
  assert.ok(inStep());
});

test("two cues that share a track run through it without a gap", async () => {
  player.setCues([cue("a", 0, 10, { track_start: 20 }), cue("b", 10, 20, { address: "a.opus",
    track_start: 30 })]);
  await player.play();
  await show(9);
  const { audio } = deckOf("a");
  const seeks = audio.seeks.length;
  await pass(2);
  assert.deepEqual([deckOf("a").audio, audio.paused, audio.seeks.length], [audio, false, seeks]);
  near(audio.currentTime, 20 + video.currentTime);
  assert.equal(player.current, "b");
});

test("a cue without music is silent, and so is one whose track is over", async () => {
  player.setCues([cue("a", 0, 10, { address: null }), cue("b", 10, 30, { track_start: 55 })]);
  await player.play();
  await pass(2);
  assert.deepEqual(sounding(), []);
  await show(17);
  await pass(0.2);
  assert.deepEqual(sounding(), []);
  await show(12);
  await pass(0.2);
  assert.deepEqual(sounding(), ["b"]);
});

test("other music for a cue is heard at once, another start too", async () => {
  await player.play();
  await pass(2);
  player.setCues([cue("a", 0, 30, { address: "new.opus", track_start: 40 })]);
  await pass(0.2);
  assert.equal(deckOf("a").address, "new.opus");
  near(deckOf("a").audio.currentTime, 40 + video.currentTime);
  player.setCues([cue("a", 0, 30, { address: "new.opus", track_start: 10 })]);
  await pass(0.2);
  near(deckOf("a").audio.currentTime, 10 + video.currentTime);
});

test("volumes follow the slider and the gains of the cues", async () => {
  player.setVolume(0.5);
  await player.play();
  await show(24);
  await pass(0.2);
  near(deckOf("c").audio.volume, 0.5 * 10 ** (-6 / 20));
});

test("what must not sound does not, and is asked about by its name", async () => {
  const asked = [];
  player.stop();
  player.permit = async (track) => asked.push(track) > 99;
  await player.play();
  await pass(1);
  assert.deepEqual([sounding(), asked.includes("starter/a")], [[], true]);
});

test("at its end the film stops, and begins again when it is played", async () => {
  await player.play();
  await show(29.5);
  await pass(0.8);
  assert.deepEqual([player.playing, sounding()], [false, []]);
  assert.ok(events.includes("ended"));
  video.ended = true;
  await player.play();
  assert.equal(video.currentTime < 0.1, true);
});

test("a browser that refuses to play is paused, a broken file is said", async () => {
  video.refuses = new DOMException("no gesture", "NotAllowedError");
  await player.play();
  assert.deepEqual([player.playing, events.includes("broken")], [false, false]);
  video.refuses = new DOMException("no decoder", "NotSupportedError");
  await player.play();
  assert.ok(events.includes("broken"));
  player.stop();
  assert.ok(player.decks.every(({ key, audio }) => !key && !audio.hasAttribute("src")));
});
