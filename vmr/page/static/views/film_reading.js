// Reading a film for its cues: with progress, the time that is left, and a stop.

import { h } from "../core/dom.js";
import { says } from "../core/i18n.js";
import { Progress } from "../core/progress.js";
import { PageError } from "../core/server.js";
import { callWithFilm } from "./film_calls.js";
/** @import { Callback, ChosenVideo } from "../core/types.js" */

export class FilmReading {
  /** @type {AbortController | null} */ #abort = null;
  progress = new Progress(() => this.stop(), { creeps: false });

  /** @param {Callback} again where it was stopped or failed */
  constructor(again) {
    this.again = h("button.choose", { type: "button", hidden: true, ...says("cues.read"), onclick: again });
    this.node = h("div.film-reading", {}, this.progress.node, this.again);
  }

  stop() {
    this.#abort?.abort();
  }

  /**
   * The server's answer, null where it was stopped. Raises a PageError.
   * @param {ChosenVideo | null} video
   * @param {Record<string, unknown>} wish
   */
  async run(video, wish) {
    this.stop();
    const abort = (this.#abort = new AbortController());
    this.again.hidden = true;
    this.progress.begin("film");
    try {
      if (!video) throw new PageError("", "cues.no_film");
      return await callWithFilm("cue_read", video, [wish],
        { onProgress: (news) => this.progress.tell(news, 0), signal: abort.signal });
    } catch (error) {
      this.again.hidden = false;
      if (abort.signal.aborted) return null;
      throw error;
    } finally {
      if (this.#abort === abort) this.progress.end();
    }
  }
}
