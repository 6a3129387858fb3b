// The tab of a project: its videos in a table, what was decided, and what is done with all of it.

import { accepted } from "../core/choosing.js";
import { copyText } from "../core/copy.js";
import { clear, clock, h, icon } from "../core/dom.js";
import { failureText } from "../core/failure.js";
import { label, named, number, percent, says, t } from "../core/i18n.js";
import { openDialog } from "../core/menu.js";
import { upload } from "../core/server.js";
import { sameTrack } from "../core/track.js";
import { csvOf } from "./csv.js";
import { save } from "./export.js";
import { videoPath } from "./project_bond.js";
import { projectRows } from "./project_csv.js";
import { ProjectQueue } from "./project_queue.js";
/** @import { Failure } from "../core/failure.js" */
/** @import { Callback } from "../core/types.js" */
/** @import { Page } from "./page.js" */
/** @import { Waiting } from "./project_queue.js" */

const DAYS = [0, 7, 30, 90, 365];
const STATES = ["approved", "proposed", "idea", "rejected"];

export class ProjectTab {
  problem = h("p.warning", { role: "alert", hidden: true });
  head = h("div.project-head");
  table = h("div.project-videos", { role: "list" });
  waiting = h("div.project-queue");
  intro = h("div.project-intro");
  saved = h("p.soft.project-saved", { role: "status" });
  node = h("div.panel.project", {}, this.problem, this.intro, this.head, this.waiting, this.table);

  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    this.queue = new ProjectQueue(page);
    const { store, bond: { project } } = page;
    project.addEventListener("change", () => this.draw());
    project.addEventListener("settled", () => this.#drawSaved());
    project.addEventListener("fail", (event) => this.#fail(/** @type {CustomEvent} */ (event).detail));
    this.queue.addEventListener("change", () => this.#drawQueue());
    store.on("lang project payload shortlist", () => this.draw());
    this.draw();
  }

  /**
   * Take several videos, into a new project where none is open.
   * @param {File[]} files
   */
  async add(files) {
    await this.#try(async () => {
      if (!this.page.bond.project.isOpen) await this.page.bond.open("");
      this.queue.add(files);
    });
  }

  draw() {
    const { isOpen } = this.page.bond.project;
    this.intro.hidden = isOpen;
    this.head.hidden = !isOpen;
    this.table.hidden = !isOpen;
    if (!isOpen) return this.#drawIntro();
    this.#drawHead();
    this.#drawVideos();
    this.#drawSaved();
  }

