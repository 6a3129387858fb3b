// The shortlist: kept tracks in the person's own order, with what was decided and notes. It stays in
// this browser, or belongs to the project that is open.

import { clear, h, icon, setIcon } from "../core/dom.js";
import { failureText } from "../core/failure.js";
import { named, number, says, t } from "../core/i18n.js";
import { later } from "../core/later.js";
import { placed } from "../core/places.js";
import { filmTitle, keptFor, keyOf, sameTrack } from "../core/track.js";
import { askedLine, askedOf } from "./asked.js";
/** @import { IconName } from "../core/dom.js" */
/** @import { Failure } from "../core/failure.js" */
/** @import { Choice } from "../playing/start_times.js" */
/** @import { Store } from "../core/store.js" */
/** @import { Asked, Callback, Decision, Kept, PageState, RankingState, Track } from "../core/types.js" */

const KEY = "vmr-shortlist";
const MOST_NOTE = 2000; // characters
/** @type {Decision[]} */
export const DECISIONS = ["idea", "proposed", "approved", "rejected"];

export function loadShortlist() {
  try {
    const entries = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(entries) ? entries.filter((entry) => typeof entry?.id === "string") : [];
  } catch {
    return [];
  }
}

/** @param {Kept[]} shortlist */
export function saveShortlist(shortlist) {
  localStorage.setItem(KEY, JSON.stringify(shortlist));
}

/**
 * What is remembered of a track when it is kept.
 * @param {Track} track
 * @param {Asked & Partial<Choice & { isChosen: boolean }>} context
 * @returns {Kept}
 */
export function entryOf(track, context) {
  const { id, title, artist, catalog, mood, genre, bpm, key, seconds, vocals, licence, attribution,
    source, audio } = track;
  return { id, title, artist, catalog, mood, genre, bpm, key, seconds, vocals, licence, attribution,
    source, audio, note: "", state: "idea", ...context };
}

/** @param {Choice & { isChosen?: boolean }} choice */
export const startFields = ({ start, ending, fade_out, isChosen }) => ({ start: Number(start.toFixed(2)),
  ...(isChosen ? { isChosen, ending, fade_out: Number(fade_out.toFixed(2)) } : {}) });

/**
 * What was asked as a track is kept.
 * @param {Store<PageState>} store
 * @param {string} reason
 * @param {number | null} [fit] 0 to 100
 * @returns {Asked}
 */
