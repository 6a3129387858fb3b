// node --test tests/js : the ranking algebra against slow, obvious versions of itself.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  changesAlong, lastOrder, linearChanges, nextChange, paths, sampledChanges,
} from "../../vmr/page/static/ranking/changes.js";
import { kendall } from "../../vmr/page/static/ranking/kendall.js";
import { alphaWeights, beginning, order, Ranker } from "../../vmr/page/static/ranking/rank.js";
import { answer, dot, stream, unit } from "./examples.mjs";

const close = (a, b, message) => assert.ok(Math.abs(a - b) < 1e-9, `${message ?? ""} ${a} ${b}`);

test("alpha moves weight from the ssl branch to the facet's", () => {
  assert.deepEqual(alphaWeights(["ssl", "genre", "mood"], "mood", 0.25), [0.75, 0, 0.25]);
});

test("a checkpoint without labels ranks as it feels, wherever a slider stands", () => {
  const { facet, alpha } = beginning([]);
  assert.deepEqual([facet, alpha], ["", 0]);
  assert.deepEqual([0, 0.5, 1].map((at) => alphaWeights(["ssl"], facet, at)), [[1], [1], [1]]);
  assert.deepEqual(beginning(["genre", "mood"]).facet, "mood");
  assert.deepEqual([beginning(["genre"]).facet, beginning(["genre"]).alpha], ["genre", 0.5]);
});

test("a calibrated score is the weighted sum of the parts", () => {
  const payload = answer(9, "calibrated");
  const w = [0.2, 0.3, 0.5];
  const scores = new Ranker(payload).scores(w);
  payload.tracks.forEach((track, i) => close(scores[i], dot(track.parts, w)));
});

test("a mixed score is the cosine of the mixed vectors", () => {
  const payload = answer(9, "mix");
  const w = [0.5, 0.1, 0.4];
  const mixed = (stack) => unit(stack[0].map((_, d) => dot(w, stack.map((v) => v[d]))));
  const scores = new Ranker(payload).scores(w);
  payload.stacks.items.forEach((item, i) =>
    close(scores[i], dot(mixed(payload.stacks.query), mixed(item))));
});

test("a reference is blended in by its share", () => {
  const payload = answer(6, "calibrated");
  const ranker = new Ranker(payload);
  ranker.blend = 0.25;
  const w = [1, 0, 0];
  const scores = ranker.scores(w);
  payload.tracks.forEach((track, i) =>
    close(scores[i], 0.75 * track.parts[0] + 0.25 * track.reference.parts[0]));
  close(ranker.part(3, 0), scores[3]);
});

test("the order falls by score and ties keep their places", () => {
  assert.deepEqual(order(Float64Array.of(1, 3, 1, 2)), [1, 3, 0, 2]);
  assert.deepEqual(order(Float64Array.of(1, 3, 1, 2), [0, 2, 3]), [3, 0, 2]);
});

test("two lines that cross at a third change places exactly there", () => {
  const { first, changes } = linearChanges([1, 0.5], [0, 1], [0, 1], 2);
  assert.deepEqual(first, [0, 1]);
  assert.equal(changes.length, 1);
  close(changes[0].alpha, 1 / 3);
  assert.deepEqual([changes[0].rank, changes[0].rises, changes[0].falls], [0, 1, 0]);
});

for (const fusion of ["calibrated", "mix"]) {
  test(`between the changes the first ranks stay, and they are all the changes (${fusion})`, () => {
    const payload = answer(40, fusion, 7);
    const ranker = new Ranker(payload);
    const members = [...payload.tracks.keys()].filter((i) => i % 5);
    const top = 8;
    const found = changesAlong(ranker, "mood", members, top);
    assert.ok(found.changes.length > 5);
    const now = [...found.first];
    let from = 0;
    for (const change of [...found.changes, { alpha: 1 }]) {
      for (const alpha of [0.001, 0.5, 0.999].map((s) => from + s * (change.alpha - from))) {
        const w = alphaWeights(payload.branches, "mood", alpha);
        const truth = order(ranker.scores(w), members).slice(0, top);
        if (change.alpha - from > 1e-5) assert.deepEqual(now, truth, `at ${alpha}`);
      }
      if (change.rank === undefined) break;
      const below = now.indexOf(change.rises);
      if (below >= 0) now[below] = change.falls;
      now[change.rank] = change.rises;
      from = change.alpha;
    }
  });
}

test("both ways of finding changes agree where scores are linear", () => {
  const payload = answer(30, "calibrated", 3);
  const ranker = new Ranker(payload);
  const at = (alpha) => ranker.scores(alphaWeights(payload.branches, "genre", alpha));
  const members = [...payload.tracks.keys()];
  const exact = linearChanges(at(0), at(1), members, 5).changes;
  const sampled = sampledChanges(at, members, 5).changes;
  assert.equal(exact.length, sampled.length);
  exact.forEach((change, i) => assert.ok(Math.abs(change.alpha - sampled[i].alpha) < 1e-6));
});

test("at any alpha each of the first ranks lies on exactly one path", () => {
  const payload = answer(30, "calibrated", 5);
  const found = changesAlong(new Ranker(payload), "mood", [...payload.tracks.keys()], 6);
  for (let alpha = 0.003; alpha < 1; alpha += 0.017) {
    const ranks = [...paths(found).values()].flat()
      .filter((piece) => piece.from <= alpha && alpha < piece.to).map((piece) => piece.rank);
    assert.deepEqual(ranks.sort(), [0, 1, 2, 3, 4, 5]);
  }
});

