// The shortlist: kept tracks in the person's own order, with notes; it stays in this browser.

import { clear, h, icon, setIcon } from "../core/dom.js";
import { failureText } from "../core/failure.js";
import { named, number, says, t } from "../core/i18n.js";
import { later } from "../core/later.js";
import { keyOf, sameTrack } from "../core/track.js";
import { askedLine, askedOf } from "./asked.js";
/** @import { IconName } from "../core/dom.js" */
/** @import { Failure } from "../core/failure.js" */
/** @import { Store } from "../core/store.js" */
/** @import { Asked, Callback, Kept, PageState, RankingState, Track } from "../core/types.js" */

const KEY = "vmr-shortlist";

export function loadShortlist() {
  try {
    const entries = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(entries) ? entries.filter((entry) => typeof entry?.id === "string") : [];
  } catch {
    return [];
  }
}

/**
 * What is remembered of a track when it is kept.
 * @param {Track} track
 * @param {Asked} context
 */
export function entryOf(track, context) {
  const { id, title, artist, catalog, mood, genre, bpm, key, seconds, vocals, licence, attribution,
    source, audio } = track;
  return { id, title, artist, catalog, mood, genre, bpm, key, seconds, vocals, licence, attribution,
    source, audio, note: "", ...context };
}

/**
 * What was asked as a track is kept.
 * @param {Store<PageState>} store
 * @param {string} reason
 * @returns {Asked}
 */
export const contextOf = (store, reason) => ({
  video: store.get("video")?.sample?.titles.en ?? store.get("payload")?.query.name ?? "",
  alpha: Number(store.get("alpha").toFixed(3)), facet: store.get("facet"), ...askedOf(store), reason });

export class Shortlist {
  /**
   * Asked before a file is made, where that is logged; raises what cannot be.
   * @type {((entries: Kept[], kind: string) => Promise<unknown>) | null}
   */
  onexport = null;

  /**
   * @param {Store<RankingState>} store
   * @param {(entry: Kept) => void} audition
   * @param {() => string | null} playingNow
   */
  constructor(store, audition, playingNow) {
    this.store = store;
    this.audition = audition; // plays one entry
    this.playingNow = playingNow; // answers the id of the track that sounds, or null
    this.rows = h("ol.short-rows");
    this.empty = h("p.short-empty", says("short.empty"));
    /**
     * @param {string} key
     * @param {"exportCsv" | "exportJson" | "exportHtml"} name
     */
    const save = (key, name) => h("button.choose", { type: "button", ...says(key),
      onclick: () => this.#save(name) });
    this.problem = h("p.warning", { role: "alert", hidden: true });
    this.tools = h("div.short-tools", {}, save("short.csv", "exportCsv"),
      save("short.json", "exportJson"), save("short.html", "exportHtml"),
      h("button.link", { type: "button", ...says("short.clear"), onclick: () => this.#set([]) }));
    this.node = h("div.panel.short", {}, h("div.panel-head", {}, h("h2", says("short.title")),
      this.tools), this.problem, this.empty, this.rows);
    store.on("shortlist lang current playing", () => this.draw());
    store.on("payload", () => this.#freshen());
  }

  /** @param {"exportCsv" | "exportJson" | "exportHtml"} name of what makes the file */
  async #save(name) {
    this.problem.hidden = true;
    try {
      const made = await later(() => import("./export.js"));
      await this.onexport?.(this.store.get("shortlist"), name);
      await made[name](this.store.get("shortlist"));
    } catch (error) {
      this.problem.textContent = failureText(/** @type {Failure} */ (error));
      this.problem.hidden = false;
    }
  }

  /** @param {Track} track */
  has(track) {
    return this.store.get("shortlist").some((entry) => sameTrack(entry, track));
  }

  /**
   * @param {Track} track
   * @param {Asked} context
   */
  toggle(track, context) {
    const entries = this.store.get("shortlist");
    this.#set(this.has(track) ? entries.filter((entry) => !sameTrack(entry, track))
      : [...entries, entryOf(track, context)]);
  }

  /** Audio addresses are new after a restart of the server; an answer brings the new ones. */
  #freshen() {
    const tracks = this.store.get("payload")?.tracks ?? [];
    this.#set(this.store.get("shortlist").map((entry) => {
      const track = tracks.find((other) => sameTrack(entry, other));
      return track ? { ...entry, audio: track.audio } : entry;
    }));
  }

