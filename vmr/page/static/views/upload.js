// Taking in a video: the drop zone, the samples, and the progress of one request.

import { clear, h, icon } from "../core/dom.js";
import { language, named, number, says, t } from "../core/i18n.js";
import { call, PageError, upload, uploadLimits } from "../core/server.js";

const EXTENSIONS = {
  video: /\.(mp4|mov|m4v|webm|mkv|avi|ogv|mpg|mpeg|ts|wmv|flv|3gp|gif)$/i,
  audio: /\.(mp3|wav|flac|ogg|oga|opus|m4a|aac|mp4)$/i,
};
const UPLOAD_SHARE = 0.15; // of the whole progress bar

export const limitsText = () => t("drop.limits", {
  size: number(uploadLimits().bytes / 2 ** 20),
  minutes: number(uploadLimits().seconds / 60),
});

/** A sentence for a file that cannot work, before anything is sent; null when it may. */
export function refusal(file, kind = "video") {
  if (file.size === 0) return t("error.empty", { name: file.name });
  if (file.size > uploadLimits().bytes) return t("error.large");
  if (!file.type.startsWith(`${kind}/`) && !EXTENSIONS[kind].test(file.name)) {
    return t(`error.kind.${kind}`, { name: file.name });
  }
  return null;
}

/** The whole window takes a dropped file; `take` gets it. */
export function takeDrops(root, take) {
  let depth = 0;
  const has = (event) => event.dataTransfer?.types.includes("Files");
  const shade = (on) => root.classList.toggle("dropping", on);
  addEventListener("dragenter", (event) => has(event) && (depth++, shade(true)));
  addEventListener("dragleave", (event) => has(event) && --depth <= 0 && shade(false));
  addEventListener("dragover", (event) => has(event) && event.preventDefault());
  addEventListener("drop", (event) => {
    if (!has(event)) return;
    event.preventDefault();
    depth = 0;
    shade(false);
    const [file] = event.dataTransfer.files;
    if (file) take(file);
  });
}

/** A button that opens the file chooser; the input is a real one, so that tests and readers see it. */
export function fileButton(spec, key, accept, take, id) {
  const input = h("input", { type: "file", accept, id, ...named(key), className: "file-input",
    onchange: () => {
      if (input.files[0]) take(input.files[0]);
      input.value = "";
    } });
  return h(`label.${spec}`, { htmlFor: id }, input, h("span", says(key)));
}

/** Samples as small pictures that move under the pointer. */
export function sampleButtons(samples, choose) {
  return samples.map((sample) => {
    const film = h("video", { poster: sample.poster, playsInline: true, preload: "none",
      tabIndex: -1, "aria-hidden": "true", loop: true });
    film.muted = true;
    const move = () => {
      film.src ||= sample.url;
      film.play().catch(() => {}); // left again before it could begin
    };
    const button = h("button.sample", { type: "button", onclick: () => choose(sample),
      onpointerenter: move, onpointerleave: () => film.pause() }, film, h("span"));
    button.dataset.sample = sample.key;
    return button;
  });
}

/** Titles of the samples in the page's language. */
export function nameSamples(root, samples) {
  const titles = new Map(samples.map((sample) => [sample.key, sample.titles]));
  for (const button of root.querySelectorAll("[data-sample]")) {
    const title = titles.get(button.dataset.sample)[language()];
    button.querySelector("span").textContent = title;
    button.title = title;
  }
}

/** Progress of one request: named steps, a bar, the time that is left. */
export class Progress {
  constructor(onstop) {
    this.bar = h("progress", { max: 1, value: 0, ...named("progress.name") });
    this.step = h("strong.progress-step", { role: "status" });
    this.left = h("span.progress-left");
    this.node = h("div.progress", { hidden: true }, h("div.progress-line", {}, this.step, this.left),
      this.bar, h("button.link", { type: "button", onclick: onstop, ...says("progress.stop") }));
  }

  begin() {
    this.started = performance.now();
    this.value = 0;
    this.node.hidden = false;
    this.tell({ step: "upload", fraction: 0 }, 0);
    clearInterval(this.timer);
    this.timer = setInterval(() => this.#creep(), 200);
  }

  end() {
    clearInterval(this.timer);
    this.node.hidden = true;
  }

  tell({ step, fraction = 0, rank }, offset = UPLOAD_SHARE) {
    const share = step === "upload" ? UPLOAD_SHARE * fraction : offset + (1 - offset) * fraction;
    this.value = Math.max(this.value, share);
    this.bar.value = Math.max(this.bar.value === 1 ? 0 : this.bar.value, this.value);
    if (share === 0) this.bar.value = 0;
    const text = t(`step.${step}`, { rank });
    if (this.step.textContent !== text) this.step.textContent = text;
    this.#time();
  }

  /** Between two reports the bar moves on slowly, so that a long step does not look dead. */
  #creep() {
    const ahead = Math.min(0.97, this.value + 0.3);
    if (this.bar.value < ahead) this.bar.value += (ahead - this.bar.value) * 0.02;
    this.#time();
  }

  #time() {
    const spent = (performance.now() - this.started) / 1000;
    const left = (spent / Math.max(this.bar.value, 0.02)) * (1 - this.bar.value);
    this.left.textContent = spent < 0.8 ? "" : t("progress.left", { seconds: Math.ceil(left) });
  }
}

/** Upload and match; answers {payload, remote}. Errors are PageError or AbortError. */
export async function matchVideo({ file, sample }, told, signal) {
  if (sample) return { payload: await call("match", [null, sample.key], { told, signal }) };
  const wrong = refusal(file);
  if (wrong) throw new PageError(wrong);
  const remote = await upload(file, (fraction) => told({ step: "upload", fraction }), signal);
  return { payload: await call("match", [remote, ""], { told, signal }), remote };
}

export function showError(box, error) {
  const text = error.key ? t(error.key) : error.message || t("error.server");
  clear(box).append(h("p", { text }), h("button.tool", { type: "button", ...named("dialog.close"),
    onclick: () => (box.hidden = true) }, icon("close")));
  box.hidden = false;
}
