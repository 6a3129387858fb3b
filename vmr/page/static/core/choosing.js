// Choosing files: what may be sent, the button that opens the chooser, what is dropped on the window.

import { h } from "./dom.js";
import { named, number, says, t } from "./i18n.js";
import { uploadLimits } from "./server.js";

/**
 * What the file chooser offers: the browser's own idea of the kind, and every ending that is read.
 * @param {"video" | "audio"} kind
 */
export const accepted = (kind) => [`${kind}/*`, ...uploadLimits().endings[kind]].join(",");

/** @param {string} name */
const ending = (name) => name.toLowerCase().match(/\.[^.]+$/)?.[0] ?? "";

export const limitsText = () => t("drop.limits", {
  size: number(uploadLimits().bytes / 2 ** 20),
  minutes: number(uploadLimits().seconds / 60),
});

/**
 * True for a file that holds sound alone, by its type or its name.
 * @param {File} file
 */
export const isSound = (file) =>
  file.type.startsWith("audio/") || /\.(mp3|wav|flac|ogg|oga|opus|m4a|aac)$/i.test(file.name);

/**
 * A sentence for a file that cannot work, before anything is sent; null when it may.
 * @param {File} file
 * @param {"video" | "audio"} [kind]
 */
export function refusal(file, kind = "video") {
  if (file.size === 0) return t("error.empty", { name: file.name });
  if (file.size > uploadLimits().bytes) return t("error.large");
  if (!file.type.startsWith(`${kind}/`) && !uploadLimits().endings[kind].includes(ending(file.name))) {
    return t(`error.kind.${kind}`, { name: file.name });
  }
  return null;
}

/**
 * The whole window takes dropped files; `take` gets them.
 * @param {HTMLElement} root
 * @param {(files: File[]) => void} take
 */
export function takeDrops(root, take) {
  let depth = 0;
  /** @param {DragEvent} event */
  const has = (event) => event.dataTransfer?.types.includes("Files");
  /** @param {boolean} on */
  const shade = (on) => root.classList.toggle("dropping", on);
  addEventListener("dragenter", (event) => has(event) && (depth++, shade(true)));
  addEventListener("dragleave", (event) => has(event) && --depth <= 0 && shade(false));
  addEventListener("dragover", (event) => has(event) && event.preventDefault());
  addEventListener("drop", (event) => {
    if (!has(event) || !event.dataTransfer) return;
    event.preventDefault();
    depth = 0;
    shade(false);
    const { files, items } = event.dataTransfer;
    const entries = [...items].map((item) => item.webkitGetAsEntry?.());
    if (!entries.some((entry) => entry?.isDirectory)) return files.length && take([...files]);
    filesIn(entries).then((found) => take(found.filter(isMedia)), () => take([]));
  });
}

/** @param {File} file whose name says that it is a video or sound */
const isMedia = ({ name }) => !name.startsWith(".")
  && Object.values(uploadLimits().endings).some((known) => known.includes(ending(name)));

/**
 * The files of dropped folders and those beside them, by name.
 * @param {(FileSystemEntry | null | undefined)[]} entries
 * @returns {Promise<File[]>}
 */
async function filesIn(entries) {
  const files = [];
  const inOrder = entries.filter((entry) => !!entry).sort((a, b) => a.name.localeCompare(b.name));
  for (const entry of inOrder) {
    files.push(...isFolder(entry) ? await filesIn(await inside(entry)) : [await fileOf(entry)]);
  }
  return files;
}

/**
 * @param {FileSystemEntry} entry
 * @returns {entry is FileSystemDirectoryEntry}
 */
const isFolder = (entry) => entry.isDirectory;

/**
 * @param {FileSystemEntry} entry
 * @returns {Promise<File>}
 */
const fileOf = (entry) => new Promise((resolve, reject) =>
  /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject));

/** @param {FileSystemDirectoryEntry} folder */
async function inside(folder) {
  const reader = folder.createReader();
  /** @type {FileSystemEntry[]} */
  const all = [];
  for (let count = -1; count !== all.length;) { // a hundred at a time, until none comes
    count = all.length;
    all.push(...await new Promise((resolve, reject) => reader.readEntries(resolve, reject)));
  }
  return all;
}

/**
 * A button that opens the file chooser; the input is a real one, so that tests and readers see it.
 * @param {string} spec
 * @param {string} key
 * @param {string} accept
 * @param {(file: File) => void} take
 * @param {string} id
 */
export function fileButton(spec, key, accept, take, id) {
  const input = h("input", { type: "file", accept, id, ...named(key), className: "file-input",
    onchange: () => {
      const [file] = input.files ?? [];
      if (file) take(file);
      input.value = "";
    } });
  return h(`label.${spec}`, { htmlFor: id }, input, h("span", says(key)));
}
