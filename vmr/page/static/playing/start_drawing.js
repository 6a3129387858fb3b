// The film's cuts and energy above the music's level and beats, on one time line; and the whole track
// with the part of it that plays.

import { met, overAt, pulse, under } from "./start_times.js";
/** @import { Choice, Told } from "./start_times.js" */

const BAR_PX = 3; // a bar of the level with its gap
const FILM_SHARE = 0.42; // of the height

/**
 * A canvas cleared at its size on the screen: [context, width, height], null where it has none.
 * @param {HTMLCanvasElement} canvas
 * @returns {[CanvasRenderingContext2D, number, number] | null}
 */
function cleared(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const scale = globalThis.devicePixelRatio || 1;
  const context = width && height ? canvas.getContext("2d") : null;
  if (!context) return null;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  context.setTransform(scale, 0, 0, scale, 0, 0);
  return [context, width, height];
}

/** @param {HTMLElement} node */
function coloursOf(node) {
  const style = getComputedStyle(node);
  const of = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  return { accent: of("--accent"), wave: of("--wave"), text: of("--text"), soft: of("--soft"),
    line: of("--line"), picture: of("--third"), window: of("--accent-soft") };
}

/**
 * Level of the track, 0 to 100, at a second of it.
 * @param {Told} told
 * @param {number} second
 */
const levelAt = ({ levels, step }, second) =>
  levels[Math.min(levels.length - 1, Math.max(0, Math.floor(second / step)))] ?? 0;

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Told} told
 * @param {Choice} choice
 * @param {number | null} played seconds of the film, null where none is shown
 */
export function drawUnder(canvas, told, choice, played) {
  const ready = cleared(canvas);
  if (!ready) return false;
  const [context, width, height] = ready;
  const colours = coloursOf(canvas);
  const x = (/** @type {number} */ t) => (t / told.length) * width;
  const middle = Math.round(height * FILM_SHARE);
  drawEnergy(context, told, width, middle - 4, colours.picture);
  drawLevels(context, told, choice, [width, middle, height], colours.wave);
  const bars = new Set(under(told.bars, told, choice));
  context.fillStyle = colours.soft;
  for (const t of under(pulse(told), told, choice)) {
    const tall = bars.has(t) ? 10 : 5;
    context.fillRect(x(t) - 0.5, height - tall, 1, tall);
  }
  met(told, choice).forEach((meets, i) => {
    const at = x(told.cuts[i]);
    context.fillStyle = meets ? colours.accent : colours.text;
    context.globalAlpha = meets ? 1 : 0.5;
    context.fillRect(at - 0.75, 0, 1.5, meets ? height : middle);
    context.globalAlpha = 1;
    if (!meets) return;
    context.beginPath();
    context.arc(at, middle, 3.5, 0, 2 * Math.PI);
    context.fill();
  });
  if (played !== null && played >= 0 && played <= told.length) {
    context.fillStyle = colours.text;
    context.fillRect(x(played) - 1, 0, 2, height);
  }
  return true;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Told} told
 * @param {number} width
 * @param {number} height
 * @param {string} colour
 */
function drawEnergy(context, { energy }, width, height, colour) {
  context.beginPath();
  context.moveTo(0, height);
  energy.forEach((value, i) =>
    context.lineTo((i / Math.max(1, energy.length - 1)) * width, height - (value / 100) * height));
  context.lineTo(width, height);
  context.fillStyle = colour;
  context.globalAlpha = 0.28;
  context.fill();
  context.globalAlpha = 1;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Told} told
 * @param {Choice} choice
 * @param {[number, number, number]} box width, top and bottom
 * @param {string} colour
 */
function drawLevels(context, told, choice, [width, top, bottom], colour) {
  const over = overAt(told, choice);
  const room = bottom - top - 12;
  context.fillStyle = colour;
  for (let at = 0; at < width; at += BAR_PX) {
    const t = (at / width) * told.length;
    if (t > over) break;
    const second = choice.ending === "loop" ? (choice.start + t) % told.seconds : choice.start + t;
    const fading = choice.ending === "cut" ? 1 : Math.min(1, (over - t) / Math.max(choice.fade_out, 0.1));
    const tall = Math.max(2, (levelAt(told, second) / 100) * room * fading);
    context.fillRect(at, bottom - 12 - tall, BAR_PX - 1, tall);
  }
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Told} told
 * @param {Choice} choice
 */
export function drawTrack(canvas, told, { start, ending }) {
  const ready = cleared(canvas);
  if (!ready) return false;
  const [context, width, height] = ready;
  const colours = coloursOf(canvas);
  const x = (/** @type {number} */ second) => (second / told.seconds) * width;
  const parts = [[start, Math.min(start + told.length, told.seconds)]];
  if (ending === "loop" && start + told.length > told.seconds) {
    parts.push([0, Math.min(start, start + told.length - told.seconds)]);
  }
  const plays = (/** @type {number} */ second) =>
    parts.some(([from, to]) => from <= second && second < to);
  context.fillStyle = colours.window;
  for (const [from, to] of parts) context.fillRect(x(from), 0, Math.max(2, x(to) - x(from)), height);
  for (let at = 0; at < width; at += BAR_PX) {
    const second = (at / width) * told.seconds;
    const tall = Math.max(2, (levelAt(told, second) / 100) * (height - 6));
    context.fillStyle = plays(second) ? colours.accent : colours.wave;
    context.fillRect(at, (height - tall) / 2, BAR_PX - 1, tall);
  }
  context.fillStyle = colours.text;
  context.fillRect(Math.min(width - 2, x(start)), 0, 2, height);
  return true;
}
