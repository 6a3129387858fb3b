// The band under the film: its strip, the chosen cue, and what is done with all cues.

import { newId, PLAIN } from "../core/cues.js";
import { clear, h, icon } from "../core/dom.js";
import { failureText } from "../core/failure.js";
import { named, says } from "../core/i18n.js";
import { later } from "../core/later.js";
import { call } from "../core/server.js";
import { keyOf } from "../core/track.js";
import { CueChoice } from "./cue_choice.js";
import { CueLine } from "./cue_line.js";
import { CuePlaying } from "./cue_playing.js";
import { CueStrip } from "./cue_strip.js";
import { CuesKept, WISHES } from "./cues_kept.js";
import { callWithFilm } from "./film_calls.js";
import { FilmReading } from "./film_reading.js";
/** @import { Cue, Edit } from "../core/cues.js" */
/** @import { Failure } from "../core/failure.js" */
/** @import { Callback, Query, Track } from "../core/types.js" */
/** @import { Course, Wishes } from "./cues_kept.js" */
/** @import { Page } from "./page.js" */

export class FilmBand {
  /** @type {Wishes} */ wishes = { ...WISHES };
  /** @type {Course | null} */ course = null;
  problem = h("p.warning", { role: "alert", hidden: true });
  reading = new FilmReading(() => this.#try(() => this.propose()));
  undo = this.#tool("undo", () => this.page.cues.undo());
  redo = this.#tool("cues.redo", () => this.page.cues.redo());
  tools = h("div.film-tools");
  boxes = h("div.film-wishes");

  /**
   * @param {Page} page
   * @param {HTMLElement} node
   */
  constructor(page, node) {
    this.page = page;
    this.node = node;
    const { store, cues, bond, stage } = page;
    this.kept = new CuesKept(bond.project);
    this.choice = new CueChoice(this);
    this.strip = new CueStrip(cues, { seek: (time_s) => stage.showMoment(time_s),
      select: (id) => this.select(id), facet: () => store.get("facet") });
    this.line = new CueLine(this);
    this.whole = this.#tool("cues.whole", () => this.choice.leave());
    this.playing = new CuePlaying(this);
    this.tools.append(this.playing.button, this.playing.said, this.whole, this.undo, this.redo,
      this.#tool("cues.propose", () => this.#try(() => this.propose())),
      this.#tool("cues.export", () => this.#try(() => this.#export())));
    const close = h("button.tool.film-close", { type: "button", ...named("cues.close"),
      onclick: () => page.film.close() }, icon("close"));
    node.append(h("div.film-head", {}, h("h2", says("cues.title")), this.tools, this.boxes, close),
      this.problem, this.reading.node, this.strip.node, this.line.node);
    cues.addEventListener("change", (event) =>
      this.#changed(/** @type {CustomEvent} */ (event).detail));
    bond.project.addEventListener("change", (event) =>
      this.#fromProject(/** @type {CustomEvent} */ (event).detail));
    store.on("cue lang", () => this.draw());
    store.on("facet lang", () => this.strip.drawCourse());
    for (const name of ["timeupdate", "seeked", "loadedmetadata"]) {
      stage.video.addEventListener(name, () => this.strip.drawTime(stage.video.currentTime));
    }
    this.#drawWishes();
  }

  /**
   * @param {string} key
   * @param {Callback} run
   * @returns {HTMLButtonElement}
   */
  #tool(key, run) {
    return h("button.link", { type: "button", ...says(key), onclick: run });
  }

  /**
   * The film of an answer, with the cues that are kept of it, or with some that are proposed.
   * @param {Query} query
   */
  async show(query) {
    const { cues, store } = this.page;
    const found = this.kept.load(query.sha256);
    Object.assign(this, { course: found.course, wishes: found.wishes });
    const seconds = store.get("whole")?.payload?.query.duration_s ?? query.duration_s;
    cues.open(query.sha256, seconds, found.cues);
    this.problem.hidden = true;
    this.strip.setCourse(found.course);
    this.draw();
    this.#drawWishes();
    if (!cues.list.length || !found.course) await this.#try(() => this.propose());
    else await this.#try(() => this.#sounds());
    const { wanted } = this.page.film;
    this.page.film.wanted = null;
    if (wanted && cues.get(wanted)) await this.select(wanted);
  }

  /** Another film, or none. */
  leave() {
    this.playing.leave();
    this.reading.stop();
    this.choice.leave();
  }

  /** @param {string} id */
  async select(id) {
    const cue = this.page.cues.get(id);
    if (!cue) return;
    await this.#try(() => this.choice.select(id));
    const { video } = this.page.stage;
    if (video.currentTime < cue.start || video.currentTime >= cue.end) {
      this.page.stage.showMoment(cue.start);
    }
  }

  /** Read the film and propose cues; those that are there can be had again by undo. */
  async propose() {
    const { cues } = this.page;
    const { sha256 } = cues;
    const answer = await this.#read();
    if (!answer || sha256 !== cues.sha256) return;
    cues.seconds = answer.seconds;
    const list = answer.cues.map((/** @type {any} */ one) => this.#cueOf(one));
    if (cues.list.length) cues.change(list);
    else cues.open(sha256, answer.seconds, list);
    this.kept.save(sha256, cues.list, this.course, this.wishes);
    this.draw();
  }

  /** For a server that has forgotten what it read of the film. */
  async readAgain() {
    await this.#read();
  }

  /** What was read of the film; null where the person stopped it. Raises a PageError. */
  async #read() {
    const { store } = this.page;
    const { alpha, facet } = store.get("whole") ?? { alpha: store.get("alpha"), facet: store.get("facet") };
    const answer = await this.reading.run(store.get("video"), { ...this.wishes, alpha, facet });
    if (!answer) return null;
    const { times_s, energy, cuts_s, beliefs } = answer;
    this.course = { times_s, energy, cuts_s, beliefs };
    this.strip.setCourse(this.course);
    return answer;
  }

  /**
   * @param {any} one as the server proposes it
   * @returns {Cue}
   */
  #cueOf(one) {
    const { track } = one;
    const { store } = this.page;
    const whole = store.get("whole");
    return { ...PLAIN, id: newId(), start: one.start, end: one.end, felt: one.felt, why: one.why,
      belief: one.belief ? { [store.get("facet")]: one.belief } : {},
      alpha: whole?.alpha ?? store.get("alpha"), facet: whole?.facet ?? store.get("facet"),
      ...(track && { track: track.position, catalog: track.catalog, track_id: track.id,
        title: track.title, artist: track.artist, address: track.audio, duration: track.seconds,
        bpm: track.bpm, key: track.key, track_start: one.track_start, ending: one.ending,
        fade_in: one.fade_in, fade_out: one.fade_out }) };
  }

  /** Numbers and addresses of the tracks, which the running server knows. */
  async #sounds() {
    const { cues } = this.page;
    const lacking = cues.list.filter(({ title, track }) => title && track === null);
    if (!lacking.length) return;
    const keys = lacking.map(({ catalog, track_id: id }) => [catalog, id]);
    /** @type {Record<string, Track>} */
    const found = await call("cue_sounds", [keys]);
    cues.take(cues.list.map((cue) => {
      const track = cue.title ? found[keyOf({ catalog: cue.catalog, id: cue.track_id })] : null;
      return track ? { ...cue, track: track.position, address: track.audio } : cue;
    }));
  }

  /**
   * Where a track begins best under a cue.
   * @param {Cue} cue
   * @param {Track} track
   */
  async bestStart(cue, track) {
    const video = this.page.store.get("video");
    if (!video) return null;
    const { starts } = await callWithFilm("best_start", video,
      [track.position, [cue.start, cue.end]]);
    if (!starts?.length) return null;
    const [{ in: track_start, ending, fade_out }] = starts;
    return { track_start, ending, fade_out };
  }

  /** @param {{ edits: Edit[], by: import("../core/cues.js").By }} change */
  #changed({ edits, by }) {
    const { cues } = this.page;
    if (by !== "elsewhere" && edits.length) {
      this.kept.change(cues.sha256, edits, { cues: cues.list, course: this.course, wishes: this.wishes });
    }
    this.draw();
  }

