// node --test tests/js : what was believed, chosen, turned away from and let go.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import { loadTexts, window } from "./page.mjs";
import { Store } from "../../vmr/page/static/core/store.js";
import { Belief, chosenNext, EnergyDial } from "../../vmr/page/static/ranking/belief.js";

before(loadTexts);

const { calibrated } = JSON.parse(readFileSync(new URL("scores.json", import.meta.url), "utf8"));
const payload = { ...calibrated.payload, query: { ...calibrated.payload.query,
  beliefs: { mood: [["m0", 0.48], ["m1", 0.31]] }, ties: { mood: ["m0", "m1"] } } };

function belief() {
  const store = new Store({ payload: null, facet: "mood", choices: {}, energy: null, bestFit: null,
    drawn: new Map() });
  const opened = [];
  const part = new Belief(store, () => ({ open: (_, items) => opened.push(items) }));
  store.set({ payload });
  return { store, part, opened, chips: () => [...part.node.querySelectorAll(".belief-chip")] };
}

test("a label goes from unchosen to chosen to not and back", () => {
  let choices = {};
  const seen = [1, -1, undefined].map(() => {
    choices = chosenNext(choices, "mood", "calm");
    return choices.mood.calm;
  });
  assert.deepEqual(seen, [1, -1, undefined]);
  assert.deepEqual(chosenNext({ genre: { rock: 1 } }, "mood", "calm"),
    { genre: { rock: 1 }, mood: { calm: 1 } });
});

test("beliefs stand with their probabilities, the likeliest first", () => {
  const { chips, part } = belief();
  assert.deepEqual(chips().map((chip) => chip.textContent), ["m048 %", "m131 %"]);
  assert.ok(part.back.hidden);
  assert.ok(!part.tie.hidden);
});

test("a tie promises rows of both where there are any, and is of the labels that are ranked", () => {
  const { store, part } = belief();
  assert.match(part.tie.textContent, /^Could be m0 or m1\.Only/);
  store.set({ draws: true });
  assert.match(part.tie.textContent, /towards the label the first rows come from both/);
  store.set({ draws: false, payload: { ...payload, query: { ...payload.query, ties: { mood: null } },
    offered: { mood: ["m1"] }, with_silent: { offered: {}, ties: { mood: ["m1", "m0"] } } } });
  assert.ok(part.tie.hidden);
  store.set({ silent: true });
  assert.match(part.tie.textContent, /^Could be m1 or m0\./);
});

test("a click chooses, the next turns away, as seen brings the belief back", () => {
  const { store, chips, part } = belief();
  chips()[1].click();
  assert.deepEqual(store.get("choices"), { mood: { m1: 1 } });
  assert.equal(chips()[1].getAttribute("aria-pressed"), "true");
  assert.ok(part.tie.hidden);
  chips()[1].click();
  assert.deepEqual(store.get("choices"), { mood: { m1: -1 } });
  part.back.click();
  assert.deepEqual(store.get("choices"), { mood: {} });
});

test("a weak list says so, by the bound that the server measured", () => {
  const { store, part } = belief();
  const bound = payload.scale.fits_from;
  store.set({ bestFit: bound - 1 });
  assert.ok(!part.weak.hidden);
  store.set({ bestFit: bound });
  assert.ok(part.weak.hidden);
  store.set({ payload: { ...payload, weak: { en: "No row reaches 85.", ja: "85 に届く行がありません。" } },
    bestFit: bound - 1 });
  assert.equal(part.weak.textContent, "No row reaches 85.");
});

test("of words alone a weak list is one in which no track has enough of them", () => {
  const { store, part } = belief();
  const said = { met_from: 0.3 };
  store.set({ payload: { ...payload, query: { ...payload.query, modality: "text" }, said }, bestFit: 0.2 });
  assert.ok(!part.weak.hidden && part.weak.parentNode !== part.node);
  store.set({ bestFit: 0.3 });
  assert.ok(part.weak.hidden);
  store.set({ payload: { ...payload, query: { ...payload.query, modality: "text" },
    said: { met_from: null } }, bestFit: 0 });
  assert.ok(part.weak.hidden); // the sound model was asked: nobody knows
});

