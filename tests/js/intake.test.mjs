// node --test tests/js : how answers come to the page, and what stands there when none does.

import { loadTexts, settled } from "./page.mjs";
import assert from "node:assert/strict";
import { before, beforeEach, test } from "node:test";
import { answer } from "./examples.mjs";
import { boot, gradio, reset } from "./gradio.mjs";

const { h } = await import("../../vmr/page/static/core/dom.js");
const { showError } = await import("../../vmr/page/static/core/failure.js");
const { keyOf } = await import("../../vmr/page/static/core/track.js");
const { Store } = await import("../../vmr/page/static/core/store.js");
const { Progress } = await import("../../vmr/page/static/core/progress.js");
const { configure } = await import("../../vmr/page/static/core/server.js");
const { rankingState } = await import("../../vmr/page/static/ranking/ranking.js");
const { Intake } = await import("../../vmr/page/static/views/intake.js");

const FILM = () => new File(["film"], "sea.mp4", { type: "video/mp4" });
const SAMPLE = { key: "night", url: "vmr-media/night.mp4", titles: { en: "Night" } };
let store;
let stage;
let intake;
let failures;
let revoked;

before(loadTexts);

beforeEach(() => {
  reset();
  configure(boot);
  store = new Store({ ...rankingState(["genre", "mood"]), phase: "empty", tab: "match", video: null,
    comparing: false });
  stage = { videos: [], track: null, setVideo: (url) => stage.videos.push(url) };
  const progress = new Progress(() => intake.stop());
  intake = new Intake(store, stage, progress);
  failures = [];
  intake.addEventListener("fail", ({ detail }) => failures.push(detail.key ?? detail.message));
  revoked = [];
  URL.createObjectURL = (file) => `blob:${file.name}`;
  URL.revokeObjectURL = (url) => revoked.push(url);
  gradio.answers.match = answer(3);
  gradio.answers.restore = answer(3);
});

test("a video is shown at once, sent, matched and ranked", async () => {
  const phases = [];
  store.on("phase", () => phases.push(store.get("phase")));
  await intake.take({ file: FILM() });
  assert.deepEqual(phases, ["loading", "results"]);
  assert.deepEqual(stage.videos, ["blob:sea.mp4"]);
  assert.deepEqual(gradio.uploads, ["sea.mp4"]);
  const [[name, [file, sample]]] = gradio.calls;
  assert.deepEqual([name, file.path, sample], ["match", "/tmp/gradio/sea.mp4", ""]);
  assert.equal(store.get("payload").tracks.length, 3);
  assert.equal(store.get("video").remote.path, "/tmp/gradio/sea.mp4");
  assert.equal(intake.progress.node.hidden, true);
  assert.deepEqual(failures, []);
});

/** The answer to a few frames, told in the midst of a match that is answered when `release` is called. */
function withFirst() {
  const whole = answer(3);
  let release;
  gradio.answers.match = () => new Promise((resolve) => (release = () => resolve(whole)));
  gradio.messages = [{ msg: "progress",
    progress_data: [{ desc: "first vmr-media/first.json", progress: 0.3 }] }];
  gradio.files = { "vmr-media/first.json": { ...answer(3, "calibrated", 7), provisional: true } };
  return { whole, release: () => release() };
}

test("a first impression is shown, and settles without a word about what was chosen", async () => {
  const { whole, release } = withFirst();
  const phases = [];
  store.on("phase", () => phases.push(store.get("phase")));
  const running = intake.take({ file: FILM() });
  await settled();
  assert.deepEqual(phases, ["loading", "first"]);
  assert.equal(store.get("payload").provisional, true);
  assert.match(intake.progress.node.textContent, /first impression/);
  store.set({ choices: { mood: { calm: 1 } }, energy: 2, alpha: 0.8 });
  stage.track = store.get("payload").tracks[1];
  release();
  await running;
  assert.deepEqual(phases, ["loading", "first", "results"]);
  assert.deepEqual(store.get("payload").query.gram, whole.query.gram);
  assert.deepEqual([store.get("choices"), store.get("energy"), store.get("alpha")],
    [{ mood: { calm: 1 } }, 2, 0.8]);
  assert.equal(keyOf(whole.tracks[store.get("current")]), keyOf(stage.track));
  assert.equal(intake.progress.node.hidden, true);
});

