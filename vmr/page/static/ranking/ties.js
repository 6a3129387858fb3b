// When two labels are nearly as likely, the first rows come from both: the same rule as
// vmr/knowledge/belief.py (brought_by, drawn_from_both). Pure functions; no DOM.

import { labelsOf } from "../core/track.js";
import { offers } from "./filters.js";
/** @import { Payload } from "../core/types.js" */

/** Of the first five: rows of the label that leads, rows of the other. */
export const FIRST = [3, 2];
/** A facet draws where more than this of the weights is its own. */
const LEADS = 0.5;

/** Rows as they are shown; drawn: which label brought each of the first five, {} where none did.
 * @typedef {{ order: number[], drawn: Map<number, string> }} Arranged
 */

/** What there is to draw from: the facet's branch b, its two labels, that which may bring each item.
 * @typedef {{ b: number, pair: [string, string], labels: (string | undefined)[] }} Tie
 */

/**
 * For which label of a pair a track may be drawn: one that it carries, of both the one that it sounds
 * most like, else the likelier.
 * @param {string[]} carried
 * @param {string | undefined} near
 * @param {[string, string]} pair
 */
export function broughtBy(carried, near, pair) {
  const own = pair.filter((name) => carried.includes(name));
  return own.find((name) => name === near) ?? own[0];
}

/**
 * What two labels of a facet that are nearly as likely draw from; null where there are none.
 * @param {Payload<any>} payload
 * @param {string} facet
 * @param {boolean} silent whether all tracks are ranked
 * @param {Tie | null} before which is answered again where it is the same: a pair belongs to one answer
 * @returns {Tie | null}
 */
export function tieOf(payload, facet, silent, before) {
  const pair = offers(payload, silent).ties?.[facet];
  if (!pair || pair === before?.pair) return pair ? before : null;
  return { b: payload.branches.indexOf(facet), pair, labels: payload.tracks.map((track) =>
    broughtBy(labelsOf(track, facet), track.nearest?.[facet], pair)) };
}

/**
 * @param {number[]} order best first
 * @param {ArrayLike<number>} w weights of the branches (B,)
 * @param {Tie | null} tie
 * @returns {Arranged}
 */
export function arranged(order, w, tie) {
  if (!tie || !(w[tie.b] > LEADS)) return { order, drawn: new Map() };
  return drawnFromBoth(order, tie.labels, tie.pair);
}

/**
 * The best three of one label and the best two of the other, by falling score; then the rest by
 * falling score. Too few of one label, and nothing changes.
 * @param {number[]} order
 * @param {Tie["labels"]} labels
 * @param {[string, string]} pair
 * @returns {Arranged}
 */
export function drawnFromBoth(order, labels, pair) {
  const turned = labels[order[0]] === pair[1];
  const names = turned ? [pair[1], pair[0]] : pair;
  const chosen = names.map((name, k) => firstOf(order, labels, name, FIRST[k]));
  if (chosen.some((items, k) => items.length < FIRST[k])) return { order, drawn: new Map() };
  const first = new Set(chosen.flat());
  return {
    order: [...order.filter((i) => first.has(i)), ...order.filter((i) => !first.has(i))],
    drawn: new Map([...first].map((i) => [i, labels[i] ?? ""])),
  };
}

/**
 * @param {number[]} order
 * @param {Tie["labels"]} labels
 * @param {string} name
 * @param {number} count
 */
function firstOf(order, labels, name, count) {
  const found = [];
  for (const i of order) {
    if (labels[i] === name) found.push(i);
    if (found.length === count) break;
  }
  return found;
}
