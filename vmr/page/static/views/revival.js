// When the sound of a track does not come: is the server gone, is it another one since, or can this
// browser not play the file? The first two pass; then the page goes on where it was.

import { failureText } from "../core/failure.js";
import { t } from "../core/i18n.js";
import { freshBoot, isThere, serverAnswers } from "../core/server.js";
/** @import { Failure } from "../core/failure.js" */
/** @import { Track } from "../core/types.js" */
/** @import { Stage } from "../playing/stage.js" */
/** @import { Intake } from "./intake.js" */

const WAITS_S = [1, 1, 2, 3, 5]; // between two tries; the last one for as long as it takes

export class Revival {
  running = false;

  /**
   * @param {Stage} stage
   * @param {Intake} intake
   * @param {(fresh: import("../core/types.js").Boot) => void} renewed takes the server's new start data
   */
  constructor(stage, intake, renewed) {
    this.stage = stage;
    this.intake = intake;
    this.renewed = renewed;
  }

  /**
   * Find out why the sound of a track does not come, and bring it back.
   * @param {Track} track
   */
  async begin(track) {
    if (this.running || !track.audio) return;
    this.running = true;
    const { stage } = this;
    try {
      const gone = !(await serverAnswers());
      if (!gone && await isThere(track.audio)) return stage.say(t("player.broken"));
      stage.say(t(gone ? "gone.waiting" : "gone.renewing"));
      await this.#untilItAnswers();
      const address = track.audio;
      if (!(await isThere(address))) {
        this.renewed(await freshBoot());
        await this.intake.renew();
      }
      stage.say("");
      const current = stage.store.get("current");
      if (current !== null) stage.play(current);
    } catch (error) {
      stage.say(failureText(/** @type {Failure} */ (error)));
    } finally {
      this.running = false;
    }
  }

  async #untilItAnswers() {
    for (let tries = 0; !(await serverAnswers()); tries++) {
      const seconds = WAITS_S[Math.min(tries, WAITS_S.length - 1)];
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    }
  }
}
