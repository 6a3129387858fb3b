// node --test tests/js : the controls above the rows and what they do to the ranking.

import { loadTexts, press, settled, size } from "./page.mjs";
import assert from "node:assert/strict";
import { before, beforeEach, test } from "node:test";
import { answer, words } from "./examples.mjs";

const { copyText } = await import("../../vmr/page/static/core/copy.js");
const { setLanguage } = await import("../../vmr/page/static/core/i18n.js");
const { Store } = await import("../../vmr/page/static/core/store.js");
const { BumpChart } = await import("../../vmr/page/static/ranking/bump.js");
const { Compare } = await import("../../vmr/page/static/ranking/compare.js");
const { compareButton, weightsButton } = await import("../../vmr/page/static/views/match_view.js");
const { FilterBar } = await import("../../vmr/page/static/ranking/filter_bar.js");
const { alphaWeights, order } = await import("../../vmr/page/static/ranking/rank.js");
const { Ranking, rankingState } = await import("../../vmr/page/static/ranking/ranking.js");
const { Reference } = await import("../../vmr/page/static/ranking/reference.js");
const { Slider } = await import("../../vmr/page/static/ranking/slider.js");
const { facetsOf, TrianglePad } = await import("../../vmr/page/static/ranking/triangle.js");

let store;
let list;
let ranking;

before(loadTexts);

beforeEach(() => {
  setLanguage("en");
  store = new Store({ ...rankingState(["genre", "mood"]), lang: "en", comparing: false,
    triangle: false });
  list = { shown: [], reset: (tracks) => (list.tracks = tracks), refresh() {}, speak() {},
    show: (ranked, facts, glide) => list.shown.push({ ranked, facts, glide }) };
  ranking = new Ranking(store, list);
});

const load = (count = 12, more = {}) =>
  store.set({ payload: { ...answer(count), reference: null, ...more } });
const fact = (place) => {
  const { ranked, facts } = list.shown.at(-1);
  return facts(ranked[place], place);
};

// ---- from weights to rows -----------------------------------------------------------------------

test("rows stand in the order of their scores at the slider's position", () => {
  load();
  store.set({ alpha: 0.25 });
  const { ranker } = ranking;
  const truth = order(ranker.scores(alphaWeights(ranker.branches, "mood", 0.25)));
  assert.deepEqual(list.shown.at(-1).ranked, truth);
  assert.deepEqual(store.get("order"), truth);
  assert.equal(fact(0).score, Math.max(...ranking.scores));
});

test("the first answer does not glide, a move does", () => {
  load();
  assert.equal(list.shown.at(-1).glide, false);
  store.set({ alpha: 0.6 });
  assert.equal(list.shown.at(-1).glide, true);
});

test("gains count from where the slider rested", () => {
  load();
  store.set({ sliding: true });
  const rested = store.get("order");
  store.set({ alpha: 1 });
  const { ranked } = list.shown.at(-1);
  ranked.forEach((i, place) => assert.equal(fact(place).gained, rested.indexOf(i) - place));
  assert.ok(ranked.some((_, place) => fact(place).gained !== 0));
});

test("bars lie between 0 and 1 and stand for the branches that count", () => {
  load();
  store.set({ alpha: 0.25 });
  const bars = store.get("order").map((_, place) => fact(place).bars);
  assert.ok(bars.flat().every(({ share }) => share >= 0 && share <= 1));
  for (const b of [0, 1]) {
    assert.deepEqual([Math.min(...bars.map((two) => two[b].share)),
      Math.max(...bars.map((two) => two[b].share))], [0, 1]);
  }
  assert.deepEqual(bars[0].map(({ weight }) => weight), [1, 1 / 3]);
  store.set({ weights: [0.2, 0.4, 0.4] });
  assert.equal(fact(0).bars.length, 3);
});

test("filters narrow without changing the order of the rest", () => {
  load();
  const all = store.get("order");
  store.set({ filters: { mood: ["calm"] } });
  const calm = (i) => ranking.tracks[i].mood.includes("calm");
  assert.deepEqual(store.get("order"), all.filter(calm));
  store.set({ excluded: new Set(["starter/t0"]) });
  assert.ok(!store.get("order").includes(0));
});

test("a filter, a track set aside or a switch of sound moves no arrows", () => {
  load();
  store.set({ sliding: true });
  for (const patch of [{ filters: { mood: ["calm", "tender"] } }, { excluded: new Set(["starter/t1"]) },
    { silent: true }]) {
    store.set(patch);
    assert.ok(store.get("order").every((_, place) => fact(place).gained === 0), JSON.stringify(patch));
  }
});

test("another facet moves arrows as the slider does", () => {
  load();
  store.set({ facet: "genre" });
  assert.ok(store.get("order").some((_, place) => fact(place).gained !== 0));
});

