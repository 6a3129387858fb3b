// Cues in a project, field by field, and without one in this browser; what clashes costs.

import { loadTexts } from "./page.mjs";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { beforeEach, test } from "node:test";
import { cueOf } from "./cue_examples.mjs";

const { editsOf } = await import("../../vmr/page/static/core/cues.js");
const { CuesKept, hasCues, WISHES } = await import("../../vmr/page/static/views/cues_kept.js");
const { clash, costBetween } = await import("../../vmr/page/static/ranking/neighbours.js");

await loadTexts();
const FILM = "a".repeat(64);
const COURSE = { times_s: [1], energy: [2], cuts_s: [], beliefs: { mood: [[0, 60, "calm", 0.5]] } };

/** A project as far as cues use it. */
class TestProject {
  fields = new Map();
  steps = [];
  isOpen = false;

  under(path) {
    return [...new Set([...this.fields.keys()].filter((name) => name.startsWith(`${path}/`))
      .map((name) => name.slice(path.length + 1).split("/")[0]))];
  }

  get(path, missing = null) {
    return this.fields.get(path) ?? missing;
  }

  change(changes) {
    this.steps.push(changes);
    for (const [path, value] of changes) {
      if (value !== null) {
        this.fields.set(path, value);
        continue;
      }
      [...this.fields.keys()].filter((name) => name === path || name.startsWith(`${path}/`))
        .forEach((name) => this.fields.delete(name));
    }
  }
}

let project;
let kept;
const cues = [cueOf("a", 0, 20), cueOf("b", 20, 60)];
const all = (list) => ({ cues: list, course: COURSE, wishes: WISHES });

beforeEach(() => {
  localStorage.clear();
  project = new TestProject();
  kept = new CuesKept(project);
});

test("without a project the cues of a film are in this browser, of the last twenty films", () => {
  kept.save(FILM, cues, COURSE, { neighbours: false, share: true });
  const found = kept.load(FILM);
  assert.deepEqual(found.cues.map(({ id, start, title }) => [id, start, title]),
    [["a", 0, "A"], ["b", 20, "B"]]);
  assert.deepEqual(found.course, COURSE);
  assert.deepEqual(found.wishes, { neighbours: false, share: true });
  assert.equal(found.cues[0].address, null, "an address belongs to the running server");
  for (let i = 0; i < 25; i++) kept.save(`${i}`.padStart(64, "0"), cues, COURSE, WISHES);
  assert.ok(Object.keys(localStorage).length <= 21);
  assert.equal(kept.load("f".repeat(64)).cues.length, 0);
});

test("in a project that has the film every field of a cue is a field", () => {
  project.isOpen = true;
  project.fields.set(`videos/${FILM}/name`, "film.mp4");
  kept.change(FILM, [], all(cues));
  assert.equal(project.get(`videos/${FILM}/cues/b/start`), 20);
  assert.equal(project.get(`videos/${FILM}/cues/b/address`), null);
  const moved = [cues[0], { ...cues[1], start: 25, alpha: 0.9 }];
  kept.change(FILM, editsOf(cues, moved), all(moved));
  assert.deepEqual(project.steps.at(-1).toSorted(), [[`videos/${FILM}/cues/b/alpha`, 0.9],
    [`videos/${FILM}/cues/b/start`, 25]], "what two people change in one cue is merged");
  const freely = [moved[0], { ...moved[1], weights: [0.2, 0.5, 0.3] }];
  kept.change(FILM, editsOf(moved, freely), all(freely));
  assert.deepEqual(kept.load(FILM).cues[1].weights, [0.2, 0.5, 0.3], "free weights are kept too");
  kept.change(FILM, editsOf(freely, moved), all(moved));
  assert.equal(kept.load(FILM).cues[1].weights, null);
  kept.change(FILM, editsOf(moved, [moved[0]]), all([moved[0]]));
  assert.deepEqual(project.steps.at(-1), [[`videos/${FILM}/cues/b`, null]]);
  assert.deepEqual(kept.load(FILM).cues.map(({ id }) => id), ["a"]);
  assert.equal(localStorage.length, 0);
  assert.ok(hasCues(project, FILM));
});

test("what somebody wrote that is no cue is left out, and odd values are as if not said", () => {
  project.isOpen = true;
  const path = `videos/${FILM}/cues`;
  Object.entries({ [`${path}/a/start`]: 0, [`${path}/a/alpha`]: "high", [`${path}/a/title`]: 7,
    [`${path}/a/weights`]: [2, -1, 0], [`${path}/b/title`]: "no start",
    [`${path}/c/start`]: "<img>", [`${path}/d/start`]: -3 })
    .forEach(([name, value]) => project.fields.set(name, value));
  const { cues: found } = kept.load(FILM);
  assert.deepEqual(found.map(({ id, alpha, title, weights }) => [id, alpha, title, weights]),
    [["a", 0.5, "", null]]);
});

test("a film that the project does not have is kept in this browser", () => {
  project.isOpen = true;
  kept.change(FILM, [], all(cues));
  assert.equal(project.fields.size, 0);
  assert.equal(kept.load(FILM).cues.length, 2);
});

test("neighbours cost what Python says", () => {
  const cases = JSON.parse(readFileSync(new URL("clashes.json", import.meta.url), "utf8"));
  for (const { before, after, cost, shared } of cases) {
    const say = JSON.stringify([before, after]);
    assert.ok(Math.abs(clash(before, after, false) - cost) < 1e-6, say);
    assert.ok(Math.abs(clash(before, after, true) - shared) < 1e-6, say);
  }
  const [one] = cases;
  assert.equal(costBetween(null, null, false)(one.after), 0);
  assert.equal(costBetween(one.before, one.before, false)(one.before), 20);
});
