// node --test tests/js : labelling: what a person says of a track, what is sent, what comes back.

import { loadTexts, settled } from "./page.mjs";
import assert from "node:assert/strict";
import { before, beforeEach, mock, test } from "node:test";
import { answer } from "./examples.mjs";
import { boot, reset } from "./gradio.mjs";

const { setLanguage } = await import("../../vmr/page/static/core/i18n.js");
const { configure } = await import("../../vmr/page/static/core/server.js");
const { Store } = await import("../../vmr/page/static/core/store.js");
const { Draft } = await import("../../vmr/page/static/views/draft.js");
const { guesses, labelKeys, labelOfKey } = await import("../../vmr/page/static/views/label_keys.js");
const { LabelCard } = await import("../../vmr/page/static/views/label_card.js");
const { ago, recentList } = await import("../../vmr/page/static/views/label_recent.js");
const { LearnNotes } = await import("../../vmr/page/static/views/learn_notes.js");

before(loadTexts);
beforeEach(() => {
  setLanguage("en");
  reset();
  configure(boot);
});

const card = (more) => ({ number: 3, title: "<b>Sea</b>", artist: "Ann", catalog: "c", seconds: 20,
  audio: "a.opus", peaks: "", reason: "random", table: {}, said: {}, by: null, suggestions: [], ...more });

// ---- what is said of a track --------------------------------------------------------------------

test("a key turns a label on and off, shift says that it does not fit", () => {
  const draft = new Draft(card());
  draft.toggle("mood", "calm");
  assert.equal(draft.value("mood", "calm"), 1);
  draft.toggle("mood", "calm");
  assert.equal(draft.value("mood", "calm"), 0);
  draft.toggle("mood", "sad", true);
  assert.equal(draft.value("mood", "sad"), -1);
  assert.deepEqual(draft.statements("mood"),
    [{ facet: "mood", label: "sad", value: -1, source: "labelled", shown: null }]);
  draft.clear();
  assert.equal(draft.touched, false);
});

test("labels of the table are shown as on, and going on says that they are right", () => {
  const draft = new Draft(card({ table: { mood: ["calm"], genre: ["folk"] } }));
  assert.equal(draft.value("mood", "calm"), 1);
  assert.deepEqual(draft.statements("mood").map(({ facet, label, value }) => [facet, label, value]),
    [["mood", "calm", 1]]);
});

test("a label of the table that is turned off is said not to fit", () => {
  const draft = new Draft(card({ table: { mood: ["calm"] } }));
  draft.toggle("mood", "calm");
  assert.deepEqual(draft.statements("mood").map(({ label, value, source }) => [label, value, source]),
    [["calm", -1, "corrected"]]);
});

test("what was said before is sent again only where it changed", () => {
  const draft = new Draft(card({ said: { mood: { calm: 1, sad: -1 } } }));
  assert.deepEqual(draft.statements("mood"), []);
  draft.set("mood", "calm", 0);
  assert.deepEqual(draft.statements("mood").map(({ label, value }) => [label, value]), [["calm", 0]]);
});

test("a suggestion that was taken is sent with the share that was seen", () => {
  const draft = new Draft(card({ suggestions: [{ facet: "mood", label: "calm", share: 0.71 }] }));
  const chips = guesses(draft, "mood", ({ facet, label }) => draft.set(facet, label, 1));
  assert.match(chips.textContent, /calm71 %/);
  chips.querySelector("button").click();
  assert.deepEqual(draft.statements("mood"),
    [{ facet: "mood", label: "calm", value: 1, source: "suggested_accepted", shown: 0.71 }]);
  assert.equal(guesses(draft, "mood", () => {}).hidden, true);
});