test("what changes an answer waits until it is whole", async () => {
  const { release } = withFirst();
  gradio.answers.reference = answer(4);
  const running = intake.take({ file: FILM() });
  await settled();
  const asked = intake.words("warm piano", intake.beside);
  await settled();
  assert.deepEqual(gradio.calls.map(([name]) => name), ["match"]);
  gradio.messages = [];
  release();
  await Promise.all([running, asked]);
  assert.deepEqual(gradio.calls.map(([name]) => name), ["match", "reference"]);
  assert.equal(store.get("payload").tracks.length, 4);
});

test("after a first impression that came to nothing the older answer is there again", async () => {
  await intake.take({ sample: SAMPLE });
  const older = store.get("payload");
  withFirst();
  const running = intake.take({ file: FILM() });
  await settled();
  assert.equal(store.get("phase"), "first");
  intake.stop();
  await running;
  assert.deepEqual([store.get("payload"), store.get("phase")], [older, "results"]);
  assert.equal(store.get("video").sample.key, "night");
});

test("a sample is not sent, and nobody says that it is", async () => {
  const steps = [];
  const begin = intake.progress.begin.bind(intake.progress);
  intake.progress.begin = (step) => begin(steps[steps.push(step) - 1]);
  await intake.take({ sample: SAMPLE });
  assert.deepEqual(steps, ["read"]);
  assert.deepEqual(gradio.uploads, []);
  assert.deepEqual(gradio.calls, [["match", [null, "night", ""]]]);
  assert.deepEqual(stage.videos, ["vmr-media/night.mp4"]);
});

test("a file that cannot work is refused before anything is sent", async () => {
  for (const [file, what] of [[new File([], "empty.mp4"), /empty/],
    [new File(["x".repeat(1001)], "long.mp4"), /./],
    [new File(["x"], "letter.pdf", { type: "application/pdf" }), /letter\.pdf/]]) {
    await intake.take({ file });
    assert.match(failures.at(-1), what);
  }
  assert.equal(failures.length, 3);
  assert.deepEqual([gradio.uploads, gradio.calls], [[], []]);
  assert.equal(store.get("phase"), "empty");
});

test("after a failure the answer that was there before stands there again", async () => {
  await intake.take({ file: FILM() });
  const before_ = store.get("payload");
  gradio.answers.match = { error: JSON.stringify({ en: "It is damaged.", ja: "" }) };
  await intake.take({ file: new File(["x"], "broken.mp4") });
  assert.deepEqual(failures, ["It is damaged."]);
  assert.equal(store.get("phase"), "results");
  assert.equal(store.get("payload"), before_);
  assert.equal(stage.videos.at(-1), "blob:sea.mp4");
});

test("the first failure leads back to the empty page", async () => {
  gradio.gone = true;
  await intake.take({ file: FILM() });
  assert.deepEqual(failures, ["error.gone"]);
  assert.deepEqual([store.get("phase"), stage.videos.at(-1)], ["empty", null]);
});

test("a server that was started since is given the video once more for what is asked of it", async () => {
  await intake.take({ file: FILM() });
  const forgotten = { error: JSON.stringify({ en: "Forgotten.", key: "page.forgotten" }) };
  const sent = gradio.uploads.length;
  gradio.answers.reference = () => gradio.uploads.length > sent ? answer(4) : forgotten;
  await intake.words("slow", intake.beside);
  assert.deepEqual([failures, store.get("payload").tracks.length], [[], 4]);
  gradio.answers.like = () => gradio.uploads.length > sent + 1 ? answer(5) : forgotten;
  await intake.like(store.get("payload").tracks[0]);
  assert.deepEqual([failures, store.get("payload").tracks.length], [[], 5]);
  store.set({ video: { remote: {} } }); // brought back by a link: nobody here has the file
  gradio.answers.like = gradio.answers.reference = forgotten;
  await intake.words("fast", intake.beside);
  assert.deepEqual([failures, gradio.uploads.length], [["Forgotten."], sent + 2]);
});

test("what failed for want of a server is tried again from the sentence that says so", async () => {
  const box = h("div");
  intake.addEventListener("fail", ({ detail }) => showError(box, detail));
  gradio.gone = true;
  await intake.take({ file: FILM() });
  gradio.gone = false;
  const again = box.querySelector(".link");
  assert.equal(again.hidden, false);
  again.click();
  await settled();
  await intake.running;
  assert.deepEqual([store.get("phase"), stage.videos.at(-1)], ["results", "blob:sea.mp4"]);
  gradio.answers.match = { error: JSON.stringify({ en: "It is damaged.", ja: "" }) };
  await intake.take({ file: FILM() });
  assert.equal(box.querySelector(".link").hidden, true); // the same file fails the same way
});

