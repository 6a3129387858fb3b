/**
 * Kendall's tau of two orders of the same items: 1 the same, -1 reversed.
 * @template T
 * @param {T[]} first
 * @param {T[]} second
 */
export function kendall(first, second) {
  const place = new Map(second.map((item, i) => [item, i]));
  const ranks = first.map((item) => place.get(item) ?? NaN);
  let balance = 0;
  for (let i = 0; i < ranks.length; i++) {
    for (let j = i + 1; j < ranks.length; j++) balance += ranks[i] < ranks[j] ? 1 : -1;
  }
  const pairs = (ranks.length * (ranks.length - 1)) / 2;
  return pairs ? balance / pairs : 1;
}
