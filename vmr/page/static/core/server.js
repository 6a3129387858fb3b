// Calls to our own server through Gradio's queue: upload with progress, events with progress.

import { sentence } from "./i18n.js";

/** An error whose text is meant for the person; `key` names a text of the page instead. */
export class PageError extends Error {
  constructor(message, key = null) {
    super(message);
    this.key = key;
  }
}

const api = (path) => new URL(`gradio_api/${path}`, document.baseURI).href;

let events = {};
let limits = {};

export function configure(boot) {
  events = boot.events;
  limits = boot.limits;
}

/** Send a file; answers what an event takes as its file. `told` hears fractions from 0 to 1. */
export function upload(file, told = () => {}, signal = null) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", api("upload"));
    request.upload.onprogress = (event) => told(event.loaded / event.total);
    request.onerror = () => reject(new PageError("", "error.gone"));
    request.onload = () => {
      if (request.status === 413) return reject(new PageError("", "error.large"));
      if (request.status !== 200) return reject(new PageError("", "error.upload"));
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

/** Run an event of the page. `told` hears {step, fraction} or {step: "queue", rank}. */
export async function call(name, data, { told = () => {}, signal = null } = {}) {
  const session = Math.random().toString(36).slice(2, 14); // one stream per call, nothing shared
  const body = { data, fn_index: events[name], session_hash: session, event_data: null };
  let joined;
  try {
    joined = await fetch(api("queue/join"), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      signal,
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new PageError("", "error.gone");
  }
  if (!joined.ok) throw new PageError("", joined.status === 503 ? "error.busy" : "error.server");
  return listen(session, told, signal);
}

/** What an event's error says: ours in every language as JSON, Gradio's own as plain text. */
function said(text) {
  try {
    return sentence(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

function listen(session, told, signal) {
  return new Promise((resolve, reject) => {
    const stream = new EventSource(api(`queue/data?session_hash=${session}`));
    const end = (settle, value) => {
      stream.close();
      settle(value);
    };
    signal?.addEventListener("abort", () =>
      end(reject, new DOMException("stopped", "AbortError")));
    stream.onerror = () => end(reject, new PageError("", "error.gone"));
    stream.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.msg === "estimation" && message.rank > 0) {
        told({ step: "queue", rank: message.rank });
      } else if (message.msg === "progress") {
        const unit = message.progress_data?.at(-1);
        if (unit) told({ step: unit.desc, fraction: unit.progress ?? 0 });
      } else if (message.msg === "process_completed") {
        if (message.success) return end(resolve, message.output.data[0]);
        const text = message.output?.error;
        end(reject, text ? new PageError(said(text)) : new PageError("", "error.server"));
      } else if (message.msg === "unexpected_error") {
        end(reject, new PageError("", "error.gone"));
      }
    };
  });
}

export const uploadLimits = () => limits;
