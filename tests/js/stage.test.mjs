// node --test tests/js : the left column: what plays, from where, and what stands beside it.

import { loadTexts } from "./page.mjs";
import { TestMedia } from "./media.mjs";
import assert from "node:assert/strict";
import { afterEach, before, beforeEach, mock, test } from "node:test";
import { answer, words } from "./examples.mjs";

mock.timers.enable({ apis: ["setInterval", "setTimeout"] });
globalThis.Audio = TestMedia;
const { setLanguage } = await import("../../vmr/page/static/core/i18n.js");
const { Store } = await import("../../vmr/page/static/core/store.js");
const { RankedList } = await import("../../vmr/page/static/ranking/list.js");
const { Ranking, rankingState } = await import("../../vmr/page/static/ranking/ranking.js");
const { Stage } = await import("../../vmr/page/static/playing/stage.js");

let store;
let stage;
let ranking;

before(loadTexts);
afterEach(() => stage.player.pause());

beforeEach(() => {
  setLanguage("en");
  store = new Store({ ...rankingState(["genre", "mood"]), lang: "en" });
  const list = new RankedList({});
  ranking = new Ranking(store, list);
  stage = new Stage(store, ranking, list);
  const { video } = stage; // happy-dom's never plays
  Object.assign(video, { play: async () => {}, pause() {}, load() {} });
  stage.setVideo("film.mp4");
  store.set({ payload: { ...answer(6), reference: null } });
});

const sounding = () => stage.player.track?.id;
const ranked = (place) => store.get("order")[place];

test("a row is played with its name, its reason and the picture", () => {
  stage.play(2);
  assert.deepEqual([store.get("current"), store.get("playing"), sounding()], [2, true, "starter/t2"]);
  assert.equal(stage.title.textContent, "Track 2");
  assert.equal(stage.now.hidden, false);
  assert.match(stage.why.textContent, /by its score/);
  stage.play(2);
  assert.equal(store.get("playing"), false);
});

test("the first row plays where none was chosen", () => {
  stage.toggle();
  assert.equal(store.get("current"), ranked(0));
  stage.toggle();
  assert.equal(store.get("playing"), false);
});

test("the keys walk the rows in their order and stop at the ends", () => {
  stage.step(1);
  assert.deepEqual([store.get("current"), store.get("playing")], [ranked(0), false]);
  stage.step(1);
  stage.step(-1);
  stage.step(-1);
  assert.equal(store.get("current"), ranked(0));
  stage.play(ranked(0));
  stage.step(1);
  assert.equal(sounding(), `starter/t${ranked(1)}`); // what plays changes with the choice
});

test("two tracks are compared by going back and forth", () => {
  stage.play(1);
  assert.equal(stage.other.hidden, true);
  stage.play(4);
  assert.equal(stage.other.hidden, false);
  stage.swap();
  assert.equal(sounding(), "starter/t1");
  stage.swap();
  assert.equal(sounding(), "starter/t4");
});

test("a track whose sound is missing is said so and nothing plays on", () => {
  stage.play(1);
  ranking.tracks[3].audio = null;
  stage.play(3);
  assert.equal(store.get("playing"), false);
  assert.match(stage.notice.textContent, /not installed/);
});

test("a place of the waveform becomes the start, kept per track", () => {
  stage.seekTrack(2, 0.5);
  assert.equal(store.get("playing"), true);
  const track = ranking.tracks[2];
  assert.ok(Math.abs(stage.starts.of(track).start - track.seconds / 2) < 1e-9);
  stage.play(3);
  stage.play(2);
  assert.ok(Math.abs(stage.player.start - track.seconds / 2) < 1e-9);
  stage.setVideo("other.mp4");
  assert.equal(stage.starts.of(track).start, 0);
});