test("only the facet that is asked has suggestions, and only while the track has no label of it", () => {
  const suggestions = [{ facet: "mood", label: "calm", share: 0.22 },
    { facet: "genre", label: "rock", share: 0.7 }];
  const sound = { button: "", wave: "", time: "", show() {}, draw() {} };
  const desk = new LabelCard({ forget() {} }, sound, assert.fail);
  desk.know({ facets: { mood: ["calm", "sad"], genre: ["rock"] },
    tally: {}, recent: [], who: "", isLogin: false });
  desk.choose("genre");
  for (const [more, offers, taken] of [[{}, ["rock70 %"], 1],
    [{ table: { mood: ["sad"] } }, ["rock70 %"], 1],
    [{ table: { genre: ["metal"] } }, [], 0], [{ said: { genre: { metal: 1 } } }, [], 0],
    [{ said: { genre: { metal: -1 } } }, ["rock70 %"], 1]]) {
    desk.show(card({ suggestions, ...more }), true);
    assert.deepEqual([...desk.guess.querySelectorAll("button")].map((one) => one.textContent), offers);
    desk.takeFirst();
    assert.deepEqual([desk.draft.value("genre", "rock"), desk.draft.value("mood", "calm")], [taken, 0]);
  }
});

// ---- keys and lists -----------------------------------------------------------------------------

test("digits mean the first labels whatever the layout, letters the others", () => {
  const names = Array.from({ length: 12 }, (_, i) => `label ${i}`);
  assert.equal(labelOfKey(names, { code: "Digit1", key: "!" }), "label 0");
  assert.equal(labelOfKey(names, { code: "Numpad0", key: "0" }), "label 9");
  assert.equal(labelOfKey(names, { code: "KeyQ", key: "Q" }), "label 10");
  assert.equal(labelOfKey(names, { code: "KeyM", key: "m" }), null);
});

test("a click goes from fits to does not fit to nothing", () => {
  const draft = new Draft(card());
  const seen = [];
  for (let i = 0; i < 3; i++) {
    const [button] = labelKeys(draft, "mood", ["calm"], (name, not) => draft.toggle("mood", name, not));
    button.click();
    seen.push(draft.value("mood", "calm"));
  }
  assert.deepEqual(seen, [1, -1, 0]);
});

test("times are said in words, names stay text, a click opens the track", () => {
  const now = Date.parse("2026-01-02T12:00:00Z");
  assert.deepEqual(["2026-01-02T11:59:50Z", "2026-01-02T11:57:00Z", "2026-01-01T11:00:00Z"]
    .map((at) => ago(at, now)), ["just now", "3 minutes ago", "1 day ago"]);
  const opened = [];
  const [, list] = recentList([{ number: 3, title: "<b>Sea</b>", artist: "", who: "<i>Ann</i>",
    at: new Date().toISOString(), labels: [{ facet: "mood", label: "calm", value: -1 }] }],
  (number) => opened.push(number));
  assert.match(list.textContent, /<b>Sea<\/b>not calm<i>Ann<\/i>, just now/);
  list.querySelector("button").click();
  assert.deepEqual(opened, [3]);
});

test("that nothing is left is said of the facet that was asked, not of the next one", async () => {
  const answers = [];
  const queue = { next: () => new Promise((resolve) => answers.push(resolve)), forget() {} };
  const sound = { button: "", wave: "", time: "", show() {}, draw() {} };
  const desk = new LabelCard(queue, sound, assert.fail);
  desk.know({ facets: { mood: ["calm"], genre: ["rock"] }, tally: {}, recent: [], who: "", isLogin: false });
  assert.equal(desk.empty.textContent, "Looking …");
  const first = desk.next();
  answers.shift()(null);
  await first;
  assert.match(desk.empty.textContent, /has a label for mood/);
  desk.choose("genre");
  assert.deepEqual([desk.empty.hidden, desk.empty.textContent], [false, "Looking …"]);
  answers.shift()(card());
  await settled();
  assert.equal(desk.empty.hidden, true);
});

// ---- corrections while searching ----------------------------------------------------------------

test("what was kept for a video before is not sent again, what changes is", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const payload = answer(3);
  const kept = { ...payload.tracks[0], sha256: payload.query.sha256 };
  const store = new Store({ phase: "results", payload: null, choices: {}, excluded: new Set(),
    shortlist: [kept] });
  const notes = new LearnNotes(store, () => {});
  const sent = [];
  notes.send = async () => sent.push("sent");
  store.set({ payload });
  assert.deepEqual([...notes.known], [["p\tpicked\tstarter/t0", 1]]);
  store.set({ choices: { mood: { calm: 1 } } });
  store.set({ choices: { mood: { calm: -1 } } });
  mock.timers.tick(2000);
  assert.deepEqual(sent, ["sent"]); // once, after the last click
  mock.timers.reset();
});
