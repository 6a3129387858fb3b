// Cues as the page holds them, for tests.

/** A cue with a track of a minute whose file is named after it. */
export const cueOf = (id, start, end, fields = {}) => ({ id, start, end, facet: "mood", alpha: 0.5,
  labels: {}, energy: null, words: "", words_weight: 1, weights: null, track: 1, catalog: "starter",
  track_id: id, title: id.toUpperCase(), artist: "", address: `${id}.opus`, duration: 60, track_start: 0,
  gain_db: 0, ending: "fade", fade_in: 0.05, fade_out: 2, felt: null, belief: {}, why: null,
  ...fields });
