// node --test tests/js : the player keeps the music with the picture.

import "./page.mjs";
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { TestMedia } from "./media.mjs";

mock.timers.enable({ apis: ["setInterval"] });
const MUSIC_S = 20;
globalThis.Audio = class extends TestMedia {
  constructor() {
    super(MUSIC_S);
  }
};
const { Player } = await import("../../vmr/page/static/playing/player.js");

let now = 0;
performance.now = () => now;

const SOUND = { id: "a", url: "a.opus", seconds: MUSIC_S };
const OTHER = { id: "b", url: "b.opus", seconds: MUSIC_S };
let video;
let player;
let events;

beforeEach(() => {
  player?.pause(); // its clock would go on
  video = new TestMedia(30);
  player = new Player(video);
  player.setVideo("film.mp4");
  events = [];
  for (const name of ["time", "change", "ended", "broken"]) {
    player.addEventListener(name, () => events.push(name));
  }
});

/** Turn all clocks, in the steps of the player's own timer. */
function pass(seconds) {
  for (let left = seconds; left > 1e-9; left -= 0.08) {
    const step = Math.min(0.08, left);
    now += step * 1000;
    video.pass(step);
    for (const { audio } of player.decks) audio.pass(step);
    mock.timers.tick(step * 1000);
  }
}

const audio = () => player.deck.audio;
const near = (a, b, tolerance = 0.02) => assert.ok(Math.abs(a - b) < tolerance, `${a} ${b}`);

test("music begins where the start says and stays with the picture", async () => {
  await player.play(SOUND, 5);
  near(audio().currentTime, 5);
  pass(2);
  near(video.currentTime, 2);
  near(audio().currentTime, 7);
  assert.equal(player.playing, true);
  assert.ok(events.includes("time") && events.includes("change"));
});

test("a track that plays already goes on where it is", async () => {
  await player.play(SOUND);
  pass(3);
  player.pause();
  const { seeks } = audio();
  const before = seeks.length;
  await player.play(SOUND, 9);
  near(audio().currentTime, 3);
  assert.equal(player.start, 0);
  assert.equal(seeks.length, before);
});

test("a track is loaded anew from another address, or where it could not be read", async () => {
  await player.play(SOUND, 5);
  pass(1);
  await player.play({ ...SOUND, url: "new.opus" }, 5);
  assert.equal(audio().src, "new.opus");
  near(audio().currentTime, 6);
  audio().error = { code: 2 };
  const broken = audio();
  await player.play({ ...SOUND, url: "new.opus" }, 5);
  assert.notEqual(audio(), broken);
});

test("seeking the picture moves the music at once", async () => {
  await player.play(SOUND, 2);
  video.currentTime = 11;
  video.dispatchEvent(new Event("seeked"));
  near(audio().currentTime, 13);
});

test("a track shorter than the picture is repeated, in step", async () => {
  await player.play(SOUND, 15);
  pass(6);
  near(player.musicTime, 1);
  near(audio().currentTime, 1, 0.1);
  assert.equal(audio().paused, false);
});

test("a start before the track's beginning counts from its end", async () => {
  await player.play(SOUND, -3);
  near(player.musicTime, 17);
  near(audio().currentTime, 17);
});

test("a large drift is taken back by a jump, a small one by the rate, none is left alone", async () => {
  await player.play(SOUND);
  pass(1);
  const { seeks } = audio();
  const jumps = () => seeks.length;
  let before = jumps();
  audio().at += 0.5;
  pass(0.08);
  assert.equal(jumps(), before + 1);
  near(player.drift, 0);

  before = jumps();
  audio().at += 0.04; // the music is ahead, so it has to wait
  pass(0.08);
  assert.equal(jumps(), before);
  assert.ok(audio().playbackRate < 1 && audio().playbackRate >= 0.92);
  pass(3);
  near(player.drift, 0, 0.013);
  assert.equal(audio().playbackRate, 1);

  audio().at -= 0.04;
  pass(0.08);
  assert.ok(audio().playbackRate > 1);
});

test("another track fades in while the first fades out and is paused", async () => {
  await player.play(SOUND);
  pass(5);
  const first = audio();
  near(first.volume, 1);
  await player.play(OTHER);
  assert.notEqual(audio(), first);
  pass(0.16);
  assert.ok(first.volume > 0.3 && first.volume < 0.8, String(first.volume));
  assert.ok(audio().volume > 0.2 && audio().volume < 0.7, String(audio().volume));
  near(first.volume + audio().volume, 1);
  pass(0.4);
  assert.equal(first.paused, true);
  near(audio().volume, 1);
  near(audio().currentTime, video.currentTime);
});

test("the music fades at both ends of the picture", async () => {
  await player.play(SOUND);
  pass(0.48);
  assert.ok(audio().volume < 0.6);
  video.currentTime = 15;
  pass(0.16);
  near(audio().volume, 1);
  video.currentTime = 29.4;
  pass(0.08);
  assert.ok(audio().volume < 0.6 && audio().volume > 0.3);
});

