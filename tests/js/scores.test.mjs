// node --test tests/js : the browser's scores against those of Python (tests/js_scores.py), which
// come from the numbers before they were rounded for sending.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { percentOf } from "../../vmr/page/static/ranking/fit.js";
import { arranged, broughtBy } from "../../vmr/page/static/ranking/ties.js";
import { alphaWeights, order, Ranker } from "../../vmr/page/static/ranking/rank.js";

const CASES = JSON.parse(readFileSync(new URL("scores.json", import.meta.url), "utf8"));

const near = (mine, theirs, by = 1e-5) => mine.forEach((value, i) =>
  assert.ok(Math.abs(value - theirs[i]) < by, `item ${i}: ${value}, and not ${theirs[i]}`));

for (const [fusion, { payload, alphas, weights, scores, reference_scores: beside, orders,
  moved, percents, words, drawn, beside: joint }]
  of Object.entries(CASES)) {
  test(`an alpha means the same weights as in Python (${fusion})`, () => {
    for (const { facet, alpha, w } of alphas) near(alphaWeights(payload.branches, facet, alpha), w);
  });

  test(`scores for any weights are those of Python (${fusion})`, () => {
    const ranker = new Ranker(payload);
    assert.equal(ranker.fusion, fusion);
    weights.forEach((w, k) => near(ranker.scores(w), scores[k]));
  });

  test(`the order is that of Python (${fusion})`, () => {
    const ranker = new Ranker(payload);
    weights.forEach((w, k) => assert.deepEqual(order(ranker.scores(w)), orders[k]));
  });

  test(`a reference counts with its share (${fusion})`, () => {
    const ranker = new Ranker(payload);
    for (const blend of [0.25, 1]) {
      ranker.blend = blend;
      weights.forEach((w, k) =>
        near(ranker.scores(w), scores[k].map((s, i) => (1 - blend) * s + blend * beside[k][i])));
    }
  });

  test(`labels and an energy that were chosen move the query as in Python (${fusion})`, () => {
    const ranker = new Ranker(payload);
    ranker.choose(moved.choices, moved.energy);
    weights.forEach((w, k) => near(ranker.scores(w), moved.scores[k], 1e-4));
    ranker.choose({}, null);
    weights.forEach((w, k) => near(ranker.scores(w), scores[k]));
  });

  test(`a score in percent is that of Python (${fusion})`, () => {
    const ranker = new Ranker(payload);
    weights.forEach((w, k) => {
      const percent = percentOf(payload.scale, w);
      near(Array.from(ranker.scores(w), percent), percents[k], 0.01);
    });
  });

  test(`a score with a reference in percent is that of Python (${fusion})`, () => {
    const ranker = new Ranker(payload);
    ranker.blend = joint.blend;
    weights.forEach((w, k) => {
      const percent = percentOf(joint.scale, ranker.shares(w));
      near(Array.from(ranker.scores(w), percent), joint.percents[k], 0.01);
    });
    ranker.blend = 0; // as without one
    weights.forEach((w, k) => {
      const percent = percentOf(joint.scale, ranker.shares(w));
      near(Array.from(ranker.scores(w), percent), percents[k], 0.01);
    });
  });

  test(`words add their weight times a term, as in Python (${fusion})`, () => {
    const tracks = payload.tracks.map((track, i) => ({ ...track, term: words.terms[i] }));
    const ranker = new Ranker({ ...payload, tracks });
    ranker.wordsWeight = words.weight;
    weights.forEach((w, k) => {
      near(ranker.scores(w), words.scores[k]);
      near(Array.from(ranker.scores(w), percentOf(payload.scale, w, words.weight)),
        words.percents[k], 0.01);
    });
    ranker.blend = 0.5; // a reference takes nothing from the words
    weights.forEach((w, k) => near(ranker.scores(w),
      words.terms.map((term, i) => (scores[k][i] + beside[k][i]) / 2 + words.weight * term)));
    const alone = percentOf(payload.scale, [0, 0, 0], words.weight);
    near(words.terms.map((term) => alone(words.weight * term)), words.alone, 0.01);
  });

  test(`rows drawn from two labels are those of Python (${fusion})`, () => {
    const ranker = new Ranker(payload);
    const labels = drawn.carried.map((names, i) => broughtBy(names, drawn.near[i], drawn.pair));
    assert.deepEqual(labels.map((name) => name ?? ""), drawn.labels);
    const tie = { b: 2, pair: drawn.pair, labels };
    for (const { w, order: right, drawn: brought } of drawn.rows) {
      const shown = arranged(order(ranker.scores(w)), w, tie);
      assert.deepEqual(shown.order, right);
      assert.deepEqual(Object.fromEntries(shown.drawn), brought);
    }
  });
}
