// Taking the video away with its music: a few choices, a render on the server with progress and stop.

import { h } from "../core/dom.js";
import { named, says, t } from "../core/i18n.js";
import { openDialog } from "../core/menu.js";
import { call, PageError, upload } from "../core/server.js";
import { failureText } from "../core/failure.js";
import { Progress } from "../core/progress.js";
/** @import { Failure } from "../core/failure.js" */
/** @import { ChosenVideo, OnProgress, Track } from "../core/types.js" */

/** @type {Record<string, string[]>} */
const CHOICES = {
  original: ["off", "duck", "mix"],
  fit: ["loop", "cut"],
};

/**
 * What is taken away. start: second of the track; volumes as on the stage.
 * @typedef {{ video: ChosenVideo, track: Track, start: number,
 *   volumes: { music: number, video: number } }} Wish
 */

/**
 * video: {file, sample, remote}; track with its position; start: second of the track.
 * @param {HTMLElement} root
 * @param {Wish} options
 */
export function openDownload(root, { video, track, start, volumes }) {
  const chosen = { original: volumes.video > 0 ? "duck" : "off", fit: "loop" };
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
    const choices = { ...chosen, form, music_start_s: Math.max(0, start), job,
      music_volume: volumes.music, original_volume: volumes.video || 1 };
    try {
      const { url } = await render(video, track, choices, (news) => progress.tell(news), abort.signal);
      h("a", { href: url, download: `${plain(track.title)}${ending}` }).click();
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
 * The upload may be gone after an hour; then the file is sent once more.
 * @param {ChosenVideo} video
 * @param {Track} track
 * @param {Record<string, unknown>} choices
 * @param {OnProgress} onProgress
 * @param {AbortSignal | null} signal
 */
async function render(video, track, choices, onProgress, signal) {
  const ask = () => call("render", [video.remote ?? null, video.sample?.key ?? "", track.position,
    choices], { onProgress, signal });
  try {
    return await ask();
  } catch (error) {
    // To a server that was started again the place of an upload means nothing at all.
    const isGone = error instanceof PageError
      && (error.reason === "page.upload_gone" || error.key === "error.server");
    if (!isGone || !video.file) throw error;
    video.remote = await upload(video.file, (fraction) => onProgress({ step: "upload", fraction }), signal);
    return ask();
  }
}

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
 * A title as the name of a file.
 * @param {string} title
 */
const plain = (title) => title.replace(/[\s\\/:*?"<>|\p{Cc}]+/gu, " ").trim().slice(0, 80) || "video";
