// Where along the slider the order of the first tracks changes: exactly where scores are linear in
// alpha, by halving where they are not. Pure functions of scores; no DOM.

import { alphaWeights, order } from "./rank.js";
import { arranged, FIRST } from "./ties.js";
/** @import { Change, Changes } from "../core/types.js" */
/** @import { Ranker } from "./rank.js" */
/** @import { Tie } from "./ties.js" */

/** Where a track stands from one alpha to another.
 * @typedef {{ from: number, to: number, rank: number }} Piece
 */

/**
 * Every alpha in (0, 1) at which the first `top` ranks change, exactly: scores run straight from
 * s0 (alpha 0) to s1 (alpha 1), so neighbours change places where two lines cross.
 * Answers {first: order at alpha 0, changes: [{alpha, rank, rises, falls}]}, rank counted from 0
 * and meaning the better of the two places.
 * @param {ArrayLike<number>} s0
 * @param {ArrayLike<number>} s1
 * @param {Iterable<number>} members
 * @param {number} top
 */
export function linearChanges(s0, s1, members, top) {
  /** @param {number} i */
  const slope = (i) => s1[i] - s0[i];
  const line = Array.from(members).sort((a, b) => s0[b] - s0[a] || slope(b) - slope(a) || a - b);
  const first = line.slice(0, top);
  /** @type {Change[]} */
  const changes = [];
  let alpha = 0;
  /**
   * @param {number} above
   * @param {number} below
   */
  const meet = (above, below) => {
    const closing = slope(below) - slope(above);
    const cross = s1[below] > s1[above]; // lines that meet at 1 do not, however that is rounded
    return cross && closing > 1e-15 ? Math.max((s0[above] - s0[below]) / closing, alpha) : Infinity;
  };
  for (;;) {
    let next = Infinity;
    let upper = -1;
    let lower = -1;
    for (let p = 0; p < Math.min(top, line.length - 1); p++) {
      const last = p === top - 1 ? line.length - 1 : p + 1; // any outsider may enter at the end
      for (let other = p + 1; other <= last; other++) {
        const at = meet(line[p], line[other]);
        if (at < next) [next, upper, lower] = [at, p, other];
      }
    }
    if (!(next < 1)) return { first, changes };
    alpha = next;
    changes.push({ alpha, rank: upper, rises: line[lower], falls: line[upper] });
    [line[upper], line[lower]] = [line[lower], line[upper]];
  }
}

/**
 * The same for scores that are not linear: found on a grid, then narrowed by halving.
 * @param {(alpha: number) => Float64Array} scoresAt
 * @param {Iterable<number>} members
 * @param {number} top
 * @param {number} [steps]
 */
export function sampledChanges(scoresAt, members, top, steps = 400) {
  const list = Array.from(members);
  const left = scoresAt(0);
  return sampled((alpha) => order(scoresAt(alpha), list, left).slice(0, top), steps);
}

/**
 * @param {(alpha: number) => number[]} topAt the first at an alpha
 * @param {number} steps
 */
function sampled(topAt, steps) {
  const first = topAt(0);
  /** @type {Change[]} */
  const changes = [];
  /**
   * @param {number} low
   * @param {number[]} before
   * @param {number} high
   * @param {number[]} after
   */
  const visit = (low, before, high, after) => {
    if (same(before, after)) return;
    if (high - low < 1e-7) {
      changes.push(...moves((low + high) / 2, before, after));
      return;
    }
    const middle = (low + high) / 2;
    const between = topAt(middle);
    visit(low, before, middle, between);
    visit(middle, between, high, after);
  };
  for (let s = 0, before = first; s < steps; s++) {
    const after = topAt((s + 1) / steps);
    visit(s / steps, before, (s + 1) / steps, after);
    before = after;
  }
  return { first, changes };
}

/**
 * One order into another at one alpha: places are set right from the first on.
 * @param {number} alpha
 * @param {number[]} before
 * @param {number[]} after
 */
function moves(alpha, before, after) {
  const now = [...before];
  return after.flatMap((rises, rank) => {
    const falls = now[rank];
    if (falls === rises) return [];
    const below = now.indexOf(rises);
    if (below >= 0) now[below] = falls;
    now[rank] = rises;
    return [{ alpha, rank, rises, falls }];
  });
}

/**
 * @param {number[]} a
 * @param {number[]} b
 */
const same = (a, b) => a.every((item, i) => item === b[i]);

/**
 * Changes along the slider of a facet for either fusion; with a tie, of the rows as they are drawn
 * from both labels.
 * @param {Ranker} ranker
 * @param {string} facet
 * @param {Iterable<number>} members
 * @param {number} top
 * @param {Tie | null} [tie]
 */