  /** @param {string[] | null} paths that changed, null: all */
  #fromProject(paths) {
    const { cues, film, bond: { project } } = this.page;
    const own = `videos/${cues.sha256}`;
    if (!cues.sha256 || !film.isOpen || !project.isOpen) return;
    if (!project.under("videos").includes(cues.sha256)) return;
    if (!project.under(`${own}/cues`).length) { // the cues of before come along
      if (cues.list.length && project.get(`${own}/name`)) {
        this.kept.save(cues.sha256, cues.list, this.course, this.wishes);
      }
      return;
    }
    if (paths && !paths.some((path) => path.startsWith(`${own}/cues`))) return;
    const known = new Map(cues.list.map((cue) => [keyOf({ catalog: cue.catalog, id: cue.track_id }), cue]));
    cues.take(this.kept.load(cues.sha256).cues.map((cue) => {
      const same = known.get(keyOf({ catalog: cue.catalog, id: cue.track_id }));
      return { ...cue, track: same?.track ?? null, address: same?.address ?? null };
    }));
    this.#try(() => this.#sounds());
  }

  draw() {
    const { cues, store } = this.page;
    const chosen = store.get("cue");
    this.strip.drawCues(chosen);
    this.line.draw();
    this.playing.draw();
    this.undo.disabled = !cues.canUndo;
    this.redo.disabled = !cues.canRedo;
    this.whole.disabled = !chosen;
    this.page.root.classList.toggle("in-cue", Boolean(chosen));
  }

  #drawWishes() {
    const box = (/** @type {keyof Wishes} */ name) => {
      /** @type {HTMLInputElement} */
      const input = h("input", { type: "checkbox", checked: this.wishes[name], id: `cues-${name}`,
        onchange: () => {
          this.wishes = { ...this.wishes, [name]: input.checked };
          const { cues } = this.page;
          this.kept.save(cues.sha256, cues.list, this.course, this.wishes);
          this.choice.beside();
        } });
      return h("label", { htmlFor: input.id }, input, h("span", says(`cues.${name}`)));
    };
    clear(this.boxes).append(box("neighbours"), box("share"));
  }

  async #export() {
    const { openCueExport } = await later(() => import("./cue_export.js"), "views/dialogs.css");
    openCueExport(this.page);
  }

  /**
   * @template T
   * @param {() => Promise<T>} work
   */
  async busy(work) {
    this.node.setAttribute("aria-busy", "true");
    try {
      return await work();
    } finally {
      this.node.removeAttribute("aria-busy");
    }
  }

  /** @param {() => Promise<void>} work */
  async #try(work) {
    this.problem.hidden = true;
    try {
      await work();
    } catch (error) {
      this.fail(/** @type {Failure} */ (error));
    }
  }

  /** @param {Failure} error */
  fail(error) {
    this.problem.textContent = failureText(error);
    this.problem.hidden = false;
  }
}
