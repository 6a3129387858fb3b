// The shortlist as CSV, JSON and a printable page that plays on its own.

import { clock, h } from "../core/dom.js";
import { language, t } from "../core/i18n.js";
import { askedLine } from "./asked.js";
/** @import { Kept } from "../core/types.js" */

const COLUMNS = ["rank", "id", "title", "artist", "catalog", "mood", "genre", "bpm", "key", "seconds",
  "licence", "attribution", "source", "state", "start", "note", "video", "alpha", "facet",
  "labels", "energy_asked", "words", "words_weight", "fit", "reason"];
const EMBED_BELOW = 8 * 2 ** 20; // larger tracks are named but not carried by the page

/**
 * @param {string} name
 * @param {string} type
 * @param {string} text
 */
export function save(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/**
 * @param {Partial<Kept>} entry
 * @param {number} at
 */
const plain = (entry, at) => Object.fromEntries(COLUMNS.map((column) =>
  [column, column === "rank" ? at + 1 : /** @type {Record<string, unknown>} */ (entry)[column] ?? null]));

/**
 * A cell that a spreadsheet takes as text: quoted, and never as a formula.
 * @param {unknown} value
 */
export function csvCell(value) {
  const text = Array.isArray(value) ? value.join("|") : String(value ?? "");
  const safe = typeof value !== "number" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** @param {Partial<Kept>[]} entries */
export function toCsv(entries) {
  const rows = entries.map((entry, at) => Object.values(plain(entry, at)).map(csvCell).join(","));
  return `${[COLUMNS.join(","), ...rows].join("\r\n")}\r\n`;
}

/** @param {Kept[]} entries */
export const exportCsv = (entries) =>
  save("shortlist.csv", "text/csv;charset=utf-8", `\uFEFF${toCsv(entries)}`);

/** @param {Kept[]} entries */
export const exportJson = (entries) =>
  save("shortlist.json", "application/json", JSON.stringify(entries.map(plain), null, 1));

/** @param {Kept[]} entries */
export async function exportHtml(entries) {
  const sounds = await Promise.all(entries.map((entry) => carried(entry.audio)));
  save("shortlist.html", "text/html;charset=utf-8", toHtml(entries, sounds));
}

/** @param {string | null} url */
async function carried(url) {
  if (!url) return null;
  try {
    const answer = await fetch(url);
    const blob = await answer.blob();
    if (!answer.ok || blob.size > EMBED_BELOW) return null;
    return await new Promise((resolve) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result);
      reader.readAsDataURL(blob);
    });
  } catch {
    return null; // without the server the page is still a list with its attributions
  }
}

/**
 * Built as DOM, so that every text is escaped by the browser itself.
 * @param {Kept[]} entries
 * @param {(string | null)[]} sounds
 */
function toHtml(entries, sounds) {
  const page = document.implementation.createHTMLDocument(t("tab.shortlist"));
  page.documentElement.lang = language();
  /**
   * @param {string} tag
   * @param {string} [text]
   */
  const make = (tag, text) => {
    const node = page.createElement(tag);
    if (text) node.textContent = text;
    return node;
  };
  const meta = make("meta");
  meta.setAttribute("charset", "utf-8");
  page.head.prepend(meta);
  page.head.append(make("style", STYLE));
  page.body.append(make("h1", t("tab.shortlist")));
  const video = entries.find((entry) => entry.video)?.video;
  if (video) page.body.append(make("p", t("short.for", { video })));
  const list = make("ol");
  entries.forEach((entry, i) => {
    const item = make("li");
    item.append(make("h2", entry.title), make("p", [entry.artist, entry.bpm && `${entry.bpm} BPM`,
      entry.key, entry.seconds && clock(entry.seconds), ...(entry.mood ?? []),
      ...(entry.genre ?? [])].filter(Boolean).join(" · ")));
    const asked = askedLine(entry);
    if (asked) item.append(make("p", t("asked.line", { asked })));
    if (entry.reason) item.append(make("p", entry.reason));
    if (entry.note) item.append(make("blockquote", entry.note));
    if (sounds[i]) {
      const audio = make("audio");
      audio.setAttribute("controls", "");
      audio.setAttribute("src", sounds[i]);
      item.append(audio);
    }
    item.append(make("small", [entry.licence, entry.attribution, entry.source].filter(Boolean)
      .join(" — ")));
    list.append(item);
  });
  page.body.append(list);
  return `<!doctype html>\n${page.documentElement.outerHTML}`;
}

const STYLE = "body{font:15px/1.5 system-ui,sans-serif;max-width:720px;margin:40px auto;padding:0 20px;"
  + "color:#1d1c1a}li{margin:0 0 26px;break-inside:avoid}h1{font-size:26px}h2{font-size:17px;margin:0}"
  + "p{margin:2px 0 6px;color:#5f5c56}audio{display:block;width:100%;margin:6px 0}"
  + "blockquote{margin:6px 0;padding-left:12px;border-left:3px solid #0b6e60}small{color:#5f5c56}"
  + "@media print{audio{display:none}}";
