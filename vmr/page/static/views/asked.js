// What a person asked for beside the video: labels, an energy, words; as it is kept and exported.

import { chosenWord, labelsText, readLabels } from "../core/chosen.js";
import { number, t } from "../core/i18n.js";
/** @import { Store } from "../core/store.js" */
/** @import { Asked, RankingState } from "../core/types.js" */

/**
 * @param {Store<RankingState>} store
 * @returns {{ labels: string, energy_asked: number | null, words: string, words_weight: number | null }}
 */
export function askedOf(store) {
  const words = store.get("payload")?.words?.length ? store.get("words").trim() : "";
  return { labels: labelsText(store.get("choices")[store.get("facet")] ?? {}),
    energy_asked: store.get("energy"), words,
    words_weight: words ? store.get("wordsWeight") : null };
}

/**
 * The same as one line for a person; "" where nothing was asked.
 * @param {Partial<Asked>} asked
 */
export function askedLine({ facet = "", labels = "", energy_asked: energy, words = "" }) {
  const names = Object.entries(readLabels(labels)).map(([name, weight]) => chosenWord(facet, name, weight));
  return [words && t("asked.words", { words }), ...names,
    typeof energy === "number" && t("asked.energy", { value: number(energy, 1) })]
    .filter(Boolean).join(t("comma"));
}