test("a chosen start begins the video again with it, and its ending stays with the track", () => {
  const told = [];
  stage.starts.onstart = ({ id }, choice) =>
    told.push([id, choice.start, choice.ending, choice.isChosen]);
  const track = ranking.tracks[2];
  stage.chooseStart({ start: 3, ending: "cut", fade_out: 0.08 }); // of nothing
  stage.play(2);
  assert.deepEqual(stage.starts.of(track), { start: 0, ending: "loop", fade_out: 1.2, isChosen: false });
  stage.video.currentTime = 5;
  stage.chooseStart({ start: 12.5, ending: "cut", fade_out: 0.08 });
  assert.deepEqual([stage.player.start, stage.player.ending.ending, stage.video.currentTime],
    [12.5, "cut", 0]);
  stage.play(3);
  assert.equal(stage.player.ending, null);
  stage.play(2);
  assert.equal(stage.player.ending.ending, "cut");
  assert.deepEqual(told, [["t2", 12.5, "cut", true]]);
});

test("the best start is offered where there is a picture", () => {
  let asked = 0;
  stage.onbest = () => asked++;
  stage.play(2);
  stage.best.click();
  assert.deepEqual([asked, stage.best.hidden], [1, false]);
  stage.player.setVideo(null);
  stage.play(3);
  assert.equal(stage.best.hidden, true);
});

test("a kept track plays whether it is in this ranking or not", () => {
  stage.audition(words(1));
  assert.equal(store.get("current"), 1);
  stage.audition(words(0, { catalog: "games", audio: "vmr-media/x.opus" }));
  assert.deepEqual([store.get("current"), sounding()], [null, "games/t0"]);
  stage.audition(words(0, { catalog: "games" }));
  assert.equal(stage.player.playing, false);
});

test("the volumes are those of the two sliders", () => {
  stage.musicVolume.input.value = "0.25";
  stage.musicVolume.input.dispatchEvent(new Event("input"));
  assert.deepEqual(stage.volumes, { music: 0.25, video: 0 });
  assert.equal(stage.player.musicVolume, 0.25);
});

test("a film begins with its length and name, and shows them before it plays", () => {
  Object.defineProperty(stage.video, "duration", { value: 23, configurable: true });
  stage.video.dispatchEvent(new Event("durationchange"));
  assert.equal(stage.film.time.textContent, "0:00 / 0:23");
  assert.equal(stage.film.name.textContent, "clip.mp4");
  store.set({ video: { sample: { key: "earth", titles: { en: "Earth at night", ja: "夜の地球" } } } });
  assert.equal(stage.film.name.textContent, "Earth at night"); // a sample has a title
});

test("a film that stands has a frame that stands", () => {
  for (const [width, height, portrait] of [[360, 640, true], [640, 480, false]]) {
    Object.defineProperty(stage.video, "videoWidth", { value: width, configurable: true });
    Object.defineProperty(stage.video, "videoHeight", { value: height, configurable: true });
    stage.video.dispatchEvent(new Event("resize"));
    assert.equal(stage.frame.classList.contains("portrait"), portrait);
  }
});

test("a sound that does not come is asked about, and nothing claims to play", () => {
  const asked = [];
  stage.onbroken = (track) => asked.push(track.id);
  stage.play(2);
  stage.player.dispatchEvent(new Event("broken"));
  assert.deepEqual([asked, store.get("playing")], [["t2"], false]);
});

test("where it is wanted the first row plays after a move", () => {
  stage.play(ranked(3));
  store.set({ following: true });
  store.set({ alpha: 0.9 });
  mock.timers.tick(500);
  assert.equal(store.get("current"), ranked(0));
  store.set({ following: false, alpha: 0.1 });
  const before_ = store.get("current");
  mock.timers.tick(500);
  assert.equal(store.get("current"), before_);
});

test("a picture that the browser cannot play is told once there is one", () => {
  let told = 0;
  stage.onunplayable = () => told++;
  stage.video.dispatchEvent(new Event("error"));
  assert.equal(told, 1);
  stage.setVideo(null);
  stage.video.dispatchEvent(new Event("error"));
  assert.equal(told, 1);
  assert.equal(stage.frame.hidden, true);
});
