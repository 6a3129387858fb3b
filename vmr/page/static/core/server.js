// Calls to our own server through Gradio's queue: upload with progress, events with progress.

import { sentence } from "./i18n.js";
/** @import { Boot, OnProgress, RemoteFile, UploadLimits } from "./types.js" */

/**
 * An error whose text is meant for the person; `key` names a text of the page instead, `reason` is
 * the key of the server's sentence.
 */
export class PageError extends Error {
  /**
   * @param {string} message
   * @param {string | null} [key]
   * @param {string} [reason]
   */
  constructor(message, key = null, reason = "") {
    super(message);
    this.key = key;
    this.reason = reason;
  }
}

/** @type {Record<number, string>} why an upload was not taken */
const REFUSED = { 413: "error.large", 429: "error.often", 503: "error.stopping", 507: "error.full" };

/** @param {string} path */
const api = (path) => new URL(`gradio_api/${path}`, document.baseURI).href;

/** @type {Record<string, number>} */
let events = {};
/** @type {UploadLimits} */
let limits = { bytes: 0, seconds: 0, endings: { video: [], audio: [] } };

/** @param {Boot} boot */
export function configure(boot) {
  events = boot.events;
  limits = boot.limits;
}

/**
 * Send a file; answers what an event takes as its file. `onProgress` hears fractions from 0 to 1.
 * @param {File} file
 * @param {(fraction: number) => void} [onProgress]
 * @param {AbortSignal | null} [signal]
 * @returns {Promise<RemoteFile>}
 */
export function upload(file, onProgress = () => {}, signal = null) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", api("upload"));
    request.upload.onprogress = (event) => onProgress(event.loaded / event.total);
    request.onerror = () => reject(new PageError("", "error.gone"));
    request.onload = () => {
      if (request.status !== 200) {
        return reject(new PageError("", REFUSED[request.status] ?? "error.upload"));
      }
      const [path] = JSON.parse(request.responseText);
      resolve({ path, orig_name: file.name, size: file.size, meta: { _type: "gradio.FileData" } });
    };
    signal?.addEventListener("abort", () => {
      request.abort();
      reject(new DOMException("stopped", "AbortError"));
    });
    const form = new FormData();
    form.append("files", file, file.name);
    request.send(form);
  });
}

/**
 * Run an event of the page. `onProgress` hears {step, fraction} or {step: "queue", rank,
 * wait}, wait in seconds or null.
 * @param {string} name
 * @param {unknown[]} data
 * @param {{ onProgress?: OnProgress, signal?: AbortSignal | null }} [options]
 * @returns {Promise<any>}
 */
export function call(name, data, { onProgress = () => {}, signal = null } = {}) {
  return new Promise((resolve, reject) => {
    const stop = () => reject(new DOMException("stopped", "AbortError"));
    if (signal?.aborted) return stop();
    signal?.addEventListener("abort", stop);
    join(name, data).then((session) => listen(session, onProgress, signal)).then(resolve, reject);
  });
}

/**
 * Queue an event; answers the name of its stream: one per event, nothing shared.
 * @param {string} name
 * @param {unknown[]} data
 */
async function join(name, data) {
  const session = Math.random().toString(36).slice(2, 14);
  const body = { data, fn_index: events[name], session_hash: session, event_data: null };
  const joined = await fetch(api("queue/join"), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  }).catch(() => {
    throw new PageError("", "error.gone");
  });
  if (joined.status === 503) {  // full, or about to end; then it says when to try again
    throw new PageError("", joined.headers.has("Retry-After") ? "error.stopping" : "error.busy");
  }
  if (!joined.ok) throw new PageError("", "error.server");
  return session;
}

/**
 * What an event's error says: ours in every language as JSON, Gradio's own as plain text.
 * @param {string} text
 */
function errorOf(text) {
  try {
    const said = JSON.parse(text);
    return new PageError(sentence(said), null, said.key);
  } catch (error) {
    if (error instanceof SyntaxError) return new PageError(text);
    throw error;
  }
}

/**
 * @param {string} session
 * @param {OnProgress} onProgress
 * @param {AbortSignal | null} signal
 */
function listen(session, onProgress, signal) {
  return new Promise((resolve, reject) => {
    const stream = new EventSource(api(`queue/data?session_hash=${session}`));
    /**
     * @param {(value: any) => void} settle
     * @param {unknown} value
     */
    const end = (settle, value) => {
      stream.close();
      settle(value);
    };
    // The server ends what is listened to no more, not what never was: a stream opens before it closes.
    const leave = () => (stream.readyState ? stream.close() : stream.onopen = () => stream.close());
    if (signal?.aborted) leave();
    signal?.addEventListener("abort", leave);
    stream.onerror = () => end(reject, new PageError("", "error.gone"));
    stream.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.msg === "estimation" && message.rank > 0) {
        onProgress({ step: "queue", rank: message.rank, wait: message.rank_eta ?? null });
      } else if (message.msg === "progress") {
        const unit = message.progress_data?.at(-1);
        const [step, address] = (unit?.desc ?? "").split(" "); // the step "first" has an address
        const news = { step, fraction: unit?.progress ?? 0 };
        if (unit) onProgress(address ? { ...news, address } : news);
      } else if (message.msg === "process_completed") {
        if (message.success) return end(resolve, message.output.data[0]);
        const text = message.output?.error;
        end(reject, text ? errorOf(text) : new PageError("", "error.server"));
      } else if (message.msg === "unexpected_error") {
        end(reject, new PageError("", "error.gone"));
      }
    };
  });
}

export const uploadLimits = () => limits;

/** True where our server answers. */
export async function serverAnswers() {
  try {
    const { ok } = await fetch(new URL("healthz", document.baseURI), { cache: "no-store" });
    return ok;
  } catch {
    return false;
  }
}

/**
 * True where a file of the server has its address still; a server that was started again has others.
 * @param {string} url
 */
export async function isThere(url) {
  try {
    const { ok } = await fetch(new URL(url, document.baseURI), { method: "HEAD", cache: "no-store" });
    return ok;
  } catch {
    return false;
  }
}

/**
 * The start data of the server as it is now.
 * @returns {Promise<Boot>}
 */
export async function freshBoot() {
  const answer = await fetch(new URL("config", document.baseURI), { cache: "no-store" });
  const { head = "" } = answer.ok ? await answer.json() : {};
  const data = new DOMParser().parseFromString(head, "text/html")
    .getElementById("vmr-boot")?.textContent;
  if (!data) throw new PageError("", "error.server");
  return JSON.parse(data);
}
