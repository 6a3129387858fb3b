// What holds page and project together: the videos that are matched, what is asked for each, the picks.

import { soundChoices } from "../core/chosen.js";
import { call } from "../core/server.js";
import { filmTitle, keyOf } from "../core/track.js";
import { Project } from "../core/project.js";
import { startsIn } from "./kept_film.js";
import { contextOf, entryOf, loadShortlist, saveShortlist } from "./shortlist.js";
import { thumbnailOf } from "../playing/poster.js";
import { alphaWeights, beginning, Ranker } from "../ranking/rank.js";
/** @import { Change } from "../core/project.js" */
/** @import { ChosenVideo, Kept, Link, PageState, Payload, Track } from "../core/types.js" */
/** @import { Page } from "./page.js" */

/** @type {(keyof PageState)[]} what is asked for a video, a field each */
const ASKED = ["alpha", "facet", "choices", "energy", "words", "wordsWeight", "filters", "weights",
  "like", "blend", "silent", "excluded"];
const REST_MS = 400; // after the last move of the slider
const BEST = 3;
const NO_VIDEO = "-"; // of picks for words alone

/** @param {string} sha256 */
export const videoPath = (sha256) => `videos/${sha256 || NO_VIDEO}`;

/** @param {Kept} entry */
const pickPath = ({ sha256 = "", catalog, id }) =>
  `${videoPath(sha256)}/picks/${encodeURIComponent(catalog)}/${encodeURIComponent(id)}`;

/**
 * The fields of a pick; what is heard has an address of the running server, which no project keeps.
 * @param {Kept} entry
 * @returns {Change[]}
 */
function fieldsOf(entry) {
  const { note, state = "idea", start = 0, place = 0, audio, sha256, ...track } = entry;
  void audio, sha256;
  const path = pickPath(entry);
  return Object.entries({ track, note, state, start, place })
    .map(([name, value]) => [`${path}/${name}`, value]);
}