export const contextOf = (store, reason, fit = null) => ({
  video: filmTitle(store.get("video"), store.get("payload")?.query.name),
  sha256: store.get("payload")?.query.sha256 ?? "",
  alpha: Number(store.get("alpha").toFixed(3)), facet: store.get("facet"), ...askedOf(store),
  fit: fit === null ? null : Number(fit.toFixed(1)), reason });

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
   * @param {(text: string, undo: Callback) => void} offerUndo
   */
  constructor(store, audition, playingNow, offerUndo) {
    this.store = store;
    this.offerUndo = offerUndo;
    this.save = saveShortlist; // a project that is open has another
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
      h("button.link", { type: "button", ...says("short.clear"),
        onclick: () => this.#remove(store.get("shortlist")) }));
    this.node = h("div.panel.short", {}, h("div.panel-head", {}, h("h2", says("tab.shortlist")),
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

  /**
   * The entry of a track for the video that is shown.
   * @param {Track} track
   */
  of(track) {
    return keptFor(this.store.get("shortlist"), track, this.store.get("payload")?.query.sha256 ?? "");
  }

  /**
   * @param {Track} track
   * @param {Asked & Partial<Choice & { isChosen: boolean }>} context
   */
  toggle(track, context) {
    const entry = this.of(track);
    if (entry) return this.#remove([entry]);
    this.#set([...this.store.get("shortlist"), entryOf(track, context)]);
  }

  /**
   * Keep what was kept elsewhere too.
   * @param {Kept[]} entries
   */
  takeOver(entries) {
    const there = this.store.get("shortlist");
    this.#set([...there, ...entries.filter((entry) => !there.some((other) => isSame(other, entry)))]);
  }

  /**
   * Where the video begins in a kept track, and how that ends.
   * @param {Track} track
   * @param {Choice & { isChosen?: boolean }} choice
   */
  setStart(track, choice) {
    const entry = this.of(track);
    if (entry) this.#write(entry, startFields(choice));
  }

  /** @param {Kept[]} gone */
  #remove(gone) {
    this.#set(this.store.get("shortlist").filter((entry) => !gone.includes(entry)));
    const text = gone.length === 1 ? t("short.removed", { title: gone[0].title })
      : t("short.removed.many", { count: gone.length });
    this.offerUndo(text, () => {
      const there = this.store.get("shortlist");
      const back = gone.filter((entry) => !there.some((other) => isSame(other, entry)));
      this.#set([...there, ...back].sort((a, b) => (a.place ?? 0) - (b.place ?? 0)));
    });
  }

  /** Audio addresses are new after a restart of the server; an answer brings the new ones. */
  #freshen() {
    const tracks = this.store.get("payload")?.tracks ?? [];
    this.#set(this.store.get("shortlist").map((entry) => {
      const track = tracks.find((other) => sameTrack(entry, other));
      return track ? { ...entry, audio: track.audio } : entry;
    }));
  }

  /** @param {Kept[]} entries in their order */
  #set(entries) {
    const shortlist = placed(entries);
    this.store.set({ shortlist });
    this.save(shortlist);
  }

  /**
   * Change an entry in place: a new list would redraw the field that is being written in.
   * @param {Kept} entry
   * @param {Partial<Kept>} changed
   */
  #write(entry, changed) {
    Object.assign(entry, changed);
    this.save(this.store.get("shortlist"));
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

  draw() {
    const entries = this.store.get("shortlist");
    this.empty.hidden = entries.length > 0;
    this.tools.hidden = entries.length === 0;
    const focused = [...this.rows.querySelectorAll(".note-field")].indexOf(
      /** @type {Element} */ (document.activeElement));
    clear(this.rows).append(...entries.map((entry, at) => this.#row(entry, at)));
    if (focused >= 0) this.rows.querySelectorAll("input")[focused]?.focus();
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
        oninput: () => this.#write(entry, { note: note.value.slice(0, MOST_NOTE) }) });
    /** @type {HTMLSelectElement} */
    const state = h("select.decision", { "aria-label": t("decision.for", { title: entry.title }),
      "data-state": entry.state ?? "idea", onchange: () => {
        state.dataset.state = state.value;
        this.#write(entry, { state: /** @type {Decision} */ (state.value) });
      } }, ...DECISIONS.map((name) => h("option", { value: name, text: t(`decision.${name}`),
      selected: name === (entry.state ?? "idea") })));
    const asked = askedLine(entry);
    /** @type {HTMLLIElement} */
    const row = h("li.short-row", {}, grip, h("b.rank-number", { text: at + 1 }), play,
      h("div.who", {}, h("div.title", { text: entry.title }),
        h("div.meta", {}, h("span", { text: entry.artist }), entry.bpm
          ? h("span", { text: `${number(entry.bpm)} BPM` }) : null,
        h("span", { text: entry.licence }), entry.video
          ? h("span.short-video", { text: t("short.video", { video: entry.video }) }) : null, asked
          ? h("span.short-asked", { text: t("asked.line", { asked }) }) : null)),
      h("div.short-decided", {}, state, note),
      h("div.row-actions", {}, button("move-up", "short.up", "up", () => this.#move(at, -1)),
        button("move-down", "short.down", "down", () => this.#move(at, 1)),
        button("remove", "short.remove", "close", () => this.#remove([entry]))));
    return row;
  }
}

/**
 * @param {Kept} one
 * @param {Kept} other
 */
const isSame = (one, other) => sameTrack(one, other) && one.sha256 === other.sha256;
