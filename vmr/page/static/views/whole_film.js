// A whole film with its cues: shown for long films, for those that have cues, and where a person asks
// for it. What it is made of is fetched then.

import { h } from "../core/dom.js";
import { showError } from "../core/failure.js";
import { named, says } from "../core/i18n.js";
import { later } from "../core/later.js";
import { readLink } from "../core/link.js";
import { hasCues } from "./cues_kept.js";
/** @import { Failure } from "../core/failure.js" */
/** @import { FilmBand } from "./film_band.js" */
/** @import { Page } from "./page.js" */

const LONG_S = 120; // from here on one mood is hardly all of a film

export class WholeFilm {
  /** @type {FilmBand | null} */ band = null;
  /** @type {Promise<FilmBand> | null} */ #coming = null;
  sha256 = ""; // of the film that is shown
  wanted = readLink()?.cue ?? null; // the cue that a link or a reload brings back
  left = ""; // of the film whose cues the person put away
  node = h("section.film-band", { hidden: true, ...named("cues.name") });
  opener = h("button.choose.cues-open", { type: "button", hidden: true, ...says("cues.open"),
    onclick: () => this.open(true) });

  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    page.store.on("payload phase", () => this.#follow());
    page.bond.project.addEventListener("change", () => this.#follow());
  }

  get isOpen() {
    return !this.node.hidden;
  }

  /** The film of the answer, as far as it is one. */
  get query() {
    const { store } = this.page;
    const query = store.get("phase") === "results" ? store.get("payload")?.query : null;
    return query?.modality === "video" ? query : null;
  }

  #follow() {
    const { query } = this;
    if (this.page.store.get("phase") === "loading") return;
    if (query?.sha256 !== this.sha256) {
      this.band?.leave();
      this.node.hidden = true;
      this.sha256 = query?.sha256 ?? "";
    }
    this.opener.hidden = !query || this.isOpen;
    if (!query || this.isOpen || this.left === query.sha256) return;
    const seconds = this.page.store.get("whole")?.payload?.query.duration_s ?? query.duration_s;
    if (hasCues(this.page.bond.project, query.sha256) || seconds >= LONG_S) this.open();
  }

  /** @param {boolean} [asked] by the person, who shall see it */
  async open(asked = false) {
    const { query } = this;
    if (!query) return;
    const reveal = () => asked && this.node.scrollIntoView({ block: "nearest" });
    this.node.hidden = false;
    this.opener.hidden = true;
    try {
      this.#coming ??= this.#make();
      const band = await this.#coming;
      reveal();
      if (query.sha256 === this.sha256) await band.show(query);
      reveal();
    } catch (error) {
      this.#coming = this.band ? this.#coming : null;
      this.node.hidden = !this.band;
      this.opener.hidden = false;
      showError(this.page.error, /** @type {Failure} */ (error));
    }
  }

  /** Put the band away; its cues stay. */
  close() {
    this.band?.leave();
    this.left = this.sha256;
    this.node.hidden = true;
    this.opener.hidden = !this.query;
    this.opener.focus();
  }

  /**
   * The track of a row for the chosen cue.
   * @param {number} i
   */
  use(i) {
    this.band?.choice.use(this.page.ranking.tracks[i]);
  }

  async #make() {
    const { FilmBand } = await later(() => import("./film_band.js"), "views/film_band.css");
    this.band = new FilmBand(this.page, this.node);
    return this.band;
  }
}
