// Which track it is: two catalogs may use the same id; and what a film is called.

import { language } from "./i18n.js";

/** @param {{ catalog: string, id: string }} track */
export const keyOf = (track) => `${track.catalog}/${track.id}`;

/**
 * @param {{ catalog: string, id: string }} one
 * @param {{ catalog: string, id: string }} other
 */
export const sameTrack = (one, other) => keyOf(one) === keyOf(other);

/**
 * The labels of a facet that a track carries.
 * @param {import("./types.js").Track} track
 * @param {string} facet
 * @returns {string[]}
 */
export const labelsOf = (track, facet) => track.measured?.[facet]
  ?? (facet === "mood" || facet === "genre" ? track[facet] : []);

/**
 * The entry by which a track is kept for a video ("" for words alone); lists of before said no video.
 * @param {import("./types.js").Kept[]} shortlist
 * @param {{ catalog: string, id: string }} track
 * @param {string} sha256
 */
export const keptFor = (shortlist, track, sha256) => shortlist.find((entry) =>
  sameTrack(entry, track) && (entry.sha256 ?? sha256) === sha256);

/**
 * What a film is called: a sample by its title.
 * @param {import("./types.js").ChosenVideo | null} video
 * @param {string} [name] of the file
 */
export const filmTitle = (video, name = "") =>
  video?.sample?.titles[language()] ?? video?.sample?.titles.en ?? name;
