// node --test tests/js : the small pure parts of the page.

import assert from "node:assert/strict";
import { test } from "node:test";
import { csvCell, toCsv } from "../../vmr/page/static/views/export.js";
import { audible, choices, passes } from "../../vmr/page/static/ranking/filters.js";
import { readLink, writeLink } from "../../vmr/page/static/core/link.js";
import { knownChoices, soundChoices } from "../../vmr/page/static/core/chosen.js";
import { Store } from "../../vmr/page/static/core/store.js";
import { weightsAt } from "../../vmr/page/static/ranking/triangle.js";
import { suggestStart } from "../../vmr/page/static/core/waveform.js";

const track = (more) => ({ mood: [], genre: [], bpm: null, seconds: 30, vocals: "", key: "",
  licence: "", audio: "a", ...more });

test("a licence passes the filters only by what it asks for", () => {
  const passing = (asks) => ["commercial", "no-attribution", "unbound"].filter((value) =>
    passes(track({ asks }), { licence: [value] }));
  assert.deepEqual(passing([]), ["commercial", "no-attribution", "unbound"]);
  assert.deepEqual(passing(["attribution"]), ["commercial", "unbound"]);
  assert.deepEqual(passing(["attribution", "gpl"]), ["commercial"]);
  assert.deepEqual(passing(["attribution", "share_alike"]), ["commercial"]);
  assert.deepEqual(passing(["attribution", "no_derivative"]), ["unbound"]);
  assert.deepEqual(passing(["attribution", "share_alike", "not_commercial"]), []);
  assert.deepEqual(passing(["unknown"]), []);
  assert.deepEqual(passing(undefined), []);
});

test("several values of one filter widen it, several filters narrow together", () => {
  const calm = track({ mood: ["calm", "dreamy"], bpm: 70 });
  assert.ok(passes(calm, {}));
  assert.ok(passes(calm, { mood: ["happy", "dreamy"] }));
  assert.ok(!passes(calm, { mood: ["calm"], bpm: ["fast"] }));
  assert.ok(!passes(track({ asks: ["attribution"] }), { licence: ["commercial", "no-attribution"] }));
});

test("an instrument is what was measured of a track, and nothing where nobody measured", () => {
  const drums = track({ measured: { tempo: ["fast"], instrument: ["drums", "synth"] } });
  assert.ok(passes(drums, { instrument: ["synth"] }));
  assert.ok(!passes(drums, { instrument: ["piano"] }));
  assert.ok(!passes(track(), { instrument: ["drums"] }));
  assert.deepEqual(choices("instrument", [drums, track()], {}).map(({ value }) => value),
    ["drums", "synth"]);
});

test("a count is what the list would have if this value alone were chosen", () => {
  const tracks = [track({ mood: ["calm"], bpm: 70 }), track({ mood: ["calm"], bpm: 130 }),
    track({ mood: ["happy"], bpm: 130 })];
  const filters = { mood: ["happy"], bpm: ["fast"] };
  const counted = Object.fromEntries(choices("mood", tracks, filters).map((c) => [c.value, c.count]));
  for (const value of ["calm", "happy"]) {
    const left = tracks.filter((t) => passes(t, { ...filters, mood: [value] }));
    assert.equal(counted[value], left.length, value);
  }
});

test("silent tracks are left out unless there are only such", () => {
  const silent = track({ audio: null });
  assert.equal(audible([track(), silent]).length, 1);
  assert.equal(audible([silent, silent]).length, 2);
});

test("a link says what was chosen, and a broken one says nothing", () => {
  const state = { isRanking: true, project: "", tab: "match", sha256: "a".repeat(64), alpha: 0.52,
    facet: "mood",
    filters: { mood: ["calm", "sad"], key: ["D♭ major"] },
    choices: { mood: { calm: 1, sad: -1, tender: 0.5, "a:b": -0.25, "c:3": 1 } },
    energy: 3.5, words: "静かな piano & no drums",
    wordsWeight: 0.5 };
  assert.deepEqual(readLink(writeLink(state)), { ...state, weights: null, like: null, blend: 0.5,
    silent: false, excluded: [], cue: null, sample: null });
  const more = { ...state, weights: [0.2, 0.3, 0.5], like: "games/a b&c", blend: 0.25, silent: true,
    excluded: ["games/d&x=e", "starter/夏|1"], cue: "ab12", sample: "sea" };
  assert.deepEqual(readLink(writeLink(more)), more);
  for (const w of ["1,1,1", "-1,1,1", "a,b", ""]) {
    assert.equal(readLink(`#q=${"b".repeat(64)}&w=${w}`).weights, null);
  }
  assert.equal(readLink(writeLink({ ...state, facet: "" })).facet, null);
  const alone = readLink(writeLink({ ...state, sha256: "", wordsWeight: 1 }));
  assert.deepEqual([alone.sha256, alone.words, alone.wordsWeight], ["", state.words, 1]);
  assert.equal(readLink("#t=%20&a=1"), null);
  assert.equal(readLink("#t=calm&tw=9").wordsWeight, 1);
  assert.equal(readLink("#q=../../etc/passwd"), null);
  assert.equal(readLink(""), null);
  const project = { project: "k".repeat(22), tab: "shortlist" };
  assert.deepEqual(readLink(writeLink({ ...more, ...project })), { ...more, ...project });
  const opened = readLink(writeLink({ ...more, ...project, isRanking: false }));
  assert.deepEqual([opened.project, opened.tab, opened.isRanking], [project.project, "shortlist", false]);
  assert.equal(writeLink({ ...more, isRanking: false, tab: "match" }), "");
  const wrong = readLink(`#q=${"b".repeat(64)}&a=7&b=-1`);
  assert.deepEqual([wrong.alpha, wrong.blend], [0.5, 0.5]);
});