test("the track that is the reference is not proposed", () => {
  load();
  store.set({ like: "starter/t3" });
  assert.ok(!store.get("order").includes(3));
  store.set({ like: null });
  assert.ok(store.get("order").includes(3));
});

test("silent tracks are left out until they are asked for", () => {
  load(4, { tracks: answer(4).tracks.map((t, i) => ({ ...t, audio: i ? t.audio : null })) });
  assert.equal(store.get("order").length, 3);
  store.set({ silent: true });
  assert.equal(store.get("order").length, 4);
});

test("a reference is blended into scores and bars", () => {
  load(6, { reference: answer(6).reference });
  const alone = ranking.scores[0];
  store.set({ blend: 1 });
  assert.notEqual(ranking.scores[0], alone);
  assert.equal(ranking.ranker.blend, 1);
});

test("the row that plays, is chosen or starred says so", () => {
  load();
  const [first] = store.get("order");
  store.set({ current: first, playing: true, shortlist: [words(first)] });
  store.set({ alpha: 0.5001 });
  const { selected, playing, starred } = fact(store.get("order").indexOf(first));
  assert.deepEqual([selected, playing, starred], [true, true, true]);
});

// ---- slider -------------------------------------------------------------------------------------

test("keys move the slider by hundredths and tenths and stop at its ends", () => {
  const { input } = new Slider(store);
  for (const [key, alpha] of [["ArrowRight", 0.51], ["ArrowLeft", 0.5], ["PageUp", 0.6],
    ["End", 1], ["ArrowRight", 1], ["Home", 0], ["PageDown", 0]]) {
    assert.equal(press(input, key), false);
    assert.ok(Math.abs(store.get("alpha") - alpha) < 1e-9, key);
  }
  assert.equal(press(input, "a"), true);
});

test("the words at the ends and the presets move it, and free weights are let go", () => {
  const slider = new Slider(store);
  store.set({ weights: [0.2, 0.3, 0.5] });
  slider.draw();
  assert.equal(slider.number.textContent, "△");
  slider.node.querySelector(".right .end-word").click();
  assert.deepEqual([store.get("alpha"), store.get("weights")], [1, null]);
  slider.presets[1].click();
  assert.equal(store.get("alpha"), 0.5);
  assert.equal(slider.presets[1].getAttribute("aria-pressed"), "true");
  assert.match(slider.input.getAttribute("aria-valuetext"), /50/);
});

test("the next change is named and jumped over", () => {
  const slider = new Slider(store);
  load();
  store.set({ alpha: 0 });
  const [first] = store.get("changes");
  assert.match(slider.next.textContent, new RegExp(first.alpha.toFixed(3).replace(".", "\\.")));
  const ranked = store.get("order");
  slider.next.click();
  assert.ok(store.get("alpha") > first.alpha && store.get("alpha") < first.alpha + 0.001);
  assert.notDeepEqual(store.get("order"), ranked);
  store.set({ alpha: 1 });
  assert.equal(slider.next.disabled, true);
  store.set({ weights: [0.2, 0.3, 0.5] });
  assert.equal(slider.next.hidden, true); // free weights have no next change on the slider
});

test("another facet is chosen by its translated name", () => {
  const slider = new Slider(store);
  store.set({ facets: ["genre", "mood", "era"] });
  assert.deepEqual([...slider.facet.options].map((o) => o.value), ["genre", "mood", "era"]);
  slider.facet.value = "genre";
  slider.facet.dispatchEvent(new Event("change"));
  assert.equal(store.get("facet"), "genre");
});

// ---- chart, comparison, reference, triangle ----------------------------------------------------

test("the chart draws a line per track, marks the current one and jumps onto changes", async () => {
  const chart = new BumpChart(store);
  size(chart.area, 500, 120);
  load();
  await settled();
  chart.draw();
  const lines = chart.svg.querySelectorAll(".bump-line");
  assert.ok(lines.length >= 8);
  assert.equal(chart.left.children.length, 8);
  assert.equal(chart.right.children.length, 8);
  const right = order(ranking.ranker.scores([0, 0, 1])).slice(0, 8);
  assert.deepEqual([...chart.right.children].map((li) => li.textContent),
    right.map((i) => ranking.tracks[i].title));
  store.set({ current: Number(lines[2].dataset.item) });
  assert.equal(chart.svg.querySelectorAll(".current").length, 1);

  chart.area.getBoundingClientRect = () => ({ left: 10, width: 500 });
  const [change] = store.get("changes");
  const at = (alpha) => ({ clientX: 10 + alpha * 500, bubbles: true });
  chart.area.dispatchEvent(new MouseEvent("click", at(change.alpha + 0.002)));
  assert.ok(Math.abs(store.get("alpha") - change.alpha - 1e-4) < 1e-9);
  chart.area.dispatchEvent(new PointerEvent("pointermove", at(change.alpha)));
  assert.equal(chart.hint.hidden, false);
  assert.ok(chart.hint.textContent.includes(ranking.tracks[change.rises].title));
  chart.area.dispatchEvent(new PointerEvent("pointerleave"));
  assert.equal(chart.hint.hidden, true);
});

