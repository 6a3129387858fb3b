// node --test tests/js : what a project shows, what it keeps of the page, and what comes of links.

import { loadTexts } from "./page.mjs";
import assert from "node:assert/strict";
import { before, beforeEach, test } from "node:test";
import { answer, words } from "./examples.mjs";
import { boot, gradio, reset } from "./gradio.mjs";

const { TrackStarts } = await import("../../vmr/page/static/playing/track_starts.js");
const { h } = await import("../../vmr/page/static/core/dom.js");
const { setLanguage } = await import("../../vmr/page/static/core/i18n.js");
const { configure } = await import("../../vmr/page/static/core/server.js");
const { Store } = await import("../../vmr/page/static/core/store.js");
const { Undo } = await import("../../vmr/page/static/core/undo.js");
const { rankingState } = await import("../../vmr/page/static/ranking/ranking.js");
const { follow } = await import("../../vmr/page/static/views/follow.js");
const { ProjectBond } = await import("../../vmr/page/static/views/project_bond.js");
const { projectRows } = await import("../../vmr/page/static/views/project_csv.js");
const { ProjectQueue } = await import("../../vmr/page/static/views/project_queue.js");
const { ProjectTab } = await import("../../vmr/page/static/views/project_tab.js");
const { Shortlist } = await import("../../vmr/page/static/views/shortlist.js");

const NAMES = ["match", "project_open", "project_news", "project_change", "project_undo",
  "project_keep", "project_show", "project_fits"];
const KEY = "k".repeat(22);
const SEA = "a".repeat(64);
const HILL = "b".repeat(64);
let fields;
let page;

/** The page as far as projects use it. */
function makePage() {
  const store = new Store({ ...rankingState(["genre", "mood"]), phase: "empty", tab: "match", video: null,
    project: "" });
  const shown = [];
  const made = { root: document.body, store, boot: { ...boot, samples: [] }, undo: new Undo(),
    error: h("div.error", { hidden: true }), stage: { starts: new TrackStarts(), audition() {} },
    head: { counts: {}, showCount: (name, count) => (made.head.counts[name] = count) },
    views: ["match", "shortlist", "project"].map((name) => h("section", { id: `view-${name}` })),
    intake: Object.assign(new EventTarget(), { shown, restore: (link, known) => shown.push({ link, known }),
      forget: (home) => shown.push({ home }) }) };
  made.shortlist = new Shortlist(store, () => {}, () => null, (text, run) => made.undo.offer(text, run));
  made.bond = new ProjectBond(made);
  return made;
}

beforeEach(() => {
  reset();
  localStorage.clear();
  document.body.replaceChildren();
  gradio.names = NAMES;
  configure({ ...boot, events: Object.fromEntries(NAMES.map((name, i) => [name, i])) });
  let number = 1;
  fields = { name: "Spring", [`videos/${SEA}/name`]: "sea.mp4", [`videos/${SEA}/added`]: 2,
    [`videos/${SEA}/seconds`]: 12, [`videos/${SEA}/best`]: [["Track 0", "Artist 0"]],
    [`videos/${SEA}/believed`]: { mood: [["calm", 0.61], ["sad", 0.2]], genre: [["folk", null]] },
    [`videos/${HILL}/name`]: "hill.mp4", [`videos/${HILL}/added`]: 1 };
  gradio.answers = {
    project_open: () => ({ key: KEY, number, fields, keep_days: 30 }),
    project_news: () => ({ key: KEY, number, fields: {}, keep_days: 30 }),
    project_change: (key, changes) => {
      for (const [path, value] of changes) fields[path] = value;
      return { key: KEY, number: ++number, fields: {}, keep_days: 30 };
    },
    project_show: () => ({ film: "vmr-media/sea.mp4" }),
    project_keep: () => ({ film: null }),
  };
  page = makePage();
});

before(loadTexts);

const acknowledged = ({ bond: { project } }) => project.waiting.length
  ? new Promise((resolve) => project.addEventListener("settled", resolve, { once: true })) : null;

