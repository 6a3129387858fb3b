// The videos that were sent last, for a reload and for another tab of this browser: the server has each
// for an hour, and only this browser knows the key. Nothing of them stands in the address.

/** @import { ChosenVideo, RemoteFile } from "../core/types.js" */

const KEY = "vmr-films";
const MOST = 8;
const KEPT_MS = 3600_000; // as long as the server keeps them

/**
 * url: the server's address of what was sent; frames: of those that were looked at.
 * @typedef {{ url?: string, frames?: string | null }} Addresses
 */
/** @typedef {Addresses & { sha256: string, at: number, sample?: string, remote?: RemoteFile }} Kept */

/**
 * @param {string} sha256 of the answer
 * @param {ChosenVideo} video
 * @param {Addresses} addresses
 */
export function keepFilm(sha256, { sample, remote }, { url, frames }) {
  const film = { sha256, at: Date.now(), frames, ...(sample ? { sample: sample.key } : { url, remote }) };
  try {
    localStorage.setItem(KEY, JSON.stringify([film,
      ...kept().filter((other) => other.sha256 !== sha256)].slice(0, MOST)));
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
