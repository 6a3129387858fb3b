// Answers to rank, made of random unit vectors, so that every number has an obvious slow way.

/** A repeatable stream of numbers in [0, 1). */
export function stream(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

export const unit = (v) => v.map((x) => x / Math.hypot(...v));
export const dot = (a, b) => a.reduce((sum, x, i) => sum + x * b[i], 0);

const MOODS = ["calm", "happy", "tender"];

/** What a track says of itself. */
export const words = (i, more = {}) => ({
  id: `t${i}`, title: `Track ${i}`, artist: `Artist ${i % 3}`, catalog: "starter", genre: ["folk"],
  mood: [MOODS[i % 3]], bpm: 60 + 20 * i, key: "C major", seconds: 30 + i, energy: 0.5, vocals: "",
  licence: "MIT", attribution: `Track ${i} by Artist ${i % 3}`, source: "", position: i,
  audio: `vmr-media/${i}.opus`, peaks: btoa(String.fromCharCode(...new Uint8Array(200).fill(99))),
  ...more,
});

/** An answer with `count` tracks; `stacks` holds the vectors it is made of. */
export function answer(count, fusion = "calibrated", seed = 1) {
  const next = stream(seed);
  const stack = () => [0, 1, 2].map(() => unit(Array.from({ length: 8 }, () => next() - 0.4)));
  const products = (a, b) => a.flatMap((x) => b.map((y) => dot(x, y)));
  const query = stack();
  const beside = stack();
  const items = Array.from({ length: count }, stack);
  const own = (a, b) => a.map((x, k) => dot(x, b[k]));
  const mix = fusion === "mix";
  const side = (q, item) => ({ q: (mix ? products : own)(q, item), parts: own(q, item) });
  return {
    query: { modality: "video", name: "clip.mp4", sha256: "a".repeat(64), duration_s: 12, notes: [],
      concepts: [["sea", 0.9]], stats: { motion: 0.2 }, timings_s: { read: 0.5 }, peaks: null,
      gram: products(query, query) },
    reference: { name: "other.mp3", gram: products(beside, beside) },
    stacks: { query, items },
    branches: ["ssl", "genre", "mood"],
    facets: ["genre", "mood"],
    fusion,
    tracks: items.map((item, i) => ({ ...words(i), ...side(query, item),
      ...(mix ? { g: products(item, item) } : {}), reference: side(beside, item) })),
  };
}