test("the videos stand in the order in which they came, with what was believed", async () => {
  const tab = new ProjectTab(page);
  assert.equal(tab.head.hidden, true);
  await page.bond.open(KEY);
  const text = (selector) => [...tab.node.querySelectorAll(selector)].map((node) => node.textContent);
  assert.deepEqual(text(".project-video .title"), ["hill.mp4", "sea.mp4"]);
  assert.deepEqual(text(".project-video .meta span"), ["0:00", "0:12", "calm 61 %", "genre: perhaps folk"]);
  assert.equal(tab.node.querySelector(".project-name").value, "Spring");
  assert.equal(page.head.counts.project, 2);
  setLanguage("ja");
  page.store.set({ lang: "ja" });
  assert.match(tab.table.textContent, /おそらく/);
  setLanguage("en");
  page.bond.close();
  assert.equal(tab.table.hidden, true);
});

test("a picture that is none of ours is not shown", async () => {
  fields[`videos/${SEA}/poster`] = "https://elsewhere.example/a.jpg";
  fields[`videos/${HILL}/poster`] = "data:image/jpeg;base64,AAAA";
  const tab = new ProjectTab(page);
  await page.bond.open(KEY);
  assert.deepEqual([...tab.node.querySelectorAll("img")].map((node) => node.getAttribute("src")),
    ["data:image/jpeg;base64,AAAA"]);
  page.bond.close();
});

test("picks become fields, come back from them, and are taken away", async () => {
  await page.bond.open(KEY);
  page.store.set({ payload: answer(2), phase: "results" });
  const context = { video: "sea.mp4", sha256: SEA, alpha: 0.5, facet: "mood", start: 3.5 };
  page.shortlist.toggle(words(0, { id: "夏/1" }), context);
  await acknowledged(page);
  const path = `videos/${SEA}/picks/starter/${encodeURIComponent("夏/1")}`;
  assert.equal(fields[`${path}/state`], "idea");
  assert.equal(fields[`${path}/start`], 3.5);
  assert.equal(fields[`${path}/track`].title, "Track 0");
  assert.equal("audio" in fields[`${path}/track`], false);
  const other = makePage();
  fields[`${path}/state`] = "approved";
  await other.bond.open(KEY);
  const [entry] = other.store.get("shortlist");
  assert.deepEqual([entry.id, entry.state, entry.sha256, entry.start], ["夏/1", "approved", SEA, 3.5]);
  assert.deepEqual(projectRows(other).map(({ video, decision }) => [video, decision]),
    [["hill.mp4", undefined], ["sea.mp4", "approved"]]);
  page.shortlist.toggle(words(0, { id: "夏/1" }), context);
  await acknowledged(page);
  assert.equal(fields[path], null);
  page.bond.close();
  other.bond.close();
});

test("a video is shown as it was left, as a link says, and the next one by its order", async () => {
  fields[`videos/${SEA}/asked/alpha`] = 0.25;
  fields[`videos/${SEA}/asked/choices`] = { mood: { calm: 1 } };
  fields[`videos/${SEA}/asked/excluded`] = ["starter/t1"];
  fields[`videos/${SEA}/asked/silent`] = true;
  await page.bond.open(KEY);
  await page.bond.show(SEA);
  const [{ link, known }] = page.intake.shown;
  assert.deepEqual([link.alpha, link.choices, link.wordsWeight], [0.25, { mood: { calm: 1 } }, 1]);
  assert.deepEqual([link.silent, link.excluded, link.like], [true, ["starter/t1"], null]);
  assert.deepEqual([known.url, known.name], ["vmr-media/sea.mp4", "sea.mp4"]);
  assert.equal(known.video.sample.key, `project/${KEY}/${SEA}`);
  page.store.set({ payload: { ...answer(1), query: { ...answer(1).query, sha256: HILL } } });
  await page.bond.step(1);
  assert.equal(page.intake.shown[1].link.sha256, SEA);
  await page.bond.step(-1); // there is none before
  assert.equal(page.intake.shown.length, 2);
  await follow(page, { isRanking: true, project: KEY, tab: "match", sha256: SEA, alpha: 0.9 });
  assert.equal(page.intake.shown[2].link.alpha, 0.9);
  await follow(page, null);
  assert.equal(page.store.get("project"), "");
});

