// node --test tests/js : the ranking algebra against slow, obvious versions of itself.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  changesAlong, linearChanges, nextChange, paths, sampledChanges,
} from "../../vmr/page/static/ranking/changes.js";
import { alphaWeights, beginning, kendall, order, Ranker } from "../../vmr/page/static/ranking/rank.js";

/** A repeatable stream of numbers in [0, 1). */
function stream(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const unit = (v) => v.map((x) => x / Math.hypot(...v));
const dot = (a, b) => a.reduce((sum, x, i) => sum + x * b[i], 0);

function example(count, fusion, seed = 1) {
  const next = stream(seed);
  const stack = () => [0, 1, 2].map(() => unit(Array.from({ length: 8 }, () => next() - 0.4)));
  const products = (a, b) => a.flatMap((x) => b.map((y) => dot(x, y)));
  const query = stack();
  const beside = stack();
  const items = Array.from({ length: count }, stack);
  const side = (q, item) => ({ q: products(q, item), parts: q.map((x, b) => dot(x, item[b])) });
  return {
    query: { gram: products(query, query) },
    reference: { gram: products(beside, beside) },
    stacks: { query, items },
    branches: ["ssl", "genre", "mood"],
    fusion,
    tracks: items.map((item) => ({ ...side(query, item), g: products(item, item),
      reference: side(beside, item) })),
  };
}

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
  const payload = example(9, "calibrated");
  const w = [0.2, 0.3, 0.5];
  const scores = new Ranker(payload).scores(w);
  payload.tracks.forEach((track, i) => close(scores[i], dot(track.parts, w)));
});

test("a mixed score is the cosine of the mixed vectors", () => {
  const payload = example(9, "mix");
  const w = [0.5, 0.1, 0.4];
  const mixed = (stack) => unit(stack[0].map((_, d) => dot(w, stack.map((v) => v[d]))));
  const scores = new Ranker(payload).scores(w);
  payload.stacks.items.forEach((item, i) =>
    close(scores[i], dot(mixed(payload.stacks.query), mixed(item))));
});

test("a reference is blended in by its share", () => {
  const payload = example(6, "calibrated");
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
    const payload = example(40, fusion, 7);
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
  const payload = example(30, "calibrated", 3);
  const ranker = new Ranker(payload);
  const at = (alpha) => ranker.scores(alphaWeights(payload.branches, "genre", alpha));
  const members = [...payload.tracks.keys()];
  const exact = linearChanges(at(0), at(1), members, 5).changes;
  const sampled = sampledChanges(at, members, 5).changes;
  assert.equal(exact.length, sampled.length);
  exact.forEach((change, i) => assert.ok(Math.abs(change.alpha - sampled[i].alpha) < 1e-6));
});

test("at any alpha each of the first ranks lies on exactly one path", () => {
  const payload = example(30, "calibrated", 5);
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

test("three hundred candidates are scored and sorted far within a frame", () => {
  const ranker = new Ranker(example(300, "mix", 9));
  const began = performance.now();
  for (let k = 0; k < 50; k++) order(ranker.scores([1 - k / 50, 0, k / 50]));
  assert.ok((performance.now() - began) / 50 < 8);
});
