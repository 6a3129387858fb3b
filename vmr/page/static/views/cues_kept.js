// Where the cues of a film are kept: a field each in the project that has the film, else in this
// browser.

import { soundChoices } from "../core/chosen.js";
import { DERIVED, PLAIN } from "../core/cues.js";
import { areWeights } from "../core/link.js";
/** @import { Cue, Edit } from "../core/cues.js" */
/** @import { Change, Project } from "../core/project.js" */

/**
 * What was read of a film, as it is drawn.
 * @typedef {{ times_s: number[], energy: number[], cuts_s: number[],
 *   beliefs: Record<string, [number, number, string, number | null][]> }} Course
 */

/** neighbours: they shall not clash; share: they may have the same track.
 * @typedef {{ neighbours: boolean, share: boolean }} Wishes */

/** @typedef {{ at: number, cues: Cue[], course: Course | null, wishes: Wishes }} Kept */

const PLACE = "vmr-cues-";
const MOST_FILMS = 20; // in this browser, the oldest go
const MOST_VALUE = 16_000; // characters of a project's field
/** @type {Wishes} */
export const WISHES = { neighbours: true, share: false };

/** @param {string} sha256 */
const pathOf = (sha256) => `videos/${sha256}/cues`;

/**
 * @param {Project} project
 * @param {string} sha256
 */
const isIn = (project, sha256) => project.isOpen && project.under("videos").includes(sha256);

/**
 * @param {Project} project
 * @param {string} sha256
 */
export const hasCues = (project, sha256) => project.under(pathOf(sha256)).length > 0
  || read(sha256) !== null;

/**
 * @param {string} sha256
 * @returns {Kept | null}
 */
function read(sha256) {
  try {
    return JSON.parse(localStorage.getItem(PLACE + sha256) ?? "null");
  } catch {
    return null;
  }
}

/** @param {Cue} cue */
const plain = (cue) => /** @type {Cue} */ (Object.fromEntries(
  Object.entries(cue).filter(([name]) => !DERIVED.includes(name))));

/**
 * Cues of fields that anybody may have written: what is no cue is left out.
 * @param {Record<string, any>[]} rows
 * @returns {Cue[]}
 */
export const whole = (rows) => rows.filter((row) => Number.isFinite(row?.start) && row.start >= 0)
  .map((row) => ({ ...PLAIN, ...Object.fromEntries(Object.entries(PLAIN)
    .filter(([name, value]) => row[name] !== undefined
      && (name === "weights" ? areWeights(row[name]) : fits(row[name], value)))
    .map(([name]) => [name, name === "labels" ? soundChoices(row[name]) : row[name]])),
  id: String(row.id), start: row.start, end: row.start }));

/**
 * Whether a value is of the kind of the plain one.
 * @param {any} value
 * @param {any} example
 */
function fits(value, example) {
  if (example === null) return value === null || !Array.isArray(value);
  return typeof value === typeof example && (typeof value !== "number" || Number.isFinite(value));
}

export class CuesKept {
  /** @param {Project} project */
  constructor(project) {
    this.project = project;
  }

  /**
   * @param {string} sha256
   * @returns {{ cues: Cue[], course: Course | null, wishes: Wishes }}
   */
  load(sha256) {
    const { project } = this;
    const here = read(sha256);
    const path = pathOf(sha256);
    const rows = project.under(path).map((id) => ({ id: decodeURIComponent(id),
      ...Object.fromEntries(project.under(`${path}/${id}`).map((name) =>
        [name, project.get(`${path}/${id}/${name}`)])) }));
    return { cues: whole(rows.length ? rows : here?.cues ?? []),
      course: project.get(`videos/${sha256}/course`) ?? here?.course ?? null,
      wishes: { ...WISHES, ...project.get(`videos/${sha256}/cueing`) ?? here?.wishes } };
  }

  /**
   * Keep everything of a film.
   * @param {string} sha256
   * @param {readonly Cue[]} cues
   * @param {Course | null} course
   * @param {Wishes} wishes
   */
  save(sha256, cues, course, wishes) {
    if (!isIn(this.project, sha256)) return write(sha256, cues, course, wishes);
    /** @type {Change[]} */
    const changes = cues.flatMap((cue) => Object.entries(plain(cue)).filter(([name]) => name !== "id")
      .map(([name, value]) => /** @type {Change} */ ([
        `${pathOf(sha256)}/${encodeURIComponent(cue.id)}/${name}`, value])));
    const gone = this.project.under(pathOf(sha256))
      .filter((id) => !cues.some((cue) => encodeURIComponent(cue.id) === id));
    changes.push(...gone.map((id) => /** @type {Change} */ ([`${pathOf(sha256)}/${id}`, null])));
    if (JSON.stringify(course).length < MOST_VALUE) changes.push([`videos/${sha256}/course`, course]);
    this.project.change([...changes, [`videos/${sha256}/cueing`, wishes]]);
    localStorage.removeItem(PLACE + sha256);
  }

  /**
   * Keep what was changed; `all` is what there is now.
   * @param {string} sha256
   * @param {Edit[]} edits
   * @param {{ cues: readonly Cue[], course: Course | null, wishes: Wishes }} all
   */
  change(sha256, edits, { cues, course, wishes }) {
    if (!isIn(this.project, sha256)) return write(sha256, cues, course, wishes);
    if (!this.project.under(pathOf(sha256)).length) return this.save(sha256, cues, course, wishes);
    const there = new Set(cues.map(({ id }) => id));
    const gone = new Set(edits.map(({ id }) => id).filter((id) => !there.has(id)));
    const path = (/** @type {string} */ id) => `${pathOf(sha256)}/${encodeURIComponent(id)}`;
    this.project.change([...[...gone].map((id) => /** @type {Change} */ ([path(id), null])),
      ...edits.filter(({ id, field }) => there.has(id) && !DERIVED.includes(field))
        .map(({ id, field, after }) => /** @type {Change} */ ([`${path(id)}/${field}`, after ?? null]))]);
  }
}

/**
 * @param {string} sha256
 * @param {readonly Cue[]} cues
 * @param {Course | null} course
 * @param {Wishes} wishes
 */
function write(sha256, cues, course, wishes) {
  const films = Object.keys(localStorage).filter((name) => name.startsWith(PLACE))
    .map((name) => ({ name, at: read(name.slice(PLACE.length))?.at ?? 0 }))
    .sort((a, b) => b.at - a.at);
  films.slice(MOST_FILMS).forEach(({ name }) => localStorage.removeItem(name));
  try {
    localStorage.setItem(PLACE + sha256,
      JSON.stringify({ at: Date.now(), cues: cues.map(plain), course, wishes }));
  } catch { /* a browser that keeps nothing has them until it is closed */ }
}
