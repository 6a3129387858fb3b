// A project of the server as this browser knows it: a map of fields. A change holds here at once, is
// kept in this browser until the server has it, and meets what others change, field by field.

import { call, PageError } from "./server.js";

/** @typedef {[path: string, value: any]} Change null takes away a field and all under it */
/** @typedef {{ step: string, changes: Change[] }} Step */
/** @typedef {{ key: string, number: number, fields: Record<string, any>, keep_days: number,
 *   sounds: Record<string, string> }} News sounds: addresses of picks, by the track's key */

const LOOK_MS = 4000; // between two questions for news
const AGAIN_MS = [500, 1000, 2000, 5000, 10_000]; // before a step that did not arrive is sent again
const AT_ONCE = 200; // changes that are sent in one step

const PAGE = crypto.randomUUID(); // this page among all of this browser

/** @param {string} key */
const place = (key) => `vmr-project-${key}-`;

/**
 * A value as text, the same for equal values.
 * @param {any} value
 */
const canonical = (value) => JSON.stringify(value ?? null, (_, part) =>
  part && typeof part === "object" && !Array.isArray(part)
    ? Object.fromEntries(Object.entries(part).sort()) : part);

/** A name that no other step has. */
const newStep = () => crypto.randomUUID();

/**
 * @param {string} path
 * @param {string} over
 */
const isUnder = (path, over) => path === over || path.startsWith(`${over}/`);

export class Project extends EventTarget {
  key = "";
  days = 0; // that videos are kept where the project says nothing
  number = 0; // of the last change that is known
  /** @type {Map<string, any>} */ fields = new Map();
  /** @type {Step[]} what the server does not have yet */ waiting = [];
  /** @type {Map<string, string>} addresses of picks, by the track's key */ sounds = new Map();
  failures = 0;
  refused = false; // the last change, for good
  #sending = false;
  #timer = 0;

  /** Whether a project is open. */
  get isOpen() {
    return this.key !== "";
  }

  /**
   * Open a project, or begin one (""); a server that does not answer is asked again for a while.
   * Raises a PageError.
   * @param {string} key
   */
  async open(key) {
    for (const wait_ms of AGAIN_MS) {
      try {
        return this.#begin(await call("project_open", [key]));
      } catch (error) {
        if (!(error instanceof PageError) || error.reason) throw error; // the server has answered
        await new Promise((resolve) => setTimeout(resolve, wait_ms));
      }
    }
    return this.#begin(await call("project_open", [key]));
  }

  /**
   * A new project from an exported file that was sent. Raises a PageError.
   * @param {object} remote
   */
  async takeIn(remote) {
    this.#begin(await call("project_import", [remote]));
  }

  /** Leave the project; it stays on the server. */
  close() {
    clearTimeout(this.#timer);
    this.key = "";
    this.fields.clear();
    this.waiting = [];
    this.#tell(null);
  }

  /** Delete it for everybody. Raises a PageError. */
  async remove() {
    await call("project_remove", [this.key]);
    this.waiting = [];
    this.#hold();
    this.close();
  }

  /**
   * @param {string} path
   * @param {any} [missing]
   */
  get(path, missing = null) {
    return this.fields.get(path) ?? missing;
  }

  /**
   * The names that stand next under a path, in the order of their first field.
   * @param {string} path
   */
  under(path) {
    const start = `${path}/`;
    const names = [...this.fields.keys()].filter((name) => name.startsWith(start))
      .map((name) => name.slice(start.length).split("/")[0]);
    return [...new Set(names)];
  }

  /**
   * Change fields together; answers the name of the step, by which it can be undone. Nothing is sent
   * for what is so already.
   * @param {Change[]} changes
   */
  change(changes) {
    const real = changes.filter(([path, value]) => value === null
      ? [...this.fields.keys()].some((name) => isUnder(name, path))
      : canonical(this.fields.get(path)) !== canonical(value));
    if (!real.length || !this.isOpen) return null;
    const step = newStep();
    for (let at = 0; at < real.length; at += AT_ONCE) {
      const part = real.slice(at, at + AT_ONCE);
      this.waiting.push({ step: at ? newStep() : step, changes: part });
    }
    this.#hold();
    this.#apply(real);
    this.#tell(real.map(([path]) => path));
    this.#send();
    return step;
  }

  /**
   * Put back what a step changed. Raises a PageError.
   * @param {string} step
   */
  async undo(step) {
    await this.#settled();
    this.#take(await call("project_undo", [this.key, step, this.number]));
  }

  /** The project as the text of a file. Raises a PageError. */
  async text() {
    await this.#settled();
    return (await call("project_export", [this.key])).text;
  }

  /** @param {News} news */
  #begin(news) {
    clearTimeout(this.#timer);
    this.key = news.key;
    this.days = news.keep_days;
    this.number = 0;
    this.failures = 0;
    this.refused = false;
    this.fields.clear();
    this.sounds.clear();
    this.waiting = held(news.key);
    this.#hold();
    this.#take(news);
    this.waiting.forEach(({ changes }) => this.#apply(changes));
    this.#tell(null);
    this.#send();
    this.#look();
  }

  /** Ask again and again what others changed. */
  #look() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(async () => {
      const { key } = this;
      try {
        if (!this.#sending && !document.hidden) {
          const news = await call("project_news", [key, this.number]);
          if (key === this.key && !this.#sending) this.#take(news);
        }
      } catch { /* the next look, or the next change, says what is wrong */ }
      if (key === this.key && key) this.#look();
    }, LOOK_MS);
  }