test("stopping says nothing and goes back", async () => {
  gradio.answers.match = () => new Promise(() => {});
  const running = intake.take({ sample: SAMPLE });
  await settled();
  intake.progress.node.querySelector("button").click();
  await running;
  assert.deepEqual(failures, []);
  assert.equal(store.get("phase"), "empty");
  assert.equal(intake.progress.node.hidden, true);
});

test("a newer video stops the older one", async () => {
  let release;
  gradio.answers.match = () => new Promise((resolve) => (release = resolve));
  const first = intake.take({ file: FILM() });
  await settled();
  gradio.answers.match = answer(5);
  await intake.take({ sample: SAMPLE });
  release(answer(3));
  await first;
  assert.equal(store.get("payload").tracks.length, 5);
  assert.equal(store.get("video").sample.key, "night");
  assert.equal(store.get("phase"), "results");
});

test("a link brings back its ranking without the picture", async () => {
  await intake.restore({ sha256: "b".repeat(64), alpha: 0.25, facet: "genre",
    filters: { mood: ["calm"] } });
  assert.deepEqual(gradio.calls, [["restore", ["b".repeat(64)]]]);
  assert.deepEqual([store.get("alpha"), store.get("facet"), store.get("filters")],
    [0.25, "genre", { mood: ["calm"] }]);
  assert.deepEqual([stage.videos, store.get("video")], [[null], null]);
});

test("another tab has the video of this browser too, with its frames, and each of several", async () => {
  const answered = (key, sha256) => ({ ...answer(3), query: { ...answer(3).query, sha256 },
    film: `vmr-media/${key}.mp4`, frames: `vmr-media/${key}.json` });
  gradio.there = ["vmr-media/one.mp4", "vmr-media/two.mp4"];
  for (const [key, sha256] of [["one", "a".repeat(64)], ["two", "b".repeat(64)]]) {
    gradio.answers.match = answered(key, sha256);
    await intake.take({ file: FILM() });
  }
  sessionStorage.clear(); // each tab has its own
  for (const [key, sha256] of [["one", "a".repeat(64)], ["two", "b".repeat(64)]]) {
    await intake.restore({ sha256, alpha: 0.5, facet: null, filters: {} });
    assert.equal(stage.videos.at(-1), `vmr-media/${key}.mp4`);
    assert.equal(store.get("payload").frames, `vmr-media/${key}.json`);
  }
});

test("a link to a sample shows it to everybody, on a server that forgot it too", async () => {
  intake = new Intake(store, stage, intake.progress, intake.beside, [SAMPLE]);
  const link = { sha256: "a".repeat(64), alpha: 0.5, facet: null, filters: {}, sample: "night" };
  await intake.restore(link);
  assert.deepEqual([stage.videos.at(-1), store.get("video").sample.key], [SAMPLE.url, "night"]);
  const forgotten = { error: JSON.stringify({ en: "Forgotten.", key: "page.forgotten" }) };
  let asked = 0;
  gradio.answers.restore = () => asked++ ? answer(3) : forgotten;
  await intake.restore(link);
  assert.deepEqual(gradio.calls.slice(-3).map(([name]) => name), ["restore", "match", "restore"]);
  assert.equal(store.get("video").sample.key, "night");
});

test("a reload shows the video of this browser while the server has it, and no other", async () => {
  const sha256 = "a".repeat(64);
  const link = { sha256, alpha: 0.5, facet: null, filters: {} };
  gradio.answers.match = { ...answer(3), film: "vmr-media/key.mp4" };
  await intake.take({ file: FILM() });
  gradio.there = ["vmr-media/key.mp4"];
  await intake.restore({ ...link, sha256: "b".repeat(64) });
  assert.deepEqual([stage.videos.at(-1), store.get("video")], [null, null]);
  await intake.restore(link);
  assert.equal(stage.videos.at(-1), "vmr-media/key.mp4");
  assert.equal(store.get("video").remote.path, "/tmp/gradio/sea.mp4");
  gradio.there = [];
  await intake.restore(link);
  assert.deepEqual([stage.videos.at(-1), store.get("video")], [null, null]);
});

