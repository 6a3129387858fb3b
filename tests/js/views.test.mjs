// node --test tests/js : menus, dialogs, header, keys, the shortlist, what is said about a video.

import { loadTexts, press, settled } from "./page.mjs";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, beforeEach, mock, test } from "node:test";
import { answer, words } from "./examples.mjs";
import { boot, gradio, reset } from "./gradio.mjs";

const { accepted, fileButton, limitsText, refusal, takeDrops } = await import(
  "../../vmr/page/static/core/choosing.js");
const { clock, h } = await import("../../vmr/page/static/core/dom.js");
const i18n = await import("../../vmr/page/static/core/i18n.js");
const { followInAddress } = await import("../../vmr/page/static/core/history.js");
const { Menu, openDialog } = await import("../../vmr/page/static/core/menu.js");
const { Progress } = await import("../../vmr/page/static/core/progress.js");
const { configure } = await import("../../vmr/page/static/core/server.js");
const { Store } = await import("../../vmr/page/static/core/store.js");
const { Ranker } = await import("../../vmr/page/static/ranking/rank.js");
const { rankingState } = await import("../../vmr/page/static/ranking/ranking.js");
const { openDetails } = await import("../../vmr/page/static/views/details.js");
const { Rivals } = await import("../../vmr/page/static/views/rivals.js");
const { openDownload } = await import("../../vmr/page/static/views/download.js");
const { drawFacts } = await import("../../vmr/page/static/views/facts.js");
const { Header } = await import("../../vmr/page/static/views/header.js");
const { listenToKeys } = await import("../../vmr/page/static/views/keyboard.js");
const { commonest, placer } = await import("../../vmr/page/static/views/plane.js");
const { nameSamples, sampleButtons } = await import("../../vmr/page/static/views/samples.js");
const { loadShortlist, Shortlist } = await import("../../vmr/page/static/views/shortlist.js");
const { drawStatus } = await import("../../vmr/page/static/views/status.js");

before(loadTexts);

beforeEach(() => {
  i18n.setLanguage("en");
  document.body.replaceChildren();
  localStorage.clear();
  reset();
  configure(boot);
});

// ---- elements and texts -------------------------------------------------------------------------

test("an element takes classes, properties, attributes, listeners and children", () => {
  let clicks = 0;
  const node = h("button.a.b", { type: "button", "aria-label": "x", disabled: false, title: null,
    onclick: () => clicks++ }, "text", null, [h("i"), undefined]);
  node.click();
  assert.deepEqual([node.className, node.getAttribute("aria-label"), node.disabled, clicks],
    ["a b", "x", false, 1]);
  assert.equal(node.hasAttribute("title"), false);
  assert.equal(node.innerHTML, "text<i></i>");
});

test("seconds are said as minutes", () => {
  assert.deepEqual([0, 65.9, 600, NaN, Infinity, -3].map(clock),
    ["0:00", "1:05", "10:00", "–:––", "–:––", "0:00"]);
});

test("texts follow the language, a lacking one falls back, values are filled in", () => {
  const node = h("div", {}, h("p", i18n.says("list.none")), h("b", i18n.named("row.more")));
  document.body.append(node);
  const english = node.textContent;
  i18n.setLanguage("ja");
  assert.notEqual(node.textContent, english);
  assert.match(node.querySelector("b").title, /[\u3040-\u30ff\u4e00-\u9fff]/);
  assert.equal(document.documentElement.lang, "ja");
  assert.equal(i18n.t("no.such.key"), "no.such.key");
  assert.equal(i18n.label("mood", "unheard-of"), "unheard-of");
  assert.equal(i18n.sentence({ en: "a", ja: "b" }), "b");
  assert.equal(i18n.sentence({ en: "a" }), "a");
  assert.equal(i18n.number(-0.0001, 2), "0.00");
});

test("keys are named in the language", () => {
  assert.equal(i18n.keyName("C# minor"), "C# minor");
  i18n.setLanguage("ja");
  assert.equal(i18n.keyName("C# minor"), "C#マイナー");
  assert.equal(i18n.keyName("B major"), "Bメジャー");
});

test("the language is the one asked for, else the first of the browser's that there is", () => {
  Object.defineProperty(navigator, "languages", { value: ["fr", "ja-JP", "en"], configurable: true });
  assert.deepEqual(["en", "auto", "xx"].map(i18n.chooseLanguage), ["en", "ja", "ja"]);
  Object.defineProperty(navigator, "languages", { value: ["fr"], configurable: true });
  assert.equal(i18n.chooseLanguage("auto"), "en");
});

