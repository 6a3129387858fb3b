// Ranking in the browser: the same numbers as vmr/embedding.py, for any weights of the branches.
// Pure functions of arrays; no DOM. N candidates, B branches; q and g are (N, B, B), flattened.
//
//   calibrated  score = sum_b w_b part_b            linear in w; q is (N, B), there is no g
//   mix         score = (w' Q w) / sqrt(w' G w) / sqrt(w' gram w)
//
// Words add their weight times a term (N,) that no w changes, to either; neighbours in a film take
// away what a clash with them costs.

import { Moves, turnBy, turnTo } from "./moves.js";
/** @import { Choices, Rankable } from "../core/types.js" */

/** Numbers of one query beside all items: parts (N, B), q, gram (B, B), flattened.
 * @typedef {{ parts: Float64Array, q: Float64Array, gram: Float64Array }} Side
 */

export const SSL = "ssl";

/**
 * Where the slider begins; a checkpoint trained without labels has nothing to slide to.
 * @param {string[]} facets
 */
export function beginning(facets) {
  const facet = facets.includes("mood") ? "mood" : facets[0] ?? "";
  return { facets, facet, alpha: facet ? 0.5 : 0 };
}

/**
 * 1 - alpha on the self-supervised branch and alpha on the facet's; all on a branch that is alone.
 * @param {string[]} branches
 * @param {string} facet
 * @param {number} alpha
 */
export function alphaWeights(branches, facet, alpha) {
  if (branches.length === 1) return [1];
  return branches.map((branch) => (branch === SSL ? 1 - alpha : branch === facet ? alpha : 0));
}

/**
 * @param {Float64Array} parts
 * @param {ArrayLike<number>} w
 * @param {Float64Array} out
 */
export function calibratedScores(parts, w, out) {
  const b = w.length;
  for (let i = 0, p = 0; i < out.length; i++, p += b) {
    let sum = 0;
    for (let k = 0; k < b; k++) sum += w[k] * parts[p + k];
    out[i] = sum;
  }
  return out;
}

/**
 * w' M w for the B x B block of m that starts at `start`.
 * @param {ArrayLike<number>} m
 * @param {number} start
 * @param {ArrayLike<number>} w
 */
function quadratic(m, start, w) {
  const b = w.length;
  let sum = 0;
  for (let r = 0; r < b; r++) {
    for (let c = 0; c < b; c++) sum += w[r] * m[start + r * b + c] * w[c];
  }
  return sum;
}

/**
 * @param {Float64Array} q
 * @param {Float64Array} g
 * @param {Float64Array} gram
 * @param {ArrayLike<number>} w
 * @param {Float64Array} out
 */
export function mixScores(q, g, gram, w, out) {
  const block = w.length * w.length;
  const queryNorm = Math.sqrt(Math.max(quadratic(gram, 0, w), 1e-12));
  for (let i = 0; i < out.length; i++) {
    const norm = Math.sqrt(Math.max(quadratic(g, i * block, w), 1e-12));
    out[i] = quadratic(q, i * block, w) / (norm * queryNorm);
  }
  return out;
}

/** @param {number[][]} rows */
const flat = (rows) => Float64Array.from(rows.flat(2));

/** The candidates of one answer, ready to be scored again and again. */
export class Ranker {
  /** @param {Rankable} payload */
  constructor(payload) {
    this.branches = payload.branches;
    this.fusion = payload.fusion;
    this.size = payload.tracks.length;
    this.g = flat(payload.tracks.map((track) => track.g ?? []));
    this.believed = side(payload.tracks, payload.query);
    /** @type {Side} */
    this.query = this.believed;
    this.moves = new Moves(payload);
    this.felt = payload.query.felt ?? null;
    const beside = payload.tracks.flatMap((track) => track.reference ?? []);
    this.reference = payload.reference ? side(beside, payload.reference) : null;
    this.blend = 0; // share of the reference, 0 to 1
    this.raw = Float64Array.from(payload.tracks, (track) => track.term ?? 0);
    this.level = payload.said?.level ?? [0, 1];
    /** @type {Float64Array | null} (N,) what the words add for a weight of 1 */
    this.term = null;
    this.wordsWeight = 1;
    this.weigh(!payload.said);
    /** @type {Float64Array | null} (N,) what each candidate costs beside its neighbours, in a film */
    this.costs = null;
  }

