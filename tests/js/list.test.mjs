// node --test tests/js : the ranked rows, and the list that keeps only the visible ones.

import { loadTexts, settled, size } from "./page.mjs";
import assert from "node:assert/strict";
import { before, beforeEach, mock, test } from "node:test";
import { words } from "./examples.mjs";

const { setLanguage } = await import("../../vmr/page/static/core/i18n.js");
const { RankedList } = await import("../../vmr/page/static/ranking/list.js");
const { Row } = await import("../../vmr/page/static/ranking/row.js");
const { Card } = await import("../../vmr/page/static/ranking/card.js");

const ROW = 50;
const SEEN = 400; // eight rows
let list;
let done;

before(loadTexts);

beforeEach(() => {
  setLanguage("en");
  document.body.replaceChildren();
  done = [];
  const actions = Object.fromEntries(["play", "seek", "select", "keep", "more"].map((name) =>
    [name, (...values) => done.push([name, ...values.filter((v) => typeof v === "number")])]));
  list = new RankedList(actions);
  list.tall.style.setProperty("--row", `${ROW}px`);
  size(list.node, 600, SEEN);
  size(list.tall, 600, 0);
  document.body.append(list.node);
});

const facts = (more = {}) => (index, place) => ({ place, total: 40, gained: 0, score: 1 - place / 40,
  bars: [{ share: 0.5, weight: 1 }, { share: 0.25, weight: 0.5 }], selected: false, playing: false,
  starred: false, ...more });

const tracks = Array.from({ length: 40 }, (_, i) => words(i));
const inOrder = tracks.map((_, i) => i);

/** The list with all tracks in an order. */
async function filled(order = inOrder) {
  await settled();
  list.reset(tracks);
  list.show(order, facts(), false);
}

const placeOf = (index) => list.rowOf(index).node.getAttribute("aria-posinset");

test("only the rows that can be seen, and three more, are in the document", async () => {
  await filled();
  assert.equal(list.tall.style.height, `${40 * ROW}px`);
  assert.deepEqual([...list.rows.keys()], inOrder.slice(0, 14));
  list.node.scrollTop = 20 * ROW;
  list.node.dispatchEvent(new Event("scroll"));
  assert.deepEqual([...list.rows.keys()].sort((a, b) => a - b), inOrder.slice(17, 31));
  assert.equal(list.tall.querySelectorAll(".row").length, 14);
});

test("a row stands at its place, and knows it among all", async () => {
  await filled();
  const { node } = list.rowOf(4);
  assert.equal(node.style.transform, `translate(0px, ${4 * ROW}px)`);
  assert.equal(node.getAttribute("aria-posinset"), "5");
  assert.equal(node.getAttribute("aria-setsize"), "40");
  assert.equal(node.querySelector(".rank-number").textContent, "5");
});

test("a new order moves the same elements, and glides", async () => {
  await filled();
  const { node } = list.rowOf(0);
  list.show([1, 0, ...inOrder.slice(2)], facts(), true);
  assert.equal(list.rowOf(0).node, node);
  assert.equal(node.style.transform, `translate(0px, ${ROW}px)`);
  assert.equal(node.classList.contains("still"), false);
  assert.equal(placeOf(1), "1");
});

test("a row that comes from outside glides in, one that falls out glides away and is removed", async () => {
  await filled();
  const leaving = list.rowOf(0).node;
  list.show([...inOrder.slice(1), 0], facts(), true);
  assert.equal(list.rowOf(0), null);
  assert.equal(leaving.classList.contains("leaving"), true);
  const entering = list.rowOf(14).node;
  assert.equal(entering.classList.contains("entering"), true);
  await settled();
  assert.equal(entering.classList.contains("entering"), false);
  assert.equal(entering.style.transform, `translate(0px, ${13 * ROW}px)`);
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(leaving.isConnected, false);
});

test("after the glide the elements stand in the order that is seen", async () => {
  await filled();
  list.show(inOrder.toReversed(), facts(), false);
  await new Promise((resolve) => setTimeout(resolve, 450));
  const shown = [...list.tall.children].map((node) => Number(node.getAttribute("aria-posinset")));
  assert.deepEqual(shown, shown.toSorted((a, b) => a - b));
});

test("reordering leaves the focus where it is", async () => {
  await filled();
  const { play } = list.rowOf(3);
  play.focus();
  list.show([3, ...inOrder.filter((i) => i !== 3)], facts(), false);
  await new Promise((resolve) => setTimeout(resolve, 450));
  assert.equal(document.activeElement, play);
  assert.equal(list.tall.firstElementChild, list.rowOf(3).node);
});

test("a track is brought into sight from above and from below", async () => {
  await filled();
  list.reveal(20);
  assert.equal(list.node.scrollTop, 21 * ROW - SEEN);
  list.reveal(2);
  assert.equal(list.node.scrollTop, 2 * ROW);
  list.reveal(3);
  assert.equal(list.node.scrollTop, 2 * ROW);
  list.reveal(99);
  assert.equal(list.node.scrollTop, 2 * ROW);
});

test("another answer starts at the top without old rows", async () => {
  await filled();
  list.node.scrollTop = 300;
  const old = list.rowOf(0).node;
  list.reset([words(0, { title: "New" })]);
  list.show([0], facts(), false);
  assert.equal(list.node.scrollTop, 0);
  assert.equal(old.isConnected, false);
  assert.equal(list.tall.textContent.includes("New"), true);
});

