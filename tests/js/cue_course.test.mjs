// node --test tests/js : which music sounds when under a film with cues, and how loud.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cueOf as cue } from "./cue_examples.mjs";
import { continuedStart, crossing, gainAt, goesOn, levelAt, loudestOf, runsOf, secondAt, silentFrom }
  from "../../vmr/page/static/playing/cue_course.js";

const near = (a, b, tolerance = 1e-6) => assert.ok(Math.abs(a - b) < tolerance, `${a} ${b}`);

test("a cue is at the second of its track that its start says", () => {
  const [run] = runsOf([cue("a", 10, 20, { track_start: 30 })]);
  near(secondAt(run, 10), 30);
  near(secondAt(run, 14.5), 34.5);
});

test("a track that shall repeat begins again, another ends with its own end", () => {
  const [loops] = runsOf([cue("a", 0, 50, { duration: 20, track_start: 15, ending: "loop" })]);
  near(secondAt(loops, 6), 1);
  near(silentFrom(loops), 50);
  const [ends] = runsOf([cue("a", 0, 50, { duration: 20, track_start: 15 })]);
  near(silentFrom(ends), 5);
  near(gainAt(ends, 5), 0);
  near(gainAt(ends, 2), 1);
});

test("two tracks cross at equal power around their border", () => {
  const [first, second] = runsOf([cue("a", 0, 10), cue("b", 10, 20, { track_start: 5 })]);
  crossing(first, second).forEach((t, i) => near(t, [9.7, 10.3][i]));
  for (const t of [9.7, 9.85, 10, 10.1, 10.3]) {
    near(gainAt(first, t) ** 2 + gainAt(second, t) ** 2, 1);
  }
  near(gainAt(first, 10), Math.SQRT1_2);
  near(gainAt(first, 10.3), 0);
  near(gainAt(second, 9.7), 0);
  near(secondAt(second, 10), 5); // at its start when its turn comes
});

test("a track from its beginning crosses behind the border, one that is cut at once", () => {
  const [first, second] = runsOf([cue("a", 0, 10), cue("b", 10, 20)]);
  assert.deepEqual(crossing(first, second), [10, 10.6]);
  const [cut, next] = runsOf([cue("a", 0, 10, { ending: "cut" }), cue("b", 10, 20, { track_start: 5 })]);
  const [from, to] = crossing(cut, next);
  near(to - from, 0.03);
  near((from + to) / 2, 10);
});

test("a first track that is over at the border does not sound behind it", () => {
  const [first, second] = runsOf([cue("a", 0, 10, { duration: 10.1 }),
    cue("b", 10, 20, { track_start: 5 })]);
  const [from, to] = crossing(first, second);
  near(from, 9.7);
  near(to, 10.1);
});

test("where there is no music between there is no crossing: both fade by themselves", () => {
  const [first, second] = runsOf([cue("a", 0, 10), cue("n", 10, 15, { address: null }),
    cue("b", 15, 30, { fade_in: 1 })]);
  assert.equal(crossing(first, second), null);
  assert.deepEqual([first.leave, second.enter], [[8, 10], [15, 16]]);
  near(gainAt(second, 15.5), Math.SQRT1_2);
  near(gainAt(first, 9), Math.SQRT1_2);
});

test("cues that go on in one track are one run without a border", () => {
  const first = cue("a", 0, 10, { track_start: 3 });
  const second = cue("b", 10, 20, { address: "a.opus", track_start: continuedStart(first) });
  assert.ok(goesOn(first, second));
  const runs = runsOf([first, second]);
  assert.equal(runs.length, 1);
  near(gainAt(runs[0], 10), 1);
  near(secondAt(runs[0], 15), 18);
});

test("the same track at another place is another run", () => {
  const first = cue("a", 0, 10, { track_start: 3 });
  assert.equal(runsOf([first, cue("b", 10, 20, { address: "a.opus", track_start: 40 })]).length, 2);
});

test("a track that repeats goes on behind its end", () => {
  const first = cue("a", 0, 10, { track_start: 15, duration: 20, ending: "loop" });
  near(continuedStart(first), 5);
  assert.ok(goesOn(first, cue("b", 10, 20, { address: "a.opus", track_start: 5, duration: 20 })));
  assert.ok(goesOn(first, cue("b", 10, 20, { address: "a.opus", track_start: 25, duration: 20 })));
});

test("gains are those of the cues, the loudest is full, and a run glides from one to the next", () => {
  const cues = [cue("a", 0, 10, { gain_db: 6 }), cue("b", 10, 20, { address: "a.opus",
    track_start: 10, gain_db: 0 })];
  const [run] = runsOf(cues);
  const loudest = loudestOf(cues);
  near(levelAt(run, 5, loudest), 1);
  near(levelAt(run, 15, loudest), 10 ** (-6 / 20));
  const gliding = levelAt(run, 10.15, loudest);
  assert.ok(gliding < 1 && gliding > 10 ** (-6 / 20));
  assert.equal(loudestOf([cue("a", 0, 1, { gain_db: -9 })]), 0);
});