  /**
   * Rank for these labels and this energy in place of what was believed and felt.
   * @param {Choices} choices
   * @param {number | null} energy
   */
  choose(choices, energy) {
    const turns = this.moves.entries.map(({ branch, names }) => {
      if (branch !== SSL) return turnTo(names, choices[branch] ?? {});
      return energy === null || this.felt === null ? null : turnBy(names, this.felt, energy);
    });
    this.query = turns.some(Boolean) ? this.moves.apply(this.believed, turns) : this.believed;
  }

  /**
   * Scores for weights w (B,): Float64Array (N,).
   * @param {ArrayLike<number>} w
   */
  scores(w) {
    const main = this.#of(this.query, w);
    if (this.reference && this.blend > 0) {
      const other = this.#of(this.reference, w);
      main.forEach((value, i) => (main[i] = (1 - this.blend) * value + this.blend * other[i]));
    }
    const { term, words } = this;
    if (term) term.forEach((value, i) => (main[i] += words * value));
    this.costs?.forEach((value, i) => (main[i] -= value));
    return main;
  }

  /** Candidates for weights w, best first. @type {(w: number[], members?: Iterable<number>) => number[]} */
  order(w, members) {
    return order(this.scores(w), members, this.scores(alphaWeights(this.branches, "", 0)));
  }

  /**
   * What each part of a score counts: weights w, with a reference those of its parts too.
   * @param {number[]} w
   */
  shares(w) {
    const { blend } = this;
    return this.reference ? [...w.map((x) => (1 - blend) * x), ...w.map((x) => blend * x)] : w;
  }

  /**
   * Let the words tell apart all tracks, or those that have sound.
   * @param {boolean} silent
   */
  weigh(silent) {
    const [mean, spread] = silent ? [0, 1] : this.level;
    this.term = spread && this.raw.some(Boolean) ? this.raw.map((value) => (value - mean) / spread) : null;
  }

  /** What the words count: 0 where none says anything of these tracks. */
  get words() {
    return this.term ? this.wordsWeight : 0;
  }

  /**
   * Calibrated part of candidate i for branch b, the reference blended in.
   * @param {number} i
   * @param {number} b
   */
  part(i, b) {
    const at = i * this.branches.length + b;
    const value = this.query.parts[at];
    if (!this.reference) return value;
    return (1 - this.blend) * value + this.blend * this.reference.parts[at];
  }

  /** Range of each branch's parts over the candidates, for the bars. */
  ranges() {
    return this.branches.map((_, b) => {
      let low = Infinity;
      let high = -Infinity;
      for (let i = 0; i < this.size; i++) {
        const part = this.part(i, b);
        low = Math.min(low, part);
        high = Math.max(high, part);
      }
      return { low, span: high - low || 1 };
    });
  }

  /** True where scores are linear in the weights. */
  get linear() {
    return this.fusion === "calibrated";
  }

  /**
   * @param {Side} source
   * @param {ArrayLike<number>} w
   */
  #of(source, w) {
    const out = new Float64Array(this.size);
    if (this.linear) return calibratedScores(source.parts, w, out);
    return mixScores(source.q, this.g, source.gram, w, out);
  }
}

/**
 * @param {{ parts: number[], q: number[] }[]} rows
 * @param {{ gram: number[] }} query
 */
function side(rows, query) {
  return {
    parts: flat(rows.map((row) => row.parts)),
    q: flat(rows.map((row) => row.q)),
    gram: flat([query.gram]),
  };
}

/**
 * Candidates by falling score; equal ones as at alpha 0, as they stand just before alpha 1, then as in
 * the catalog. `members` narrows.
 * @param {Float64Array} scores
 * @param {Iterable<number>} [members]
 * @param {ArrayLike<number>} [left]
 */
export function order(scores, members = scores.keys(), left = scores) {
  return Array.from(members).sort((a, b) => scores[b] - scores[a] || left[b] - left[a] || a - b);
}
