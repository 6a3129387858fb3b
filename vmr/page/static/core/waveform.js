// Waveforms from the 200 peaks that a catalog keeps per track, drawn on a canvas.

/** @param {string} base64 */
export function decodePeaks(base64) {
  const bytes = atob(base64);
  return Uint8Array.from(bytes, (character) => character.charCodeAt(0));
}

const colours = { played: "", rest: "", mark: "" };

/**
 * Read the theme's colours once; called again when the theme changes.
 * @param {HTMLElement} root
 */
export function readColours(root) {
  const style = getComputedStyle(root);
  colours.played = style.getPropertyValue("--accent").trim();
  colours.rest = style.getPropertyValue("--wave").trim();
  colours.mark = style.getPropertyValue("--text").trim();
}

/**
 * Draw bars; `played` is the share heard so far, `start` the share where the video begins.
 * Answers false where the canvas has no size yet.
 * @param {HTMLCanvasElement} canvas
 * @param {Uint8Array} peaks
 * @param {number} [played]
 * @param {number | null} [start]
 */
export function drawWaveform(canvas, peaks, played = 0, start = null) {
  const scale = window.devicePixelRatio || 1;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  if (!width || !height) return false;
  if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale);
  if (canvas.height !== Math.round(height * scale)) canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d");
  if (!context) return false;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  const bars = Math.max(1, Math.floor(width / 3));
  for (let b = 0; b < bars; b++) {
    const from = Math.floor((b * peaks.length) / bars);
    const to = Math.max(from + 1, Math.floor(((b + 1) * peaks.length) / bars));
    let peak = 0;
    for (let i = from; i < to; i++) peak = Math.max(peak, peaks[i]);
    const tall = Math.max(2, (peak / 255) * height);
    context.fillStyle = (b + 0.5) / bars <= played ? colours.played : colours.rest;
    context.fillRect(b * 3, (height - tall) / 2, 2, tall);
  }
  if (start !== null) {
    context.fillStyle = colours.mark;
    context.fillRect(start * width, 0, 1.5, height);
  }
  return true;
}

/**
 * Where in the track a video of `videoS` seconds could begin: the window that fits, is loud enough
 * and begins where the music rises. Answers seconds.
 * @param {Uint8Array} peaks
 * @param {number} trackS
 * @param {number} videoS
 */
export function suggestStart(peaks, trackS, videoS) {
  const n = peaks.length;
  const windowSize = Math.max(1, Math.min(n, Math.round((videoS / trackS) * n)));
  const last = n - windowSize;
  /**
   * @param {number} from
   * @param {number} to
   */
  const mean = (from, to) => {
    const a = Math.max(0, from);
    const b = Math.min(n, to);
    let sum = 0;
    for (let i = a; i < b; i++) sum += peaks[i];
    return b > a ? sum / (b - a) / 255 : 0;
  };
  let best = 0;
  let bestValue = -Infinity;
  for (let at = 0; at <= last; at++) {
    const rise = mean(at, at + 4) - (at ? mean(at - 4, at) : 0);
    const value = mean(at, at + windowSize) + rise;
    if (value > bestValue + 1e-9) [best, bestValue] = [at, value];
  }
  return (best / n) * trackS;
}
