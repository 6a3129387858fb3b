// node --test tests/js : the strip of the frames that were looked at.

import { loadTexts, settled } from "./page.mjs";
import assert from "node:assert/strict";
import { before, beforeEach, test } from "node:test";
import { answer } from "./examples.mjs";

const i18n = await import("../../vmr/page/static/core/i18n.js");
const { Store } = await import("../../vmr/page/static/core/store.js");
const { Frames } = await import("../../vmr/page/static/views/frames.js");

before(loadTexts);

const PICTURE = "data:image/jpeg;base64,AAAA";
const FRAMES = [{ time_s: 0.5, words: [["sea and beach", 0.9], ["dog", 0.25]], picture: PICTURE },
  { time_s: 61.2, words: [], picture: PICTURE }];

let store, strip, asked, sought, status;

/** An answer about a video; address: of its frames. */
const about = (key, address) => ({ ...answer(2), frames: address, query: { ...answer(1).query, key } });

async function open() {
  strip.node.open = true;
  strip.node.dispatchEvent(new Event("toggle"));
  await settled();
}

beforeEach(() => {
  i18n.setLanguage("en");
  document.body.replaceChildren();
  [asked, sought, status] = [[], [], 200];
  globalThis.fetch = async (url) => {
    asked.push(String(url));
    return { ok: status === 200, status, json: async () => FRAMES };
  };
  store = new Store({ payload: null, lang: "en" });
  strip = new Frames(store, (time) => sought.push(time));
  document.body.append(strip.node);
});

const words = () => [...strip.node.querySelectorAll(".frame-words")].map((node) => node.textContent);

test("the strip is closed, is fetched when opened, once, and says what each frame shows", async () => {
  assert.equal(strip.node.hidden, true);
  store.set({ payload: about("video-a", "vmr-media/a.json") });
  assert.deepEqual([strip.node.hidden, strip.node.open, asked.length], [false, false, 0]);
  await open();
  await open();
  assert.deepEqual(asked, ["http://localhost/vmr-media/a.json"]);
  assert.deepEqual(words(), ["sea and beach, perhaps dog", "nothing sure"]);
  assert.equal(strip.node.querySelectorAll(".frame-time")[1].textContent, "1:01");
  i18n.setLanguage("ja");
  store.set({ lang: "ja" });
  assert.match(words()[0], /おそらく/);
});

test("a frame shows its moment of the video", async () => {
  store.set({ payload: about("video-a", "vmr-media/a.json") });
  await open();
  strip.node.querySelectorAll("button")[1].click();
  assert.deepEqual(sought, [61.2]);
});

test("further answers about the video keep the strip, another video's has its own or none", async () => {
  store.set({ payload: about("video-a", "vmr-media/a.json") });
  await open();
  store.set({ payload: about("video-a", undefined) });
  assert.deepEqual([strip.node.hidden, strip.node.open, words().length], [false, true, 2]);
  store.set({ payload: about("video-b", undefined) });
  assert.equal(strip.node.hidden, true, "a link brings none");
  store.set({ payload: about("video-c", "vmr-media/c.json") });
  assert.deepEqual([strip.node.hidden, strip.node.open, words().length], [false, false, 0]);
  await open();
  assert.equal(asked.at(-1), "http://localhost/vmr-media/c.json");
});

test("frames that the server no longer keeps are said to be gone", async () => {
  status = 404;
  store.set({ payload: about("video-a", "vmr-media/a.json") });
  await open();
  assert.match(strip.node.textContent, /no longer on the server/);
});

test("one is told as one", () => {
  i18n.setLanguage("en");
  assert.equal(i18n.t("filter.all", { count: "1" }), "1 track");
  assert.equal(i18n.t("filter.all", { count: "1,001" }), "1,001 tracks");
  assert.equal(i18n.t("words.found", { count: i18n.number(1) }), "in 1 title, artist or tag");
  assert.equal(i18n.t("starts.met", { hits: 1, cuts: 3 }), "1 of 3 cuts meets a beat");
});
