// node --test tests/js : rows drawn from two labels that are nearly as likely, and where they change.

import { loadTexts } from "./page.mjs";
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { answer } from "./examples.mjs";

const { changesAlong, lastOrder, paths } = await import("../../vmr/page/static/ranking/changes.js");
const { alphaWeights, order, Ranker } = await import("../../vmr/page/static/ranking/rank.js");
const { arranged, drawnFromBoth } = await import("../../vmr/page/static/ranking/ties.js");
const { Store } = await import("../../vmr/page/static/core/store.js");
const { Belief } = await import("../../vmr/page/static/ranking/belief.js");
const { RankedList } = await import("../../vmr/page/static/ranking/list.js");
const { Row } = await import("../../vmr/page/static/ranking/row.js");
const { Ranking, rankingState } = await import("../../vmr/page/static/ranking/ranking.js");

before(loadTexts);

const LABELS = ["calm", "sad", "happy"];
const PAIR = ["calm", "happy"];

/** An answer whose picture is as calm as it is happy; each label is carried by a third of the tracks,
 * which all sound sad. */
function torn(count, fusion = "calibrated", seed = 11) {
  const payload = { ...answer(count, fusion, seed), reference: undefined };
  payload.query = { ...payload.query, ties: { mood: PAIR, genre: null } };
  payload.tracks.forEach((track, i) =>
    Object.assign(track, { mood: [LABELS[i % 3]], nearest: { mood: "sad" } }));
  return payload;
}

test("the best three of the label that leads, two of the other, then the rest", () => {
  const labels = ["calm", "calm", "calm", "calm", "happy", "happy", "happy", "sad"];
  assert.deepEqual(drawnFromBoth([4, 7, 0, 1, 2, 3, 5, 6], labels, PAIR).order, [4, 0, 1, 5, 6, 7, 2, 3]);
  assert.deepEqual(drawnFromBoth([7, 4, 5, 0, 6, 1, 2, 3], labels, PAIR).order, [4, 5, 0, 1, 2, 7, 6, 3]);
  assert.equal(drawnFromBoth([7, 0, 4, 1, 5], labels, PAIR).drawn.size, 0); // too few
  assert.deepEqual(drawnFromBoth([], labels, PAIR).order, []);
});

test("nothing is drawn up to the middle of the slider", () => {
  const tie = { b: 2, pair: PAIR, labels: Array.from({ length: 9 }, (_, i) => LABELS[i % 3]) };
  const ranked = [...tie.labels.keys()];
  assert.equal(arranged(ranked, [0.5, 0, 0.5], tie).drawn.size, 0);
  assert.equal(arranged(ranked, [0.49, 0, 0.51], tie).drawn.size, 5);
  assert.equal(arranged(ranked, [0, 0, 1], null).drawn.size, 0);
});

for (const [fusion, seed] of [["calibrated", 11], ["calibrated", 12], ["calibrated", 13], ["mix", 2]]) {
  test(`the changes of drawn rows are all there and exact (${fusion}, ${seed})`, () => {
    const payload = torn(45, fusion, seed);
    const ranker = new Ranker(payload);
    const members = [...payload.tracks.keys()].filter((i) => i % 7);
    const tie = { b: 2, pair: PAIR, labels: payload.tracks.map(({ mood }) => mood[0]) };
    const found = changesAlong(ranker, "mood", members, 8, tie);
    const shownAt = (alpha) => {
      const w = alphaWeights(payload.branches, "mood", alpha);
      return arranged(order(ranker.scores(w), members), w, tie).order.slice(0, 8);
    };
    const now = [...found.first];
    let at = 0;
    for (let alpha = 0.0005; alpha < 1; alpha += 0.001) {
      for (; at < found.changes.length && found.changes[at].alpha < alpha; at++) {
        const { rank, rises, falls } = found.changes[at];
        assert.equal(now[rank], falls);
        if (now.includes(rises)) now[now.indexOf(rises)] = falls;
        now[rank] = rises;
      }
      const near = found.changes.some((change) => Math.abs(change.alpha - alpha) < 1e-6);
      if (!near) assert.deepEqual(now, shownAt(alpha), `at ${alpha}`);
      const ranks = [...paths(found).values()].flat()
        .filter(({ from, to }) => from <= alpha && alpha < to).map(({ rank }) => rank).sort();
      assert.deepEqual(ranks, [0, 1, 2, 3, 4, 5, 6, 7]);
    }
    assert.deepEqual(lastOrder(found), shownAt(1));
  });
}