export class ProjectBond {
  project = new Project();
  #rest = 0;

  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    const { store, intake, shortlist } = page;
    this.project.addEventListener("change", (event) =>
      this.#show(/** @type {CustomEvent} */ (event).detail));
    store.on(ASKED.join(" "), () => {
      clearTimeout(this.#rest);
      this.#rest = setTimeout(() => this.#saveAsked(), REST_MS);
    });
    intake.addEventListener("match", (event) => {
      const { payload, video } = /** @type {CustomEvent} */ (event).detail;
      if (this.project.isOpen) this.keep(payload, video);
    });
    store.on("payload shortlist", () => this.#starts());
    shortlist.save = (entries) => this.#savePicks(entries);
  }

  /**
   * @param {string} key of a project, "" for a new one, which begins with what is on the page
   */
  async open(key) {
    const { store } = this.page;
    const before = store.get("shortlist");
    await this.project.open(key);
    this.#opened();
    if (key) return;
    const { payload, video } = { payload: store.get("payload"), video: store.get("video") };
    if (payload?.query.modality === "video" && video && !payload.provisional) await this.keep(payload, video);
    this.page.shortlist.takeOver(before);
  }

  /** @param {object} remote an exported file that was sent */
  async takeIn(remote) {
    await this.project.takeIn(remote);
    this.#opened();
  }

  close() {
    this.project.close();
    this.page.store.set({ project: "", shortlist: loadShortlist() });
  }

  async remove() {
    await this.project.remove();
    this.page.store.set({ project: "", shortlist: loadShortlist() });
  }

  /**
   * Put a matched video into the project, with what was found in it.
   * @param {Payload<any>} payload
   * @param {ChosenVideo} video
   */
  async keep(payload, { sample, remote, file }) {
    const { project } = this;
    const { sha256, name, duration_s, beliefs = {} } = payload.query;
    const path = videoPath(sha256);
    const url = file ? URL.createObjectURL(file) : null;
    const poster = sample ? null : await thumbnailOf(url ?? payload.film ?? "");
    if (url) URL.revokeObjectURL(url);
    const isNew = !project.under("videos").includes(sha256);
    project.change([[`${path}/name`, sample?.titles.en ?? name], [`${path}/seconds`, duration_s],
      [`${path}/believed`, Object.fromEntries(Object.entries(beliefs)
        .map(([facet, labels]) => [facet, labels.slice(0, 2)]))],
      [`${path}/best`, bestOf(payload)],
      ...(sample ? [/** @type {Change} */ ([`${path}/sample`, sample.key])] : []),
      ...(poster ? [/** @type {Change} */ ([`${path}/poster`, poster])] : []),
      ...(isNew ? [/** @type {Change} */ ([`${path}/added`, Date.now()])] : [])]);
    await call("project_keep", [project.key, sha256, remote ?? null]);
  }

  /**
   * Whether the project has this video.
   * @param {string} sha256
   */
  has(sha256) {
    return this.project.isOpen && this.project.under("videos").includes(sha256);
  }

  /**
   * Show a video of the project as it was left, or as a link says. Raises a PageError where it is
   * kept no more.
   * @param {string} sha256
   * @param {Link} [link]
   */
  async show(sha256, link) {
    const { project, page } = this;
    const { film } = await call("project_show", [project.key, sha256]);
    const path = videoPath(sha256);
    const name = this.nameOf(sha256);
    const sample = this.#sampleOf(sha256)
      ?? { key: `project/${project.key}/${sha256}`, titles: { en: name }, poster: "", url: film };
    const { alpha, facet, filters, choices, energy, words, wordsWeight, weights, like, blend, silent,
      excluded } = Object.fromEntries(ASKED.map((key) => [key, project.get(`${path}/asked/${key}`)]));
    if (!link) page.store.set({ tab: "match" });
    await page.intake.restore(link ?? { sha256, alpha: alpha ?? 0.5, facet, filters: filters ?? {},
      choices: soundChoices(choices), energy, words: words ?? "", wordsWeight: wordsWeight ?? 1, weights,
      like, blend: blend ?? 0.5, silent: silent ?? false, excluded: excluded ?? [] },
    { url: sample.url ?? null, video: sample.url ? { sample } : null, name });
  }

  /** @param {string} sha256 */
  #sampleOf(sha256) {
    const known = this.project.get(`${videoPath(sha256)}/sample`);
    return this.page.boot.samples.find(({ key }) => key === known);
  }

  /** @param {string} sha256 of a video of the project */
  nameOf(sha256) {
    return filmTitle({ sample: this.#sampleOf(sha256) },
      this.project.get(`${videoPath(sha256)}/name`, ""));
  }

  /** The videos in the order in which they came. */
  videos() {
    const { project } = this;
    const added = (/** @type {string} */ sha256) => project.get(`${videoPath(sha256)}/added`, 0);
    return project.under("videos").filter((sha256) => project.get(`${videoPath(sha256)}/name`))
      .sort((a, b) => added(a) - added(b));
  }

  /**
   * The video before or after the one that is shown.
   * @param {number} by
   */
  async step(by) {
    const videos = this.videos();
    const at = videos.indexOf(this.page.store.get("payload")?.query.sha256 ?? "");
    const next = videos[at < 0 ? 0 : at + by];
    if (next) await this.show(next);
  }

  /** Tracks that fit all videos, at the slider's place, with those without sound where they are
   * ranked. Raises a PageError. */
  async fitsAll() {
    const { store } = this.page;
    const [alpha, facet, silent] = [store.get("alpha"), store.get("facet"), store.get("silent")];
    return call("project_fits", [this.project.key, alpha, facet, silent]);
  }

  /**
   * A track as the pick of every video.
   * @param {Track} track
   */
  entriesForAll(track) {
    const { page: { store } } = this;
    return this.videos().map((sha256) => entryOf(track, { ...contextOf(store, ""), sha256,
      video: this.nameOf(sha256) }));
  }

  #opened() {
    const { store } = this.page;
    store.set({ project: this.project.key, shortlist: this.#picks() });
  }

  /** The picks of all videos in their order, with the addresses that are known here.
   * @returns {Kept[]} */
  #picks() {
    const { project, page } = this;
    const known = [...page.store.get("payload")?.tracks ?? [], ...page.store.get("shortlist")];
    const audio = new Map(known.map((track) => [keyOf(track), track.audio]));
    const entries = project.under("videos").flatMap((sha256) => {
      const path = `videos/${sha256}/picks`;
      return project.under(path).flatMap((catalog) =>
        project.under(`${path}/${catalog}`).map((id) => {
          const own = `${path}/${catalog}/${id}`;
          const track = { ...project.get(`${own}/track`, {}), catalog: decodeURIComponent(catalog),
            id: decodeURIComponent(id) };
          return { ...track, title: String(track.title ?? ""), sha256: sha256 === NO_VIDEO ? "" : sha256,
            note: String(project.get(`${own}/note`, "")), state: project.get(`${own}/state`, "idea"),
            start: project.get(`${own}/start`, 0), place: project.get(`${own}/place`, 0),
            audio: audio.get(keyOf(track)) ?? project.sounds.get(keyOf(track)) ?? null };
        }));
    });
    return entries.sort((a, b) => a.place - b.place);
  }

  /** @param {Kept[]} entries */
  #savePicks(entries) {
    const { project } = this;
    if (!project.isOpen) return saveShortlist(entries);
    const wanted = new Set(entries.map(pickPath));
    const gone = this.#picks().map(pickPath).filter((path) => !wanted.has(path));
    project.change([...gone.map((path) => /** @type {Change} */ ([path, null])),
      ...entries.flatMap(fieldsOf)]);
  }

  #saveAsked() {
    const { project, page: { store } } = this;
    const sha256 = store.get("payload")?.query.sha256 ?? "";
    const path = videoPath(sha256);
    if (!this.has(sha256) || store.get("phase") !== "results" || store.get("cue")) {
      return;
    }
    project.change(ASKED.map((key) => [`${path}/asked/${key}`,
      key === "excluded" ? [...store.get(key)] : store.get(key) ?? null]));
  }

  /** The second of each kept track where this video begins, and how it ends. */
  #starts() {
    const { store, stage } = this.page;
    const sha256 = store.get("payload")?.query.sha256;
    for (const start of startsIn(sha256 ?? "")) stage.starts.takeOver(start);
    for (const entry of store.get("shortlist")) {
      if (entry.sha256 === sha256) stage.starts.takeOver(entry);
    }
  }

  /** @param {string[] | null} paths that changed, null: all */
  #show(paths) {
    const { store, head } = this.page;
    head.showCount("project", this.videos().length);
    if (!this.project.isOpen || !store.get("project")) return;
    const picks = this.#picks();
    const same = JSON.stringify(picks) === JSON.stringify(store.get("shortlist"));
    if (!same && (paths === null || paths.some((path) => /\/picks\/|^videos\/[^/]+$/.test(path)))) {
      store.set({ shortlist: picks });
    }
  }
}

/**
 * The first tracks with sound in the middle of the slider: [title, artist].
 * @param {Payload<any>} payload
 */
function bestOf(payload) {
  const { facet, alpha } = beginning(payload.facets);
  const ranked = new Ranker(payload).order(alphaWeights(payload.branches, facet, alpha));
  const audible = payload.tracks.some((track) => track.audio);
  return ranked.map((i) => payload.tracks[i]).filter(({ audio }) => audio || !audible)
    .slice(0, BEST).map(({ title, artist }) => [title, artist]);
}