test("the right end is called what was chosen, wherever it is named", async () => {
  const slider = new Slider(store);
  const compare = new Compare(store, ranking, () => {});
  load();
  store.set({ comparing: true, facet: "mood", choices: { mood: { calm: 1 } } });
  const end = () => [slider.wanted.textContent, slider.colon.hidden];
  const head = () => compare.columns.children[2].querySelector("b").textContent;
  assert.deepEqual(end(), ["calm", false]);
  assert.equal(head(), "By mood: calm");
  store.set({ choices: { mood: { sad: -1, calm: 1 } } });
  assert.deepEqual(end(), ["calm, not sad", false]);
  assert.match(slider.input.getAttribute("aria-valuetext"), /percent by mood: calm, not sad$/);
  store.set({ choices: { mood: { calm: 1, tender: 0.5, nostalgic: 1, dark: -0.25 } } });
  assert.equal(slider.wanted.textContent, "calm, tender ×½ +2");
  assert.equal(slider.wanted.title, "calm, tender ×½, nostalgic, not dark ×¼");
  setLanguage("ja");
  store.set({ lang: "ja", choices: { mood: { calm: 1, sad: -1 } } });
  assert.deepEqual([slider.wanted.textContent, head()], ["穏やか、悲しい以外", "ムード（穏やか、悲しい以外） で"]);
  setLanguage("en");
  store.set({ lang: "en", choices: {}, comparing: false });
  assert.deepEqual(end(), ["what the label says", true]);
});

test("what is copied is copied over plain HTTP too, and nothing is said to be that is not", async (t) => {
  const clipboard = { value: undefined, configurable: true };
  Object.defineProperty(navigator, "clipboard", clipboard);
  t.after(() => delete navigator.clipboard);
  let copied = "";
  const button = document.createElement("button");
  document.body.append(button);
  button.focus();
  document.execCommand = () => Boolean(copied = document.querySelector("textarea").value);
  assert.equal(await copyText("a link"), true);
  assert.deepEqual([copied, document.querySelector("textarea")], ["a link", null]);
  assert.equal(document.activeElement, button);
  document.execCommand = () => false;
  assert.equal(await copyText("a link"), false);
  const written = [];
  Object.defineProperty(navigator, "clipboard", { ...clipboard,
    value: { writeText: async (text) => void written.push(text) } });
  assert.equal(await copyText("a link"), true);
  assert.deepEqual(written, ["a link"]);
  button.remove();
});

test("free weights look pressed while they are open, and close as they were", () => {
  const button = weightsButton(store);
  load();
  for (const open of [true, false]) {
    button.click();
    assert.deepEqual([store.get("triangle"), button.getAttribute("aria-pressed")], [open, String(open)]);
    store.set({ weights: open ? [0, 0, 1] : store.get("weights") });
  }
  assert.equal(store.get("weights"), null);
});

test("three rankings stand side by side, and a head chooses one", () => {
  const played = [];
  const compare = new Compare(store, ranking, (i) => played.push(i));
  const button = compareButton(store);
  load();
  store.set({ triangle: true, weights: [0, 0, 1] });
  button.click();
  assert.equal(compare.node.hidden, false);
  assert.deepEqual([store.get("triangle"), store.get("weights")], [false, null]); // not both at once
  const columns = [...compare.columns.children];
  for (const [column, w] of [[0, [1, 0, 0]], [1, [0.5, 0, 0.5]], [2, [0, 0, 1]]]) {
    const truth = order(ranking.ranker.scores(w)).slice(0, 8);
    assert.deepEqual([...columns[column].querySelectorAll("li")].map((li) => Number(li.dataset.item)),
      truth);
  }
  columns[0].querySelector(".play").click();
  assert.deepEqual(played, [order(ranking.ranker.scores([1, 0, 0]))[0]]);
  columns[2].querySelector(".compare-head").click();
  assert.deepEqual([store.get("alpha"), store.get("comparing")], [1, false]);
  assert.equal(compare.node.hidden, true);
});

test("the slider of the reference is there only beside one", () => {
  const choose = document.createElement("label");
  const reference = new Reference(store, choose, () => store.set({ payload: answer(2) }));
  load();
  assert.deepEqual([reference.node.hidden, choose.hidden], [true, false]);
  load(3, { reference: answer(3).reference });
  assert.deepEqual([reference.node.hidden, choose.hidden], [false, true]);
  assert.match(reference.name.textContent, /other\.mp3/);
  reference.input.value = "0.75";
  reference.input.dispatchEvent(new Event("input"));
  assert.equal(store.get("blend"), 0.75);
  assert.equal(reference.value.textContent, "0.75");
});

