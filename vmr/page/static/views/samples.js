// The sample films to begin with.

import { h } from "../core/dom.js";
import { language } from "../core/i18n.js";
/** @import { Sample } from "../core/types.js" */

/**
 * Samples as small pictures that move under the pointer.
 * @param {Sample[]} samples
 * @param {(sample: Sample) => void} choose
 */
export function sampleButtons(samples, choose) {
  return samples.map((sample) => {
    const film = h("video", { poster: sample.poster, playsInline: true, preload: "none",
      tabIndex: -1, "aria-hidden": "true", loop: true });
    film.muted = true;
    const move = () => {
      film.src ||= sample.url;
      film.play().catch(() => {}); // left again before it could begin
    };
    const button = h("button.sample", { type: "button", onclick: () => choose(sample),
      onpointerenter: move, onpointerleave: () => film.pause() }, film, h("span"));
    button.dataset.sample = sample.key;
    return button;
  });
}

/**
 * Titles of the samples in the page's language.
 * @param {HTMLElement} root
 * @param {Sample[]} samples
 */
export function nameSamples(root, samples) {
  const titles = new Map(samples.map((sample) => [sample.key, sample.titles]));
  for (const button of root.querySelectorAll("button")) {
    const title = titles.get(button.dataset.sample ?? "")?.[language()];
    const name = button.querySelector("span");
    if (!title || !name) continue;
    name.textContent = title;
    button.title = title;
  }
}
