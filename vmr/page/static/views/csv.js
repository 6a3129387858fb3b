// Rows of a report as a CSV file that a spreadsheet opens.

import { h } from "../core/dom.js";
import { csvCell, save } from "./export.js";

/**
 * A head of all the rows' fields, then a line per row.
 * @param {Record<string, unknown>[]} rows
 */
export function csvOf(rows) {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = [columns, ...rows.map((row) => columns.map((column) => row[column]))];
  return lines.map((line) => `${line.map(csvCell).join(",")}\r\n`).join("");
}

/**
 * @param {string} name of the file
 * @param {Record<string, unknown>[]} rows
 */
export function csvButton(name, rows) {
  const file = name.replace(/[^\w.-]+/g, "-");
  return h("button.link", { type: "button", text: file,
    onclick: () => save(file, "text/csv;charset=utf-8", `\uFEFF${csvOf(rows)}`) });
}
