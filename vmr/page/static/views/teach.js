// Teaching the model what was labelled: run, what got better, use it, go back to another version.

import { h } from "../core/dom.js";
import { label, number, percent, says, sentence, t } from "../core/i18n.js";
import { Progress } from "../core/progress.js";
import { call, freshBoot } from "../core/server.js";
import { ago } from "./label_recent.js";
/** @import { Failure } from "../core/failure.js" */
/** @import { Sentence } from "../core/types.js" */
/** @import { Page } from "./page.js" */

/** Shares that are right of what was held out, and the interval of the difference.
 * @typedef {{ count: number, before: number, after: number, low: number, high: number,
 *   chance: number, gain: number }} Compared
 */

/**
 * What came of one facet; version: that was kept, null where nothing was better.
 * @typedef {{ facet: string, better: boolean, used: string[], labels: number, honest: boolean,
 *   tracks: Compared | Sentence, pictures: Compared | Sentence, others: Record<string, Compared>,
 *   version: number | null }} Learnt
 */

/** @typedef {{ facets: Learnt[], offered: number | null, before: string }} TeachReport */

/** A version that is kept. @typedef {Learnt & { number: number, name: string, made: string }} Version */

/**
 * used: number of the version in use, 0 for the checkpoint itself; labels: {facet: labelled tracks}.
 * @typedef {{ base: string, versions: Version[], used: number, labels: Record<string, number>,
 *   report: TeachReport | null, busy: boolean }} TeachState
 */

const RANGE = 0.5; // of the drawn difference, to each side

export class Teach {
  /** @type {TeachState | null} */ state = null;
  /** @type {AbortController | null} */ abort = null;

  /**
   * @param {Page} page
   * @param {(error: Failure) => void} fail
   * @param {() => void} taught after another version is in use
   */
  constructor(page, fail, taught) {
    this.page = page;
    this.fail = fail;
    this.taught = taught;
    this.progress = new Progress(() => this.abort?.abort());
    /** @type {HTMLButtonElement} */
    this.go = h("button.choose.primary", { type: "button", ...says("teach.go"), onclick: () => this.run() });
    this.counts = h("p.soft");
    this.note = h("p.teach-note", { role: "status" });
    this.report = h("div.teach-report");
    this.versions = h("div.teach-versions");
    this.node = h("div.teach", {}, h("p.teach-lead.soft", says("teach.lead")),
      h("div.teach-go", {}, this.go, this.counts), this.progress.node, this.note, this.report, this.versions);
  }

  async open() {
    await this.#do(() => call("teach_state", []));
  }

