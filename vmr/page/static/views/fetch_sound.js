// The sound of catalogs that bring only a recipe: what can be fetched, how far it is, what failed.

import { h, icon } from "../core/dom.js";
import { failureText } from "../core/failure.js";
import { named, number, says, sentence, t } from "../core/i18n.js";
import { openDialog } from "../core/menu.js";
import { Progress } from "../core/progress.js";
import { call, freshBoot } from "../core/server.js";
/** @import { Failure } from "../core/failure.js" */
/** @import { Boot, FetchOffer, Sentence } from "../core/types.js" */

/** The page as far as a fetch changes it.
 * @typedef {{ root: HTMLElement, boot: Boot, intake: { refresh(): Promise<void> },
 *   drawAnswer(): void }} Shown
 */

/** @param {number} bytes */
const size = (bytes) =>
  bytes < 1e9 ? `${number(bytes / 1e6)} MB` : `${number(bytes / 1e9, 1)} GB`;

export class FetchSound {
  /** @type {AbortController | null} */
  abort = null;

  /** @param {Shown} page */
  constructor(page) {
    this.page = page;
    this.progress = new Progress(() => this.abort?.abort(), { creeps: false });
    this.note = h("p", { role: "status" });
    /** @type {HTMLElement} */
    this.node = h("section.fetching", { hidden: true, ...named("fetch.open") },
      h("button.tool", { type: "button", ...named("dialog.close"),
        onclick: () => (this.node.hidden = true) }, icon("close")),
      this.progress.node, this.note);
  }

  /** A button that asks how much; hidden where nothing can be fetched. */
  button() {
    return h("button.link.fetch-open", { type: "button", ...says("fetch.open"),
      hidden: !this.offers.length, onclick: () => this.ask() });
  }

  /** @returns {FetchOffer[]} what the server lets its page fetch now */
  get offers() {
    return this.page.boot.fetch ?? [];
  }

  /** How much is to be fetched? Of what is missing by now: another tab may have fetched too. */
  async ask() {
    if (this.abort) {
      this.node.hidden = false;
      return;
    }
    await this.#refresh();
    const dialog = openDialog(this.page.root, t("fetch.open"), h("p", says("fetch.lead")),
      ...this.offers.map(({ name, missing, helpings }) => h("div.fetch-offer", {},
        h("p", { text: t("fetch.missing", { name, count: number(missing) }) }),
        ...helpings.map(({ tracks, bytes }) => h("button.choose", { type: "button",
          text: t(tracks < missing ? "fetch.first" : "fetch.all",
            { count: number(tracks), size: size(bytes) }),
          onclick: () => {
            dialog.close();
            this.#fetch(name, tracks);
          } })))));
  }

  /**
   * @param {string} name
   * @param {number} count
   */
  async #fetch(name, count) {
    const abort = (this.abort = new AbortController());
    this.node.hidden = false;
    this.note.textContent = "";
    this.progress.begin("download");
    try {
      this.#told(await call("fetch_sound", [name, count], { signal: abort.signal,
        onProgress: (news) => this.progress.tell(news, 0) }));
    } catch (error) {
      this.note.textContent = abort.signal.aborted ? t("fetch.stopped")
        : failureText(/** @type {Failure} */ (error));
    } finally {
      this.abort = null;
      this.progress.end();
    }
    await this.#refresh();
  }

  /** The rows once more, with what can be heard now. */
  async #refresh() {
    const { page } = this;
    try {
      const { catalogs, fetch } = await freshBoot();
      Object.assign(page.boot, { catalogs, fetch });
      await page.intake.refresh();
      page.drawAnswer();
    } catch (error) {
      this.note.textContent = failureText(/** @type {Failure} */ (error));
      this.node.hidden = false;
    }
  }

  /** @param {{ fetched: number, failed: { name: string, reason: Sentence }[] }} report */
  #told({ fetched, failed }) {
    const [first] = failed;
    this.note.textContent = t("fetch.done", { count: number(fetched) }) + (first
      ? ` ${t("fetch.failed", { count: number(failed.length), name: first.name,
        reason: sentence(first.reason) })}` : "");
  }
}