test("what ties and what is drawn from is what is ranked, and follows the switch at once", () => {
  const store = new Store(rankingState(["genre", "mood"]));
  const ranking = new Ranking(store, new RankedList({ play: () => {} }));
  const belief = new Belief(store, () => ({ open: () => {} }));
  const payload = torn(30);
  payload.with_silent = { offered: { mood: LABELS }, ties: payload.query.ties };
  payload.query = { ...payload.query, ties: { mood: null } };
  payload.offered = { mood: ["calm", "sad"] };
  payload.anchors = [{ branch: "mood", names: PAIR, gram: [1, 0, 0, 0, 1, 0, 0, 0, 1] }];
  payload.tracks.forEach((track) => Object.assign(track, { spread: [1, 1, 1], anchors: [[0.1, 0.2]],
    audio: track.mood[0] === "happy" ? null : track.audio }));
  store.set({ payload, alpha: 1 });
  assert.ok(belief.tie.hidden);
  assert.equal(store.get("drawn").size, 0);
  store.set({ silent: true });
  assert.match(belief.tie.textContent, /calm or happy: the first five rows come from both/);
  for (const [i, name] of store.get("drawn")) assert.deepEqual(payload.tracks[i].mood, [name]);
  assert.deepEqual(ranking.ordered(1).order, store.get("order"));
  store.set({ silent: false });
  assert.ok(belief.tie.hidden);
  assert.equal(store.get("drawn").size, 0);
});

test("a row shows the chip of the label that it was drawn for first", () => {
  const track = { ...torn(1).tracks[0], mood: ["tense", "sad", "calm"] };
  const row = new Row(track, 0, { play: () => {} });
  const show = (drawn) => row.show({ place: 0, total: 1, bars: [], reason: "", score: 1, fit: null, drawn });
  const chips = () => [...row.chips.children].map((chip) => chip.textContent);
  show(null);
  assert.deepEqual(chips(), ["tense", "sad", "calm"]);
  show("calm");
  assert.deepEqual(chips(), ["calm", "tense", "sad"]);
  show(null);
  assert.deepEqual(chips(), ["tense", "sad", "calm"]);
});

test("the page draws from both, says so, and one click chooses one of the two", () => {
  const store = new Store(rankingState(["genre", "mood"]));
  const ranking = new Ranking(store, new RankedList({ play: () => {} }));
  const belief = new Belief(store, () => ({ open: () => {} }));
  const payload = torn(30);
  payload.anchors = [{ branch: "mood", names: PAIR, gram: [1, 0, 0, 0, 1, 0, 0, 0, 1] }];
  payload.tracks.forEach((track) => Object.assign(track, { spread: [1, 1, 1], anchors: [[0.1, 0.2]] }));
  store.set({ payload, alpha: 0.4 });
  assert.equal(store.get("drawn").size, 0);
  assert.match(belief.tie.textContent, /calm or happy; towards the label/);
  store.set({ alpha: 0.9 });
  assert.match(belief.tie.textContent, /calm or happy: the first five rows come from both/);
  const drawn = store.get("order").slice(0, 5).map((i) => store.get("drawn").get(i));
  assert.deepEqual(drawn.filter(Boolean).length, 5);
  assert.deepEqual(ranking.ordered(0.9).order, store.get("order"));
  const { scores } = ranking;
  const places = store.get("order").map((i) => scores[i]);
  for (const part of [places.slice(0, 5), places.slice(5)]) {
    assert.deepEqual(part, [...part].sort((a, b) => b - a));
  }
  store.set({ filters: { mood: ["calm"] } }); // leaves none of the other
  assert.match(belief.tie.textContent, /^Could be calm or happy\.Only/);
  store.set({ filters: {}, alpha: 0.9 });
  assert.match(belief.tie.textContent, /the first five rows come from both/);
  belief.tie.querySelectorAll("button")[1].click();
  assert.deepEqual(store.get("choices"), { mood: { happy: 1 } });
  assert.ok(belief.tie.hidden);
  assert.equal(store.get("drawn").size, 0);
});
