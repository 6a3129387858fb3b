// What the server tells of a track of a minute with a beat each half second under ten seconds of film.

const beats = Array.from({ length: 100 }, (_, i) => 4 + i / 2);

export const told = (fields = {}) => ({ seconds: 60, start: 0, length: 10, step: 0.25, beats,
  bars: beats.filter((_, i) => i % 4 === 0), onsets: beats, cuts: [2, 5.25, 7.5],
  levels: Array.from({ length: 240 }, (_, i) => (i < 16 ? 10 : 80)),
  energy: Array.from({ length: 40 }, (_, i) => i * 2),
  starts: [
    { in: 8, hits: 2, cuts: 3, ending: "cut", fade_out: 0.08,
      why: { en: "the beat enters at the cut at 0:02", ja: "0:02 のカットで拍が入る" } },
    { in: 20.25, hits: 1, cuts: 3, ending: "fade", fade_out: 2, why: { en: "1 of 3", ja: "1 / 3" } },
    { in: 40, hits: 2, cuts: 3, ending: "cut", fade_out: 0.08, why: { en: "2 of 3", ja: "2 / 3" } },
  ], ...fields });
