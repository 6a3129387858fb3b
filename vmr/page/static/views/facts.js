// What was seen in the video, in words and small meters; and the one-line reason for a track.

import { clear, h } from "../core/dom.js";
import { label, number, says, t } from "../core/i18n.js";
import { SSL } from "../ranking/rank.js";
import { sentence } from "../core/sentences.js";

// Each measurement with the value that fills its meter.
const METERS = { motion: 0.6, cuts_per_minute: 40, brightness: 1, saturation: 1, warmth: 1 };
const CONCEPTS = 5;

const SEEN = { title: "facts.title", kind: "concept", meters: METERS };

export function drawFacts(box, query, { title, kind, meters: full } = SEEN) {
  clear(box).append(h("h2", says(title)));
  const concepts = query.concepts.slice(0, CONCEPTS).map(([name]) =>
    h("span.chip", { text: label(kind, name) }));
  if (concepts.length) box.append(h("p.chips", {}, ...concepts));
  const measured = Object.entries(full).filter(([name]) => name in query.stats);
  const meters = measured.map(([name, most]) => {
    const value = Math.min(1, Math.max(0, query.stats[name] / most));
    return h("div.meter", { title: number(query.stats[name], 2) }, h("span", says(`stat.${name}`)),
      h("span.meter-bar", {}, h("i", { style: `transform: scaleX(${value.toFixed(3)})` })));
  });
  if (meters.length) box.append(h("div.meters", {}, ...meters));
  for (const note of query.notes) box.append(h("p.note", { text: sentence(note) }));
}

/** Share of candidates that score lower on branch b: 0 to 1. */
function standing(ranker, i, b) {
  const own = ranker.part(i, b);
  let below = 0;
  for (let j = 0; j < ranker.size; j++) if (ranker.part(j, b) < own) below++;
  return ranker.size > 1 ? below / (ranker.size - 1) : 1;
}

function standingWords(share) {
  if (share >= 0.9) return t("why.best");
  if (share >= 0.67) return t("why.good");
  if (share >= 0.34) return t("why.middle");
  return t("why.weak");
}

/** One line: how the branches see the pair, then what the track is. */
export function reason(ranker, track, i, facet) {
  const b = ranker.branches.indexOf(facet);
  const feels = standingWords(standing(ranker, i, ranker.branches.indexOf(SSL)));
  const tags = [...track.mood.map((m) => label("mood", m)), ...track.genre.map((g) =>
    label("genre", g)), tempo(track.bpm)].filter(Boolean).slice(0, 4);
  const values = { feels, facet: label("facet", facet), tags: tags.join(t("comma")) };
  if (b < 0) return t("why.unlabelled", values);
  return t("why.line", { ...values, labelled: standingWords(standing(ranker, i, b)) });
}

function tempo(bpm) {
  if (!bpm) return "";
  return t(bpm < 80 ? "tempo.slow" : bpm < 115 ? "tempo.middle" : "tempo.fast");
}
