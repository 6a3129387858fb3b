// A score as 0 to 100: the share of random pairs of a video and a track that it beats. The same as
// vmr/catalogs/score_scale.py.

/** @import { ScoreScale } from "../core/types.js" */

/**
 * @param {ScoreScale} scale
 * @param {ArrayLike<number>} w weights of the branches (B,)
 * @param {number} [words] weight of a term of words, whose spread is 1
 * @returns {(score: number) => number}
 */
export function percentOf({ mean, covariance, places, percents }, w, words = 0) {
  const B = mean.length;
  const weights = Array.from(w);
  const middle = weights.reduce((sum, weight, b) => sum + weight * mean[b], 0);
  let variance = words ** 2;
  for (let r = 0; r < B; r++) {
    for (let c = 0; c < B; c++) variance += weights[r] * covariance[r * B + c] * weights[c];
  }
  const spread = Math.max(Math.sqrt(variance), 1e-6);
  const shares = weights.map((weight, b) => weight ** 2 * covariance[b * B + b]);
  const all = shares.reduce((sum, share) => sum + share, 0);
  const knots = percents.map((_, k) =>
    places.reduce((sum, place, b) => sum + (all > 0 ? shares[b] / all : 1 / B) * place[k], 0));
  return (score) => between((score - middle) / spread, knots, percents);
}

/**
 * Straight lines between knots that rise; the ends beyond them.
 * @param {number} at
 * @param {number[]} knots
 * @param {number[]} values
 */
function between(at, knots, values) {
  const last = knots.length - 1;
  if (!(at > knots[0])) return values[0];
  if (at >= knots[last]) return values[last];
  const high = knots.findIndex((knot) => knot > at);
  const share = (at - knots[high - 1]) / (knots[high] - knots[high - 1]);
  return values[high - 1] + share * (values[high] - values[high - 1]);
}
