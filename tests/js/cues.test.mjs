// The cues of a film: no gaps, every step can be undone, and nobody's change is lost by it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Cues, PLAIN, tidy } from "../../vmr/page/static/core/cues.js";

const cue = (id, start, more = {}) => ({ ...PLAIN, id, start, end: NaN, ...more });
const film = () => {
  const cues = new Cues();
  cues.open("a".repeat(64), 60, [cue("a", 0, { title: "One", duration: 30, track_start: 25 }),
    cue("b", 20), cue("c", 40)]);
  return cues;
};
const starts = (cues) => cues.list.map(({ id, start, end }) => `${id} ${start}-${end}`);

test("cues follow one another from the beginning to the end of the film", () => {
  const list = tidy([cue("b", 20), cue("a", 3), cue("twice", 20.01)], 60);
  assert.deepEqual(list.map(({ id, start, end }) => [id, start, end]),
    [["a", 0, 20.01], ["twice", 20.01, 60]]);
});

test("a border moves for both of its cues, no further than a second from the next", () => {
  const cues = film();
  cues.move("b", 25.1234);
  assert.deepEqual(starts(cues), ["a 0-25.123", "b 25.123-40", "c 40-60"]);
  cues.move("b", 90);
  assert.equal(cues.get("b").start, 39);
  cues.move("b", -5);
  assert.equal(cues.get("b").start, 1);
  cues.move("a", 5);
  assert.equal(cues.get("a").start, 0, "a film has no border at its beginning");
});

test("a cue that is split goes on in its track, from the beginning where that is over", () => {
  const cues = film();
  const id = cues.split(10);
  assert.deepEqual(cues.list.map((one) => one.start), [0, 10, 20, 40]);
  assert.equal(cues.get(id).title, "One");
  assert.equal(cues.get(id).track_start, 5, "25 + 10 s of a track of 30 s");
  assert.equal(cues.split(10.5), "", "no cue is shorter than a second");
});

test("joined cues are as the first of them is", () => {
  const cues = film();
  cues.join("a");
  assert.deepEqual(starts(cues), ["a 0-40", "c 40-60"]);
  cues.join("c");
  assert.deepEqual(starts(cues), ["a 0-40", "c 40-60"], "the last has none after it");
});

test("every step can be undone and done again, a drag as one", () => {
  const cues = film();
  cues.move("b", 22, "drag");
  cues.move("b", 24, "drag");
  cues.rest();
  cues.join("b");
  assert.deepEqual(starts(cues), ["a 0-24", "b 24-60"]);
  cues.undo();
  assert.deepEqual(starts(cues), ["a 0-24", "b 24-40", "c 40-60"]);
  cues.undo();
  assert.deepEqual(starts(cues), ["a 0-20", "b 20-40", "c 40-60"]);
  assert.equal(cues.canUndo, false);
  cues.redo();
  cues.redo();
  assert.deepEqual(starts(cues), ["a 0-24", "b 24-60"]);
  assert.equal(cues.canRedo, false);
});

test("undo leaves what somebody else changed meanwhile", () => {
  const cues = film();
  cues.set("b", { alpha: 0.9, words: "piano" });
  cues.take(cues.list.map((one) => one.id === "b" ? { ...one, words: "harp" } : one));
  cues.undo();
  assert.equal(cues.get("b").alpha, 0.5);
  assert.equal(cues.get("b").words, "harp");
});

test("whoever listens hears of each change once, and by whom it was", () => {
  const cues = film();
  const heard = [];
  cues.addEventListener("change", ({ detail }) => heard.push([detail.by, detail.edits.length]));
  const end = cues.subscribe(() => heard.push("subscribed"));
  cues.set("a", { alpha: 0.5 });
  cues.set("a", { alpha: 0.6 });
  end();
  cues.undo();
  cues.take([...cues.list]);
  assert.deepEqual(heard, [["person", 1], "subscribed", ["undo", 1]]);
});
