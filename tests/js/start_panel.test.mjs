// node --test tests/js : choosing where the music begins.

import { loadTexts, press, settled, size, window } from "./page.mjs";
import assert from "node:assert/strict";
import { before, beforeEach, test } from "node:test";
import { gradio, reset } from "./gradio.mjs";
import { TestMedia } from "./media.mjs";
import { told } from "./start_examples.mjs";
import { words } from "./examples.mjs";

globalThis.Audio = TestMedia;
const { setLanguage } = await import("../../vmr/page/static/core/i18n.js");
const { configure } = await import("../../vmr/page/static/core/server.js");
const { Store } = await import("../../vmr/page/static/core/store.js");
const { StartPanel } = await import("../../vmr/page/static/playing/start_panel.js");
const { drawTrack, drawUnder } = await import("../../vmr/page/static/playing/start_drawing.js");
const { TrackStarts } = await import("../../vmr/page/static/playing/track_starts.js");
const { askStarts, BestStart } = await import("../../vmr/page/static/views/best_start.js");

gradio.names = ["best_start"];
configure({ events: { best_start: 0 }, limits: {} });
let panel;
let chosen;

before(loadTexts);
beforeEach(() => {
  setLanguage("en");
  reset();
  chosen = [];
  panel = new StartPanel((choice) => chosen.push(choice), () => chosen.push("closed"));
  panel.show(told(), { start: 8, ending: "cut", fade_out: 0.08 });
});

const rows = () => [...panel.list.querySelectorAll("button")];
const pressed = (nodes) => [...nodes].map((node) => node.getAttribute("aria-pressed"));

test("three proposals stand with their reasons, and the chosen one is marked", () => {
  assert.deepEqual(rows().map((row) => row.textContent),
    ["0:08the beat enters at the cut at 0:02", "0:201 of 3", "0:402 of 3"]);
  assert.deepEqual(pressed(rows()), ["true", "false", "false"]);
  assert.equal(panel.said.textContent, "2 of 3 cuts meet a beat");
  rows()[1].click();
  assert.deepEqual(chosen, [{ start: 20.25, ending: "fade", fade_out: 2 }]);
  assert.deepEqual(pressed(rows()), ["false", "true", "false"]);
  setLanguage("ja");
  panel.speak();
  assert.match(rows()[0].textContent, /拍が入る/);
});

test("keys move the start from beat to beat", () => {
  press(panel.track, "ArrowRight");
  press(panel.track, "PageDown");
  press(panel.track, "x");
  assert.deepEqual(chosen.map(({ start }) => start), [8.5, 6.5]);
  assert.match(panel.track.getAttribute("aria-valuetext"), /0:06/);
});

test("a drag moves it on beats and is told once, when it is let go", () => {
  size(panel.track, 600, 40);
  panel.track.getBoundingClientRect = () => ({ left: 0 });
  const send = (name, clientX) => panel.track.dispatchEvent(
    Object.assign(new window.Event(name), { clientX, pointerId: 1 }));
  send("pointerdown", 100); // 10 s, inside the window
  send("pointermove", 152);
  send("pointermove", 153);
  assert.deepEqual(chosen, []);
  send("pointerup", 153);
  assert.deepEqual(chosen.map(({ start }) => start), [13.5]);
  send("pointermove", 300);
  assert.equal(panel.choice.start, 13.5);
  send("pointerdown", 402); // beside the window: it comes there
  send("pointerup", 402);
  assert.equal(chosen.at(-1).start, 40);
});

test("an ending that is chosen lands and says how", () => {
  assert.match(panel.lands.textContent, /first beat of a bar/);
  panel.show(told(), { start: 8.3, ending: "fade", fade_out: 2 });
  assert.match(panel.lands.textContent, /between two beats/);
  const [fade, cut, loop] = panel.endings.querySelectorAll("button");
  cut.click();
  assert.deepEqual(chosen.at(-1), { start: 8, ending: "cut", fade_out: 0.08 });
  assert.deepEqual(pressed([fade, cut, loop]), ["false", "true", "false"]);
  panel.show(told(), { start: 55, ending: "fade", fade_out: 2 });
  assert.match(panel.lands.textContent, /over 5\.0 s before/);
});