test("cards stand beside one another", async () => {
  const shape = { make: (item, index) => ({ node: document.createElement("div"), index,
    speak() {}, show() {}, drawWave() {} }), measure: () => ({ columns: 3, height: 100 }) };
  const cards = new RankedList({}, shape);
  size(cards.node, 600, 200);
  size(cards.tall, 600, 0);
  document.body.append(cards.node);
  await settled();
  cards.reset(tracks);
  cards.show(inOrder, facts(), false);
  assert.equal(cards.rowOf(4).node.style.transform, "translate(200px, 100px)");
  assert.equal(cards.tall.style.height, "1400px");
});

// ---- one row ------------------------------------------------------------------------------------

test("a row says what the track is, in the page's language", () => {
  const row = new Row(words(0, { mood: ["calm", "tender"], genre: ["folk", "jazz"] }), 0, {});
  const text = (selector) => row.node.querySelector(selector).textContent;
  assert.deepEqual([text(".title"), text(".artist"), text(".bpm"), text(".licence")],
    ["Track 0", "Artist 0", "60 BPM0:30 · C major", "MIT"]);
  assert.deepEqual([...row.chips.children].map((chip) => chip.textContent), ["calm", "tender", "folk"]);
  setLanguage("ja");
  row.speak();
  assert.equal(row.chips.firstChild.textContent, "穏やか");
});

test("names made of markup stay text", () => {
  const row = new Row(words(0, { title: "<img src=x onerror=alert(1)>" }), 0, {});
  assert.equal(row.node.querySelector("img"), null);
  assert.equal(row.node.querySelector(".title").textContent, "<img src=x onerror=alert(1)>");
});

test("a row shows what it is told, and only writes what changed", () => {
  const row = new Row(words(0), 0, {});
  const show = (more) => row.show(facts(more)(0, 2));
  show({ gained: 3, selected: true, playing: true, starred: true });
  assert.equal(row.mark.textContent, "▲3");
  assert.equal(row.mark.className, "mark up");
  assert.equal(row.node.getAttribute("aria-current"), "true");
  assert.equal(row.play.getAttribute("aria-label"), "Pause Track 0");
  assert.equal(row.star.getAttribute("aria-pressed"), "true");
  const [first, second] = row.bars.children;
  assert.equal(first.firstChild.style.transform, "scaleX(0.5)");
  assert.equal(Number(second.firstChild.style.opacity), 0.18 + 0.82 * 0.5);
  show({ gained: -2 });
  assert.deepEqual([row.mark.textContent, row.mark.className], ["▼2", "mark"]);
  assert.equal(row.node.hasAttribute("aria-current"), false);
  assert.equal(row.play.getAttribute("aria-label"), "Play Track 0");
  row.score.textContent = "as it was";
  show({ gained: -2 });
  assert.equal(row.score.textContent, "as it was");
  show({ bars: [{ share: 1, weight: 1 }] });
  assert.equal(row.bars.childElementCount, 1);
});

test("buttons do what they say for their own track", () => {
  const row = new Row(words(7), 7, list.actions);
  row.play.click();
  row.star.click();
  row.more.click();
  row.node.querySelector(".who").click();
  assert.deepEqual(done, [["play", 7], ["keep", 7], ["more", 7], ["select", 7]]);
});

test("a track whose sound is missing cannot be played and says why", () => {
  const row = new Row(words(0, { audio: null }), 0, {});
  row.show(facts()(0, 0));
  assert.equal(row.play.disabled, true);
  assert.match(row.play.title, /not installed/);
});

test("a card's film moves only under a pointer that stays", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const card = new Card({ title: "sea", poster: "sea.jpg", film: "sea.mp4", seconds: 65 }, 2,
    list.actions);
  card.film.play = async () => done.push(["film"]);
  const point = (kind) => card.play.dispatchEvent(new PointerEvent(kind));
  point("pointerenter");
  point("pointerleave");
  mock.timers.tick(500);
  assert.equal(card.film.hasAttribute("src"), false);
  point("pointerenter");
  mock.timers.tick(500);
  assert.equal(card.film.getAttribute("src"), "sea.mp4");
  point("pointerleave");
  assert.equal(card.film.hasAttribute("src"), false);
  card.play.click();
  assert.deepEqual(done, [["film"], ["play", 2]]);
  assert.equal(card.node.querySelector(".card-length").textContent, "1:05");
  mock.timers.reset();
});

test("a card whose film is gone says so", () => {
  const card = new Card({ title: "sea", poster: null, film: null, seconds: 5 }, 0, {});
  assert.equal(card.play.disabled, true);
  assert.notEqual(card.play.title, "");
  card.show(facts({ gained: 1, playing: true, selected: true })(0, 0));
  assert.equal(card.node.className, "card selected playing");
  assert.equal(card.mark.textContent, "▲1");
});

test("a card says how many random pairs it beats, and the score where nobody measured them", () => {
  const card = new Card({ title: "sea", poster: null, film: null, seconds: 5 }, 0, {});
  card.show(facts({ score: 1.234, fit: 87.6 })(0, 0));
  assert.equal(card.score.textContent, "87");
  assert.match(card.score.title, /Beats 87.6 %/);
  card.show(facts({ score: 1.234, fit: null })(0, 0));
  assert.equal(card.score.textContent, "1.23");
});
