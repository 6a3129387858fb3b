// node --test tests/js : calls to the server and what comes of them when it fails.

import { loadTexts } from "./page.mjs";
import assert from "node:assert/strict";
import { before, beforeEach, test } from "node:test";
import { boot, gradio, reset } from "./gradio.mjs";

const { failureText, showError } = await import("../../vmr/page/static/core/failure.js");
const { setLanguage } = await import("../../vmr/page/static/core/i18n.js");
const { call, configure, PageError, upload } = await import("../../vmr/page/static/core/server.js");

before(loadTexts);
beforeEach(() => {
  setLanguage("en");
  reset();
  configure(boot);
});

const failing = async (work) => {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error("it should have failed");
};

test("an event is called by its number with its data and answers its first output", async () => {
  gradio.answers.restore = { tracks: [] };
  assert.deepEqual(await call("restore", ["abc"]), { tracks: [] });
  assert.deepEqual(gradio.calls, [["restore", ["abc"]]]);
});

test("progress and the place in the queue are told", async () => {
  gradio.messages = [{ msg: "estimation", rank: 2, rank_eta: 7.5 }, { msg: "estimation", rank: 0 },
    { msg: "estimation", rank: 1, rank_eta: null },
    { msg: "progress", progress_data: [{ desc: "read", progress: 0.25 }] },
    { msg: "progress", progress_data: [] }, { msg: "heartbeat" }];
  gradio.answers.restore = 1;
  const news = [];
  await call("restore", [], { onProgress: (item) => news.push(item) });
  assert.deepEqual(news, [{ step: "queue", rank: 2, wait: 7.5 },
    { step: "queue", rank: 1, wait: null }, { step: "read", fraction: 0.25 }]);
});

test("an error of ours comes in the page's language, Gradio's own as it is", async () => {
  const ours = JSON.stringify({ en: "clip.mp4 is damaged.", ja: "clip.mp4 は壊れています。" });
  gradio.answers.restore = { error: ours };
  assert.equal((await failing(call("restore", []))).message, "clip.mp4 is damaged.");
  setLanguage("ja");
  assert.equal((await failing(call("restore", []))).message, "clip.mp4 は壊れています。");
  gradio.answers.restore = { error: JSON.stringify({ en: "Gone.", ja: "なし", key: "page.upload_gone" }) };
  assert.equal((await failing(call("restore", []))).reason, "page.upload_gone");
  gradio.answers.restore = { error: "Too many requests" };
  assert.equal((await failing(call("restore", []))).message, "Too many requests");
});

test("an error without a text, a full queue and a lost server have texts of the page", async () => {
  gradio.answers.restore = { error: null };
  assert.equal((await failing(call("restore", []))).key, "error.server");
  gradio.joinStatus = 503;
  assert.equal((await failing(call("restore", []))).key, "error.busy");
  gradio.joinHeaders = { "Retry-After": "30" };
  assert.equal((await failing(call("restore", []))).key, "error.stopping");
  gradio.joinStatus = 500;
  assert.equal((await failing(call("restore", []))).key, "error.server");
  gradio.joinStatus = 200;
  gradio.answers.restore = "gone";
  assert.equal((await failing(call("restore", []))).key, "error.gone");
  gradio.gone = true;
  assert.equal((await failing(call("restore", []))).key, "error.gone");
});

test("a call that was stopped ends as stopped", async () => {
  const abort = new AbortController();
  gradio.answers.restore = () => new Promise(() => {});
  const waiting = failing(call("restore", [], { signal: abort.signal }));
  setTimeout(() => abort.abort(), 5);
  assert.equal((await waiting).name, "AbortError");
  assert.equal((await failing(call("restore", [], { signal: abort.signal }))).name, "AbortError");
  assert.equal(gradio.left, 1);
});

test("a call that is stopped while it is joined or before its stream is open ends on the server too",
  async () => {
    gradio.answers.restore = () => new Promise(() => {});
    for (const turns of [0, 1, 2, 3, 4, 5, 6]) { // wherever it is by then
      const abort = new AbortController();
      const waiting = failing(call("restore", [], { signal: abort.signal }));
      for (let turn = 0; turn < turns; turn++) await null;
      abort.abort();
      assert.equal((await waiting).name, "AbortError");
      await new Promise((rest) => setTimeout(rest));
      assert.equal(gradio.calls.length, turns + 1);
      assert.equal(gradio.left, turns + 1);
    }
  });

test("a file is sent with its name, and its progress is told", async () => {
  const shares = [];
  const file = await upload(new File(["abc"], "夏.mp4"), (share) => shares.push(share));
  assert.deepEqual(file, { path: "/tmp/gradio/夏.mp4", orig_name: "夏.mp4", size: 3,
    meta: { _type: "gradio.FileData" } });
  assert.deepEqual(shares, [0.5]);
});

test("a file that is too large, that fails, or that meets no server is said so", async () => {
  const file = new File(["abc"], "a.mp4");
  for (const [status, key] of [[413, "error.large"], [429, "error.often"],
    [507, "error.full"], [500, "error.upload"]]) {
    gradio.uploadStatus = status;
    assert.equal((await failing(upload(file))).key, key);
  }
  gradio.gone = true;
  assert.equal((await failing(upload(file))).key, "error.gone");
});

test("an upload that was stopped ends as stopped", async () => {
  const abort = new AbortController();
  const waiting = failing(upload(new File(["abc"], "a.mp4"), () => {}, abort.signal));
  abort.abort();
  assert.equal((await waiting).name, "AbortError");
});

test("a failure is shown as text, in a box that can be closed", () => {
  const box = document.createElement("div");
  box.hidden = true;
  showError(box, new PageError("<b>x</b>"));
  assert.equal(box.hidden, false);
  assert.equal(box.querySelector("b"), null);
  box.querySelector(".tool").click();
  assert.equal(box.hidden, true);
  assert.equal(failureText(new PageError("", "error.busy")), failureText({ key: "error.busy" }));
  assert.notEqual(failureText(new PageError("")), "");
});
