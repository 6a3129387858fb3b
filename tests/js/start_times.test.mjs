// node --test tests/js : beats of a track under a film, starts on beats, ends that land.

import assert from "node:assert/strict";
import { test } from "node:test";
import { told } from "./start_examples.mjs";
import { ended, landed, landing, met, nearest, overAt, snapped, stepped, under }
  from "../../vmr/page/static/playing/start_times.js";

const choice = (start, ending = "fade") => ({ start, ending, fade_out: 2 });

test("the nearest of a rising list", () => {
  assert.deepEqual([nearest([1, 2, 4], 2.9), nearest([1, 2, 4], 3.1), nearest([1, 2, 4], 9),
    nearest([1, 2, 4], -9), nearest([], 1)], [2, 4, 4, 1, null]);
});

test("a start that is dragged snaps to the nearest beat and stays inside the track", () => {
  assert.equal(snapped(told(), 10.2), 10);
  assert.equal(snapped(told(), 10.3), 10.5);
  assert.equal(snapped(told(), 1), 1); // before the first beat there is none
  assert.equal(snapped(told(), -5), 0);
  assert.equal(snapped(told(), 99), 59.9);
  assert.equal(snapped(told({ beats: [], onsets: [3, 9] }), 9.2), 9);
  assert.equal(snapped(told({ beats: [], onsets: [] }), 9.2), 9.2);
});

test("keys go from beat to beat", () => {
  assert.deepEqual([stepped(told(), 10, 1), stepped(told(), 10, -1), stepped(told(), 10.2, 4),
    stepped(told(), 4, -1)], [10.5, 9.5, 12, 3.5]);
  assert.equal(stepped(told(), 59.8, 1), 59.9);
});

test("a cut meets a beat where one falls on it within two frames", () => {
  assert.deepEqual(met(told(), choice(8)), [true, false, true]);
  assert.deepEqual(met(told(), choice(8.25)), [false, true, false]);
  assert.deepEqual(met(told(), choice(8.07)), [true, false, true]);
  assert.deepEqual(met(told(), choice(8.1)), [false, false, false]);
});

test("what lies behind the end of a track meets nothing, unless it is repeated", () => {
  assert.deepEqual(met(told(), choice(52.5)), [false, false, false]);
  assert.deepEqual(met(told(), choice(57)), [false, false, false]);
  assert.deepEqual(met(told({ cuts: [7.5] }), choice(57, "loop")), [true]);
  assert.equal(overAt(told(), choice(57)), 3);
  assert.equal(overAt(told(), choice(57, "loop")), 10);
});

test("the beats under a film begin where the track does, and go round with it", () => {
  assert.deepEqual(under(told().beats, told(), choice(50)).slice(0, 3), [0, 0.5, 1]);
  assert.equal(under(told().beats, told(), choice(50)).length, 8);
  const round = under(told().beats, told(), choice(52, "loop"));
  assert.ok(round.length < 6 && round.every((t) => t >= 0 && t <= 10));
});

test("where the end falls is known", () => {
  assert.equal(landing(told(), choice(8)), "bar");
  assert.equal(landing(told(), choice(8.5)), "beat");
  assert.equal(landing(told(), choice(8.2)), "");
  assert.equal(landing(told(), choice(50)), "own");
  assert.equal(landing(told(), choice(55)), "short");
  assert.equal(landing(told({ length: 20 }), choice(52, "loop")), "bar");
  assert.equal(landing(told({ length: 20 }), choice(52.2, "loop")), "");
});

test("an end lands on a bar, with as many cuts on beats as may be", () => {
  assert.equal(landed(told(), choice(8.3)), 8);
  assert.equal(landing(told(), choice(landed(told(), choice(11.2)))), "bar");
  const off = told({ length: 10.25, cuts: [2, 5, 7.5] }); // no bar ends it without losing all cuts
  assert.equal(landing(off, choice(landed(off, choice(8)))), "bar");
  assert.equal(landed(told({ bars: [], beats: [], onsets: [] }), choice(8.3)), 8.3);
  assert.equal(landed(told({ bars: [] }), choice(8.2)), 8);
});

test("another ending is made whole: its fade, and the start that it needs", () => {
  assert.deepEqual(ended(told(), choice(8.3), "cut"), { start: 8, ending: "cut", fade_out: 0.08 });
  assert.deepEqual(ended(told(), choice(8.3), "fade"), { start: 8.3, ending: "fade", fade_out: 2 });
  assert.equal(ended(told({ length: 4 }), choice(8.3), "loop").fade_out, 1);
});
