// Modules and style sheets that are fetched when they are first needed.

import { h } from "./dom.js";
import { PageError } from "./server.js";

/**
 * A module and what it looks like. Raises a PageError where they do not come; the next try asks again.
 * @template T
 * @param {() => Promise<T>} load
 * @param {...string} styles below this project's static folder
 */
export async function later(load, ...styles) {
  try {
    const [module] = await Promise.all([load(), ...styles.map(styled)]);
    return module;
  } catch {
    throw new PageError("", "error.gone");
  }
}

/**
 * Whether this text is on the clipboard now.
 * @param {string} text
 */
export const copied = async (text) => (await later(() => import("./copy.js"))).copyText(text);

/** @type {Map<string, Promise<void>>} */
const sheets = new Map();

/** @param {string} path */
function styled(path) {
  const known = sheets.get(path);
  if (known) return known;
  const sheet = new Promise((resolve, reject) => {
    const node = h("link", { rel: "stylesheet", href: new URL(`../${path}`, import.meta.url).href,
      onload: () => resolve(undefined), onerror: () => {
        node.remove();
        sheets.delete(path);
        reject(new Error(path));
      } });
    document.head.append(node);
  });
  sheets.set(path, sheet);
  return sheet;
}