  /** @param {Kept[]} shortlist */
  #set(shortlist) {
    this.store.set({ shortlist });
    localStorage.setItem(KEY, JSON.stringify(shortlist));
  }

  /**
   * @param {number} at
   * @param {number} by
   */
  #move(at, by) {
    if (!this.#place(at, at + by)) return;
    /** @type {HTMLButtonElement | null} */
    const button = this.rows.children[at + by].querySelector(by < 0 ? ".move-up" : ".move-down");
    button?.focus();
  }

  /**
   * Take the entry out and put it in again at `to`.
   * @param {number} at
   * @param {number} to
   */
  #place(at, to) {
    const entries = [...this.store.get("shortlist")];
    if (to < 0 || to >= entries.length || to === at) return false;
    entries.splice(to, 0, ...entries.splice(at, 1));
    this.#set(entries);
    return true;
  }

  /**
   * Drag a row by its grip: the others make room, the order is kept when it is let go.
   * @param {PointerEvent} event
   * @param {HTMLElement} row
   * @param {number} at
   */
  #drag(event, row, at) {
    const { rows } = this;
    const from = event.clientY;
    let to = at;
    event.preventDefault();
    row.classList.add("dragged");
    /** @param {PointerEvent} options */
    const move = ({ clientY }) => {
      row.style.transform = `translateY(${clientY - from}px)`;
      const place = Math.round((clientY - from) / row.offsetHeight) + at;
      to = Math.min(rows.children.length - 1, Math.max(0, place));
      rows.querySelectorAll("li").forEach((other, i) => {
        if (other === row) return;
        const by = i > at && i <= to ? -1 : i < at && i >= to ? 1 : 0;
        other.style.transform = by ? `translateY(${by * row.offsetHeight}px)` : "";
      });
    };
    /** @param {boolean} done */
    const end = (done) => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", drop);
      removeEventListener("pointercancel", cancel);
      if (!done || !this.#place(at, to)) this.draw();
    };
    const drop = () => end(true);
    const cancel = () => end(false);
    addEventListener("pointermove", move);
    addEventListener("pointerup", drop);
    addEventListener("pointercancel", cancel);
  }

  /**
   * @param {number} at
   * @param {string} note
   */
  #note(at, note) {
    const entries = this.store.get("shortlist");
    entries[at].note = note; // in place: a new list would redraw the field that is being written in
    localStorage.setItem(KEY, JSON.stringify(entries));
  }

  draw() {
    const entries = this.store.get("shortlist");
    this.empty.hidden = entries.length > 0;
    this.tools.hidden = entries.length === 0;
    clear(this.rows).append(...entries.map((entry, at) => this.#row(entry, at)));
  }

  /**
   * @param {Kept} entry
   * @param {number} at
   */
  #row(entry, at) {
    const play = h("button.play", { type: "button", disabled: !entry.audio,
      "aria-label": t("row.play", { title: entry.title }),
      onclick: () => this.audition(entry) });
    setIcon(play, this.playingNow() === keyOf(entry) ? "pause" : "play");
    /**
     * @param {string} spec
     * @param {string} key
     * @param {IconName} name
     * @param {Callback} run
     */
    const button = (spec, key, name, run) => h(`button.${spec}`, { type: "button", ...named(key),
      onclick: run }, icon(name));
    /** @type {HTMLElement} */
    const grip = h("span.grip", { "aria-hidden": "true", ...named("short.drag"),
      onpointerdown: (event) => this.#drag(event, row, at) });
    /** @type {HTMLInputElement} */
    const note = h("input.note-field", { value: entry.note, placeholder: t("short.note"),
        "aria-label": t("short.note.for", { title: entry.title }),
        oninput: () => this.#note(at, note.value) });
    const asked = askedLine(entry);
    /** @type {HTMLLIElement} */
    const row = h("li.short-row", {}, grip, h("b.rank-number", { text: at + 1 }), play,
      h("div.who", {}, h("div.title", { text: entry.title }),
        h("div.meta", {}, h("span", { text: entry.artist }), entry.bpm
          ? h("span", { text: `${number(entry.bpm)} BPM` }) : null,
        h("span", { text: entry.licence }), asked
          ? h("span.short-asked", { text: t("asked.line", { asked }) }) : null)),
      note,
      h("div.row-actions", {}, button("move-up", "short.up", "up", () => this.#move(at, -1)),
        button("move-down", "short.down", "down", () => this.#move(at, 1)),
        button("remove", "short.remove", "close", () =>
          this.#set(this.store.get("shortlist").filter((other) => other !== entry)))));
    return row;
  }
}
