// All cues of a film taken away: a timeline for an editing program with its cue sheet, or an MP4.

import { h } from "../core/dom.js";
import { failureText } from "../core/failure.js";
import { named, says, t } from "../core/i18n.js";
import { openDialog } from "../core/menu.js";
import { Progress } from "../core/progress.js";
import { call, PageError } from "../core/server.js";
import { filmTitle } from "../core/track.js";
import { fileName } from "./download.js";
import { callWithFilm } from "./film_calls.js";
/** @import { Failure } from "../core/failure.js" */
/** @import { Cue } from "../core/cues.js" */
/** @import { CallOptions } from "./requests.js" */
/** @import { Page } from "./page.js" */

const ORIGINALS = ["off", "duck", "mix"];

/**
 * A cue as the server takes it.
 * @param {Cue} cue
 */
export const sentCue = ({ start, end, title, catalog, track_id, track_start, ending, gain_db, fade_in,
  fade_out }) => ({ start, end, title, catalog, track_id, track_start, ending, gain_db, fade_in, fade_out });

/** @param {Page} page */
export function openCueExport(page) {
  const { root, store, cues, stage } = page;
  const name = fileName(filmTitle(store.get("video"), store.get("payload")?.query.name));
  const { music, video: own } = stage.volumes;
  const chosen = { original: own > 0 ? "duck" : "off" };
  const now = stage.video.currentTime;
  const here = cues.list.findIndex(({ start, end, title }) => title && start <= now && now < end);
  const making = new Making((form, job, options) => {
    const video = store.get("video");
    if (!video) throw new PageError("", "cues.no_film");
    const taken = form === "part" ? [cues.list[here]] : cues.list;
    return callWithFilm("cue_export", video, [taken.map(sentCue), { ...chosen, form, name, job,
      music_volume: music, original_volume: own || 1 }], options);
  }, name, here + 1);
  const dialog = openDialog(root, t("cues.export.title"), h("p", says("cues.export.lead")),
    originals(chosen), making.buttons, making.progress.node, making.note);
  dialog.addEventListener("close", () => making.stop());
}

/** @param {{ original: string }} chosen */
function originals(chosen) {
  const buttons = ORIGINALS.map((value) => h("button", { type: "button",
    ...says(`download.original.${value}`), "aria-pressed": String(value === chosen.original),
    onclick: () => {
      chosen.original = value;
      buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(ORIGINALS[i] === value)));
    } }));
  return h("div.download-choice", {}, h("span", says("download.original")),
    h("div.segmented", { role: "group", ...named("download.original") }, ...buttons));
}

/** One file at a time, with progress and a stop. */
class Making {
  /** @type {AbortController | null} */ #abort = null;
  job = "";
  progress = new Progress(() => this.stop());
  note = h("p.notice", { hidden: true, role: "alert" });

  /**
   * @param {(form: string, job: string, options: CallOptions) => Promise<{ url: string }>} ask
   * @param {string} name of the file
   * @param {number} cue the number of the one that the film stands in, 0 in none
   */
  constructor(ask, name, cue) {
    this.ask = ask;
    this.name = name;
    this.cue = cue;
    this.buttons = h("div.download-go", {},
      h("button.choose.primary", { type: "button", ...says("cues.export.zip"),
        onclick: () => this.make("zip") }),
      h("button.choose", { type: "button", ...says("cues.export.mp4"), onclick: () => this.make("mp4") }),
      cue ? h("button.choose", { type: "button", text: t("cues.export.part", { number: cue }),
        onclick: () => this.make("part") }) : "");
  }

  stop() {
    this.#abort?.abort();
    if (this.job) call("render_stop", [this.job]).catch(() => {}); // it may have ended just now
  }

  /** @param {"zip" | "mp4" | "part"} form */
  async make(form) {
    const { signal } = (this.#abort = new AbortController());
    this.job = crypto.randomUUID();
    this.buttons.hidden = this.note.hidden = true;
    this.progress.begin(form === "zip" ? "timeline" : "render");
    try {
      const { url } = await this.ask(form, this.job,
        { onProgress: (news) => this.progress.tell(news), signal });
      const file = form === "part" ? `${this.name} ${this.cue}.mp4` : `${this.name}.${form}`;
      h("a", { href: url, download: file }).click();
      this.note.textContent = t("download.done");
    } catch (error) {
      this.note.textContent = signal.aborted ? t("download.stopped")
        : failureText(/** @type {Failure} */ (error));
    } finally {
      this.job = "";
      this.buttons.hidden = this.note.hidden = false;
      this.progress.end();
    }
  }
}