test("volumes are those of the sliders, and silence mutes the picture", async () => {
  player.setVolumes(0.5, 0);
  assert.equal(video.muted, true);
  await player.play(SOUND);
  pass(5);
  near(audio().volume, 0.5);
  player.setVolumes(0.25, 0.75);
  near(audio().volume, 0.25);
  assert.deepEqual([video.volume, video.muted], [0.75, false]);
});

test("at its end the picture begins again, and the music with it", async () => {
  await player.play(SOUND, 4);
  pass(29);
  pass(1.08);
  assert.equal(video.paused, false);
  assert.ok(video.currentTime < 1);
  pass(0.5);
  near(player.drift, 0);
});

test("pausing stops everything and the clock, stopping forgets the track", async () => {
  await player.play(SOUND);
  pass(1);
  player.pause();
  assert.deepEqual([video.paused, audio().paused, player.playing], [true, true, false]);
  const before = events.length;
  pass(1);
  assert.equal(events.length, before);
  player.stop();
  assert.equal(player.track, null);
  assert.equal(player.decks.some((deck) => deck.audio.hasAttribute("src")), false);
});

test("a stalled picture holds the music, and lets it go on with it", async () => {
  await player.play(SOUND);
  pass(2);
  video.dispatchEvent(new Event("waiting"));
  assert.equal(audio().paused, true);
  audio().at = 1.5;
  video.dispatchEvent(new Event("playing"));
  assert.equal(audio().paused, false);
  near(audio().currentTime, 2);
});

test("a click on the waveform is heard at this moment of the picture", async () => {
  await player.play(SOUND);
  pass(2);
  player.seekMusic(12);
  near(audio().currentTime, 12);
  near(player.start, 10);
  player.setStart(3);
  near(audio().currentTime, 5);
});

test("without a picture a track plays alone and tells its end", async () => {
  player.setVideo(null);
  await player.play(SOUND, 3);
  assert.equal(video.paused, true);
  near(audio().currentTime, 3);
  pass(2);
  near(player.musicTime, 5);
  assert.equal(player.drift, 0);
  pass(15.1);
  assert.equal(player.playing, false);
  assert.ok(events.includes("ended"));
});

test("a track plays alone to its end while the picture rests, and goes back to it", async () => {
  await player.play(SOUND, 2);
  pass(3);
  player.setAlone(true);
  assert.deepEqual([video.paused, audio().paused], [true, false]);
  pass(6);
  near(video.currentTime, 3);
  near(player.musicTime, 11);
  player.setAlone(false);
  assert.equal(video.paused, false);
  near(player.drift, 0);
  near(audio().currentTime, 11);
  player.setAlone(true);
  player.setVideo("other.mp4");
  assert.equal(player.alone, false);
});

test("a browser that refuses to play is paused, a broken file is said", async () => {
  video.refuses = new DOMException("no gesture", "NotAllowedError");
  await player.play(SOUND);
  assert.equal(player.playing, false);
  assert.ok(!events.includes("broken"));
  video.refuses = new DOMException("stopped", "AbortError"); // another track was chosen meanwhile
  await player.play(SOUND);
  assert.ok(!events.includes("broken"));
  video.refuses = new DOMException("no decoder", "NotSupportedError");
  await player.play(SOUND);
  assert.ok(events.includes("broken"));
});

test("an error of the deck is told where it has a source", () => {
  audio().dispatchEvent(new Event("error"));
  assert.ok(!events.includes("broken"));
  audio().src = "gone.opus";
  audio().dispatchEvent(new Event("error"));
  assert.ok(events.includes("broken"));
});

test("a track that must not sound does not, and one that may is asked about first", async () => {
  const asked = [];
  player.permit = async (id) => asked.push(id) > 1;
  await player.play(SOUND);
  assert.equal(player.playing, false);
  assert.equal(player.track, null);
  await player.play(OTHER);
  assert.equal(player.playing, true);
  assert.deepEqual(asked, ["a", "b"]);
});

test("a part of the picture is played again and again, and a seek leaves it", async () => {
  player.part = [10, 14];
  video.currentTime = 10;
  await player.play(SOUND, -5); // at 10 s the track is at 5 s
  pass(3);
  near(audio().currentTime, 8);
  pass(1.2);
  assert.ok(video.currentTime < 11 && video.currentTime >= 10);
  pass(0.4);
  near(player.drift, 0);
  video.currentTime = 20;
  pass(0.4);
  assert.ok(video.currentTime > 20);
});

test("an ending that was chosen: cut at once, faded, or over with the track", async () => {
  player.ending = { ending: "cut", fade_out: 0.08 };
  await player.play(SOUND, 0);
  assert.equal(player.overAt, MUSIC_S);
  pass(1);
  video.currentTime = 19.6;
  video.dispatchEvent(new Event("seeked"));
  pass(0.16);
  near(audio().volume, 1);
  player.ending = { ending: "fade", fade_out: 2 };
  pass(0.08);
  assert.ok(audio().volume < 0.15);
  pass(0.6);
  assert.equal(audio().volume, 0);
  player.ending = { ending: "loop", fade_out: 2 };
  assert.equal(player.overAt, 30);
});
