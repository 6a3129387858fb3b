// The rows of the curves of few labels.

import assert from "node:assert/strict";
import test from "node:test";

import "./page.mjs";
import { rowsOf } from "../../vmr/page/static/views/learning.js";

const value = { mean: 0.5, low: 0.4, high: 0.6, runs: 5 };

test("a number of labels that the data has not got is no row, a way that lacks it an empty cell", () => {
  const curve = { "random 5": value, "active 5": value, "random all": value, chance: value };
  assert.deepEqual(rowsOf(curve, [["random ", ""], ["active ", ""]]),
    [["5", [value, value]], ["all", [value, undefined]]]);
});
