// A link that brings back the ranking on the same server: the video's hash, the slider, the filters.
// The video itself is not kept, so a restored page ranks and plays music without the picture.

export function readLink(hash = location.hash) {
  const values = new URLSearchParams(hash.slice(1));
  const sha256 = values.get("q");
  if (!/^[0-9a-f]{64}$/.test(sha256 ?? "")) return null;
  const alpha = Number(values.get("a") ?? 0.5);
  const filters = {};
  for (const [name, value] of values) {
    if (name.startsWith("f.")) filters[name.slice(2)] = value.split("|");
  }
  return { sha256, alpha: alpha >= 0 && alpha <= 1 ? alpha : 0.5, facet: values.get("by"), filters };
}

export function writeLink({ sha256, alpha, facet, filters }) {
  const values = new URLSearchParams({ q: sha256, a: alpha.toFixed(3) });
  if (facet) values.set("by", facet);
  for (const [kind, chosen] of Object.entries(filters)) {
    if (chosen.length) values.set(`f.${kind}`, chosen.join("|"));
  }
  return `#${values}`;
}
