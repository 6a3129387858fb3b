// The last search as code for other programs: the same call from Python and from a shell.

/**
 * A search as an endpoint takes it.
 * @typedef {{ base: string, endpoint: string, file: string, alpha: number, facet: string,
 *   k: number }} Call
 */

/**
 * In single quotes for a shell.
 * @param {string} text
 */
export const shellQuoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** @param {Call} options */
export function pythonCode({ base, endpoint, file, alpha, facet, k }) {
  return [
    "from gradio_client import Client, handle_file",
    "",
    `client = Client(${JSON.stringify(base)})`,
    `hits = client.predict(handle_file(${JSON.stringify(file)}), ${alpha}, ${JSON.stringify(facet)}, `
      + `${k}, api_name=${JSON.stringify(endpoint)})`,
    "for hit in hits:",
    '    print(hit["rank"], hit["title"], hit["score"])',
  ].join("\n");
}

/** @param {Call} options */
export function shellCode({ base, endpoint, file, alpha, facet, k }) {
  const api = `${base.replace(/\/$/, "")}/gradio_api`;
  const data = `{"data": [{"path": "'"$file"'", "meta": {"_type": "gradio.FileData"}}, ${alpha}, `
    + `${JSON.stringify(facet).replaceAll("'", "'\\''")}, ${k}]}`;
  return [
    `file=$(curl -s -F files=@${shellQuoted(file)} ${api}/upload | cut -d'"' -f2)`,
    `event=$(curl -s ${api}/call${endpoint} -H 'Content-Type: application/json' \\`,
    `  -d '${data}' | cut -d'"' -f4)`,
    `curl -sN ${api}/call${endpoint}/$event`,
  ].join("\n");
}