test("the pad's dot stands where the slider's weights are and keys move it", () => {
  const pad = new TrianglePad(store);
  load();
  store.set({ triangle: true, alpha: 0, facet: "mood" });
  const top = [pad.dot.getAttribute("cx"), pad.dot.getAttribute("cy")];
  store.set({ alpha: 1 });
  assert.notDeepEqual([pad.dot.getAttribute("cx"), pad.dot.getAttribute("cy")], top);
  assert.deepEqual([...pad.names.querySelectorAll("b")].map((b) => b.textContent),
    ["0.00", "0.00", "1.00"]);
  assert.deepEqual(pad.words.map((word) => word.textContent), ["feel", "genre", "mood"]);
  const classes = [...pad.names.children].map((li) => li.className);
  assert.equal(new Set(classes).size, 3); // each branch has a colour of its own
  press(pad.svg, "ArrowUp");
  const w = store.get("weights");
  assert.ok(Math.abs(w[0] + w[1] + w[2] - 1) < 1e-9 && w[0] > 0);
});

test("the pad has the slider's facet at a corner, and another facet ends free weights", () => {
  const four = ["genre", "mood", "tempo", "instrument"];
  assert.deepEqual(four.map((chosen) => facetsOf(four, chosen)),
    [["genre", "mood"], ["genre", "mood"], ["tempo", "mood"], ["instrument", "mood"]]);
  assert.deepEqual(facetsOf(["genre"], "mood"), ["genre"]);
  const slider = new Slider(store);
  store.set({ facets: four, weights: [0.2, 0.3, 0.5, 0, 0] });
  slider.facet.value = "tempo";
  slider.facet.dispatchEvent(new Event("change"));
  assert.deepEqual([store.get("facet"), store.get("weights")], ["tempo", null]);
});

test("free weights that were kept before facets were added say nothing of these", () => {
  load();
  store.set({ weights: [0.25, 0.75] });
  assert.deepEqual(ranking.weights(), [0.25, 0.75, 0]);
});

// ---- filters ------------------------------------------------------------------------------------

test("a filter's values are counted, chosen and taken back", () => {
  const bar = new FilterBar(store);
  load();
  const part = bar.parts.find(({ kind }) => kind === "mood");
  const options = () => [...part.list.children];
  assert.deepEqual(options().map((node) => node.children[2].textContent), ["4", "4", "4"]);
  const box = options()[0].querySelector("input");
  box.checked = true;
  box.dispatchEvent(new Event("change"));
  const [value] = store.get("filters").mood;
  assert.equal(part.title.textContent, value);
  assert.equal(bar.clear.hidden, false);
  assert.match(bar.count.textContent, /4.*12/);
  assert.equal(options()[0].querySelector("input"), box); // the focus stays
  bar.clear.click();
  assert.deepEqual(store.get("filters"), {});
  assert.equal(bar.clear.hidden, true);
});

test("a value that would leave nothing is dimmed, a filter without choice is not offered", () => {
  const bar = new FilterBar(store);
  load();
  store.set({ filters: { bpm: ["slow"] } });
  const part = (kind) => bar.parts.find((p) => p.kind === kind);
  assert.ok([...part("mood").list.children].some((node) => node.classList.contains("none")));
  assert.equal(part("key").menu.hidden, true); // all are in C major
  assert.equal(part("length").menu.hidden, false);
});

test("one list is open at a time; Escape and a click elsewhere close it", () => {
  const bar = new FilterBar(store);
  document.body.append(bar.node);
  load();
  const [one, other] = bar.parts;
  const open = (part) => {
    part.menu.open = true;
    part.menu.dispatchEvent(new Event("toggle"));
  };
  open(one);
  open(other);
  assert.deepEqual([one.menu.open, other.menu.open], [false, true]);
  press(document.body, "Escape");
  assert.equal(other.menu.open, false);
  open(one);
  document.body.click();
  assert.equal(one.menu.open, false);
});

test("silent tracks are offered by their number", () => {
  const bar = new FilterBar(store);
  load(4, { tracks: answer(4).tracks.map((t, i) => ({ ...t, audio: i ? t.audio : null })) });
  assert.equal(bar.silent.hidden, false);
  assert.match(bar.silent.textContent, /1/);
  bar.silent.click();
  assert.equal(store.get("silent"), true);
});

test("the legend names the branches that have bars", () => {
  const bar = new FilterBar(store);
  store.set({ facet: "genre" });
  assert.equal(bar.legend.children.length, 2);
  store.set({ weights: [0.1, 0.2, 0.7] });
  assert.equal(bar.legend.children.length, 3);
});
