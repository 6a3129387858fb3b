// Ranking in the browser: the same numbers as vmr/embedding.py, for any weights of the branches.
// Pure functions of arrays; no DOM. N candidates, B branches; q and g are (N, B, B) flattened.
//
//   calibrated  score = sum_b w_b part_b            linear in w, so order changes are found exactly
//   mix         score = (w' Q w) / sqrt(w' G w) / sqrt(w' gram w)

export const SSL = "ssl";

/** Where the slider begins; a checkpoint trained without labels has nothing to slide to. */
export function beginning(facets) {
  const facet = facets.includes("mood") ? "mood" : facets[0] ?? "";
  return { facets, facet, alpha: facet ? 0.5 : 0 };
}

/** 1 - alpha on the self-supervised branch and alpha on the facet's; all on a branch that is alone. */
export function alphaWeights(branches, facet, alpha) {
  if (branches.length === 1) return [1];
  return branches.map((branch) => (branch === SSL ? 1 - alpha : branch === facet ? alpha : 0));
}

export function calibratedScores(parts, w, out) {
  const b = w.length;
  for (let i = 0, p = 0; i < out.length; i++, p += b) {
    let sum = 0;
    for (let k = 0; k < b; k++) sum += w[k] * parts[p + k];
    out[i] = sum;
  }
  return out;
}

/** w' M w for the B x B block of m that starts at `start`. */
function quadratic(m, start, w) {
  const b = w.length;
  let sum = 0;
  for (let r = 0; r < b; r++) {
    for (let c = 0; c < b; c++) sum += w[r] * m[start + r * b + c] * w[c];
  }
  return sum;
}

export function mixScores(q, g, gram, w, out) {
  const block = w.length * w.length;
  const queryNorm = Math.sqrt(Math.max(quadratic(gram, 0, w), 1e-12));
  for (let i = 0; i < out.length; i++) {
    const norm = Math.sqrt(Math.max(quadratic(g, i * block, w), 1e-12));
    out[i] = quadratic(q, i * block, w) / (norm * queryNorm);
  }
  return out;
}

const flat = (rows) => Float64Array.from(rows.flat(2));

/** The candidates of one answer, ready to be scored again and again. */
export class Ranker {
  constructor(payload) {
    this.branches = payload.branches;
    this.fusion = payload.fusion;
    this.size = payload.tracks.length;
    this.g = flat(payload.tracks.map((track) => track.g));
    this.query = side(payload.tracks, payload.query);
    const beside = payload.reference && payload.tracks.map((track) => track.reference);
    this.reference = beside ? side(beside, payload.reference) : null;
    this.blend = 0; // share of the reference, 0 to 1
  }

  /** Scores for weights w (B,): Float64Array (N,). */
  scores(w) {
    const main = this.#of(this.query, w);
    if (!this.reference || this.blend === 0) return main;
    const other = this.#of(this.reference, w);
    return main.map((value, i) => (1 - this.blend) * value + this.blend * other[i]);
  }

  /** Calibrated part of candidate i for branch b, the reference blended in. */
  part(i, b) {
    const at = i * this.branches.length + b;
    const value = this.query.parts[at];
    if (!this.reference) return value;
    return (1 - this.blend) * value + this.blend * this.reference.parts[at];
  }

  /** True where scores are linear in the weights. */
  get linear() {
    return this.fusion === "calibrated";
  }

  #of(source, w) {
    const out = new Float64Array(this.size);
    if (this.linear) return calibratedScores(source.parts, w, out);
    return mixScores(source.q, this.g, source.gram, w, out);
  }
}

function side(rows, query) {
  return {
    parts: flat(rows.map((row) => row.parts)),
    q: flat(rows.map((row) => row.q)),
    gram: flat([query.gram]),
  };
}

/** Candidates by falling score; equal scores keep the catalog's order. `members` narrows. */
export function order(scores, members = scores.keys()) {
  return Array.from(members).sort((a, b) => scores[b] - scores[a] || a - b);
}

/** Kendall's tau of two orders of the same items: 1 the same, -1 reversed. */
export function kendall(first, second) {
  const place = new Map(second.map((item, i) => [item, i]));
  const ranks = first.map((item) => place.get(item));
  let balance = 0;
  for (let i = 0; i < ranks.length; i++) {
    for (let j = i + 1; j < ranks.length; j++) balance += ranks[i] < ranks[j] ? 1 : -1;
  }
  const pairs = (ranks.length * (ranks.length - 1)) / 2;
  return pairs ? balance / pairs : 1;
}

/**
 * Every alpha in (0, 1) at which the first `top` ranks change, exactly: scores run straight from
 * s0 (alpha 0) to s1 (alpha 1), so neighbours change places where two lines cross.
 * Answers {first: order at alpha 0, changes: [{alpha, rank, rises, falls}]}, rank counted from 0
 * and meaning the better of the two places.
 */
export function linearChanges(s0, s1, members, top) {
  const slope = (i) => s1[i] - s0[i];
  const line = Array.from(members).sort((a, b) => s0[b] - s0[a] || slope(b) - slope(a) || a - b);
  const first = line.slice(0, top);
  const changes = [];
  let alpha = 0;
  const meet = (above, below) => {
    const closing = slope(below) - slope(above);
    return closing > 1e-15 ? Math.max((s0[above] - s0[below]) / closing, alpha) : Infinity;
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

/** The same for scores that are not linear: found on a grid, then narrowed by halving. */
export function sampledChanges(scoresAt, members, top, steps = 400) {
  const list = Array.from(members);
  const topAt = (alpha) => order(scoresAt(alpha), list).slice(0, top);
  const first = topAt(0);
  const changes = [];
  const visit = (low, before, high, after) => {
    if (same(before, after)) return;
    if (high - low < 1e-7) {
      const rank = before.findIndex((item, i) => item !== after[i]);
      changes.push({ alpha: (low + high) / 2, rank, rises: after[rank], falls: before[rank] });
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

const same = (a, b) => a.every((item, i) => item === b[i]);

/** Changes along the slider of a facet for either fusion. */
export function changesAlong(ranker, facet, members, top) {
  const at = (alpha) => ranker.scores(alphaWeights(ranker.branches, facet, alpha));
  return ranker.linear
    ? linearChanges(at(0), at(1), members, top)
    : sampledChanges(at, members, top);
}

/**
 * The path of each track that is ever among the first: Map item -> [{from, to, rank}], rank counted
 * from 0, over alpha 0 to 1.
 */
export function paths({ first, changes }) {
  const now = [...first];
  const found = new Map(now.map((item, rank) => [item, [{ from: 0, to: 1, rank }]]));
  const enter = (item, rank, alpha) => {
    if (!found.has(item)) found.set(item, []);
    found.get(item).push({ from: alpha, to: 1, rank });
  };
  const leave = (item, alpha) => (found.get(item).at(-1).to = alpha);
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
  return found;
}

/** The first change above alpha, or null. */
export function nextChange(changes, alpha) {
  return changes.find((change) => change.alpha > alpha + 1e-6) ?? null;
}