test("a link to a project that is gone says so, and one to no tab leads to the first", async () => {
  gradio.answers.project_open = { error: JSON.stringify({ en: "Not here.", key: "project.none" }) };
  await follow(page, { isRanking: false, project: KEY, tab: "nothing" });
  assert.match(page.error.textContent, /Not here/);
  assert.equal(page.store.get("tab"), "match");
  await follow(page, { isRanking: true, project: "", tab: "shortlist", sha256: SEA });
  assert.equal(page.store.get("tab"), "shortlist");
  assert.equal(page.intake.shown.at(-1).link.sha256, SEA);
});

test("what is asked for a video is kept once the slider rests", async (context) => {
  await page.bond.open(KEY);
  page.store.set({ payload: answer(1), phase: "results" });
  context.mock.timers.enable({ apis: ["setTimeout"] });
  page.store.set({ alpha: 0.1 });
  page.store.set({ alpha: 0.7, energy: 3 });
  page.store.set({ silent: true, excluded: new Set(["starter/t0"]), like: "games/x", blend: 0.3 });
  assert.equal(page.bond.project.get(`videos/${SEA}/asked/alpha`), null);
  context.mock.timers.tick(500);
  assert.equal(page.bond.project.get(`videos/${SEA}/asked/alpha`), 0.7);
  assert.equal(page.bond.project.get(`videos/${SEA}/asked/energy`), 3);
  const ranked = ["silent", "excluded", "like", "blend"]
    .map((key) => page.bond.project.get(`videos/${SEA}/asked/${key}`));
  assert.deepEqual(ranked, [true, ["starter/t0"], "games/x", 0.3]);
  page.store.set({ silent: false, excluded: new Set(), like: null, blend: 0 });
  page.bond.close();
});

test("one track for all videos is asked for as the list is ranked, without sound or not", async () => {
  const asked = [];
  gradio.answers.project_fits = (...sent) => {
    asked.push(sent);
    return [];
  };
  await page.bond.open(KEY);
  page.store.set({ alpha: 0.25, facet: "mood" });
  await page.bond.fitsAll();
  page.store.set({ silent: true });
  await page.bond.fitsAll();
  assert.deepEqual(asked, [[KEY, 0.25, "mood", false], [KEY, 0.25, "mood", true]]);
  page.bond.close();
});

test("of several videos each is matched, one that fails says why and is tried again", async () => {
  await page.bond.open(KEY);
  const queue = new ProjectQueue(page);
  const kept = [];
  page.bond.keep = async (payload, video) => kept.push(video.file.name);
  const file = (name) => new File(["film"], name, { type: "video/mp4" });
  let broken = true;
  gradio.answers.match = ({ orig_name: name }) => (broken && name === "two.mp4"
    ? { error: JSON.stringify({ en: "two.mp4 is damaged." }) } : answer(1));
  const rested = () => new Promise((resolve) => queue.addEventListener("change", () =>
    queue.items.every(({ state }) => state === "failed") && resolve()));
  let done = rested();
  queue.add(["one.mp4", "two.mp4", "three.mp4"].map(file));
  await done;
  assert.deepEqual(kept, ["one.mp4", "three.mp4"]);
  assert.deepEqual(queue.items.map(({ problem }) => problem), ["two.mp4 is damaged."]);
  broken = false;
  done = rested();
  queue.again(queue.items[0]);
  await done;
  assert.deepEqual(kept, ["one.mp4", "three.mp4", "two.mp4"]);
  assert.equal(queue.items.length, 0);
  page.bond.close();
});
