// node --test tests/js : the server goes, and comes back as it was or as another one.

import { loadTexts } from "./page.mjs";
import assert from "node:assert/strict";
import { before, beforeEach, mock, test } from "node:test";

const { setLanguage, t } = await import("../../vmr/page/static/core/i18n.js");
const { Store } = await import("../../vmr/page/static/core/store.js");
const { rankingState } = await import("../../vmr/page/static/ranking/ranking.js");
const { Revival } = await import("../../vmr/page/static/views/revival.js");

const TRACK = { id: "t1", audio: "vmr-media/old.opus" };
let up; // the server answers
let known; // addresses that it has
let said;
let done;
let revival;

before(loadTexts);

beforeEach(() => {
  setLanguage("en");
  up = true;
  known = new Set();
  said = [];
  done = [];
  globalThis.fetch = async (url, { method } = {}) => {
    if (!up) throw new TypeError("Failed to fetch");
    const { pathname } = new URL(url);
    if (pathname === "/healthz") return { ok: true };
    if (method === "HEAD") return { ok: known.has(pathname.slice(1)) };
    return { ok: true, json: async () => ({ head:
      '<script type="application/json" id="vmr-boot">{"events": {"match": 7}}</script>' }) };
  };
  const store = new Store({ ...rankingState(["mood"]), current: 1 });
  const stage = { store, say: (text) => said.push(text), play: (i) => done.push(`play ${i}`) };
  const intake = { renew: async () => done.push("renew") };
  revival = new Revival(stage, intake, (boot) => done.push(boot.events.match));
});

test("a sound that is there is one that this browser cannot play", async () => {
  known.add("vmr-media/old.opus");
  await revival.begin(TRACK);
  assert.deepEqual([said, done], [[t("player.broken")], []]);
});

test("a server that was started again is asked anew, and the track goes on", async () => {
  await revival.begin(TRACK);
  assert.deepEqual(said, [t("gone.renewing"), ""]);
  assert.deepEqual(done, [7, "renew", "play 1"]);
});

test("a server that is gone is tried until it answers; what it still has is played", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  up = false;
  known.add("vmr-media/old.opus");
  const waiting = revival.begin(TRACK);
  await turns();
  assert.deepEqual(said, [t("gone.waiting")]);
  for (let s = 0; s < 3; s++) {
    mock.timers.tick(1000);
    await turns();
  }
  assert.deepEqual(done, []);
  up = true;
  mock.timers.tick(5000);
  await waiting;
  assert.deepEqual([done, said.at(-1)], [["play 1"], ""]);
  mock.timers.reset();
});

test("what cannot be brought back is said", async () => {
  revival.intake.renew = async () => {
    throw Object.assign(new Error("Drop the video again."), { key: null });
  };
  await revival.begin(TRACK);
  assert.equal(said.at(-1), "Drop the video again.");
  assert.equal(revival.running, false);
});

test("one search at a time, and none for a track without sound", async () => {
  await Promise.all([revival.begin(TRACK), revival.begin(TRACK)]);
  assert.equal(done.filter((what) => what === "renew").length, 1);
  await revival.begin({ id: "t2", audio: null });
  assert.equal(said.length, 2);
});

/** Let every promise that can go on do so. */
async function turns() {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}
