// node tests/js/rank.bench.mjs : milliseconds that one move of the slider costs, and one change of
// the filters, for the most candidates that an answer has.

import { changesAlong } from "../../vmr/page/static/ranking/changes.js";
import { alphaWeights, order, Ranker } from "../../vmr/page/static/ranking/rank.js";
import { answer } from "./examples.mjs";

const CANDIDATES = 400;
const TOP = 8;

/** Median of the milliseconds that `work` takes. */
function median(work, repetitions) {
  const times = Array.from({ length: repetitions }, (_, k) => {
    const began = performance.now();
    work(k / repetitions);
    return performance.now() - began;
  });
  return times.sort((a, b) => a - b)[repetitions >> 1];
}

for (const fusion of ["calibrated", "mix"]) {
  const ranker = new Ranker(answer(CANDIDATES, fusion, 9));
  const members = Array.from({ length: CANDIDATES }, (_, i) => i);
  const move = median((alpha) =>
    order(ranker.scores(alphaWeights(ranker.branches, "mood", alpha))), 200);
  const changes = median(() => changesAlong(ranker, "mood", members, TOP), 9);
  console.log(`${fusion}, ${CANDIDATES} candidates: a move ${move.toFixed(3)} ms, `
    + `all changes of the first ${TOP} ${changes.toFixed(1)} ms`);
}
