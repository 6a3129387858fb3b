// A branch of the query moved to labels, or along the energy: the algebra of vmr/embedding.py
// (turn_to, turn_by, turn_onto) and vmr/search.py (Candidates.moved) on the numbers of a payload.
// N candidates, B branches, L labels; matrices are flat.

/** @import { Rankable } from "../core/types.js" */
/** @import { Side } from "./rank.js" */

/** A move of one branch: the weight of its own row and of each anchor (L,).
 * @typedef {{ own: number, shares: number[] }} Turn
 */

/**
 * Labels with weights, negative ones turn away; where none is positive the own row stays.
 * @param {string[]} names
 * @param {Record<string, number>} weights
 * @returns {Turn | null} null where no label is chosen
 */
export function turnTo(names, weights) {
  const shares = names.map((name) => weights[name] ?? 0);
  if (!shares.some((share) => share !== 0)) return null;
  return { own: shares.some((share) => share > 0) ? 0 : 1, shares };
}

/**
 * The dial moved from one position to another along anchors whose names are numbers that rise.
 * @param {string[]} names
 * @param {number} from
 * @param {number} to
 * @returns {Turn}
 */
export function turnBy(names, from, to) {
  const start = position(names, from);
  return { own: 1, shares: position(names, to).map((share, l) => share - start[l]) };
}

/**
 * Shares of the two anchors around a position; beyond the ends the end itself.
 * @param {string[]} names
 * @param {number} value
 */
function position(names, value) {
  const levels = names.map(Number);
  const last = levels.length - 1;
  const high = levels.findIndex((level) => level >= value);
  if (high <= 0) return levels.map((_, l) => Number(l === (high === 0 ? 0 : last)));
  const share = (value - levels[high - 1]) / (levels[high] - levels[high - 1]);
  return levels.map((_, l) => (l === high ? share : l === high - 1 ? 1 - share : 0));
}

/** The numbers with which a payload's query can be moved. */
export class Moves {
  /** @param {Rankable} payload */
  constructor({ branches, fusion, anchors = [], tracks }) {
    this.branches = branches;
    this.mix = fusion === "mix";
    this.entries = anchors;
    this.spread = tracks.map((track) => track.spread ?? []);
    this.drawn = anchors.map((_, n) => tracks.map((track) => track.anchors?.[n] ?? []));
  }

  /**
   * The query's numbers after these moves, one for each entry of anchors (null: stays). A zero of
   * the result's `parts` means what a zero of Python's means.
   * @param {Side} side
   * @param {(Turn | null)[]} turns
   * @returns {Side}
   */
  apply(side, turns) {
    const moved = { parts: side.parts.slice(), q: side.q.slice(), gram: side.gram.slice() };
    const products = this.entries.map((entry) => entry.products?.slice());
    turns.forEach((turn, n) => {
      if (!turn) return;
      const b = this.branches.indexOf(this.entries[n].branch);
      const norm = turnNorm(turn, this.entries[n].gram);
      this.#items(side, moved, n, b, turn, norm);
      if (this.mix) this.#query(moved.gram, products, n, b, turn, norm);
    });
    return moved;
  }

  /**
   * Row b of every item's products with the query, and its calibrated part.
   * @param {Side} side as it was
   * @param {Side} moved
   * @param {number} n
   * @param {number} b
   * @param {Turn} turn
   * @param {number} norm
   */
  #items(side, moved, n, b, { own, shares }, norm) {
    const B = this.branches.length;
    const width = this.mix ? B : 1; // products of branch b that an item has
    this.drawn[n].forEach((drawn, i) => {
      const row = (i * B + b) * width;
      for (let c = 0; c < width; c++) {
        let sum = own * moved.q[row + c];
        shares.forEach((share, l) => (sum += share * drawn[l * width + c]));
        moved.q[row + c] = sum / norm;
      }
      const at = row + (this.mix ? b : 0);
      moved.parts[i * B + b] += (moved.q[at] - side.q[at]) / this.spread[i][b];
    });
  }

  /**
   * The query's own products, and those of the anchors that are still to move it.
   * @param {Float64Array} gram
   * @param {(number[] | undefined)[]} products of each entry, (L, B)
   * @param {number} n
   * @param {number} b
   * @param {Turn} turn
   * @param {number} norm
   */
  #query(gram, products, n, b, { own, shares }, norm) {
    const B = this.branches.length;
    for (let c = 0; c < B; c++) {
      if (c === b) continue;
      const drawn = shares.reduce((sum, share, l) => sum + share * (products[n]?.[l * B + c] ?? 0), 0);
      gram[b * B + c] = gram[c * B + b] = (own * gram[b * B + c] + drawn) / norm;
    }
    gram[b * B + b] = 1;
    this.entries[n].cross?.forEach((cross, k) => {
      const later = products[n + 1 + k] ?? [];
      const width = later.length / B;
      for (let m = 0; m < width; m++) {
        const drawn = shares.reduce((sum, share, l) => sum + share * cross[l * width + m], 0);
        later[m * B + b] = (own * later[m * B + b] + drawn) / norm;
      }
    });
  }
}

/**
 * Length of the moved row: sqrt(c' gram c) with c = (own, shares...).
 * @param {Turn} turn
 * @param {number[]} gram (1+L, 1+L)
 */
function turnNorm({ own, shares }, gram) {
  const c = [own, ...shares];
  let sum = 0;
  for (let r = 0; r < c.length; r++) {
    for (let k = 0; k < c.length; k++) sum += c[r] * gram[r * c.length + k] * c[k];
  }
  return Math.max(Math.sqrt(Math.max(sum, 0)), 1e-6);
}
