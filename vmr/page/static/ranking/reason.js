// The one-line reason for a track.

import { label, t } from "../core/i18n.js";
import { SSL } from "./rank.js";
/** @import { Track } from "../core/types.js" */
/** @import { Ranker } from "./rank.js" */

/**
 * Share of candidates that score lower on branch b: 0 to 1.
 * @param {Ranker} ranker
 * @param {number} i
 * @param {number} b
 */
function standing(ranker, i, b) {
  const own = ranker.part(i, b);
  let below = 0;
  for (let j = 0; j < ranker.size; j++) if (ranker.part(j, b) < own) below++;
  return ranker.size > 1 ? below / (ranker.size - 1) : 1;
}

/** @param {number} share */
function standingWords(share) {
  if (share >= 0.9) return t("why.best");
  if (share >= 0.67) return t("why.good");
  if (share >= 0.34) return t("why.middle");
  return t("why.weak");
}

/**
 * One line: how the branches see the pair, then what the track is.
 * @param {Ranker} ranker
 * @param {Track} track
 * @param {number} i
 * @param {string} facet
 */
export function reason(ranker, track, i, facet) {
  const b = ranker.branches.indexOf(facet);
  const feels = standingWords(standing(ranker, i, ranker.branches.indexOf(SSL)));
  const tags = [...track.mood.map((m) => label("mood", m)), ...track.genre.map((g) =>
    label("genre", g)), tempo(track.bpm)].filter(Boolean).slice(0, 4);
  const values = { feels, facet: label("facet", facet), tags: tags.join(t("comma")) };
  if (b < 0) return t("why.unlabelled", values);
  return t("why.line", { ...values, labelled: standingWords(standing(ranker, i, b)) });
}

/** @param {number | null} bpm */
function tempo(bpm) {
  if (!bpm) return "";
  return t(bpm < 80 ? "tempo.slow" : bpm < 115 ? "tempo.middle" : "tempo.fast");
}