test("a reload shows the sample again", async () => {
  intake = new Intake(store, stage, intake.progress, intake.beside, [SAMPLE]);
  await intake.take({ sample: SAMPLE });
  await intake.restore({ sha256: "a".repeat(64), alpha: 0.5, facet: null, filters: {} });
  assert.equal(stage.videos.at(-1), SAMPLE.url);
  assert.equal(store.get("video").sample.key, "night");
});

test("the same video chosen again keeps the labels that were chosen for it", async () => {
  await intake.take({ file: FILM() });
  store.set({ choices: { mood: { calm: 1 } }, energy: 3 });
  await intake.take({ file: FILM() });
  assert.deepEqual([store.get("choices"), store.get("energy")], [{ mood: { calm: 1 } }, 3]);
  gradio.answers.match = { ...answer(3), query: { ...answer(3).query, sha256: "c".repeat(64) } };
  await intake.take({ file: FILM("other.mp4") });
  assert.deepEqual([store.get("choices"), store.get("energy")], [{}, null]);
});

test("a link with a facet that the checkpoint lacks keeps the page's own", async () => {
  await intake.restore({ sha256: "b".repeat(64), alpha: 0.25, facet: "weather", filters: {} });
  assert.equal(store.get("facet"), "mood");
});

test("a link that the server forgot leads to the empty page", async () => {
  gradio.answers.restore = { error: JSON.stringify({ en: "Forgotten." }) };
  await intake.restore({ sha256: "b".repeat(64), alpha: 0.5, facet: null, filters: {} });
  assert.deepEqual(failures, ["Forgotten."]);
  assert.equal(store.get("phase"), "empty");
});

test("a reference stands beside the video, and what plays goes on", async () => {
  await intake.take({ file: FILM() });
  stage.track = store.get("payload").tracks[2];
  store.set({ current: 2 });
  const beside = answer(3);
  beside.tracks.reverse();
  gradio.answers.reference = beside;
  await intake.reference(new File(["music"], "mine.mp3", { type: "audio/mpeg" }));
  const [, [sha256, file]] = gradio.calls.at(-1);
  assert.deepEqual([sha256, file.orig_name], ["a".repeat(64), "mine.mp3"]);
  assert.deepEqual([store.get("blend"), store.get("current")], [0.5, 0]);
});

test("a reference of the wrong kind is refused", async () => {
  await intake.take({ sample: SAMPLE });
  await intake.reference(new File(["x"], "letter.pdf", { type: "application/pdf" }));
  assert.match(failures[0], /letter\.pdf/);
  assert.equal(gradio.calls.length, 1);
});

test("a track of the catalog is a reference by its position, until it is taken away", async () => {
  await intake.take({ sample: SAMPLE });
  gradio.answers.like = answer(3);
  store.set({ blend: 0.7 });
  await intake.like(store.get("payload").tracks[1]);
  assert.deepEqual(gradio.calls.at(-1), ["like", ["a".repeat(64), 1, ""]]);
  assert.equal(store.get("blend"), 0.7);
  await intake.withoutReference();
  assert.deepEqual(gradio.calls.at(-1), ["restore", ["a".repeat(64)]]);
  assert.equal(store.get("blend"), 0);
});

test("of many tracks the rows of a choice are asked for once, all others are ranked here", async () => {
  const turned = { choices: { mood: { calm: 1, sad: -1 } }, energy: 3.5 };
  const part = (asked) => ({ ...answer(3), reference: undefined, whole: false, asked });
  gradio.answers.match = part({ choices: {}, energy: null });
  gradio.answers.restore = (sha256, asked) => part(asked);
  await intake.take({ sample: SAMPLE });
  const waited = () => new Promise((resolve) => setTimeout(resolve, 320));
  store.set({ choices: { mood: { calm: 1 }, genre: {} } });
  store.set({ choices: { mood: { calm: 1, sad: -1 }, genre: {} }, energy: 3.5 });
  await waited();
  assert.deepEqual(gradio.calls.slice(1), [["restore", ["a".repeat(64), turned]]]);
  assert.deepEqual(store.get("payload").asked, turned);
  await waited();
  store.set({ choices: {}, energy: null });
  await waited();
  assert.equal(gradio.calls.length, 2);
  gradio.answers.restore = { error: "It is busy." };
  store.set({ energy: 1 });
  await waited();
  assert.equal(failures.length, 1);
  assert.equal(store.get("payload").tracks.length, 3);
  store.set({ payload: { ...answer(3), whole: true }, energy: 2 });
  await waited();
  assert.equal(gradio.calls.length, 3);
});

