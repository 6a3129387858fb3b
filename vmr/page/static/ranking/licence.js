// What a licence lets people do, read from its short name. Unknown names promise nothing.

/**
 * {commercial, attribution, shareAlike}: true, false, or null where the name does not say.
 * @param {string} name
 */
export function licenceTraits(name) {
  const text = (name ?? "").toUpperCase();
  if (!text.trim()) return { commercial: null, attribution: null, shareAlike: null };
  const free = /\b(CC0|PUBLIC[ -]DOMAIN|UNLICENSE|0BSD|WTFPL)/.test(text);
  const named = free || /\b(CC|MIT|BSD|ISC|APACHE|GPL|LGPL|FREE[ -]ART|LAL|EXPAT|ZLIB|OFL)/.test(text);
  if (!named) return { commercial: null, attribution: null, shareAlike: null };
  return {
    commercial: !/\bNC\b|-NC|NON-?COMMERCIAL/.test(text),
    attribution: !free,
    shareAlike: /-SA|GPL|FREE[ -]ART|LAL/.test(text),
  };
}