test("the address follows the page; another video or tab is an entry of the history", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const store = new Store({ ...rankingState(["mood"]), phase: "empty", tab: "match", project: "" });
  const went = [];
  followInAddress(store, (link) => went.push(link));
  const rest = () => context.mock.timers.tick(400);
  assert.equal(location.hash, "");
  const entries = history.length;
  store.set({ phase: "first", payload: answer(1), alpha: 0.25 });
  rest();
  assert.equal(location.hash, ""); // nothing that a link could bring back
  store.set({ phase: "results" });
  rest();
  assert.match(location.hash, /^#q=a{64}&a=0\.250&by=mood/);
  store.set({ alpha: 0.75 });
  rest();
  assert.match(location.hash, /a=0\.750/);
  assert.equal(history.length, entries + 1); // the slider's moves are none
  store.set({ tab: "shortlist", project: "k".repeat(22) });
  rest();
  assert.match(location.hash, /^#p=k{22}&tab=shortlist&q=a{64}/);
  assert.equal(history.length, entries + 2);
  dispatchEvent(new Event("popstate"));
  assert.deepEqual([went[0].tab, went[0].project], ["shortlist", "k".repeat(22)]);
  rest();
  store.set({ phase: "empty", tab: "match", project: "" });
  rest();
  assert.equal(location.hash, "");
});

// ---- menus and dialogs --------------------------------------------------------------------------

test("a menu is walked by keys, runs what is chosen and gives the focus back", () => {
  const done = [];
  const opener = h("button");
  document.body.append(opener);
  const menu = new Menu(document.body);
  const item = (key, more) => ({ key, run: () => done.push(key), ...more });
  menu.open(opener, [item("row.like"), item("row.not", { disabled: true }), null, item("row.copy")]);
  const enabled = [...menu.node.querySelectorAll("button:not(:disabled)")];
  assert.equal(menu.node.querySelectorAll("button").length, 3);
  assert.equal(document.activeElement, enabled[0]);
  press(enabled[0], "ArrowDown");
  assert.equal(document.activeElement, enabled[1]);
  press(enabled[1], "ArrowDown");
  assert.equal(document.activeElement, enabled[0]);
  enabled[1].click();
  assert.deepEqual(done, ["row.copy"]);
  assert.equal(menu.node.hidden, true);
  menu.open(opener, [item("row.like")]);
  press(menu.node.firstChild, "Escape");
  assert.deepEqual([menu.node.hidden, document.activeElement], [true, opener]);
  menu.open(opener, [item("row.like")]);
  document.body.click();
  assert.equal(opener.getAttribute("aria-expanded"), "false");
});

test("a dialog leaves the document when it closes", () => {
  const node = openDialog(document.body, "<b>Title</b>", h("p", { text: "inside" }));
  assert.equal(node.querySelector("h2").textContent, "<b>Title</b>");
  assert.equal(node.open, true);
  node.querySelector("button").click();
  node.dispatchEvent(new Event("close"));
  assert.equal(node.isConnected, false);
});

// ---- header and keys ----------------------------------------------------------------------------

test("tabs are chosen by click and by arrows; the badge counts", () => {
  const chosen = [];
  const header = new Header(["match", "shortlist", "reverse"], { tab: (name) => chosen.push(name),
    language: (lang) => chosen.push(lang), theme() {}, home() {}, present() {} });
  document.body.append(header.node);
  header.tabs[0].focus();
  press(header.tabs[0], "ArrowLeft");
  assert.equal(document.activeElement, header.tabs[2]);
  header.languages[1].click();
  assert.deepEqual(chosen, ["reverse", "ja"]);
  header.showTab("shortlist");
  assert.deepEqual(header.tabs.map((tab) => tab.getAttribute("aria-selected")),
    ["false", "true", "false"]);
  header.showCount("shortlist", 3);
  assert.equal(header.node.querySelector(".badge").textContent, "3");
  header.showCount("shortlist", 0);
  assert.equal(header.node.querySelector(".badge"), null);
  header.showLanguage("ja");
  assert.equal(header.languages[1].getAttribute("aria-pressed"), "true");
});

test("keys work everywhere but where a person writes or a dialog is open", () => {
  const done = [];
  listenToKeys({ Space: () => done.push("space"), ArrowDown: () => done.push("down"),
    s: () => done.push("s") });
  const field = h("input", { type: "text" });
  const range = h("input", { type: "range" });
  const button = h("button");
  const play = h("button.play");
  document.body.append(field, range, button, play);
  press(document.body, " ");
  press(field, "s");
  press(range, "ArrowDown");
  press(range, "s");
  press(button, " "); // presses the button
  press(play, " ");
  assert.deepEqual(done, ["space", "s", "space"]);
  document.body.append(h("dialog", { open: true }));
  press(document.body, "s");
  assert.equal(done.length, 3);
});

// ---- choosing files -----------------------------------------------------------------------------

test("a file is refused by what it is, and a name's ending is enough", () => {
  assert.equal(refusal(new File(["x"], "a.MKV")), null);
  assert.match(refusal(new File(["x"], "mkv")), /mkv/);
  assert.equal(refusal(new File(["x"], "a", { type: "video/x-new" })), null);
  assert.equal(refusal(new File(["x"], "a.flac"), "audio"), null);
  assert.match(refusal(new File(["x"], "a.flac")), /a\.flac/);
  assert.match(refusal(new File([""], "a.mp4")), /empty/);
  assert.notEqual(refusal(new File(["x".repeat(1001)], "a.mp4")), null);
  assert.equal(accepted("video"), "video/*,.mp4,.mkv");
  assert.match(limitsText(), /60/);
});

test("the chooser hands its file on and may be used again for the same", () => {
  const taken = [];
  const label = fileButton("choose", "hero.name", "video/*", (file) => taken.push(file.name), "v");
  const input = label.querySelector("input");
  const file = new File(["x"], "a.mp4");
  Object.defineProperty(input, "files", { value: [file] });
  input.dispatchEvent(new Event("change"));
  input.dispatchEvent(new Event("change"));
  assert.deepEqual(taken, ["a.mp4", "a.mp4"]);
  assert.equal(label.htmlFor, "v");
});

/** A drag of files, or of something else. */
function drag(kind, files, types = ["Files"]) {
  const event = new Event(kind, { bubbles: true, cancelable: true });
  const items = files.map(() => ({ webkitGetAsEntry: () => ({ isDirectory: false }) }));
  event.dataTransfer = { types, files, items };
  document.body.dispatchEvent(event);
  return event;
}

test("the window takes what is dropped, and shows that it would", () => {
  const root = h("div");
  const taken = [];
  takeDrops(root, (files) => taken.push(...files.map((file) => file.name)));
  drag("dragenter", []);
  assert.equal(root.className, "dropping");
  drag("dragleave", []);
  assert.equal(root.className, "");
  drag("dragenter", []);
  assert.equal(drag("dragover", []).defaultPrevented, true);
  drag("drop", [new File(["x"], "a.mp4"), new File(["x"], "b.mp4")]);
  assert.deepEqual([taken, root.className], [["a.mp4", "b.mp4"], ""]);
  assert.equal(drag("drop", [], ["text/plain"]).defaultPrevented, false);
});

test("progress never runs back and says what is left", () => {
  let now = 0;
  performance.now = () => now;
  mock.timers.enable({ apis: ["setInterval"] });
  const progress = new Progress(() => {});
  progress.begin();
  progress.tell({ step: "upload", fraction: 0.5 });
  assert.equal(progress.bar.value, 0.075);
  now = 2000;
  progress.tell({ step: "read", fraction: 0.5 });
  const reached = progress.bar.value;
  assert.equal(reached, 0.15 + 0.85 * 0.5);
  progress.tell({ step: "encode", fraction: 0.1 });
  assert.equal(progress.bar.value, reached);
  assert.match(progress.left.textContent, /2/);
  mock.timers.tick(1000);
  assert.ok(progress.bar.value > reached && progress.bar.value < 0.97);
  progress.tell({ step: "queue", rank: 4, wait: 37.2 });
  assert.match(progress.step.textContent, /4/);
  assert.match(progress.left.textContent, /38/);
  now += 5000;
  mock.timers.tick(200);
  assert.match(progress.left.textContent, /33/);
  progress.tell({ step: "read", fraction: 0.5 });
  assert.doesNotMatch(progress.left.textContent, /33/);
  progress.end();
  assert.equal(progress.node.hidden, true);
  mock.timers.reset();
});

test("samples carry their titles and choose themselves", () => {
  const samples = [{ key: "sea", titles: { en: "Sea", ja: "海" }, poster: "p.jpg", url: "u.mp4" }];
  const chosen = [];
  const [button] = sampleButtons(samples, (sample) => chosen.push(sample.key));
  document.body.append(button);
  nameSamples(document.body, samples);
  assert.equal(button.textContent, "Sea");
  i18n.setLanguage("ja");
  nameSamples(document.body, samples);
  assert.equal(button.title, "海");
  button.click();
  assert.deepEqual(chosen, ["sea"]);
});

// ---- the shortlist ------------------------------------------------------------------------------

function shortlist() {
  const store = new Store({ ...rankingState(["mood"]), shortlist: loadShortlist() });
  const undone = [];
  const view = new Shortlist(store, (entry) => store.set({ heard: entry.id }), () => null,
    (text, run) => undone.push({ text, run }));
  document.body.append(view.node);
  return { store, view, undone,
    titles: () => [...view.rows.querySelectorAll(".title")].map((n) => n.textContent) };
}

const CONTEXT = { video: "sea.mp4", alpha: 0.5, facet: "mood" };

test("kept tracks stay in this browser with their notes", () => {
  const { view, titles } = shortlist();
  for (const i of [0, 1, 2]) view.toggle(words(i), CONTEXT);
  view.toggle(words(1), CONTEXT);
  assert.deepEqual(titles(), ["Track 0", "Track 2"]);
  const note = view.rows.querySelectorAll(".note-field")[1];
  note.value = "for the end";
  note.dispatchEvent(new Event("input"));
  assert.deepEqual(loadShortlist().map((entry) => [entry.id, entry.note, entry.video]),
    [["t0", "", "sea.mp4"], ["t2", "for the end", "sea.mp4"]]);
});

test("what a browser keeps that is no shortlist is left alone", () => {
  for (const text of ["{", "7", '{"a": 1}', '[{"title": "x"}, null]']) {
    localStorage.setItem("vmr-shortlist", text);
    assert.deepEqual(loadShortlist(), []);
  }
});

test("kept tracks are moved, played and taken out", () => {
  const { store, view, titles } = shortlist();
  for (const i of [0, 1, 2]) view.toggle(words(i), CONTEXT);
  view.rows.querySelectorAll(".move-up")[2].click();
  assert.deepEqual(titles(), ["Track 0", "Track 2", "Track 1"]);
  assert.equal(document.activeElement, view.rows.querySelectorAll(".move-up")[1]);
  view.rows.querySelectorAll(".move-up")[0].click(); // already at the top
  assert.deepEqual(titles(), ["Track 0", "Track 2", "Track 1"]);
  view.rows.querySelectorAll(".play")[1].click();
  assert.equal(store.get("heard"), "t2");
  view.rows.querySelectorAll(".remove")[0].click();
  assert.deepEqual(titles(), ["Track 2", "Track 1"]);
  assert.equal(view.empty.hidden, true);
});

test("what was taken out is put back in its place, also after others came", () => {
  const { view, undone, titles } = shortlist();
  for (const i of [0, 1, 2]) view.toggle(words(i), CONTEXT);
  view.rows.querySelectorAll(".remove")[1].click();
  view.toggle(words(3), CONTEXT);
  undone[0].run();
  assert.deepEqual(titles(), ["Track 0", "Track 1", "Track 2", "Track 3"]);
  assert.match(undone[0].text, /Track 1/);
});

test("a track is kept for several videos, and the row says for which", () => {
  const { store, view, titles } = shortlist();
  store.set({ payload: answer(1) });
  view.toggle(words(0), { ...CONTEXT, sha256: "a".repeat(64) });
  view.toggle(words(0), { ...CONTEXT, sha256: "b".repeat(64), video: "hill.mp4" });
  assert.deepEqual(titles(), []); // the second call meant the same video, that which is shown
  const { query } = answer(1);
  store.set({ payload: { ...answer(1), query: { ...query, sha256: "b".repeat(64) } } });
  view.toggle(words(0), { ...CONTEXT, sha256: "b".repeat(64), video: "hill.mp4" });
  store.set({ payload: answer(1) });
  view.toggle(words(0), { ...CONTEXT, sha256: "a".repeat(64) });
  const videos = [...view.rows.querySelectorAll(".short-video")].map((node) => node.textContent);
  assert.deepEqual(videos, ["for hill.mp4", "for sea.mp4"]);
});

test("a decision and a start stay with a kept track", () => {
  const { store, view } = shortlist();
  store.set({ payload: answer(1) });
  view.toggle(words(0), { ...CONTEXT, sha256: "a".repeat(64) });
  const state = view.rows.querySelector(".decision");
  state.value = "approved";
  state.dispatchEvent(new Event("change"));
  view.setStart(words(0), { start: 12.345, ending: "loop", fade_out: 1.2 });
  view.setStart(words(1), { start: 3, ending: "loop", fade_out: 1.2 });
  const rows = () => loadShortlist().map((entry) =>
    [entry.id, entry.state, entry.start, entry.ending]);
  assert.deepEqual(rows(), [["t0", "approved", 12.35, undefined]]);
  view.setStart(words(0), { start: 4, ending: "cut", fade_out: 0.08, isChosen: true });
  assert.deepEqual(rows(), [["t0", "approved", 4, "cut"]]);
});

test("the same id in another catalog is another track", () => {
  const { view } = shortlist();
  view.toggle(words(0), CONTEXT);
  assert.ok(view.of(words(0)));
  assert.equal(view.of(words(0, { catalog: "games" })), undefined);
});

test("addresses of sounds are renewed by an answer", () => {
  const { store, view } = shortlist();
  view.toggle(words(0, { audio: "vmr-media/old.opus" }), CONTEXT);
  store.set({ payload: answer(2) });
  assert.equal(loadShortlist()[0].audio, "vmr-media/0.opus");
});

// ---- about a video, about a track ---------------------------------------------------------------

test("what was seen is said in words and meters, and notes in the page's language", () => {
  const box = h("section");
  const { query } = answer(1);
  drawFacts(box, { ...query, notes: [{ en: "It has no sound.", ja: "音声がありません。" }] });
  assert.equal(box.querySelector(".chip").textContent, "sea");
  assert.equal(box.querySelectorAll(".meter").length, 1);
  assert.equal(box.querySelector(".meter-bar i").style.transform, "scaleX(0.333)");
  assert.equal(box.querySelector(".note").textContent, "It has no sound.");
});

test("the line at the foot names catalogs, times and notices", () => {
  const foot = h("footer");
  const catalogs = [{ name: "starter", tracks: 48,
    notice: { en: "Built for another model.", ja: "" } }];
  drawStatus(foot, { catalogs }, answer(1));
  assert.equal(foot.querySelector(".logged"), null);
  assert.match(foot.textContent, /starter.*48/);
  assert.match(foot.textContent, /0\.5/);
  assert.equal(foot.querySelector(".warning").textContent, "Built for another model.");
  const fetch = [{ name: "starter", missing: 7, helpings: [] }];
  drawStatus(foot, { catalogs, fetch }, null); // nothing to warn of: a button fetches it
  assert.equal(foot.querySelector(".warning"), null);
  assert.equal(foot.lastChild.textContent, "starter: 7 tracks have no sound here.");
  assert.equal(foot.lastChild.title, "Built for another model.");
  drawStatus(foot, { catalogs, audit: true }, null);
  assert.match(foot.querySelector(".logged").textContent, /is logged/);
});

test("checkpoints side by side rank what the list ranks: without sound only where asked for", () => {
  const payload = answer(6);
  payload.tracks[2].audio = null;
  const rivals = new Rivals();
  rivals.show([{ ...payload, name: "a", fingerprint: "0123456789" }]);
  const shown = () => [...rivals.node.querySelectorAll("li")].map((li) => li.dataset.id).sort();
  rivals.draw(0.5, "mood", false);
  assert.deepEqual(shown(), ["t0", "t1", "t3", "t4", "t5"]);
  rivals.draw(0.5, "mood", true);
  assert.equal(shown().length, 6);
});

test("checkpoints side by side say how many random pairs a track beats, where somebody measured", () => {
  const { scale } = JSON.parse(readFileSync(new URL("scores.json", import.meta.url), "utf8"))
    .calibrated.payload;
  const rivals = new Rivals();
  rivals.show([scale, null].map((one) => ({ ...answer(6), scale: one, name: "a", fingerprint: "0" })));
  rivals.draw(0.5, "mood", true);
  const [read, bare] = [...rivals.node.querySelectorAll("section")].map((column) =>
    column.querySelector("li .soft"));
  assert.match(read.textContent, /^\d+$/);
  assert.match(read.title, /random pairs/);
  assert.match(bare.textContent, /^-?\d\.\d\d$/);
});

test("the numbers of a row add up to its score", () => {
  const payload = answer(3);
  const ranker = new Ranker(payload);
  const w = [0.5, 0, 0.5];
  const ranking = { ranker, weights: () => w, scores: ranker.scores(w), tracks: payload.tracks,
    reason: () => "Sea met calm.", asked: () => ["MIT asks for a name."] };
  openDetails(document.body, ranking, 1);
  const cells = [...document.querySelectorAll("tbody tr")].map((row) =>
    Number(row.lastChild.textContent));
  const sum = Number(document.querySelector("tfoot td").textContent);
  assert.ok(Math.abs(cells.reduce((a, b) => a + b) - sum) < 2e-4);
  assert.match(document.querySelector(".facts-list").textContent, /C major/);
  assert.match(document.querySelector("dialog").textContent, /Sea met calm\./);
  assert.match(document.querySelector("dialog").textContent, /MIT asks for a name\./);
});

test("only a web address of a source becomes a link", () => {
  const payload = answer(2);
  payload.tracks[0].source = "https://example.org/t";
  payload.tracks[1].source = "javascript:alert(1)";
  const ranker = new Ranker(payload);
  const ranking = { ranker, weights: () => [1, 0, 0], scores: ranker.scores([1, 0, 0]),
    tracks: payload.tracks, reason: () => "", asked: () => [] };
  openDetails(document.body, ranking, 0);
  openDetails(document.body, ranking, 1);
  assert.deepEqual([...document.querySelectorAll("a")].map((a) => a.getAttribute("href")),
    ["https://example.org/t"]);
});

test("a video is taken away with the choices made, and a second time if its file was lost", async () => {
  const clicked = [];
  window.HTMLAnchorElement.prototype.click = function click() {
    clicked.push([this.getAttribute("href"), this.download]);
  };
  const video = { file: new File(["x"], "sea.mp4"), remote: { path: "/tmp/gone.mp4" } };
  const track = words(3, { title: 'A/B: "C" 1.12' });
  const heard = { start: 4, ending: "loop", fade_out: 2, isChosen: true };
  openDownload(document.body, { video, film: "sea/1.mp4", track, choice: heard,
    volumes: { music: 0.5, video: 0 } });
  const dialog = document.querySelector("dialog");
  const duck = [...dialog.querySelectorAll(".segmented button")][1];
  duck.click();
  assert.equal(duck.getAttribute("aria-pressed"), "true");
  let tries = 0;
  gradio.answers.render = () => (tries++ ? { url: "vmr-media/out.mp4" } : { error: null });
  dialog.querySelector(".primary").click();
  await settled();
  assert.deepEqual(gradio.uploads, ["sea.mp4"]);
  const [name, [remote, , position, choices]] = gradio.calls.at(-1);
  assert.deepEqual([name, remote.path, position], ["render", "/tmp/gradio/sea.mp4", 3]);
  const { original, fit, music_start_s: start, music_volume: volume, fade_out_s: fade } = choices;
  assert.deepEqual([original, fit, start, volume, fade], ["duck", "loop", 4, 0.5, 2]);
  assert.deepEqual(clicked, [["vmr-media/out.mp4", "sea 1 - A B C 1.12.mp4"]]);
  gradio.answers.render = () => new Promise(() => {});
  dialog.querySelector(".primary").click();
  await settled();
  dialog.querySelector(".progress button").click();
  await settled();
  assert.equal(gradio.calls.at(-1)[0], "render_stop");
  assert.equal(dialog.querySelector(".primary").hidden, false);
});

// ---- the map's plane ----------------------------------------------------------------------------

test("places keep the shape of the points and lie on the drawing", () => {
  const points = [[0, 0], [2, 0], [0, 1], [2, 1]];
  const at = points.map(placer(points));
  assert.ok(at.flat().every((v) => v >= 0) && at.every(([x, y]) => x <= 900 && y <= 480));
  const [a, b, c] = at;
  assert.ok(Math.abs((b[0] - a[0]) / (a[1] - c[1]) - 2) < 1e-9); // up is up, scales are equal
  assert.deepEqual(placer([[1, 1]])([1, 1]), [450, 240]);
});

test("the commonest names come first", () => {
  assert.deepEqual(commonest(["a", "b", "b", undefined, "c", "b", "c"], 2), ["b", "c"]);
});
