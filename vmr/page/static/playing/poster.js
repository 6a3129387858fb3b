// A picture for a film that begins black: a frame that shows something.

const PLACES = [0, 0.1, 0.25, 0.5, 0.75]; // shares of the film, tried in this order
const DARK = 24; // mean of a frame's brightness, of 255, below which it shows nothing
const SMALL = 32; // pixels across which a frame is judged
const WIDE = 640; // pixels of the poster
const THUMBNAIL = 160;

/**
 * Mean brightness of RGBA pixels, 0 to 255.
 * @param {ArrayLike<number>} pixels
 */
export function brightness(pixels) {
  let sum = 0;
  for (let i = 0; i < pixels.length; i += 4) {
    sum += 0.2126 * pixels[i] + 0.7152 * pixels[i + 1] + 0.0722 * pixels[i + 2];
  }
  return pixels.length ? sum / (pixels.length / 4) : 0;
}

/**
 * An image address for a film whose first frame is black; null where the first frame will do, or
 * none of the tried ones shows more.
 * @param {string} url
 * @returns {Promise<string | null>}
 */
export const posterOf = (url) => shownFrame(url, (film, share) =>
  (share ? drawn(film, WIDE).canvas.toDataURL("image/jpeg", 0.85) : null));

/**
 * A small picture of a film, null where none can be made here.
 * @param {string} url
 * @returns {Promise<string | null>}
 */
export const thumbnailOf = (url) => url ? shownFrame(url, (film) =>
  drawn(film, THUMBNAIL).canvas.toDataURL("image/jpeg", 0.7), true) : Promise.resolve(null);

/**
 * What `make` gives for the first frame that shows something; where none does, null or, if `always`,
 * what it gives for the last one tried.
 * @template T
 * @param {string} url
 * @param {(film: HTMLVideoElement, share: number) => T} make
 * @param {boolean} [always]
 * @returns {Promise<T | null>}
 */
async function shownFrame(url, make, always = false) {
  const film = document.createElement("video");
  film.muted = true;
  film.preload = "auto";
  film.src = url;
  try {
    await once(film, "loadeddata");
    for (const share of PLACES) {
      if (share) {
        film.currentTime = share * film.duration;
        await once(film, "seeked");
      }
      if (brightness(drawn(film, SMALL).pixels()) < DARK) continue;
      return make(film, share);
    }
    return always ? make(film, 1) : null;
  } catch {
    return null; // a film that cannot be read here has no poster; the player says what is wrong
  } finally {
    film.removeAttribute("src");
    film.load();
  }
}

/**
 * The film's frame, so many pixels wide.
 * @param {HTMLVideoElement} film
 * @param {number} width
 */
function drawn(film, width) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = Math.max(1, Math.round((width * film.videoHeight) / film.videoWidth));
  const context = canvas.getContext("2d");
  context?.drawImage(film, 0, 0, canvas.width, canvas.height);
  const pixels = () => context?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
  return { canvas, pixels };
}

/**
 * @param {HTMLVideoElement} film
 * @param {string} name of an event; an error of the film rejects
 */
const once = (film, name) => new Promise((resolve, reject) => {
  film.addEventListener(name, resolve, { once: true });
  film.addEventListener("error", reject, { once: true });
});
