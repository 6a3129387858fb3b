// Sentences that the server makes up (what is wrong with a file, what to install), in the page's
// language. A language holds them under "said." and their English template; others stay English.

import { language, textsBelow } from "./i18n.js";

const PLACES = /\{(\w+)\}/g;
const SIGNS = /[.*+?^${}()|[\]\\]/g; // those that mean something in an expression

/** Patterns of {English template: template}; the most definite are tried first. */
export function patterns(templates) {
  return Object.entries(templates).map(([english, template]) => {
    const fixed = english.split(/\{\w+\}/);
    return {
      whole: new RegExp(`^${fixed.map((part) => part.replace(SIGNS, "\\$&")).join("(.+)")}$`, "s"),
      names: [...english.matchAll(PLACES)].map(([, name]) => name),
      size: fixed.join("").length,
      template,
    };
  }).sort((a, b) => b.size - a.size);
}

/** `text` by the first pattern that it fits, or null. Where a pattern takes a {sentence}, that is
 * turned too; every other value stays as it is. */
export function turned(text, known) {
  for (const { whole, names, template } of known) {
    const found = whole.exec(text);
    if (!found) continue;
    const values = new Map(names.map((name, i) => [name, found[i + 1]]));
    if (values.has("sentence")) values.set("sentence", turned(values.get("sentence"), known));
    if (values.get("sentence") === null) continue;
    return template.replace(PLACES, (_, name) => values.get(name));
  }
  return null;
}

const known = new Map();

/** A sentence of the server in the page's language, where there is one. */
export function sentence(text) {
  const lang = language();
  if (!known.has(lang)) known.set(lang, patterns(textsBelow("said.")));
  return turned(text, known.get(lang)) ?? text;
}