test("what is waited for, and what went wrong, stands in the panel's place", () => {
  panel.say("Listening");
  assert.deepEqual([panel.note.hidden, panel.body.hidden, panel.note.textContent],
    [false, true, "Listening"]);
  rows()[0].click();
  panel.node.querySelector(".tool").click();
  assert.equal(chosen.at(-1), "closed");
});

/** A canvas whose drawing is noted. */
function canvas() {
  const drawn = [];
  const context = new Proxy({}, { get: (_, name) => (...values) => drawn.push([name, ...values]),
    set: () => true });
  const node = document.createElement("canvas");
  node.getContext = () => context;
  size(node, 300, 100);
  return { node, drawn };
}

test("cuts that meet a beat go through to it, the place that plays is shown", () => {
  const { node, drawn } = canvas();
  const choice = { start: 8, ending: "fade", fade_out: 2 };
  assert.equal(drawUnder(node, told(), choice, 5), true);
  assert.equal(drawn.filter(([name]) => name === "arc").length, 2);
  assert.ok(drawn.some(([name, x, , , height]) => name === "fillRect" && x === 149 && height === 100));
  const whole = canvas();
  assert.equal(drawTrack(whole.node, told(), { start: 55, ending: "loop", fade_out: 2 }), true);
  const windows = whole.drawn.filter(([name, , , , height]) => name === "fillRect" && height === 100);
  assert.deepEqual(windows.map(([, x]) => Math.round(x)), [275, 0, 275]);
  size(node, 0, 0);
  assert.equal(drawUnder(node, told(), choice, null), false);
});

function pageOf() {
  const store = new Store({ current: 0, lang: "en", theme: "light", video: { sample: { key: "sea" } },
    payload: { query: { sha256: "ab" } } });
  const calls = [];
  const starts = new TrackStarts();
  const stage = { player: new TestMedia(), video: new TestMedia(), starts, calls,
    best: document.createElement("button"), now: document.createElement("div"),
    tracks: [words(0, { position: 7, seconds: 60 }), words(1, { position: 9, seconds: 60 })],
    get track() {
      return this.tracks[store.get("current")];
    },
    chooseStart(choice) {
      calls.push(choice.start);
      starts.choose(this.track, choice);
    } };
  document.body.append(stage.best, stage.now);
  return { store, stage };
}

test("the best start is taken at once, and asked for again with another track", async () => {
  const page = pageOf();
  const best = new BestStart(page);
  gradio.answers.best_start = () => told();
  await best.toggle();
  const [name, data] = gradio.calls.at(-1);
  assert.deepEqual([name, data], ["best_start", [null, "sea", 7, null]]);
  assert.deepEqual([page.stage.calls, best.panel.node.hidden], [[8], false]);
  gradio.answers.best_start = () => told({ starts: told().starts.slice(1) });
  page.store.set({ current: 1 });
  await settled();
  assert.deepEqual([gradio.calls.at(-1)[1][2], page.stage.calls], [9, [8]]); // nothing chosen for them
  assert.equal(best.panel.list.children.length, 2);
  const asked = gradio.calls.length;
  page.store.set({ current: 0 });
  await settled();
  assert.equal(gradio.calls.length, asked); // known already
  await best.toggle();
  assert.deepEqual([best.panel.node.hidden, page.stage.best.getAttribute("aria-expanded")],
    [true, "false"]);
});

test("why there is no answer is said, and the next try asks again", async () => {
  const page = pageOf();
  page.store.set({ payload: { query: { sha256: "cd" } } });
  const best = new BestStart(page);
  gradio.answers.best_start = () => ({ error: JSON.stringify({ en: "No sound.", key: "page.x" }) });
  await best.toggle();
  assert.equal(best.panel.note.textContent, "No sound.");
  gradio.answers.best_start = () => told();
  await best.toggle();
  await best.toggle();
  assert.equal(best.panel.body.hidden, false);
});

test("a part of a film is asked for by its seconds", async () => {
  gradio.answers.best_start = () => told({ start: 10 });
  const answer = await askStarts("ef", { sample: { key: "sea" } }, 3, [10, 20]);
  assert.deepEqual([answer.start, gradio.calls.at(-1)[1]], [10, [null, "sea", 3, [10, 20]]]);
});
