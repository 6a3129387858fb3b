// Gradio's side of a call, for the modules that ask: what arrives is kept, what is answered is set.

import { window } from "./page.mjs";

export const gradio = {
  /** Names of the events, by number. */
  names: ["match", "restore", "reference", "like", "render", "render_stop", "playable", "words"],
  /** What an event answers: a function of its data, a value, or a promise of one; {error} fails. */
  answers: {},
  /** Messages before the answer. */
  messages: [],
  /** [name, data] of each event that was called. */
  calls: [],
  uploads: [],
  uploadStatus: 200,
  joinStatus: 200,
  joinHeaders: {},
  gone: false,
  /** Addresses that a HEAD request finds. */
  there: [],
  /** What lies at an address. */
  files: {},
  streams: new Map(),
  /** Streams that were open and then closed by the page: their events end. */
  left: 0,
};

export function reset() {
  Object.assign(gradio, { answers: {}, messages: [], calls: [], uploads: [], uploadStatus: 200,
    joinStatus: 200, joinHeaders: {}, gone: false, there: [], files: {}, left: 0 });
  globalThis.localStorage?.removeItem("vmr-films");
  gradio.streams.clear();
}

globalThis.fetch = async (url, { method, body } = {}) => {
  if (method === "HEAD") return { ok: gradio.there.some((one) => String(url).endsWith(one)) };
  if (gradio.gone) throw new TypeError("Failed to fetch");
  const file = Object.keys(gradio.files).find((one) => String(url).endsWith(one));
  if (file) return { ok: true, json: async () => gradio.files[file] };
  const { data, fn_index: number, session_hash: session } = JSON.parse(body);
  const name = gradio.names[number];
  gradio.calls.push([name, data]);
  gradio.streams.set(session, { name, data });
  const headers = new Map(Object.entries(gradio.joinHeaders));
  return { ok: gradio.joinStatus === 200, status: gradio.joinStatus, headers };
};

globalThis.EventSource = class {
  readyState = 0;

  constructor(url) {
    const { name, data } = gradio.streams.get(new URL(url).searchParams.get("session_hash"));
    queueMicrotask(() => this.#answer(name, data));
  }

  async #answer(name, data) {
    this.readyState = 1;
    this.onopen?.();
    for (const message of gradio.messages) this.#send(message);
    const given = gradio.answers[name];
    const value = await (typeof given === "function" ? given(...data) : given);
    if (value === "gone") return this.onerror?.(new window.Event("error"));
    const failed = value !== null && typeof value === "object" && "error" in value;
    this.#send({ msg: "process_completed", success: !failed,
      output: failed ? value : { data: [value] } });
  }

  #send(message) {
    if (this.readyState === 1) this.onmessage?.({ data: JSON.stringify(message) });
  }

  close() {
    if (this.readyState) gradio.left += 1;
    this.readyState = 2;
  }
};

globalThis.XMLHttpRequest = class {
  upload = {};

  open() {}

  send(form) {
    const file = form.get("files");
    gradio.uploads.push(file.name);
    queueMicrotask(() => {
      if (this.aborted) return;
      if (gradio.gone) return this.onerror();
      this.upload.onprogress?.({ loaded: 1, total: 2 });
      this.status = gradio.uploadStatus;
      this.responseText = JSON.stringify([`/tmp/gradio/${file.name}`]);
      this.onload();
    });
  }

  abort() {
    this.aborted = true;
  }
};

/** What the server puts into the page, as far as calls need it. */
export const boot = {
  events: Object.fromEntries(gradio.names.map((name, i) => [name, i])),
  limits: { bytes: 1000, seconds: 3600,
    endings: { video: [".mp4", ".mkv"], audio: [".mp3", ".flac", ".mp4"] } },
};
