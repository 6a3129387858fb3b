// node --test tests/js : cues are heard in place; a row of a chosen cue is heard within it.

import { loadTexts } from "./page.mjs";
import { TestMedia } from "./media.mjs";
import assert from "node:assert/strict";
import { afterEach, before, beforeEach, mock, test } from "node:test";
import { cueOf } from "./cue_examples.mjs";
import { answer } from "./examples.mjs";

mock.timers.enable({ apis: ["setInterval", "setTimeout"] });
globalThis.Audio = TestMedia;
const { setLanguage } = await import("../../vmr/page/static/core/i18n.js");
const { Cues } = await import("../../vmr/page/static/core/cues.js");
const { Store } = await import("../../vmr/page/static/core/store.js");
const { RankedList } = await import("../../vmr/page/static/ranking/list.js");
const { Ranking, rankingState } = await import("../../vmr/page/static/ranking/ranking.js");
const { Stage } = await import("../../vmr/page/static/playing/stage.js");
const { CuePlaying } = await import("../../vmr/page/static/views/cue_playing.js");

let page;
let band;
let playing;

before(loadTexts);
afterEach(() => {
  playing.leave();
  page.stage.player.pause();
});

beforeEach(() => {
  setLanguage("en");
  const store = new Store({ ...rankingState(["genre", "mood"]), lang: "en", cue: null });
  const list = new RankedList({});
  const ranking = new Ranking(store, list);
  const stage = new Stage(store, ranking, list);
  Object.assign(stage.video, { play: async () => {}, pause() {}, load() {} });
  stage.setVideo("film.mp4");
  Object.defineProperty(stage.video, "duration", { value: 30, configurable: true });
  store.set({ payload: { ...answer(6), reference: null } });
  const film = { isOpen: true, node: document.createElement("p") };
  page = { store, ranking, stage, cues: new Cues(), film };
  band = { page, choice: { span: "" } };
  playing = new CuePlaying(band);
  const cue = (id, start, end, i, fields = {}) => cueOf(id, start, end, { track: i, track_id: `t${i}`,
    title: `Track ${i}`, address: `vmr-media/${i}.opus`, duration: 30 + i, ...fields });
  page.cues.open("ab", 30, [cue("a", 0, 10, 1, { track_start: 4 }),
    cue("b", 10, 30, 2, { track_start: 7 })]);
});

const stage = () => page.stage;
const settle = async () => {
  for (let i = 0; i < 5; i++) await Promise.resolve();
};

/** Choose a cue, whose answer is there at once. */
function choose(id) {
  band.choice.span = `${id} 0 10`;
  page.store.set({ cue: id });
}

test("the film's button plays the cues where no row was chosen, and pauses them", async () => {
  stage().toggle();
  await settle();
  assert.deepEqual([playing.player.playing, page.store.get("playing"), playing.player.current],
    [true, true, "a"]);
  assert.equal(playing.button.textContent, "Pause");
  assert.match(playing.said.textContent, /1: Track 1/);
  stage().toggle();
  assert.deepEqual([playing.player.playing, page.store.get("playing")], [false, false]);
  assert.equal(playing.button.textContent, "Play the cues");
});

test("a row that is played takes the film over, and the cues take it back", async () => {
  playing.button.click();
  await settle();
  stage().play(3);
  await settle();
  assert.deepEqual([playing.player.playing, stage().player.playing], [false, true]);
  assert.ok(playing.player.decks.every(({ audio }) => audio.paused));
  stage().toggle(); // the row's
  assert.equal(playing.player.playing, false);
  playing.button.click();
  await settle();
  assert.deepEqual([playing.player.playing, stage().player.track, page.store.get("current")],
    [true, null, null]);
});

test("the track of a chosen cue stands on the stage with its start, and begins within the cue", async () => {
  choose("b");
  assert.equal(page.store.get("current"), 2);
  assert.deepEqual(stage().starts.part, [10, 30]);
  assert.equal(stage().starts.of(stage().track).start, 7);
  stage().play(2);
  await settle();
  assert.deepEqual([stage().video.currentTime, stage().player.start, stage().player.part],
    [10, -3, [10, 30]]); // at 10 s of the film it is at 7 s
});

test("a start that is chosen for the cue's track becomes the cue's, another track's does not", () => {
  choose("b");
  stage().chooseStart({ start: 12, ending: "cut", fade_out: 0.08 });
  const { track_start: start, ending, fade_out: fade } = page.cues.get("b");
  assert.deepEqual([start, ending, fade], [12, "cut", 0.08]);
  page.store.set({ current: 4 });
  stage().chooseStart({ start: 3, ending: "fade", fade_out: 2 });
  assert.equal(page.cues.get("b").track_start, 12);
  assert.equal(stage().starts.of(stage().track).start, 3);
});

test("starts for the whole film come back when the cue is let go", () => {
  page.store.set({ current: 4 });
  stage().chooseStart({ start: 5, ending: "fade", fade_out: 2 });
  choose("a");
  page.store.set({ current: 4 });
  assert.equal(stage().starts.has(stage().track), false);
  page.store.set({ cue: null });
  assert.deepEqual([stage().starts.part, stage().starts.of(stage().track).start], [null, 5]);
});

test("nothing is loaded before it is played", () => {
  stage().video.dispatchEvent(new Event("seeked"));
  assert.ok(playing.player.decks.every(({ key }) => !key));
});

test("a log that refuses keeps a cue silent", async () => {
  stage().player.permit = async () => false;
  playing.button.click();
  await settle();
  assert.ok(playing.player.decks.every(({ allowed, audio }) => allowed !== true && audio.paused));
});

test("another film ends the cues, and without music there is nothing to play", () => {
  playing.button.click();
  stage().video.dispatchEvent(new Event("emptied"));
  assert.equal(playing.player.playing, false);
  page.cues.open("cd", 30, []);
  assert.equal(playing.button.disabled, true);
});
