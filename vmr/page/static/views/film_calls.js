// Events that need the film itself: where what was sent is gone, the file is sent once more.

import { call, PageError, upload } from "../core/server.js";
/** @import { ChosenVideo } from "../core/types.js" */
/** @import { CallOptions } from "./requests.js" */

/**
 * @param {string} name of an event whose first arguments are a file and a sample
 * @param {ChosenVideo} video
 * @param {unknown[]} more
 * @param {CallOptions} [options]
 */
export async function callWithFilm(name, video, more, options = {}) {
  const { onProgress = () => {}, signal = null } = options;
  const ask = () => call(name, [video.remote ?? null, video.sample?.key ?? "", ...more],
    { onProgress, signal });
  try {
    return await ask();
  } catch (error) {
    const isGone = error instanceof PageError
      && (error.reason === "page.upload_gone" || error.key === "error.server");
    if (!isGone || !video.file) throw error;
    video.remote = await upload(video.file, (fraction) => onProgress({ step: "upload", fraction }), signal);
    return ask();
  }
}