export function changesAlong(ranker, facet, members, top, tie = null) {
  /** @param {number} alpha */
  const w = (alpha) => alphaWeights(ranker.branches, facet, alpha);
  /** @param {number} alpha */
  const at = (alpha) => ranker.scores(w(alpha));
  const list = Array.from(members);
  if (tie && ranker.linear) return drawnChanges(at(0), at(1), list, top, w, tie);
  if (tie) {
    return sampled((alpha) => arranged(ranker.order(w(alpha), list), w(alpha), tie).order.slice(0, top), 400);
  }
  return ranker.linear ? linearChanges(at(0), at(1), list, top) : sampledChanges(at, list, top);
}

/**
 * Exact where scores are linear: the drawn rows depend on the first of all, on the first of each
 * label, and on which of those stands before which, so they can change only where one of these
 * orders does, or where the draw begins. Between two such places one look is enough.
 * @param {Float64Array} s0
 * @param {Float64Array} s1
 * @param {number[]} members
 * @param {number} top
 * @param {(alpha: number) => number[]} w
 * @param {Tie} tie
 */
function drawnChanges(s0, s1, members, top, w, tie) {
  const parts = tie.pair.map((name) => linearChanges(s0, s1,
    members.filter((i) => tie.labels[i] === name), Math.max(...FIRST)));
  const all = linearChanges(s0, s1, members, top);
  const [ofOne, ofOther] = parts.map(everAmong);
  const close = everAmong(all);
  const places = [0, 0.5, 1, ...[all, ...parts].flatMap(({ changes }) => changes.map((c) => c.alpha)),
    ...[...ofOne].flatMap((i) => [...ofOther].map((j) => meeting(s0, s1, i, j)))]
    .filter((alpha) => alpha >= 0 && alpha <= 1).sort((a, b) => a - b);
  const needed = [...new Set([...close, ...ofOne, ...ofOther])];
  /** @param {number} alpha */
  const topAt = (alpha) => arranged(order(s0.map((s, i) => s + alpha * (s1[i] - s)), needed, s0),
    w(alpha), tie).order.slice(0, top);
  /** @type {Change[]} */
  const changes = [];
  let now = all.first;
  for (let k = 0; k + 1 < places.length; k++) {
    if (places[k + 1] - places[k] < 1e-12) continue;
    const next = topAt((places[k] + places[k + 1]) / 2);
    changes.push(...moves(places[k], now, next));
    now = next;
  }
  return { first: all.first, changes };
}

/** @param {Changes} found */
const everAmong = ({ first, changes }) => new Set([...first, ...changes.map(({ rises }) => rises)]);

/**
 * Where two lines cross; NaN or far away where they do not.
 * @param {Float64Array} s0
 * @param {Float64Array} s1
 * @param {number} i
 * @param {number} j
 */
const meeting = (s0, s1, i, j) => (s0[i] - s0[j]) / (s0[i] - s0[j] - s1[i] + s1[j]);

/**
 * The path of each track that is ever among the first: Map item -> [{from, to, rank}], rank counted
 * from 0, over alpha 0 to 1.
 * @param {Changes} options
 */
export function paths({ first, changes }) {
  const now = [...first];
  /** @type {Map<number, Piece[]>} */
  const found = new Map(now.map((item, rank) => [item, [{ from: 0, to: 1, rank }]]));
  /**
   * @param {number} item
   * @param {number} rank
   * @param {number} alpha
   */
  const enter = (item, rank, alpha) => {
    found.set(item, [...found.get(item) ?? [], { from: alpha, to: 1, rank }]);
  };
  /**
   * @param {number} item
   * @param {number} alpha
   */
  const leave = (item, alpha) => {
    const piece = found.get(item)?.at(-1);
    if (piece) piece.to = alpha;
  };
  for (const { alpha, rank, rises, falls } of changes) {
    leave(falls, alpha);
    const below = now.indexOf(rises);
    if (below >= 0) {
      leave(rises, alpha);
      now[below] = falls;
      enter(falls, below, alpha);
    }
    now[rank] = rises;
    enter(rises, rank, alpha);
  }
  // Several moves at one place leave pieces without a length.
  return new Map([...found].map(([item, pieces]) => /** @type {const} */ (
    [item, pieces.filter((piece) => piece.to > piece.from)])).filter(([, pieces]) => pieces.length));
}

/**
 * The first tracks at alpha 1.
 * @param {Changes} found
 */
export function lastOrder(found) {
  const ends = [...paths(found)].flatMap(([item, pieces]) =>
    pieces.filter((piece) => piece.to === 1).map((piece) => ({ item, rank: piece.rank })));
  return ends.sort((a, b) => a.rank - b.rank).map(({ item }) => item);
}

/**
 * The first change above alpha, or null.
 * @param {Change[]} changes
 * @param {number} alpha
 */
export function nextChange(changes, alpha) {
  return changes.find((change) => change.alpha > alpha + 1e-6) ?? null;
}
