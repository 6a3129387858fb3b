// node --test tests/js : the field of words, its chips, and what is kept of what was asked.

import { loadTexts, window } from "./page.mjs";
import assert from "node:assert/strict";
import { before, beforeEach, mock, test } from "node:test";
import { answer } from "./examples.mjs";

const { setLanguage } = await import("../../vmr/page/static/core/i18n.js");
const { Store } = await import("../../vmr/page/static/core/store.js");
const { RankedList } = await import("../../vmr/page/static/ranking/list.js");
const { Ranking, rankingState } = await import("../../vmr/page/static/ranking/ranking.js");
const { Words } = await import("../../vmr/page/static/ranking/words.js");
const { askedLine, askedOf } = await import("../../vmr/page/static/views/asked.js");
const { pythonCode, shellCode } = await import("../../vmr/page/static/views/snippet.js");

/** As vmr.knowledge.word_scores.WordTerm.as_json answers. */
const CHIPS = [
  { text: "slow", strength: 1, understood: true, means: [["tempo", "slow"], ["mood", "calm"]],
    found: null, alone: "slow" },
  { text: "drums", strength: -1, understood: true, means: [["instrument", "drums"]], found: null,
    alone: "no drums" },
  { text: "Cho", strength: 1, understood: true, means: [], found: 3, alone: "by Cho" },
  { text: "zzyzx", strength: 1, understood: false, means: [], found: 0, alone: "zzyzx" },
];

let store;
let words;
let asked;

before(loadTexts);

beforeEach(() => {
  mock.timers.reset();
  setLanguage("en");
  store = new Store(rankingState(["genre", "mood"]));
  asked = [];
  words = new Words(store, (text, field) => asked.push([text, field]));
});

const chips = () => [...words.node.querySelectorAll(".words-chip")];
const payload = (more = {}) => ({ ...answer(6), reference: undefined, words: CHIPS, ...more });

/** Writing into a field as a person does. */
function write(field, text) {
  field.input.value = text;
  field.input.dispatchEvent(new window.Event("input"));
}

test("enter asks at once, a pause asks once, an empty page waits for enter", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  write(words.field, "slow");
  write(words.field, "slow piano");
  assert.deepEqual(asked, []);
  mock.timers.tick(2000);
  assert.deepEqual(asked, [["slow piano", words.field]]);
  words.field.node.dispatchEvent(new window.Event("submit", { cancelable: true }));
  assert.equal(asked.length, 2);
  write(words.alone, "calm");
  mock.timers.tick(2000);
  assert.equal(asked.length, 2);
  assert.equal(words.field.input.value, "calm"); // both fields show the same text
  words.alone.node.dispatchEvent(new window.Event("submit", { cancelable: true }));
  assert.deepEqual(asked.at(-1), ["calm", words.alone]);
});

test("each word says what it was taken for, what is avoided and what nobody understood", () => {
  store.set({ payload: payload() });
  assert.deepEqual(chips().map((chip) => chip.textContent), ["slow→ tempo; mood: calm",
    "not drums→ instrument", "Cho→ in 3 titles, artists or tags", "zzyzxnot understood"]);
  assert.deepEqual(chips().map((chip) => chip.classList.contains("unknown")), [false, false, false, true]);
  assert.match(words.chips.status.textContent, /^3 of 4/);
  setLanguage("ja");
  store.set({ lang: "ja" });
  assert.match(chips()[0].textContent, /テンポ.*ムード: 穏やか/);
});

test("a word that only tracks without sound have is not understood until these are ranked", () => {
  const [chip] = [{ ...CHIPS[3], text: "hedgewars", silent: 7 }];
  store.set({ payload: payload({ words: [chip] }) });
  assert.equal(chips()[0].textContent, "hedgewars→ only in 7 without sound");
  assert.ok(chips()[0].classList.contains("unknown"));
  assert.match(words.chips.status.textContent, /^0 of 1/);
  store.set({ silent: true });
  assert.equal(chips()[0].textContent, "hedgewars→ in 7 titles, artists or tags");
  assert.ok(!chips()[0].classList.contains("unknown"));
  assert.match(words.chips.status.textContent, /^1 of 1/);
});

/** As vmr.knowledge.notes.words_json answers for words that only silent tracks answer to. */
const SAID = { notes: [{ en: "That moves nothing.", ja: "順位は動きません。" }, null],
  refused: [true, false], level: [0, 0], met_from: 0.3 };

test("words that no ranked track answers to say so and move neither row nor score", () => {
  const ranking = new Ranking(store, new RankedList({ play: () => {} }));
  const plain = payload();
  store.set({ payload: { ...plain, words: [] } });
  const kept = { order: store.get("order"), scores: [...ranking.scores] };
  assert.ok(words.chips.note.hidden);
  const tracks = plain.tracks.map((track, i) => ({ ...track, term: i % 3 }));
  store.set({ payload: { ...plain, tracks, said: { ...SAID, refused: [false, false] } } });
  assert.deepEqual({ order: store.get("order"), scores: [...ranking.scores] }, kept);
  assert.equal(words.chips.note.textContent, "That moves nothing.");
  setLanguage("ja");
  store.set({ lang: "ja" });
  assert.equal(words.chips.note.textContent, "順位は動きません。");
  store.set({ silent: true });
  assert.ok(words.chips.note.hidden);
  assert.notDeepEqual([...ranking.scores], kept.scores);
});

