// node --test tests/js : Markdown of model cards, code shown for the last query, figures, rivals.

import assert from "node:assert/strict";
import { test } from "node:test";
import { blocks, inline } from "../../vmr/page/static/core/markdown.js";
import { pythonCode, shellCode, shellQuoted } from "../../vmr/page/static/views/snippet.js";
import { agreement } from "../../vmr/page/static/views/rivals.js";
import { csvOf } from "../../vmr/page/static/views/csv.js";
import { parts } from "../../vmr/page/static/views/study.js";
import { boundOf, metricsOf, rowsOf } from "../../vmr/page/static/views/sweep_report.js";

test("headings, paragraphs, lists, tables, quotes and code become blocks", () => {
  const text = "# A\n\none\ntwo\n\n- x\n  more\n- y\n\n1. p\n2. q\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n"
    + "> said\n> so\n\n```bash\nls | wc\n\n# no heading\n```\n";
  assert.deepEqual(blocks(text), [
    { kind: "heading", level: 1, text: "A" },
    { kind: "paragraph", text: "one two" },
    { kind: "bullets", items: ["x more", "y"] },
    { kind: "numbers", items: ["p", "q"] },
    { kind: "table", head: ["a", "b"], rows: [["1", "2"]] },
    { kind: "quote", text: "said so" },
    { kind: "code", text: "ls | wc\n\n# no heading" },
  ]);
});

test("lines that are indented by four after an empty one are code, and within a list they are not", () => {
  assert.deepEqual(blocks("so:\n\n    a  # one\n    b\n\n- x\n    more"), [
    { kind: "paragraph", text: "so:" }, { kind: "code", text: "a  # one\nb" },
    { kind: "bullets", items: ["x more"] }]);
});

test("code that is never closed ends with the text", () => {
  assert.deepEqual(blocks("```\nx"), [{ kind: "code", text: "x" }]);
});

test("bold, emphasis, code and links are found in a line", () => {
  assert.deepEqual(inline("a **b** *c* `d*e*` [f](https://g.org) <https://h.org>!"), [
    { kind: "text", text: "a " }, { kind: "bold", text: "b" }, { kind: "text", text: " " },
    { kind: "em", text: "c" }, { kind: "text", text: " " }, { kind: "code", text: "d*e*" },
    { kind: "text", text: " " }, { kind: "link", text: "f", href: "https://g.org" },
    { kind: "text", text: " " }, { kind: "link", text: "https://h.org", href: "https://h.org" },
    { kind: "text", text: "!" },
  ]);
});

test("only web addresses become links, and HTML stays text", () => {
  for (const href of ["javascript:alert(1)", "data:text/html,x", "//evil.org", "file:///etc/passwd"]) {
    assert.ok(inline(`[x](${href})`).every(({ kind }) => kind === "text"), href);
  }
  assert.deepEqual(inline("<img src=x onerror=alert(1)>"),
    [{ kind: "text", text: "<img src=x onerror=alert(1)>" }]);
});

test("names of files cannot leave their quotes in the code shown", () => {
  assert.equal(shellQuoted("it's $(rm -rf /)"), "'it'\\''s $(rm -rf /)'");
  const values = { base: "http://h/", endpoint: "/search", file: 'a"b\\c.mp4', alpha: 0.5,
    facet: "mood", k: 10 };
  assert.ok(pythonCode(values).includes('handle_file("a\\"b\\\\c.mp4")'));
  assert.ok(shellCode({ ...values, file: "it's.mp4" }).includes("files=@'it'\\''s.mp4'"));
});

test("a bound is one number for both directions or one for each", () => {
  assert.equal(boundOf({ chance: { "R@1": 0.1 } }, "chance", "video_to_music", "R@1"), 0.1);
  const both = { chance: { music_to_video: { "R@1": 0.2 } } };
  assert.equal(boundOf(both, "chance", "music_to_video", "R@1"), 0.2);
  assert.equal(boundOf(both, "ceiling", "music_to_video", "R@1"), null);
});

test("intervals beside the figures are no column", () => {
  assert.deepEqual(metricsOf({ "R@1": 0.1, MedR: null, interval: { "R@1": [0, 1] } }),
    ["R@1", "MedR"]);
});

test("two checkpoints are compared over the items that both sent", () => {
  assert.equal(agreement(["a", "b", "c"], ["a", "b", "c"]), 1);
  assert.equal(agreement(["a", "x", "b", "c"], ["c", "b", "a", "y"]), -1);
});

test("every field of a report's rows is a column, and no cell is a formula", () => {
  assert.equal(csvOf([{ name: "a, b", value: 0.5 }, { name: "=1+1", low: null }]),
    "name,value,low\r\n\"a, b\",0.5,\r\n'=1+1,,\r\n");
  assert.equal(csvOf([{ value: -0.25 }]), "value\r\n-0.25\r\n");
});

test("a system's name ends with its position of the slider", () => {
  assert.deepEqual(parts("joint alpha, mix, alpha 0.5"), ["joint alpha, mix", 0.5]);
  assert.deepEqual(parts("joint alpha"), ["joint alpha", null]);
});

test("every figure of a sweep is a row of the CSV file: bounds, alphas with intervals, classes", () => {
  const report = { split: "test", facet: "mood", chance: { "R@10": 0.2 },
    cca: { video_to_music: { "R@10": 0.3 } }, ceiling: {},
    sweep: [{ alpha: 0.5, video_to_music: { "R@10": 0.4, interval: { "R@10": [0.35, 0.45] } } }],
    per_class: { video_to_music: [{ class: "calm", pairs: 7, chance: 0.1, cca: 0.15,
      "P@10": { 0.5: 0.25 } }] } };
  const of = { split: "test", facet: "mood", direction: "video_to_music" };
  const calm = { ...of, class: "calm", pairs: 7 };
  assert.deepEqual(rowsOf([report]), [
    { ...of, row: "chance", "R@10": 0.2 }, { ...of, row: "cca", "R@10": 0.3 },
    { ...of, row: "alpha 0.5", "R@10": 0.4, "R@10 low": 0.35, "R@10 high": 0.45 },
    { ...calm, row: "alpha 0.5", "P@10": 0.25 }, { ...calm, row: "chance", "P@10": 0.1 },
    { ...calm, row: "cca", "P@10": 0.15 }]);
});