  #drawIntro() {
    clear(this.intro).append(h("h2", says("project.title")), h("p.lead", says("project.lead")),
      h("p.soft", says("project.lead.kept")),
      h("div.project-tools", {},
        h("button.choose.primary", { type: "button", ...says("project.begin"),
          onclick: () => this.#try(() => this.page.bond.open("")) }),
        this.#files("project.import", ".json,application/json", false, async ([file]) => {
          await this.page.bond.takeIn(await upload(file));
        })));
  }

  #drawHead() {
    const { bond } = this.page;
    const { project } = bond;
    if (this.head.contains(document.activeElement) && this.head.childElementCount) return;
    /** @type {HTMLInputElement} */
    const name = h("input.project-name", { value: project.get("name", ""), maxLength: 200,
      placeholder: t("project.name"), "aria-label": t("project.name"),
      onchange: () => project.change([["name", name.value.trim() || null]]) });
    /** @type {HTMLSelectElement} */
    const days = h("select", { "aria-label": t("project.days"),
      onchange: () => project.change([["keep_days", Number(days.value)]]) },
    ...[...new Set([...DAYS, project.get("keep_days", project.days)])].sort((a, b) => a - b)
      .map((count) => h("option", { value: count, text: t("project.days.count", { count: number(count) }),
        selected: count === project.get("keep_days", project.days) })));
    clear(this.head).append(h("div.project-line", {}, name, this.saved),
      h("div.project-tools", {},
        this.#files("project.add", accepted("video"), true, (files) => this.add(files), "choose.primary"),
        this.#button("project.copy", () => this.#copy()),
        this.#button("project.fits", () => this.#fitsAll()),
        this.#button("project.csv", () => save("project.csv", "text/csv;charset=utf-8",
          `\uFEFF${csvOf(projectRows(this.page))}`)),
        this.#button("project.export", async () =>
          save("project.vmr.json", "application/json", await project.text())),
        this.#button("dialog.close", () => bond.close()),
        this.#button("project.remove", () => this.#remove())),
      h("p.soft.project-days", {}, h("span", says("project.days")), days,
        h("span", says("project.days.why"))));
  }

  #drawVideos() {
    const { page } = this;
    const videos = page.bond.videos();
    if (this.table.querySelector("textarea:focus")) return; // what is being written is not redrawn
    clear(this.table).append(...videos.map((sha256) => this.#row(sha256)));
    if (!videos.length) this.table.append(h("p.short-empty", says("project.empty")));
  }

  /** @param {string} sha256 */
  #row(sha256) {
    const { page } = this;
    const { project } = page.bond;
    const path = videoPath(sha256);
    const name = page.bond.nameOf(sha256);
    const picks = page.store.get("shortlist").filter((entry) => entry.sha256 === sha256);
    const shown = page.store.get("payload")?.query.sha256 === sha256;
    const sample = page.boot.samples.find(({ key }) => key === project.get(`${path}/sample`));
    const poster = sample?.poster ?? project.get(`${path}/poster`, "");
    const isPicture = poster === sample?.poster || /^data:image\/jpeg;base64,/.test(poster);
    const believed = Object.entries(project.get(`${path}/believed`, {}))
      .map(([facet, labels]) => labels?.[0] && believedText(facet, labels[0])).filter(Boolean);
    /** @type {HTMLTextAreaElement} */
    const notes = h("textarea.project-note", { rows: 1, value: project.get(`${path}/notes`, ""),
      maxLength: 4000, placeholder: t("short.note"), "aria-label": t("short.note.for", { title: name }),
      oninput: () => project.change([[`${path}/notes`, notes.value || null]]) });
    return h("div.project-video", { role: "listitem", "data-shown": String(shown) },
      h("button.project-poster", { type: "button", "aria-label": t("project.open", { name }),
        onclick: () => this.#try(() => page.bond.show(sha256)) },
      isPicture && poster ? h("img", { src: poster, alt: "" }) : icon("film")),
      h("div.who", {}, h("button.link.title", { type: "button", text: name,
        onclick: () => this.#try(() => page.bond.show(sha256)) }),
      h("div.meta", {}, h("span", { text: clock(project.get(`${path}/seconds`, 0)) }),
        ...believed.map((text) => h("span", { text }))),
      h("ol.project-best", {}, ...project.get(`${path}/best`, [])
        .map((/** @type {string[]} */ [title]) => h("li", { text: title })))),
      h("div.project-states", {}, ...STATES.map((state) => {
        const count = picks.filter((entry) => (entry.state ?? "idea") === state).length;
        return count ? h("span.state-count", { "data-state": state,
          text: t("project.state", { count: number(count), state: t(`decision.${state}`) }) }) : null;
      })), notes,
      h("button.remove", { type: "button", "aria-label": t("project.take-out", { name }),
        onclick: () => this.#takeOut(sha256, name) }, icon("close")));
  }

  #drawQueue() {
    clear(this.waiting).append(...this.queue.items.map((item) => this.#waitingRow(item)));
  }

  /** @param {Waiting} item */
  #waitingRow(item) {
    const { news } = item;
    const text = item.state === "failed" ? item.problem : item.state === "waiting" || !news
      ? t("project.waiting") : t(`step.${news.step}`, { rank: news.rank });
    return h("div.project-waiting", { "data-state": item.state }, h("b", { text: item.name }),
      h("progress", { max: 1, value: news?.fraction ?? 0, "aria-label": item.name,
        hidden: item.state !== "running" }), h("span.soft", { text }),
      item.state === "failed" ? this.#button("again", () => this.queue.again(item)) : null,
      h("button.remove", { type: "button", "aria-label": t("project.drop", { name: item.name }),
        onclick: () => this.queue.drop(item) }, icon("close")));
  }

  #drawSaved() {
    const { waiting, failures, refused } = this.page.bond.project;
    this.saved.textContent = t(refused ? "project.refused" : failures ? "project.unsaved"
      : waiting.length ? "project.saving" : "project.saved");
    this.saved.dataset.state = failures || refused ? "unsaved" : "";
  }

  /**
   * @param {string} sha256
   * @param {string} name
   */
  #takeOut(sha256, name) {
    const { bond, undo } = this.page;
    const step = bond.project.change([[videoPath(sha256), null]]);
    if (step) undo.offer(t("project.taken-out", { name }), () => this.#try(() => bond.project.undo(step)));
  }

  #remove() {
    const dialog = openDialog(this.page.root, t("project.remove"), h("p", says("project.remove.sure")),
      h("div.ask", {}, h("button.choose", { type: "button", ...says("project.remove"),
        onclick: () => {
          dialog.close();
          this.#try(() => this.page.bond.remove());
        } })));
  }

  async #copy() {
    const { key } = this.page.bond.project;
    const address = new URL(`#p=${key}&tab=project`, location.href).href;
    const said = await copyText(address) ? "project.copied" : "project.address";
    openDialog(this.page.root, t("project.copy"), h("p", says(said)),
      h("input.project-address", { value: address, readOnly: true, "aria-label": t("project.copy") }));
  }

  /** One track for all videos: those that fit all, by the mean and the worst. */
  async #fitsAll() {
    const { bond, store, root, stage, shortlist } = this.page;
    const videos = bond.videos();
    const rows = await bond.fitsAll();
    const list = h("ol.fits-all", {}, ...rows.map((/** @type {any} */ track) => {
      const kept = () => videos.every((sha256) => store.get("shortlist")
        .some((entry) => sameTrack(entry, track) && entry.sha256 === sha256));
      return h("li", {}, h("button.play", { type: "button", disabled: !track.audio,
        title: track.audio ? "" : t("row.silent"), "aria-label": t("row.play", { title: track.title }),
        onclick: () => stage.audition(track) },
      icon("play")), h("div.who", {}, h("div.title", { text: track.title }),
        h("div.meta", {}, h("span", { text: track.artist }), h("span", { text: track.licence }))),
      h("div.fits-fit", {}, h("b", { text: t("project.fit.mean", { fit: number(track.mean) }) }),
        h("span", { text: t("project.fit.worst", { fit: number(track.worst),
          video: bond.nameOf(track.worst_for) }) })),
      h("button.choose", { type: "button", ...says("project.keep-for-all"), disabled: kept(),
        onclick: (/** @type {Event} */ event) => {
          shortlist.takeOver(bond.entriesForAll(track));
          /** @type {HTMLButtonElement} */ (event.currentTarget).disabled = true;
        } }));
    }));
    openDialog(root, t("project.fits"), h("p.soft", says("project.fits.lead")), list);
  }

  /**
   * @param {string} key
   * @param {Callback | (() => Promise<void>)} run
   */
  #button(key, run) {
    return h("button.link", { type: "button", ...says(key), onclick: () => this.#try(run) });
  }

  /**
   * @param {string} key
   * @param {string} accept
   * @param {boolean} multiple
   * @param {(files: File[]) => Promise<void>} take
   * @param {string} [look]
   */
  #files(key, accept, multiple, take, look = "link") {
    /** @type {HTMLInputElement} */
    const input = h("input.file-input", { type: "file", accept, multiple, id: key.replace(".", "-"),
      ...named(key), onchange: () => {
        const files = [...input.files ?? []];
        input.value = "";
        if (files.length) this.#try(() => take(files));
      } });
    return h(`label.${look}`, { htmlFor: input.id }, input, h("span", says(key)));
  }

  /** @param {Callback | (() => Promise<void>)} work */
  async #try(work) {
    this.problem.hidden = true;
    try {
      await work();
    } catch (error) {
      this.#fail(/** @type {Failure} */ (error));
    }
  }

  /** @param {Failure} error */
  #fail(error) {
    this.problem.textContent = failureText(error);
    this.problem.hidden = false;
  }
}

/**
 * A label with its probability, "perhaps" where nobody measured one.
 * @param {string} facet
 * @param {[string, number | null]} belief
 */
const believedText = (facet, [name, share]) => typeof share === "number"
  ? `${label(facet, String(name))} ${percent(share)}`
  : t("project.perhaps", { facet: label("facet", facet), label: label(facet, String(name)) });