test("words alone that no ranked track answers to leave no rows, until tracks without sound are in", () => {
  const ranking = new Ranking(store, new RankedList({ play: () => {} }));
  const plain = payload();
  const tracks = plain.tracks.map((track, i) => ({ ...track, parts: track.parts.map(() => 0),
    term: i, met: i / 10 }));
  const query = { ...plain.query, modality: "text" };
  store.set({ payload: { ...plain, query, tracks, said: SAID } });
  assert.deepEqual(store.get("order"), []);
  assert.ok(ranking.refused && store.get("bestFit") === null);
  store.set({ silent: true });
  assert.deepEqual(store.get("order"), [5, 4, 3, 2, 1, 0]);
  assert.equal(store.get("bestFit"), 0.5); // of words alone, what the best has of them
});

test("the words are weighed by their spread among the tracks with sound", () => {
  const ranking = new Ranking(store, new RankedList({ play: () => {} }));
  const plain = payload();
  store.set({ payload: { ...plain, words: [] } });
  const bare = [...ranking.scores];
  const tracks = plain.tracks.map((track, i) => ({ ...track, term: i }));
  store.set({ payload: { ...plain, tracks, said: { ...SAID, level: [1, 0.5] } } });
  ranking.scores.forEach((score, i) => assert.ok(Math.abs(score - bare[i] - (i - 1) / 0.5) < 1e-9));
});

test("where the sound model understood the whole line a chip says so, and cannot be taken away", () => {
  const heard = { text: "slow by Cho", avoided: ["drums"] };
  store.set({ payload: payload({ heard }) });
  const chip = chips().at(-1);
  assert.equal(chips().length, CHIPS.length + 1);
  assert.equal(chip.textContent, "Whole line, by the sound model→ slow by Cho, not drums");
  assert.equal(chip.querySelector("button"), null);
  setLanguage("ja");
  store.set({ lang: "ja" });
  assert.match(chips().at(-1).textContent, /音のモデル.*drumsなし/);
  store.set({ payload: payload({ heard: null }) });
  assert.equal(chips().length, CHIPS.length);
});

test("taking a chip away takes the word out of the text and asks again", () => {
  store.set({ words: "something slow, no drums by Cho zzyzx", payload: payload() });
  const button = chips()[0].querySelector("button");
  assert.match(button.getAttribute("aria-label"), /slow/);
  button.click();
  assert.equal(store.get("words"), "no drums, by Cho, zzyzx");
  assert.deepEqual(asked, [["no drums, by Cho, zzyzx", words.field]]);
  assert.equal(words.field.input.value, "no drums, by Cho, zzyzx");
});

test("without words there are no chips, and words alone have no weight", () => {
  assert.ok(words.chips.node.hidden);
  store.set({ payload: payload({ words: [] }) });
  assert.ok(words.chips.node.hidden);
  const alone = payload();
  store.set({ payload: { ...alone, query: { ...alone.query, modality: "text" } } });
  assert.ok(!words.chips.node.hidden && words.chips.slider.hidden);
});

test("the weight of the words moves rows, keeps crossings exact and leaves none at 0", () => {
  const ranking = new Ranking(store, new RankedList({ play: () => {} }));
  const plain = payload();
  store.set({ payload: { ...plain, words: [] } });
  const plainOrder = store.get("order");
  const last = plainOrder.at(-1);
  const tracks = plain.tracks.map((track, i) => ({ ...track, term: i === last ? 5 : -1 }));
  store.set({ payload: { ...plain, tracks } });
  assert.equal(store.get("order")[0], last);
  for (const { alpha, rises, falls } of store.get("found").changes) {
    store.set({ alpha });
    assert.ok(Math.abs(ranking.scores[rises] - ranking.scores[falls]) < 1e-9);
  }
  store.set({ alpha: 0.5, wordsWeight: 0 });
  assert.deepEqual(store.get("order"), plainOrder);
});

test("what was asked is kept as the command line takes it, and read as one line", () => {
  store.set({ payload: payload(), words: " slow ", energy: 4, choices: {
    mood: { calm: 1, sad: -1, tender: 0.5 }, genre: { folk: 1 } } });
  const kept = { ...askedOf(store), facet: "mood" };
  assert.deepEqual(kept, { labels: "calm,-sad,tender:0.5", energy_asked: 4, words: "slow", words_weight: 1,
    facet: "mood" });
  assert.equal(askedLine(kept), "“slow”, calm, not sad, tender ×½, energy 4.0");
  assert.equal(askedLine({ facet: "mood" }), ""); // kept before there were words
});

test("the same search as code carries labels, energy and words", () => {
  const call = { base: "http://x/", endpoint: "/search", file: "", alpha: 1, facet: "mood", k: 5,
    more: ["calm", null, "it's slow"] };
  assert.match(pythonCode(call), /predict\(None, 1, "mood", 5, "calm", None, "it's slow", api_name/);
  assert.match(shellCode(call), /"data": \[null, 1, "mood", 5, "calm", null, "it'\\''s slow"\]/);
  assert.doesNotMatch(shellCode(call), /upload/);
});
