// The requests that answer with rows.

import { refusal } from "../core/choosing.js";
import { call, PageError, upload } from "../core/server.js";
/** @import { ChosenVideo, OnProgress } from "../core/types.js" */

/** @typedef {{ onProgress?: OnProgress, signal?: AbortSignal | null }} CallOptions */

/**
 * The answer to a video that was matched before, with words, or to words alone (no hash).
 * @param {string} sha256
 * @param {string} words
 * @param {CallOptions} options
 */
export const askAgain = (sha256, words, options) => words.trim() || !sha256
  ? call("words", [sha256, words], options) : call("restore", [sha256], options);

/**
 * Upload and match; answers {payload, remote}. Errors are PageError or AbortError.
 * @param {ChosenVideo} options
 * @param {string} words
 * @param {OnProgress} onProgress
 * @param {AbortSignal | null} signal
 */
export async function matchVideo({ file, sample }, words, onProgress, signal) {
  if (sample) {
    return { payload: await call("match", [null, sample.key, words], { onProgress, signal }) };
  }
  if (!file) throw new PageError("", "error.server");
  const wrong = refusal(file);
  if (wrong) throw new PageError(wrong);
  const remote = await upload(file, (fraction) => onProgress({ step: "upload", fraction }), signal);
  return { payload: await call("match", [remote, "", words], { onProgress, signal }), remote };
}