  async run() {
    const abort = (this.abort = new AbortController());
    this.note.textContent = "";
    this.progress.begin("teach");
    await this.#do(() => call("teach_run", [], { signal: abort.signal,
      onProgress: (news) => this.progress.tell(news, 0) }), abort);
    this.progress.end();
    this.report.scrollIntoView({ block: "nearest" });
  }

  /** @param {number} version */
  async use(version) {
    this.note.textContent = t("teach.opening");
    const before = this.state?.used;
    await this.#do(() => call("teach_use", [version]));
    if (this.state?.used !== before) {
      this.taught();
      await this.#refresh().catch(this.fail);
    }
    this.note.textContent = this.state?.used === version
      ? t("teach.inuse", { name: this.#name(version) }) : "";
  }

  /** What the page shows of the ranking, as it is now. */
  async #refresh() {
    const { page } = this;
    const { facets } = await freshBoot();
    const facet = page.store.get("facet");
    page.store.set({ facets, facet: facets.includes(facet) ? facet : facets[0] ?? "" });
    await page.intake.refresh();
  }

  /**
   * @param {() => Promise<TeachState>} ask
   * @param {AbortController} [abort]
   */
  async #do(ask, abort) {
    this.go.disabled = true;
    try {
      this.state = await ask();
    } catch (error) {
      if (abort?.signal.aborted) this.note.textContent = t("teach.stopped");
      else this.fail(/** @type {Failure} */ (error));
    } finally {
      this.go.disabled = false;
      this.draw();
    }
  }

  /** @param {number} version */
  #name(version) {
    return version ? t("teach.version", { number: number(version) }) : t("teach.base");
  }

  draw() {
    const { state } = this;
    if (!state) return;
    const counts = Object.entries(state.labels).map(([facet, count]) =>
      t("teach.count", { facet: label("facet", facet), count: number(count) }));
    this.counts.textContent = counts.length ? counts.join(t("comma")) : t("teach.nothing");
    this.report.replaceChildren(...this.#report(state));
    this.versions.replaceChildren(...this.#versions(state));
  }

  /** @param {TeachState} state */
  #report({ report, used }) {
    if (!report) return [];
    const { offered } = report;
    const done = offered !== null && used === offered;
    return [h("h3", says("teach.report")), ...report.facets.map((facet) => this.#facet(facet)),
      h("div.teach-choice", {}, ...(offered === null ? [h("p", says("teach.no"))]
        : done ? [h("p", { text: t("teach.inuse", { name: this.#name(offered) }) })]
          : [h("button.choose.primary", { type: "button", ...says("teach.use"),
            onclick: () => this.use(offered) }),
          h("button.choose", { type: "button", ...says("teach.keep"), onclick: () => {
            this.state = this.state && { ...this.state, report: null };
            this.draw();
          } })]))];
  }

  /** @param {Learnt} learnt */
  #facet({ facet, better, tracks, pictures, others, labels, honest }) {
    const old = Object.entries(others);
    return h("section.teach-facet", {},
      h("header", {}, h("h4", { text: label("facet", facet) }),
        h(`span.chip${better ? ".good" : ""}`, { text: t(better ? "teach.better" : "teach.same") }),
        h("small.soft", { text: t("teach.labels", { count: number(labels) }) })),
      h("table.teach-table", {}, h("thead", {}, h("tr", {}, h("td"), ...["before", "after", "difference"]
        .map((key) => h("th", { scope: "col", ...says(`teach.${key}`) })))),
      h("tbody", {}, row(t("teach.tracks"), tracks), row(t("teach.pictures"), pictures),
        ...old.map(([other, figures]) => row(t("teach.other", { facet: label("facet", other) }), figures)))),
      "count" in tracks ? h("p.soft", { text: t(honest ? "teach.honest" : "teach.unseen",
        { count: number(/** @type {number} */ (tracks.count)) }) }) : null);
  }

  /** @param {TeachState} state */
  #versions({ versions, used, base }) {
    if (!versions.length) return [];
    const rows = [...versions.map(({ number: id, made, facet, labels }) => ({ id, words: [
      label("facet", facet), t("teach.labels", { count: number(labels) }), ago(made)].join(" · ") })),
    { id: 0, words: base }];
    return [h("h3", says("teach.versions")), h("ol.version-rows", {}, ...rows.map(({ id, words }) =>
      h("li", {}, h("b", { text: this.#name(id) }), h("span.soft", { text: words }),
        id === used ? h("span.chip.good", says("teach.now"))
          : h("button.link", { type: "button", text: t("teach.back", { name: this.#name(id) }),
            onclick: () => this.use(id) }))))];
  }
}

/**
 * @param {string} name
 * @param {Compared | Sentence} figures or why there are none
 */
function row(name, figures) {
  const head = h("th", { scope: "row", text: name });
  if (!("gain" in figures)) {
    return h("tr", {}, head, h("td.soft", { colSpan: 3, text: sentence(/** @type {Sentence} */ (figures)) }));
  }
  const { before, after, gain, low, high } = /** @type {Compared} */ (figures);
  const points = (/** @type {number} */ share) => (share > 0 ? "+" : "") + number(100 * share);
  return h("tr", {}, head, h("td", { text: percent(before) }), h("td", {}, h("b", { text: percent(after) })),
    h("td", {}, h("span.gain", { text: points(gain) }),
      h("span.gain-plot", { "aria-hidden": "true",
        style: `--low: ${at(low)}; --high: ${at(high)}; --gain: ${at(gain)}` }),
      h("small.soft", { text: t("teach.interval", { low: points(low), high: points(high) }) })));
}

/** @param {number} difference */
const at = (difference) => Math.min(1, Math.max(0, 0.5 + difference / (2 * RANGE))).toFixed(3);