test("the next change is the first one to the right", () => {
  const changes = [{ alpha: 0.2 }, { alpha: 0.6 }];
  assert.equal(nextChange(changes, 0.2).alpha, 0.6);
  assert.equal(nextChange(changes, 0.7), null);
});

test("Kendall's tau is 1 for the same order, -1 for the reverse, 1/3 for one swap in three", () => {
  assert.equal(kendall([1, 2, 3], [1, 2, 3]), 1);
  assert.equal(kendall([1, 2, 3], [3, 2, 1]), -1);
  close(kendall([1, 2, 3], [2, 1, 3]), 1 / 3);
});

test("tracks that are equal at alpha 0 stand in the order they have just after it", () => {
  const { first, changes } = linearChanges([1, 1, 1], [0, 2, 1], [0, 1, 2], 3);
  assert.deepEqual([first, changes], [[1, 2, 0], []]);
  assert.deepEqual(linearChanges([1, 1], [3, 3], [0, 1], 2), { first: [0, 1], changes: [] });
});

test("an order that changes only at alpha 1 does not change", () => {
  assert.deepEqual(linearChanges([1, 0], [1, 1], [0, 1], 2).changes, []);
});

test("lines that meet in one point change places there, never earlier than the change before", () => {
  const next = stream(11);
  for (let round = 0; round < 50; round++) {
    const at = 0.1 + 0.8 * next();
    const slopes = Array.from({ length: 7 }, () => next() - 0.5);
    const s0 = slopes.map((slope) => 0.3 - slope * at);
    const s1 = slopes.map((slope) => 0.3 + slope * (1 - at));
    const found = linearChanges(s0, s1, slopes.keys(), 7);
    const alphas = found.changes.map(({ alpha }) => alpha);
    assert.equal(alphas.length, 21); // each pair once
    assert.deepEqual(alphas, alphas.toSorted((a, b) => a - b));
    assert.ok(alphas.every((alpha) => Math.abs(alpha - at) < 1e-9));
    assert.deepEqual(lastOrder(found), order(Float64Array.from(s1)));
  }
});

test("two changes three thousandths apart are both found where scores are not linear", () => {
  const scores = (alpha) => Float64Array.of(0, -(alpha - 0.5035) * (alpha - 0.5065));
  const { first, changes } = sampledChanges(scores, [0, 1], 2);
  assert.deepEqual(first, [0, 1]);
  assert.deepEqual(changes.map(({ rises }) => rises), [1, 0]);
  close(Math.round(changes[0].alpha * 1e6) / 1e6, 0.5035);
  close(Math.round(changes[1].alpha * 1e6) / 1e6, 0.5065);
});

test("an item that is all zeros scores 0, not NaN, and the others keep their scores", () => {
  const payload = answer(3, "mix");
  const before = new Ranker(payload).scores([0.5, 0, 0.5]);
  payload.tracks[1] = { ...payload.tracks[1], q: Array(9).fill(0), g: Array(9).fill(0) };
  const after = new Ranker(payload).scores([0.5, 0, 0.5]);
  assert.deepEqual([...after], [before[0], 0, before[2]]);
});

test("vectors that nearly cancel are divided by no less than a millionth", () => {
  const payload = answer(1, "mix");
  payload.tracks[0].g = Array(9).fill(1e-20);
  payload.query.gram = Array(9).fill(1);
  payload.tracks[0].q = Array(9).fill(1e-9);
  close(new Ranker(payload).scores([0.5, 0, 0.5])[0], 1e-3);
});

test("tracks that are equal at the right end stand as just before it, as Python has it", () => {
  const payload = answer(5, "calibrated");
  const parts = [[0.1, 0.5], [0.6, -0.5], [0.2, 0.5], [0.3, 0.5], [0.7, -0.5]]; // tests/test_search.py
  payload.tracks.forEach((track, i) => (track.parts = [parts[i][0], 0, parts[i][1]]));
  const ranker = new Ranker(payload);
  const orders = [0, 0.9999, 1].map((a) => ranker.order(alphaWeights(payload.branches, "mood", a)));
  assert.deepEqual(orders, [[4, 1, 3, 2, 0], [3, 2, 0, 4, 1], [3, 2, 0, 4, 1]]);
  const found = changesAlong(ranker, "mood", [0, 1, 2, 3, 4], 5);
  assert.deepEqual(lastOrder(found), orders[2]);
  assert.deepEqual(ranker.order([0, 0, 1], [0, 1, 3]), [3, 0, 1]);
});

test("an order that is not linear does not change at the right end because tracks are equal there", () => {
  const scores = (alpha) => Float64Array.of(1 - alpha, 2 * (1 - alpha), 5 * (1 - alpha) ** 2 - 6);
  assert.deepEqual(sampledChanges(scores, [0, 1, 2], 3), { first: [1, 0, 2], changes: [] });
});

test("the order at the right end is that of the scores there", () => {
  const payload = answer(30, "calibrated", 5);
  const ranker = new Ranker(payload);
  const members = [...payload.tracks.keys()];
  const found = changesAlong(ranker, "mood", members, 6);
  const right = ranker.scores(alphaWeights(payload.branches, "mood", 1));
  assert.deepEqual(lastOrder(found), order(right, members).slice(0, 6));
});
