// The video of the last answer, for a reload of this tab: the server has it for an hour, and only this
// browser knows the key. Nothing of it stands in the address.

import { isThere } from "../core/server.js";
/** @import { ChosenVideo, RemoteFile, Sample } from "../core/types.js" */

const KEY = "vmr-film";

/** @typedef {{ sha256: string, sample?: string, url?: string, remote?: RemoteFile }} Kept */

/**
 * @param {string} sha256 of the answer
 * @param {ChosenVideo} video
 * @param {string} [url] the server's address of what was sent
 */
export function keepFilm(sha256, { sample, remote }, url) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(sample ? { sha256, sample: sample.key }
      : { sha256, url, remote }));
  } catch { /* a browser that keeps nothing shows no video after a reload, and says so */ }
}

/** @returns {Kept | null} */
function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  } catch {
    return null;
  }
}

/**
 * The video of an answer and where it can be seen; null where it is kept no more.
 * @param {string} sha256
 * @param {Sample[]} samples
 * @returns {Promise<{ url: string, video: ChosenVideo } | null>}
 */
export async function keptFilm(sha256, samples) {
  const found = kept();
  if (!found || found.sha256 !== sha256) return null;
  const sample = samples.find(({ key }) => key === found.sample);
  if (sample) return { url: sample.url, video: { sample } };
  const { url, remote } = found;
  return url && remote && await isThere(url) ? { url, video: { remote } } : null;
}