test("labels of a link that are damaged count 1, and are never shown raw", () => {
  const read = (text) => readLink(`#q=${"b".repeat(64)}&l.mood=${text}`).choices.mood;
  assert.deepEqual(read("tender:0.5|-sad:2"), { tender: 0.5, sad: -2 });
  assert.deepEqual(read("tender:abc|sad:|calm:NaN|-dark:99"), { tender: 1, sad: 1, calm: 1, dark: -1 });
  assert.deepEqual(read("tender:-0.5|-calm:-1|sad:0||-"), { tender: -0.5, calm: 1 });
});

test("choices of a project that somebody wrote are weights of labels, or nothing", () => {
  assert.deepEqual(soundChoices({ mood: { calm: 0.5, sad: -11, dark: "2", epic: null, happy: 0 } }),
    { mood: { calm: 0.5, sad: 1, dark: 1, epic: 1 } });
  for (const none of [null, undefined, 3, []]) assert.deepEqual(soundChoices(none), {});
  assert.deepEqual(soundChoices({ mood: "calm", genre: ["x"] }), { mood: {}, genre: {} });
  assert.deepEqual(knownChoices({ mood: { calm: 0.5, zorkk: 1 }, place: { sea: 1 } },
    [{ branch: "mood", names: ["calm"], gram: [] }]), { mood: { calm: 0.5 } });
});

test("a cell of the table is never a formula and keeps commas, quotes and lines", () => {
  for (const start of ["=", "+", "-", "@", "\t"]) {
    assert.equal(csvCell(`${start}1+1`), `'${start}1+1`);
  }
  assert.equal(csvCell("\r=1"), `"'\r=1"`);
  assert.equal(csvCell('a, "b"\nc'), '"a, ""b""\nc"');
  assert.equal(csvCell(-0.5), "-0.5");
  assert.equal(csvCell(["calm", "sad"]), "calm|sad");
  assert.equal(csvCell(["=1+1", "sad"]), "'=1+1|sad"); // labels may come from anyone's table
  assert.equal(csvCell(null), "");
  assert.equal(toCsv([{ title: "x" }]).trim().split("\r\n").length, 2);
  const [head, row] = toCsv([{ title: "x", fit: 97.3 }]).split("\r\n").map((line) => line.split(","));
  assert.equal(row[head.indexOf("fit")], "97.3");
});

test("weights of the pad sum to one and stay inside", () => {
  const corners = [[0, 0], [10, 0], [0, 10]];
  assert.deepEqual(weightsAt(10, 0, corners), [0, 1, 0]);
  assert.deepEqual(weightsAt(-50, -50, corners), [1, 0, 0]);
  const inside = weightsAt(2, 3, corners);
  assert.ok(Math.abs(inside[0] - 0.5) < 1e-12 && Math.abs(inside[2] - 0.3) < 1e-12);
});

test("the proposed start is where a quiet track becomes loud, if the video still fits", () => {
  const peaks = Uint8Array.from({ length: 200 }, (_, i) => (i < 80 ? 20 : 220));
  assert.equal(suggestStart(peaks, 100, 30), 40);
  assert.equal(suggestStart(peaks, 100, 100), 0);
});

test("a listener hears one change once, and only its own keys", () => {
  const store = new Store({ a: 1, b: 2, c: 3 });
  const heard = [];
  store.on("a b", () => heard.push([store.get("a"), store.get("b")]));
  store.set({ a: 5, b: 6 });
  store.set({ a: 5, c: 9 });
  assert.deepEqual(heard, [[5, 6]]);
});
