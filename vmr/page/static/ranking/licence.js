// What a track asks of a video that is passed on with it, as the server read it from its licence.

import { sentence, t } from "../core/i18n.js";
/** @import { Sentence } from "../core/types.js" */

/** @typedef {{ asks?: string[] }} Asking keys of vmr/catalogs/terms.py */

/**
 * @param {Asking} track
 * @param {...string} keys
 */
const anyOf = ({ asks = ["unknown"] }, ...keys) => keys.some((key) => asks.includes(key));

/** @param {Asking} track */
export const allowsCommercial = (track) =>
  !anyOf(track, "unknown", "not_commercial", "no_derivative");

/** @param {Asking} track */
export const needsNoName = (track) => !anyOf(track, "unknown", "attribution");

/**
 * True where the video has to be passed on under the same licence, or the whole under the GPL.
 * @param {Asking} track
 */
export const bindsVideo = (track) => anyOf(track, "share_alike", "gpl");

/** @param {Asking} track */
export const bindsNot = (track) => !anyOf(track, "unknown", "share_alike", "gpl");

/**
 * In a few words for a row; that a name is asked for is usual and not said there.
 * @param {Asking} track
 */
export const askedShort = ({ asks = [] }) =>
  asks.filter((key) => key !== "attribution").map((key) => t(`asks.${key}`)).join(t("comma"));

/**
 * Whole sentences.
 * @param {Asking & { licence: string }} track
 * @param {Record<string, Sentence>} [words] of the answer
 */
export const askedWhole = ({ asks = [], licence }, words = {}) =>
  asks.filter((key) => words[key]).map((key) => sentence(words[key]).replace("{licence}", licence));
