// node --test tests/js : sentences of the server in the page's language.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { patterns, sentence, turned } from "../../vmr/page/static/core/sentences.js";

const texts = JSON.parse(readFileSync(
  new URL("../../vmr/page/static/texts/ja.json", import.meta.url), "utf-8"));
const said = Object.fromEntries(Object.entries(texts).filter(([key]) => key.startsWith("said."))
  .map(([key, text]) => [key.slice("said.".length), text]));
const japanese = patterns(said);

const HOSTILE = ["a.b*c+(d)[e]{f}^$|\\.mp4", "$& $1 $` $'.mp4", "{name} {sentence}.mp4",
  "<img src=x onerror=alert(1)>.mp4", "a is empty (0 bytes). Copy or download it again..mp4",
  "has 3 MB, and at most.mp4", "two\nlines.mp4", "夏 の 海.mp4"];

test("a name comes through every sentence unchanged, whatever it holds", () => {
  for (const name of HOSTILE) {
    assert.equal(turned(`${name} is a folder. Choose a file in it.`, japanese),
      `「${name}」はフォルダーです。中のファイルを選んでください。`);
    assert.equal(turned(`${name} lasts 90 minutes, and at most 60 minutes are read. `
      + "Cut it to the part that needs music.", japanese),
    `「${name}」は 90 分あります。読み込めるのは 60 分までです。音楽をつけたい部分だけに切り出してください。`);
  }
});

test("a sentence within a sentence is turned too", () => {
  for (const name of HOSTILE) {
    assert.equal(turned(`${name} is a text file, not a video. `
      + "Choose a sound file such as mp3, wav, flac, ogg, opus or m4a.", japanese),
    `「${name}」は動画ではなくテキストファイルです。`
      + "mp3・wav・flac・ogg・opus・m4a などの音声ファイルを選んでください。");
  }
});

test("every template fills its own places", () => {
  for (const [english, template] of Object.entries(said)) {
    if (english.includes("{sentence}")) continue;
    const fill = (text) => text.replace(/\{(\w+)\}/g, (_, name) => `<${name}>`);
    assert.equal(turned(fill(english), japanese), fill(template), english);
  }
});

test("the more definite of two sentences is taken", () => {
  const known = patterns({ "{name} fails.": "A {name}", "{name} never fails.": "B {name}" });
  assert.equal(turned("it never fails.", known), "B it");
  assert.equal(turned("it fails.", known), "A it");
});

test("what is not known stays as it is", () => {
  assert.equal(turned("Something new. Choose a file in it.", japanese), null);
  assert.equal(turned("Something new. Choose a video file such as mp4, mov, webm, mkv or avi.",
    japanese), null);
  assert.equal(turned("It says: x.mp4 is a folder. Choose a file in it. So it is.", japanese), null);
  assert.equal(sentence("x.mp4 is a folder. Choose a file in it."), // the page begins in English
    "x.mp4 is a folder. Choose a file in it.");
});
