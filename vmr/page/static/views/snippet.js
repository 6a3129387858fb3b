// The last search as code for other programs: the same call from Python and from a shell.
/** @import { ProgramCall } from "../core/types.js" */

/**
 * A value as Python writes it.
 * @param {string | number | boolean | null} value
 */
const literal = (value) => value === null ? "None" : value === true ? "True" : JSON.stringify(value);

/**
 * In single quotes for a shell.
 * @param {string} text
 */
export const shellQuoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** @param {ProgramCall} options */
export function pythonCode({ base, endpoint, file, alpha, facet, k, more = [] }) {
  const video = file ? `handle_file(${JSON.stringify(file)})` : "None";
  const values = [video, alpha, literal(facet), k, ...more.map(literal)].join(", ");
  return [
    "from gradio_client import Client, handle_file",
    "",
    `client = Client(${JSON.stringify(base)})`,
    `hits = client.predict(${values}, api_name=${JSON.stringify(endpoint)})`,
    "for hit in hits:",
    '    print(hit["rank"], hit["title"], hit.get("fit", hit["score"]))',
  ].join("\n");
}

/** @param {ProgramCall} options */
export function shellCode({ base, endpoint, file, alpha, facet, k, more = [] }) {
  const api = `${base.replace(/\/$/, "")}/gradio_api`;
  const video = file ? '{"path": "\'"$file"\'", "meta": {"_type": "gradio.FileData"}}' : "null";
  const values = [facet, k, ...more].map((value) =>
    JSON.stringify(value).replaceAll("'", "'\\''")).join(", ");
  const data = `{"data": [${video}, ${alpha}, ${values}]}`;
  return [
    ...(file ? [`file=$(curl -s -F files=@${shellQuoted(file)} ${api}/upload | cut -d'"' -f2)`] : []),
    `event=$(curl -s ${api}/call${endpoint} -H 'Content-Type: application/json' \\`,
    `  -d '${data}' | cut -d'"' -f4)`,
    `curl -sN ${api}/call${endpoint}/$event`,
  ].join("\n");
}