  async #send() {
    if (this.#sending) return;
    this.#sending = true;
    const { key } = this;
    while (this.waiting.length && key === this.key) {
      const [{ step, changes }] = this.waiting;
      try {
        const news = await call("project_change", [key, changes, step, this.number]);
        if (key !== this.key) break;
        this.#done();
        this.refused = false;
        this.#take(news);
      } catch (error) {
        if (key !== this.key) break;
        if (error instanceof PageError && error.reason.startsWith("project.")) { // refused for good
          this.#done();
          this.refused = true;
          this.dispatchEvent(new CustomEvent("fail", { detail: error }));
          continue;
        }
        this.failures++;
        this.#tell([]);
        await new Promise((resolve) => setTimeout(resolve,
          AGAIN_MS[Math.min(this.failures, AGAIN_MS.length) - 1]));
      }
    }
    this.#sending = false;
    this.dispatchEvent(new Event("settled"));
  }

  #done() {
    this.waiting.shift();
    this.failures = 0;
    this.#hold();
  }

  /** When everything is on the server. */
  #settled() {
    return this.#sending
      ? new Promise((resolve) => this.addEventListener("settled", resolve, { once: true })) : null;
  }

  /** @param {News} news */
  #take({ number, fields, sounds = {} }) {
    Object.entries(sounds).forEach(([key, url]) => this.sounds.set(key, url));
    const waits = this.waiting.flatMap(({ changes }) => changes.map(([path]) => path));
    const fresh = Object.entries(fields).filter(([path, value]) =>
      !waits.some((over) => isUnder(path, over))
      && canonical(this.fields.get(path)) !== canonical(value));
    this.number = Math.max(this.number, number);
    this.#apply(/** @type {Change[]} */ (fresh), false);
    if (fresh.length || !this.waiting.length) this.#tell(fresh.map(([path]) => path));
  }

  /**
   * @param {Change[]} changes
   * @param {boolean} [deep] whether null takes away what is under the path too
   */
  #apply(changes, deep = true) {
    for (const [path, value] of changes) {
      if (value !== null) this.fields.set(path, value);
      else this.fields.delete(path);
      if (value !== null || !deep) continue;
      [...this.fields.keys()].filter((name) => isUnder(name, path))
        .forEach((name) => this.fields.delete(name));
    }
  }

  /** Keep in this browser what the server does not have yet, under this page's name. */
  #hold() {
    try {
      const own = place(this.key) + PAGE;
      if (this.waiting.length) localStorage.setItem(own, JSON.stringify(this.waiting));
      else localStorage.removeItem(own);
    } catch { /* a browser that keeps nothing still sends */ }
  }

  /** @param {string[] | null} paths that changed; null: all */
  #tell(paths) {
    this.dispatchEvent(new CustomEvent("change", { detail: paths }));
  }
}

/**
 * Steps that earlier pages of this browser could not send. One that is still there sends them too,
 * which the server takes once.
 * @param {string} key
 * @returns {Step[]}
 */
function held(key) {
  /** @type {Step[]} */
  const steps = [];
  try {
    for (const name of Object.keys(localStorage).filter((one) => one.startsWith(place(key)))) {
      steps.push(...JSON.parse(localStorage.getItem(name) ?? "[]"));
    }
  } catch { /* what cannot be read is not sent */ }
  return steps;
}
