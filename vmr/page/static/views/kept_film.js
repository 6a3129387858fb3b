// The videos that were sent last, for a reload and for another tab of this browser: the server has each
// for an hour, and only this browser knows the key. Nothing of them stands in the address.

import { keyOf } from "../core/track.js";
/** @import { ChosenVideo, RemoteFile } from "../core/types.js" */
/** @import { Choice } from "../playing/start_times.js" */

const KEY = "vmr-films";
const MOST = 8;
const MOST_STARTS = 50; // of one film
const KEPT_MS = 3600_000; // as long as the server keeps them

/**
 * url: the server's address of what was sent; frames: of those that were looked at.
 * @typedef {{ url?: string, frames?: string | null }} Addresses
 */
/** @typedef {Choice & { catalog: string, id: string, isChosen?: boolean }} Start */
/** @typedef {Addresses & { sha256: string, at: number, sample?: string, remote?: RemoteFile,
 *   starts?: Start[] }} Kept */

/**
 * @param {string} sha256 of the answer
 * @param {ChosenVideo} video
 * @param {Addresses} addresses
 */
export function keepFilm(sha256, { sample, remote }, { url, frames }) {
  write([{ sha256, at: Date.now(), frames, starts: startsIn(sha256),
    ...(sample ? { sample: sample.key } : { url, remote }) },
  ...kept().filter((other) => other.sha256 !== sha256)].slice(0, MOST));
}

/**
 * Where a track begins in a film, and how it ends, if the film is kept.
 * @param {string} sha256
 * @param {{ catalog: string, id: string }} track
 * @param {Choice} choice
 */
export function keepStart(sha256, { catalog, id }, choice) {
  const films = kept();
  const film = films.find((one) => one.sha256 === sha256);
  if (!film) return;
  const others = (film.starts ?? []).filter((one) => keyOf(one) !== keyOf({ catalog, id }));
  film.starts = [{ catalog, id, ...choice }, ...others].slice(0, MOST_STARTS);
  write(films);
}

/**
 * @param {string} sha256
 * @returns {Start[]} the last one first
 */
export const startsIn = (sha256) => kept().find((film) => film.sha256 === sha256)?.starts ?? [];

/** @param {Kept[]} films */
function write(films) {
  try {
    localStorage.setItem(KEY, JSON.stringify(films));
  } catch { /* a browser that keeps nothing shows no video after a reload, and says so */ }
}

/** @returns {Kept[]} the newest first */
export function kept() {
  try {
    const films = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return films.filter((/** @type {Kept} */ { at }) => Date.now() - at < KEPT_MS);
  } catch {
    return [];
  }
}
