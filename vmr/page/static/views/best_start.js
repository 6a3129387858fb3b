// The best start of the track that is chosen, for the video that is shown: asked of the server when it
// is opened, and again for each track that is chosen while it is open.

import { failureText } from "../core/failure.js";
import { t } from "../core/i18n.js";
import { call } from "../core/server.js";
import { keyOf } from "../core/track.js";
import { StartPanel } from "../playing/start_panel.js";
import { withVideo } from "./requests.js";
/** @import { Failure } from "../core/failure.js" */
/** @import { ChosenVideo, OnProgress } from "../core/types.js" */
/** @import { Told } from "../playing/start_times.js" */
/** @import { Page } from "./page.js" */

const MOST_TOLD = 50; // answers that are kept

/** @type {Map<string, Told>} by video, track and span */
const answers = new Map();

/**
 * What the server proposes for a track, by its number, under a video or a part of it. Raises PageError.
 * @param {string} sha256 of the video
 * @param {ChosenVideo} video
 * @param {number} track
 * @param {[number, number] | null} span
 * @param {OnProgress} [onProgress]
 * @returns {Promise<Told>}
 */
export async function askStarts(sha256, video, track, span, onProgress) {
  const key = JSON.stringify([sha256, track, span]);
  const known = answers.get(key);
  if (known) return known;
  const told = await withVideo(video, (remote, sample) =>
    call("best_start", [remote, sample, track, span], { onProgress }), onProgress);
  answers.set(key, told);
  for (const old of [...answers.keys()].slice(0, -MOST_TOLD)) answers.delete(old);
  return told;
}

export class BestStart {
  open = false;
  asked = ""; // the track that is shown, or asked about

  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    const { store, stage } = page;
    this.panel = new StartPanel((choice) => stage.chooseStart(choice), () => this.close());
    store.on("current payload cue", () => this.open && this.#follow(false));
    store.on("lang theme", () => this.panel.speak());
    stage.player.addEventListener("time", () => this.open
      && this.panel.time(stage.player.led ? stage.video.currentTime - stage.starts.from : null));
    stage.video.addEventListener("seeked", () =>
      this.panel.time(stage.video.currentTime - stage.starts.from));
    stage.now.after(this.panel.node);
  }

  toggle() {
    if (this.open) return this.close();
    this.open = true;
    this.asked = "";
    this.#draw();
    return this.#follow(true);
  }

  close() {
    this.open = false;
    this.#draw();
    this.page.stage.best.focus();
  }

  #draw() {
    this.panel.node.hidden = !this.open;
    this.page.stage.best.setAttribute("aria-expanded", String(this.open));
  }

  /** @param {boolean} choose the best one at once, where the person has chosen none */
  async #follow(choose) {
    const { store, stage } = this.page;
    const { track } = stage;
    const video = store.get("video");
    const sha256 = store.get("payload")?.query.sha256 ?? "";
    const { part } = stage.starts;
    const key = track ? JSON.stringify([sha256, keyOf(track), part]) : "";
    if (!track || !video || key === this.asked) return;
    this.asked = key;
    this.panel.say(t("starts.asking"));
    try {
      const told = await askStarts(sha256, video, track.position, part, ({ step, rank }) =>
        this.asked === key && this.panel.say(t(`step.${step}`, { rank })));
      if (this.asked !== key) return;
      const [best] = told.starts;
      const fresh = choose && !stage.starts.has(track) && best;
      if (fresh) stage.chooseStart({ start: best.in, ending: best.ending, fade_out: best.fade_out });
      this.panel.show(told, stage.starts.of(track));
      if (choose) this.panel.node.scrollIntoView({ block: "nearest" });
    } catch (error) {
      if (this.asked !== key) return;
      this.panel.say(failureText(/** @type {Failure} */ (error)));
      this.asked = "";
    }
  }
}
