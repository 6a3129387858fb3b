// node --test tests/js : the sentence of a row, from the same pieces as Python's (tests/js_scores.py).

import { loadTexts } from "./page.mjs";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, beforeEach, test } from "node:test";
import { answer } from "./examples.mjs";

const { setLanguage, t } = await import("../../vmr/page/static/core/i18n.js");
const { Store } = await import("../../vmr/page/static/core/store.js");
const { RankedList } = await import("../../vmr/page/static/ranking/list.js");
const { Ranking, rankingState } = await import("../../vmr/page/static/ranking/ranking.js");
const { pairsOf, sentence } =
  await import("../../vmr/page/static/ranking/reason.js");

const CASES = JSON.parse(readFileSync(new URL("reasons.json", import.meta.url), "utf8"));

before(loadTexts);
beforeEach(() => setLanguage("en"));

test("pairs and the English sentence are those of Python", () => {
  for (const { why, track, pairs, sentence: text } of CASES) {
    assert.deepEqual(pairsOf(why, track), pairs);
    assert.equal(sentence(pairs, why.facet), text);
  }
});

test("the sentence is said in Japanese too, with perhaps where it is unsure", () => {
  setLanguage("ja");
  const piece = (kind, name, sure = true) => ({ kind, name, sure });
  const sea = piece("concept", "sea and beach");
  const calm = [sea, piece("mood", "calm", false)];
  const low = [sea, piece("energy", "low")];
  assert.equal(sentence([calm, low], "mood"), "海と浜辺にはおそらく穏やか・低いエネルギーが合いました。");
  const words = (text, met) => [piece("words", text), met];
  const kept = piece("kept", "");
  assert.equal(sentence([words("ゆっくり", piece("tempo", "slow")), words("ado", piece("title", "")),
    words("静か", piece("tempo", "slow")), words("悲しくない", kept), [piece("not", "dark"), kept]], "mood"),
  "「ゆっくり」と「静か」にはゆっくり、「ado」には曲名が合いました。ご希望どおり: 「悲しくない」と「暗い」以外。");
  assert.equal(sentence([[piece("not", "dark"), kept]], "mood"), "ご希望どおり: 「暗い」以外。");
  assert.equal(sentence([words("name", piece("bpm", "84"))], "mood"),
    "「name」には84 BPMが合いました。");
});

test("no sentence speaks of a picture where nothing met: there may be none", () => {
  for (const [lang, picture] of [["en", "picture"], ["ja", "映像"]]) {
    setLanguage(lang);
    assert.ok(!t("why.none").includes(picture));
  }
});

test("what was measured of a track is met, with perhaps where nobody judged the picture's side", () => {
  const store = new Store(rankingState(["genre", "mood", "tempo"]));
  const ranking = new Ranking(store, new RankedList({ play: () => {} }));
  const payload = { ...answer(2), branches: ["ssl", "genre", "tempo"], reference: undefined };
  payload.query = { ...payload.query, beliefs: { tempo: [["fast", null]] }, felt: 3 };
  payload.tracks.forEach((track, i) => (track.measured = { tempo: [["fast"], ["slow"]][i] }));
  store.set({ payload, facet: "tempo", alpha: 1 });
  assert.deepEqual([0, 1].map((i) => ranking.reason(i)), ["The feel of the picture met perhaps fast.",
    ""]);
});

test("a row says what met, follows what is chosen, and says nothing it does not know", () => {
  const store = new Store(rankingState(["genre", "mood"]));
  const ranking = new Ranking(store, new RankedList({ play: () => {} }));
  const payload = { ...answer(6), reference: undefined };
  payload.query = { ...payload.query, beliefs: { mood: [["calm", 0.8], ["happy", 0.4]] }, felt: 3,
    fits: { sea: [1.5, ["calm"]] } };
  payload.anchors = [{ branch: "mood", names: ["calm", "tender"], gram: [1, 0, 0, 0, 1, 0, 0, 0, 1] }];
  payload.tracks.forEach((track) => Object.assign(track, { spread: [1, 1, 1], anchors: [[0.1, 0.2]] }));
  store.set({ payload });
  const said = () => [0, 1, 2].map((i) => ranking.reason(i));
  assert.deepEqual(said(), ["Sea met calm.", "The feel of the picture met perhaps happy.", ""]);
  store.set({ alpha: 0 }); // the label counts for nothing here
  assert.deepEqual(said(), ["", "", ""]);
  store.set({ alpha: 1, choices: { mood: { tender: 1 } } });
  assert.deepEqual(said(), ["", "", "Your choice of tender met tender."]);
  const row = ranking.list.rows.get(2) ?? ranking.list.shape.make(payload.tracks[2], 2, {});
  row.show({ place: 0, total: 1, bars: [], reason: said()[2], score: 1, fit: null, drawn: null });
  assert.equal(row.node.querySelector(".row-why").textContent, "Your choice of tender met tender.");
  payload.words = [{ text: "slower", alone: "slower" }, { text: "zorkk", alone: "zorkk" },
    { text: "sad", alone: "not sad" }];
  payload.tracks.forEach((track) => (track.term = 1));
  payload.tracks[1].by = [[0, "tempo", "slow", true], [2, "kept", "", true]];
  store.set({ choices: {}, payload: { ...payload } });
  const words = "“slower” met slow. As asked: “not sad”.";
  assert.deepEqual(said(), ["Sea met calm.", words, ""]);
  store.set({ wordsWeight: 0 }); // words that count nothing are not named
  assert.equal(said()[1], "The feel of the picture met perhaps happy.");
});
