// node --test tests/js : what stays where it is when a first impression settles.

import { loadTexts, settled, size } from "./page.mjs";
import assert from "node:assert/strict";
import { before, beforeEach, test } from "node:test";
import { answer } from "./examples.mjs";

const { setLanguage } = await import("../../vmr/page/static/core/i18n.js");
const { Store } = await import("../../vmr/page/static/core/store.js");
const { keyOf } = await import("../../vmr/page/static/core/track.js");
const { withHeld } = await import("../../vmr/page/static/ranking/holding.js");
const { RankedList } = await import("../../vmr/page/static/ranking/list.js");
const { Ranking, rankingState } = await import("../../vmr/page/static/ranking/ranking.js");

const query = { sha256: "a".repeat(64) };
let store;
let list;
let ranking;
let played;

before(loadTexts);

beforeEach(() => {
  setLanguage("en");
  document.body.replaceChildren();
  store = new Store(rankingState(["genre", "mood"]));
  played = [];
  list = new RankedList({ play: (i) => played.push(keyOf(ranking.tracks[i])) });
  size(list.node, 600, 640);
  document.body.append(list.node);
  ranking = new Ranking(store, list);
});

/** An answer about the same video; the tracks come in another order where they are turned. */
function told(seed, { turned = false, ...more } = {}) {
  const made = answer(8, "calibrated", seed);
  return { ...made, ...more, query: { ...made.query, ...query },
    tracks: turned ? made.tracks.toReversed() : made.tracks };
}

const shown = () => list.order.map((i) => keyOf(list.tracks[i]));
const numberOf = (key) => [...list.rows.values()]
  .find(({ track }) => keyOf(track) === key).rank.textContent;
const nodeOf = (key) => [...list.rows.values()].find(({ track }) => keyOf(track) === key).node;

test("held tracks stand at their places, the others keep their order", () => {
  assert.deepEqual(withHeld([4, 3, 2, 1, 0], new Map([[1, 0], [4, 3]])), [1, 3, 2, 4, 0]);
  assert.deepEqual(withHeld([2, 1, 0], new Map([[7, 0]])), [2, 1, 0]);
  assert.deepEqual(withHeld([2, 1, 0], new Map([[0, 9]])), [2, 1, 0]);
});

test("rows settle into the order of the whole answer, and are the same rows", () => {
  store.set({ payload: told(1, { provisional: true }) });
  const rows = new Set(list.rows.values());
  store.set({ payload: told(5, { turned: true }) });
  const fresh = told(5, { turned: true });
  assert.deepEqual(new Set(list.rows.values()), rows);
  store.set({ payload: null });
  store.set({ payload: { ...fresh, query: { ...fresh.query, sha256: "b".repeat(64) } } });
  const straight = shown();
  store.set({ payload: told(1, { provisional: true }) });
  store.set({ payload: fresh });
  assert.deepEqual(shown(), straight);
});

test("a settled row's buttons are of its own track", () => {
  store.set({ payload: told(1, { provisional: true }) });
  const key = shown()[2];
  store.set({ payload: told(5, { turned: true }) });
  nodeOf(key).querySelector(".play").click();
  assert.deepEqual(played, [key]);
});

test("what plays keeps its place until something else does; its number says where it belongs", () => {
  const first = told(1, { provisional: true });
  store.set({ payload: first });
  const [key] = shown().slice(-1);
  store.set({ current: first.tracks.findIndex((track) => keyOf(track) === key), playing: true });
  const whole = told(5, { turned: true });
  const current = whole.tracks.findIndex((track) => keyOf(track) === key);
  store.set({ payload: whole, current });
  assert.equal(shown().at(-1), key);
  const right = store.get("order").indexOf(current);
  assert.notEqual(right, 7, "the example must move this track");
  assert.equal(numberOf(key), String(right + 1));
  store.set({ playing: false });
  assert.equal(shown()[right], key);
});

test("a row with the focus stays until it loses it, and a move of the slider frees all", async () => {
  store.set({ payload: told(1, { provisional: true }) });
  const key = shown()[0];
  const button = nodeOf(key).querySelector(".play");
  button.focus();
  store.set({ payload: told(5, { turned: true }) });
  assert.equal(shown()[0], key);
  assert.notEqual(keyOf(ranking.tracks[store.get("order")[0]]), key);
  button.dispatchEvent(new window.FocusEvent("focusout", { bubbles: true }));
  await settled();
  assert.deepEqual(list.order, store.get("order"));

  store.set({ payload: told(1, { provisional: true }) });
  nodeOf(shown()[0]).querySelector(".play").focus();
  store.set({ payload: told(5, { turned: true }) });
  store.set({ alpha: 0.2 });
  assert.deepEqual(list.order, store.get("order"));
});

test("another video's answer begins anew", () => {
  store.set({ payload: told(1, { provisional: true }) });
  const rows = new Set(list.rows.values());
  const other = told(5);
  store.set({ payload: { ...other, query: { ...other.query, sha256: "b".repeat(64) } } });
  assert.ok([...list.rows.values()].every((row) => !rows.has(row)));
});
