// A small part of Markdown as DOM nodes, for model cards: headings, paragraphs, lists, tables, quotes,
// code, bold, emphasis, web links. Text stays text: no HTML passes, no image is fetched.

import { h } from "./dom.js";

/**
 * A piece of a line.
 * @typedef {{ kind: "text" | "link", text: string, href?: string }
 *   | { kind: "code" | "bold" | "em", text: string }} Part
 */

/**
 * A block of the text.
 * @typedef {{ kind: "heading", level: number, text: string }
 *   | { kind: "paragraph" | "code" | "quote", text: string }
 *   | { kind: "bullets" | "numbers", items: string[] }
 *   | { kind: "table", head: string[] | null, rows: string[][] }} Block
 */

/** @type {[kind: string, rule: RegExp][]} */
const RULES = [
  ["code", /^```/], ["heading", /^(#{1,6})\s+(.*)$/], ["table", /^\|/], ["quote", /^>\s?/],
  ["bullets", /^\s*[-*+]\s+/], ["numbers", /^\s*\d+[.)]\s+/], ["rule", /^(-{3,}|\*{3,}|_{3,})$/],
  ["indented", /^ {4}/],
];
// code, bold, bold, emphasis, link or image, bare address
const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|__([^_]+)__|\*([^*\s][^*]*)\*|!?\[([^\]]*)\]\(([^)\s]*)[^)]*\)|<(https?:[^>\s]+)>/;

/** @param {string} line */
const kindOf = (line) => RULES.find(([, rule]) => rule.test(line))?.[0] ?? "text";

/**
 * Text -> [{kind, ...}], without any DOM.
 * @param {string} text
 */
export function blocks(text) {
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  /** @type {Block[]} */
  const found = [];
  for (let i = 0; i < lines.length;) {
    const kind = kindOf(lines[i]);
    if (!lines[i].trim()) {
      i++;
    } else if (kind === "code") {
      const end = lines.findIndex((line, at) => at > i && /^```/.test(line));
      const stop = end < 0 ? lines.length : end;
      found.push({ kind, text: lines.slice(i + 1, stop).join("\n") });
      i = stop + 1;
    } else if (kind === "heading") {
      const [, marks, title] = lines[i++].match(RULES[1][1]) ?? ["", "", ""];
      found.push({ kind, level: marks.length, text: title.replace(/\s#+$/, "") });
    } else if (kind === "rule") {
      i++;
    } else {
      const start = i++;
      while (i < lines.length && lines[i].trim() && goesOn(kind, lines[i])) i++;
      found.push(gathered(kind, lines.slice(start, i)));
    }
  }
  return found;
}

/**
 * A paragraph or list takes the lines that follow; the others only their own kind.
 * @param {string} kind
 * @param {string} line
 */
function goesOn(kind, line) {
  const next = kindOf(line);
  if (kind === "table" || kind === "quote" || kind === "indented") return next === kind;
  return next === "text" || next === "indented" || next === kind;
}

/**
 * @param {string} kind
 * @param {string[]} lines
 * @returns {Block}
 */
function gathered(kind, lines) {
  if (kind === "text") return { kind: "paragraph", text: lines.join(" ") };
  if (kind === "indented") return { kind: "code", text: lines.map((l) => l.slice(4)).join("\n") };
  if (kind === "quote") return { kind: "quote", text: lines.map((l) => l.replace(/^>\s?/, "")).join(" ") };
  if (kind === "table") {
    const rows = lines.map((line) =>
      line.trim().replace(/^\||\|$/g, "").split("|").map((cell) => cell.trim()));
    const ruled = rows.length > 1 && rows[1].every((cell) => /^:?-+:?$/.test(cell));
    return { kind: "table", head: ruled ? rows[0] : null, rows: rows.slice(ruled ? 2 : 0) };
  }
  const mark = kind === "bullets" ? /^\s*[-*+]\s+/ : /^\s*\d+[.)]\s+/;
  const items = [];
  for (const line of lines) {
    if (mark.test(line)) items.push(line.replace(mark, ""));
    else items[items.length - 1] += ` ${line.trim()}`;
  }
  return { kind: kind === "bullets" ? "bullets" : "numbers", items };
}

/**
 * One line of text -> [{kind: text | code | bold | em | link, text, href}].
 * @param {string} text
 */
export function inline(text) {
  /** @type {Part[]} */
  const parts = [];
  let rest = text;
  for (;;) {
    const found = rest.match(INLINE);
    if (!found || found.index === undefined) break;
    if (found.index) parts.push({ kind: "text", text: rest.slice(0, found.index) });
    const [whole, code, bold, under, em, words, href, bare] = found;
    if (code) parts.push({ kind: "code", text: code });
    else if (bold ?? under) parts.push({ kind: "bold", text: bold ?? under });
    else if (em) parts.push({ kind: "em", text: em });
    else if (/^https?:\/\//.test(bare ?? href)) {
      parts.push({ kind: "link", text: words || (bare ?? href), href: bare ?? href });
    } else parts.push({ kind: "text", text: words || whole });
    rest = rest.slice(found.index + whole.length);
  }
  if (rest) parts.push({ kind: "text", text: rest });
  return parts;
}

const LONG = 60; // characters of a cell beside which a phone has room for one other
const TAGS = { bold: "strong", em: "em" };

/**
 * @param {string} text
 * @returns {(Node | string)[]}
 */
const words = (text) => inline(text).map((part) => {
  if (part.kind === "text") return part.text;
  if (part.kind === "link") {
    return h("a", { href: part.href, target: "_blank", rel: "noopener noreferrer", text: part.text });
  }
  if (part.kind === "code") return h("code", { text: part.text });
  return h(TAGS[part.kind], {}, ...words(part.text));
});

/** @param {Block} block */
function node(block) {
  /**
   * @param {string[]} row
   * @param {string} tag
   * @param {string[]} [heads] what each cell is called where a phone shows one beneath the other
   */
  const cells = (row, tag, heads = []) => h("tr", {}, ...row.map((cell, i) =>
    h(tag, { "data-head": heads[i] }, ...words(cell))));
  switch (block.kind) {
    case "heading": return h(`h${Math.min(6, block.level + 2)}`, {}, ...words(block.text));
    case "code": return h("pre", { text: block.text, tabIndex: 0 });
    case "quote": return h("blockquote", {}, ...words(block.text));
    case "bullets": return h("ul", {}, ...block.items.map((item) => h("li", {}, ...words(item))));
    case "numbers": return h("ol", {}, ...block.items.map((item) => h("li", {}, ...words(item))));
    case "table": {
      const heads = block.head?.map((cell) => inline(cell).map((part) => part.text).join(""));
      const long = block.rows.flat().some((cell) => cell.length > LONG);
      const wide = heads && heads.length > (long ? 2 : 3);
      return h(`table.numbers.of-words${wide ? ".stacks" : ""}`, {},
        block.head ? h("thead", {}, cells(block.head, "th")) : null,
        h("tbody", {}, ...block.rows.map((row) => cells(row, "td", heads))));
    }
    default: return h("p", {}, ...words(block.text));
  }
}

/**
 * The nodes of a Markdown text.
 * @param {string} text
 */
export const render = (text) => blocks(text).map(node);
