// The tabs whose modules and styles are fetched when they are first opened.

import { showError } from "../core/failure.js";
import { loadPart } from "../core/i18n.js";
import { later } from "../core/later.js";
import { view } from "./layout.js";
/** @import { Failure } from "../core/failure.js" */
/** @import { Evidence } from "./evidence.js" */
/** @import { Page } from "./page.js" */
/** @import { Reverse, TrackRef } from "./reverse.js" */

/** @type {Record<string, (page: Page) => Promise<{ node: HTMLElement }>>} */
const TABS = {
  project: async (page) => {
    const load = () => Promise.all([import("./project_tab.js"), loadPart("project")]);
    const [{ ProjectTab }] = await later(load, "views/project.css");
    return new ProjectTab(page);
  },
  reverse: async (page) => {
    const load = () => Promise.all([import("./reverse.js"), loadPart("reverse")]);
    const [{ Reverse }] = await later(load, "views/reverse.css");
    return new Reverse(page.boot, page.store, () => page.stage.player.pause());
  },
  label: async (page) => {
    const load = () => Promise.all([import("./label.js"), loadPart("label")]);
    const [{ Label }] = await later(load, "views/label.css");
    return new Label(page);
  },
  evidence: async (page) => {
    const load = () => Promise.all([import("./evidence.js"), loadPart("evidence")]);
    const [{ Evidence }] = await later(load, "views/evidence.css", "views/judged.css");
    return new Evidence(page.root, page.store, { rivals: page.boot.rivals,
      pauseOthers: () => (page.stage.player.pause(), page.late.reverse?.screening.pause()) });
  },
};

export class LateTabs {
  /** @type {Record<string, any>} what was opened, by name */ made = {};
  /** @type {Record<string, Promise<any>>} */ #coming = {};
  answered = "match"; // the direction of the last answer

  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    this.views = Object.keys(TABS).filter((name) => name !== "label" || page.boot.label)
      .map((name) => view(name));
    page.store.on("tab", () => this.#show(page.store.get("tab")));
    page.store.on("payload", () => (this.answered = "match"));
  }

  /** @returns {Reverse | undefined} */
  get reverse() {
    return this.made.reverse;
  }

  /** @returns {Evidence | undefined} */
  get evidence() {
    return this.made.evidence;
  }

  /**
   * The tab of a name, once it is there. Raises a PageError where it does not come.
   * @param {string} name
   */
  open(name) {
    this.#coming[name] ??= this.#make(name).catch((error) => {
      delete this.#coming[name];
      throw error;
    });
    return this.#coming[name];
  }

  /**
   * The other direction, for music of the person's or a track.
   * @param {{ file?: File, track?: TrackRef }} music
   */
  async reverseOf(music) {
    this.page.store.set({ tab: "reverse" });
    const tab = await this.open("reverse").catch(() => null); // the page says why it is not there
    tab?.take(music);
  }

  /** @param {string} name */
  async #make(name) {
    const panel = this.views.find((node) => node.id === `view-${name}`);
    panel?.setAttribute("aria-busy", "true");
    const tab = await TABS[name](this.page).finally(() => panel?.removeAttribute("aria-busy"));
    this.made[name] = tab;
    panel?.append(tab.node);
    this.#acquaint(name);
    return tab;
  }

  /**
   * Evidence follows both directions, the one of the last answer last.
   * @param {string} name of the tab that is new
   */
  #acquaint(name) {
    const { page, evidence, reverse } = this;
    if (name === "reverse") reverse?.store.on("payload", () => (this.answered = "reverse"));
    if (name === "reverse" && reverse) evidence?.follow("reverse", reverse);
    if (name !== "evidence" || !evidence) return;
    if (reverse && this.answered === "match") evidence.follow("reverse", reverse);
    evidence.follow("match", page);
    if (reverse && this.answered === "reverse") evidence.follow("reverse", reverse);
    evidence.open();
  }

  /** @param {string} name */
  async #show(name) {
    if (!TABS[name]) return;
    try {
      await this.open(name);
    } catch (error) {
      showError(this.page.error, /** @type {Failure} */ (error));
    }
  }
}
