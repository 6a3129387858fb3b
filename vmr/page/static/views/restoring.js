// What a link or a reload brings back: the answer, and its video where that is still there.

import { isThere } from "../core/server.js";
import { kept } from "./kept_film.js";
import { askAgain, remembered } from "./requests.js";
/** @import { ChosenVideo, Sample } from "../core/types.js" */

/** @typedef {{ url: string | null, video: ChosenVideo | null }} Film */

/**
 * A sample that the server forgot is looked at again: nobody has to send it.
 * @param {Sample[]} samples
 * @param {string | null} key of the sample that it is, as a link says
 * @param {Film | null} known where the video is
 * @param {Parameters<typeof askAgain>} asked
 * @returns {Promise<{ payload: any, film: Film | null }>} film: null where it is kept no more
 */
export async function restored(samples, key, known, asked) {
  const [sha256, , , options] = asked;
  const sample = samples.find((one) => one.key === key);
  const payload = await remembered(sample ? { sample } : null, () => askAgain(...asked), options);
  const { sample: named, url, remote, frames } = kept().find((film) => film.sha256 === sha256)
    ?? { sample: key };
  if (frames) payload.frames = frames; // that were looked at
  if (known) return { payload, film: known };
  const one = samples.find((other) => other.key === named);
  if (one) return { payload, film: { url: one.url, video: { sample: one } } };
  return { payload, film: url && remote && await isThere(url) ? { url, video: { remote } } : null };
}