test("a video that the browser cannot show is asked for as a copy, once it was ranked", async () => {
  gradio.answers.playable = { url: "vmr-media/copy.mp4" };
  const running = intake.take({ file: FILM() });
  stage.onunplayable(); // the browser says so while the server still reads
  await running;
  await settled();
  assert.deepEqual(gradio.calls.map(([name]) => name), ["match", "playable"]);
  assert.equal(stage.videos.at(-1), "vmr-media/copy.mp4");
  assert.deepEqual(revoked, ["blob:sea.mp4"]);
});

test("where no copy can be made the ranking plays without a picture", async () => {
  await intake.take({ file: FILM() });
  gradio.answers.playable = { error: null };
  stage.onunplayable();
  await settled();
  assert.equal(stage.videos.at(-1), null);
  assert.equal(store.get("phase"), "results");
});

test("the file of the video before is let go of", async () => {
  await intake.take({ file: FILM() });
  await intake.take({ sample: SAMPLE });
  assert.deepEqual(revoked, ["blob:sea.mp4"]);
});

test("going home forgets the video and stops what runs", async () => {
  await intake.take({ file: FILM() });
  intake.forget();
  assert.deepEqual([store.get("phase"), store.get("tab"), stage.videos.at(-1)],
    ["empty", "match", null]);
  assert.deepEqual(revoked, ["blob:sea.mp4"]);
});

let steps = [];
const busy = { begin: () => steps.push("begin"), tell() {}, end: () => steps.push("end") };

test("words are asked on top of a video, keep what plays, and are off when they are gone", async () => {
  gradio.answers.match = { ...answer(3), reference: undefined };
  await intake.take({ sample: SAMPLE });
  gradio.answers.words = { ...answer(3), reference: undefined, words: [CHIP] };
  stage.track = store.get("payload").tracks[2];
  steps = [];
  await write("calm piano");
  assert.deepEqual(gradio.calls.at(-1), ["words", ["a".repeat(64), "calm piano"]]);
  assert.deepEqual(steps, ["begin", "end"]);
  assert.equal(store.get("current"), 2);
  await write("calm piano "); // nothing new
  assert.equal(gradio.calls.length, 2);
  await write("");
  assert.deepEqual(gradio.calls.at(-1), ["restore", ["a".repeat(64)]]);
});

test("words alone rank without a video, and leave an empty page when they are taken away", async () => {
  const alone = answer(3);
  gradio.answers.words = { ...alone, query: { ...alone.query, modality: "text", sha256: "" }, words: [CHIP] };
  await write("");
  assert.deepEqual([gradio.calls, store.get("phase")], [[], "empty"]);
  await write("calm");
  assert.deepEqual(gradio.calls, [["words", ["", "calm"]]]);
  assert.deepEqual([store.get("phase"), stage.videos.at(-1)], ["results", null]);
  await write("");
  assert.equal(store.get("phase"), "empty");
});

test("words that fail leave the rows and the text, and say one sentence", async () => {
  await intake.take({ sample: SAMPLE });
  const shown = store.get("payload");
  gradio.answers.words = { error: "too many" };
  await write("calm");
  assert.deepEqual([store.get("payload"), store.get("words"), store.get("phase")],
    [shown, "calm", "results"]);
  assert.equal(failures.length, 1);
});

test("words stay beside a reference, for the next video, and after a restart of the server", async () => {
  await intake.take({ sample: SAMPLE });
  gradio.answers.like = answer(3);
  await intake.like(store.get("payload").tracks[1]);
  await write("calm");
  assert.deepEqual(gradio.calls.at(-1), ["like", ["a".repeat(64), 1, "calm"]]);
  gradio.answers.reference = answer(3);
  await intake.reference(new File(["x"], "mine.mp3"));
  await write("calm, slow");
  const [name, [, sent, words]] = gradio.calls.at(-1);
  assert.deepEqual([name, sent.orig_name, words], ["reference", "mine.mp3", "calm, slow"]);
  await intake.take({ sample: SAMPLE });
  assert.deepEqual(gradio.calls.at(-1), ["match", [null, "night", "calm, slow"]]);
});

const CHIP = { text: "calm", strength: 1, understood: true, means: [["mood", "calm"]], found: null,
  alone: "calm" };

/** What the field does: the text is in the store, then it is asked for. */
async function write(text) {
  store.set({ words: text });
  await intake.words(text, busy);
}
