// The requests that answer with rows.

import { refusal } from "../core/choosing.js";
import { later } from "../core/later.js";
import { call, PageError, upload } from "../core/server.js";
/** @import { Store } from "../core/store.js" */
/** @import { Choices, ChosenVideo, OnProgress, PageState, Payload, Turned } from "../core/types.js" */

/** @typedef {{ onProgress?: OnProgress, signal?: AbortSignal | null }} CallOptions */

/**
 * The answer to a few frames of a video, at the address that progress told; null where it is not there.
 * @param {string} address
 * @param {AbortSignal} signal
 * @returns {Promise<Payload<any> | null>}
 */
async function firstAnswer(address, signal) {
  try {
    const answer = await fetch(new URL(address, document.baseURI), { signal });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null; // the whole answer is on its way, or the person stopped
  }
}

/**
 * Progress of a match that shows the answer to a few frames as soon as it is there.
 * @param {Store<PageState>} store
 * @param {OnProgress} onProgress
 * @param {AbortSignal} signal
 * @param {(payload: Payload<any>) => void} show
 * @returns {OnProgress}
 */
export function hearFirst(store, onProgress, signal, show) {
  return ({ address, ...news }) => {
    const step = store.get("phase") === "first" ? "first" : news.step;
    if (!address) return onProgress({ ...news, step });
    firstAnswer(address, signal).then((payload) => {
      if (!payload || signal.aborted || store.get("phase") !== "loading") return;
      show(payload);
      onProgress({ ...news, step: "first" });
    });
  };
}

/**
 * What was turned, as an event takes it: nothing where the query is as it was seen.
 * @param {Choices} choices
 * @param {number | null} energy
 * @returns {[Turned] | []}
 */
export function turnedOf(choices, energy) {
  const chosen = Object.entries(choices).filter(([, labels]) => Object.keys(labels).length);
  if (!chosen.length && energy === null) return [];
  return [{ choices: Object.fromEntries(chosen), energy }];
}

/**
 * The answer to a video that was matched before, with words, or to words alone (no hash).
 * @param {string} sha256
 * @param {string} words
 * @param {[Turned] | []} turned
 * @param {CallOptions} options
 */
export const askAgain = (sha256, words, turned, options) => words.trim() || !sha256
  ? call("words", [sha256, words, ...turned], options) : call("restore", [sha256, ...turned], options);

/**
 * What is asked of a video that was matched; a server that was started since is given it once more.
 * @template T
 * @param {ChosenVideo | null} video
 * @param {() => Promise<T>} ask
 * @param {CallOptions} [options]
 */
export async function remembered(video, ask, { onProgress = () => {}, signal = null } = {}) {
  try {
    return await ask();
  } catch (/** @type {any} */ error) {
    if (error.reason !== "page.forgotten" || !video?.file && !video?.sample) throw error;
    video.remote = (await matchVideo(video, "", onProgress, signal)).remote;
    return ask();
  }
}

/**
 * The same for a link or a reload, with where the video can be seen.
 * @param {Parameters<typeof import("./restoring.js").restored>} asked
 */
export const restored = async (...asked) =>
  (await later(() => import("./restoring.js"))).restored(...asked);

/**
 * Ask for something of a video. An upload may be gone after an hour; then the file is sent once more.
 * @template T
 * @param {ChosenVideo} video
 * @param {(remote: object | null, sample: string) => Promise<T>} ask
 * @param {OnProgress} [onProgress]
 * @param {AbortSignal | null} [signal]
 * @returns {Promise<T>}
 */
export async function withVideo(video, ask, onProgress = () => {}, signal = null) {
  const again = () => ask(video.remote ?? null, video.sample?.key ?? "");
  try {
    return await again();
  } catch (error) {
    // To a server that was started again the place of an upload means nothing at all.
    const isGone = error instanceof PageError
      && (error.reason === "page.upload_gone" || error.key === "error.server");
    if (!isGone || !video.file) throw error;
    video.remote = await upload(video.file, (fraction) => onProgress({ step: "upload", fraction }), signal);
    return again();
  }
}

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
