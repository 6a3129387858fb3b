// Texts in the reader's language. Elements that carry data-i18n are rewritten on a switch.

/** @import { Sentence } from "./types.js" */

/** @type {Record<string, Record<string, string>>} */
const texts = {};
let current = "en";

export const LANGUAGES = ["en", "ja"];

/** Beginnings of the files' names: the page's own, then those of tabs that were opened. */
const parts = [""];

/** @type {Record<string, Promise<void>>} by the file's name */
const coming = {};

/**
 * Fetch the texts of a language once; again where they did not come. Rejects then.
 * @param {string} lang
 */
export async function loadTexts(lang) {
  await Promise.all(parts.map((part) => {
    const name = part + lang;
    coming[name] ??= fetchTexts(name, lang).catch((error) => {
      delete coming[name];
      throw error;
    });
    return coming[name];
  }));
}

/**
 * Fetch a tab's texts too, in this language, in one that is on its way and in each that is chosen
 * later. Rejects as loadTexts.
 * @param {string} part
 */
export async function loadPart(part) {
  if (!parts.includes(`${part}.`)) parts.push(`${part}.`);
  await Promise.all([current, asked || current].map(loadTexts));
}

/**
 * @param {string} name
 * @param {string} lang
 */
async function fetchTexts(name, lang) {
  const answer = await fetch(new URL(`../texts/${name}.json`, import.meta.url));
  const found = await answer.json();
  texts[lang] = { ...texts[lang], ...found };
}

let asked = "";

/**
 * The texts of a language are there, and no other was asked for meanwhile. Rejects as loadTexts does.
 * @param {string} lang
 */
export async function bringTexts(lang) {
  asked = lang;
  await loadTexts(lang);
  return asked === lang;
}

/**
 * "auto" is the browser's first language that we have.
 * @param {string} preferred
 */
export function chooseLanguage(preferred) {
  if (LANGUAGES.includes(preferred)) return preferred;
  const spoken = navigator.languages.map((tag) => tag.slice(0, 2));
  return spoken.find((lang) => LANGUAGES.includes(lang)) ?? "en";
}

/**
 * The one that was chosen at the last visit, else as the server has it.
 * @param {string} preferred
 */
export const firstLanguage = (preferred) =>
  chooseLanguage(localStorage.getItem("vmr-lang") ?? preferred);

export const language = () => current;

/** @param {string} lang */
export function setLanguage(lang) {
  current = lang;
  document.documentElement.lang = lang;
  translate(document);
}

/**
 * The text of a key with {names} filled in, {count:track|tracks} with the first where the count is 1; a
 * key without a text is shown as it is.
 * @param {string} key
 * @param {Record<string, unknown>} [values]
 */
export function t(key, values = {}) {
  const text = texts[current]?.[key] ?? texts.en?.[key] ?? key;
  return text.replace(/\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g, (_, name, one, more) =>
    one === undefined ? String(values[name] ?? "") : String(values[name]) === "1" ? one : more);
}

/**
 * A label from a catalog or checkpoint ("calm"), translated where we have it.
 * @param {string} kind
 * @param {string} value
 */
export function label(kind, value) {
  const key = `${kind}.${value}`;
  return texts[current]?.[key] ?? value;
}

/**
 * A key such as "C# minor".
 * @param {string} name
 */
export const keyName = (name) => name.replace(/ (major|minor)$/, (_, mode) => t(`key.${mode}`));

/**
 * A sentence that the server sent in every language.
 * @param {Sentence} languages
 */
export const sentence = (languages) => languages[current] ?? languages.en;

/**
 * @param {ParentNode} root
 * @param {string} selector
 * @returns {NodeListOf<HTMLElement>}
 */
const nodes = (root, selector) => root.querySelectorAll(selector);

/**
 * Rewrite every marked element below `root`.
 * @param {ParentNode} root
 */
export function translate(root) {
  for (const node of nodes(root, "[data-i18n]")) node.textContent = t(node.dataset.i18n ?? "");
  for (const node of nodes(root, "[data-i18n-label]")) {
    const text = t(node.dataset.i18nLabel ?? "");
    node.setAttribute("aria-label", text);
    node.title = text;
  }
}

/**
 * Attributes for h(): the element's text, or its label and tooltip, follow the language.
 * @param {string} key
 */
export const says = (key) => ({ "data-i18n": key, text: t(key) });
/** @param {string} key */
export const named = (key) => ({ "data-i18n-label": key, "aria-label": t(key), title: t(key) });

const formats = new Map(); // making a formatter costs more than a whole row

/**
 * @param {number} value
 * @param {number} [digits]
 */
export function number(value, digits = 0) {
  const key = `${current} ${digits}`;
  if (!formats.has(key)) {
    formats.set(key, new Intl.NumberFormat(current, {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    }));
  }
  const text = formats.get(key).format(value);
  return /^-0(\.0+)?$/.test(text) ? text.slice(1) : text; // a small negative number is no "-0"
}

/**
 * @param {number} share 0 to 1
 * @param {number} [digits]
 */
export const percent = (share, digits = 0) => t("belief.percent", { percent: number(100 * share, digits) });
