// Places of entries that people put in order: numbers with room between them, so that moving one
// entry changes the place of that one alone, whatever others do meanwhile.

/**
 * The entries with places that rise; as many as can be keep theirs.
 * @template {{ place?: number }} T
 * @param {T[]} entries in their order
 * @returns {T[]}
 */
export function placed(entries) {
  const stays = longestRise(entries.map(({ place }) => place ?? NaN));
  let last = 0;
  return entries.map((entry, at) => {
    if (stays.has(at)) {
      last = entry.place ?? last;
      return entry;
    }
    const next = entries.find((_, i) => i > at && stays.has(i))?.place ?? last + 2;
    last = (last + next) / 2;
    return { ...entry, place: last };
  });
}

/**
 * Where the numbers of a longest rising sequence stand; NaN and what is not above 0 are in none.
 * @param {number[]} values
 */
function longestRise(values) {
  /** @type {{ length: number, before: number }[]} the best sequence that ends here */
  const best = values.map((value) => ({ length: value > 0 ? 1 : 0, before: -1 }));
  values.forEach((value, i) => {
    for (let j = 0; j < i; j++) {
      if (values[j] < value && best[i].length && best[j].length >= best[i].length && best[j].length) {
        best[i] = { length: best[j].length + 1, before: j };
      }
    }
  });
  const longest = Math.max(0, ...best.map(({ length }) => length));
  const found = new Set();
  let at = longest ? best.findIndex(({ length }) => length === longest) : -1;
  for (; at >= 0; at = best[at].before) found.add(at);
  return found;
}