test("another label of the facet is a menu away", () => {
  const { store, part, opened } = belief();
  part.other.click();
  assert.equal(opened[0].length, 2);
  opened[0][1].run();
  assert.deepEqual(store.get("choices"), { mood: { m1: 1 } });
});

test("two labels share the right end by their weights, one alone has none to share", () => {
  const { store, chips, part } = belief();
  const weights = () => [...part.node.querySelectorAll(".belief-weight")];
  document.body.append(part.node);
  chips()[0].click();
  assert.equal(weights().length, 0);
  assert.match(chips()[1].title, /^Rank by m1 too\n31 %: how likely this label fits\./);
  chips()[1].click();
  assert.deepEqual(weights().map((one) => one.textContent), ["×1", "×1"]);
  const seen = [0.5, 0.25, 1].map(() => {
    weights()[1].focus();
    weights()[1].click();
    assert.equal(document.activeElement, weights()[1]); // the next key steps on
    return store.get("choices").mood.m1;
  });
  assert.deepEqual(seen, [0.5, 0.25, 1]);
  weights()[1].click();
  chips()[1].click(); // not m1, as much as before
  assert.deepEqual(store.get("choices"), { mood: { m0: 1, m1: -0.5 } });
  assert.equal(weights()[1].getAttribute("aria-label"), "not m1 counts ×½. Click for ×¼");
  store.set({ choices: { mood: { m0: 0.3 } } }); // of a link
  assert.deepEqual(weights().map((one) => one.textContent), ["×0.3"]);
  weights()[0].click();
  assert.deepEqual(store.get("choices"), { mood: { m0: 0.25 } });
});

test("what nobody judged is said with perhaps, until a person chooses it", () => {
  const { store, chips } = belief();
  const guessed = { ...payload.query, beliefs: { mood: [["m0", null]] }, ties: {} };
  store.set({ payload: { ...payload, query: guessed } });
  assert.deepEqual(chips().map((chip) => chip.textContent), ["perhaps m0"]);
  assert.match(chips()[0].title, /nobody judged/);
  chips()[0].click();
  assert.deepEqual(chips().map((chip) => chip.textContent), ["m0"]);
});

test("the energy that was felt is a dial that can be moved and let go", () => {
  const store = new Store({ payload: null, energy: null });
  const dial = new EnergyDial(store);
  assert.ok(dial.node.hidden);
  store.set({ payload });
  assert.ok(!dial.node.hidden);
  assert.equal(dial.input.value, String(payload.query.felt));
  dial.input.value = "4";
  dial.input.dispatchEvent(new window.Event("input"));
  assert.equal(store.get("energy"), 4);
  dial.back.click();
  assert.equal(store.get("energy"), null);
  assert.equal(dial.input.value, String(payload.query.felt));
});

test("a label that no track here carries says so, on its chip and in the menu", () => {
  const { store, part, opened, chips } = belief();
  store.set({ silent: false, payload: { ...payload, offered: { mood: ["m1"] },
    with_silent: { offered: { mood: ["m0", "m1"] }, ties: { mood: ["m0", "m1"] } } } });
  assert.deepEqual(chips().map((chip) => chip.textContent), ["m048 %no track", "m131 %"]);
  assert.match(chips()[0].title, /No ranked track is labelled m0/);
  part.other.click();
  assert.deepEqual(opened[0].map(({ key }) => key), ["belief.one.none", "belief.one"]);
  store.set({ silent: true });
  assert.deepEqual(chips().map((chip) => chip.textContent), ["m048 %", "m131 %"]);
  part.other.click();
  assert.deepEqual(opened[1].map(({ key }) => key), ["belief.one", "belief.one"]);
});
