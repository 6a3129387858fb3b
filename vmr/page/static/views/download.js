// Taking the video away with its music: a few choices, a render on the server with progress and stop.

import { h } from "../core/dom.js";
import { named, says, t } from "../core/i18n.js";
import { openDialog } from "../core/menu.js";
import { call } from "../core/server.js";
import { failureText } from "../core/failure.js";
import { Progress } from "../core/progress.js";
import { withVideo } from "./requests.js";
/** @import { Failure } from "../core/failure.js" */
/** @import { Choice } from "../playing/start_times.js" */
/** @import { ChosenVideo, OnProgress, Track } from "../core/types.js" */

const ENTRY_S = 0.05; // fade of music whose start was chosen for what it meets

/** @type {Record<string, string[]>} */
const CHOICES = {
  original: ["off", "duck", "mix"],
  fit: ["loop", "cut"],
};

/**
 * What is taken away. choice: as it was heard; isChosen: a person said how it ends; volumes as on the
 * stage. film: name of the video.
 * @typedef {{ video: ChosenVideo, film: string, track: Track, choice: Choice & { isChosen: boolean },
 *   volumes: { music: number, video: number } }} Wish
 */

/**
 * @param {HTMLElement} root
 * @param {Wish} options
 */
export function openDownload(root, { video, film, track, choice: heard, volumes }) {
  const chosen = { original: volumes.video > 0 ? "duck" : "off",
    fit: heard.ending === "loop" ? "loop" : "cut" };
  const groups = Object.keys(CHOICES).map((name) => choice(name, chosen));
  /** @type {AbortController | null} */
  let abort = null;
  /** @type {string | null} its name on the server */
  let job = null;
  const stop = () => {
    abort?.abort();
    if (job) call("render_stop", [job]).catch(() => {}); // it may have ended just now
  };
  const progress = new Progress(stop);
  const note = h("p.notice", { hidden: true, role: "alert" });
  const go = h("button.choose.primary", { type: "button", ...says("download.go"),
    onclick: () => make("mp4", ".mp4") });
  const edit = h("button.choose", { type: "button", ...says("download.edit"),
    onclick: () => make("timeline", ".zip") });
  const dialog = openDialog(root, t("download.title", { title: track.title }),
    h("p", says("download.lead")), ...groups, h("div.download-go", {}, go, edit),
    h("p.download-hint", says("download.edit.hint")), progress.node, note);
  dialog.addEventListener("close", stop);

  /**
   * @param {string} form "mp4" or "timeline"
   * @param {string} ending of the file
   */
  async function make(form, ending) {
    abort = new AbortController();
    job = crypto.getRandomValues(new Uint32Array(4)).join("");
    go.hidden = edit.hidden = true;
    note.hidden = true;
    progress.begin();
    const choices = { ...chosen, form, music_start_s: Math.max(0, heard.start), job,
      ...(heard.isChosen ? { fade_in_s: ENTRY_S, fade_out_s: heard.fade_out } : {}),
      music_volume: volumes.music, original_volume: volumes.video || 1 };
    try {
      const { url } = await render(video, track, choices, (news) => progress.tell(news), abort.signal);
      h("a", { href: url, download: `${fileName(film)} - ${fileName(track.title)}${ending}` }).click();
      note.textContent = t("download.done");
    } catch (error) {
      note.textContent = abort.signal.aborted ? t("download.stopped")
        : failureText(/** @type {Failure} */ (error));
    } finally {
      job = null;
      note.hidden = false;
      go.hidden = edit.hidden = false;
      progress.end();
    }
  }
}

/**
 * @param {ChosenVideo} video
 * @param {Track} track
 * @param {Record<string, unknown>} choices
 * @param {OnProgress} onProgress
 * @param {AbortSignal | null} signal
 */
const render = (video, track, choices, onProgress, signal) => withVideo(video, (remote, sample) =>
  call("render", [remote, sample, track.position, choices], { onProgress, signal }), onProgress, signal);

/**
 * @param {string} name
 * @param {Record<string, string>} chosen
 */
function choice(name, chosen) {
  const buttons = CHOICES[name].map((value) => h("button", { type: "button",
    ...says(`download.${name}.${value}`), "aria-pressed": String(chosen[name] === value),
    onclick: () => {
      chosen[name] = value;
      buttons.forEach((button, i) =>
        button.setAttribute("aria-pressed", String(CHOICES[name][i] === value)));
    } }));
  return h("div.download-choice", {}, h("span", says(`download.${name}`)),
    h("div.segmented", { role: "group", ...named(`download.${name}`) }, ...buttons));
}

/**
 * As a part of a file's name.
 * @param {string} title
 */
export const fileName = (title) => title.replace(/\.\d?[a-z]\w{1,3}$/i, "")
  .replace(/[\s\\/:*?"<>|\p{Cc}]+/gu, " ").trim().slice(0, 80) || "video";
