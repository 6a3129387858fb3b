// A score as 0 to 100: the share of random pairs of a video and a track that it beats, with a reference
// of a video beside one. The same as vmr/catalogs/score_scale.py.

import { sentence } from "../core/i18n.js";
/** @import { Store } from "../core/store.js" */
/** @import { RankingState, ScoreScale } from "../core/types.js" */

const SHARED = 1.5;

/**
 * Say where no row fits well: none beats enough random pairs, or has enough of words alone.
 * @param {Store<RankingState>} store
 * @param {HTMLElement} line
 */
export function drawWeak(store, line) {
  const payload = store.get("payload");
  const best = store.get("bestFit");
  const from = payload?.query.modality === "text" ? payload.said?.met_from : payload?.scale?.fits_from;
  line.hidden = best === null || best >= (from ?? 0);
  if (payload?.weak) line.textContent = sentence(payload.weak);
}

/**
 * @param {ScoreScale} scale
 * @param {ArrayLike<number>} w weights of the branches (B,), see Ranker.shares
 * @param {number} [words] weight of a term of words, whose spread is 1
 * @returns {(score: number) => number}
 */
export function percentOf({ mean, covariance, places, percents, normal }, w, words = 0) {
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
  const powers = shares.map((share) => (all > 0 ? share / all : 1 / B) ** SHARED);
  const knots = normal.map((at, k) =>
    places.reduce((sum, place, b) => sum + powers[b] * (place[k] - at), at));
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
