// Several videos one after the other: each is sent, looked at and put into the project.

import { t } from "../core/i18n.js";
import { failureText } from "../core/failure.js";
import { matchVideo } from "./requests.js";
/** @import { Failure } from "../core/failure.js" */
/** @import { ChosenVideo, News } from "../core/types.js" */
/** @import { Page } from "./page.js" */

/** @typedef {{ name: string, video: ChosenVideo, state: "waiting" | "running" | "failed", news: News | null,
 *   problem: string }} Waiting */

export class ProjectQueue extends EventTarget {
  /** @type {Waiting[]} */ items = [];
  /** @type {AbortController | null} */ #abort = null;
  #running = false;

  /** @param {Page} page */
  constructor(page) {
    super();
    this.page = page;
  }

  /** @param {File[]} files */
  add(files) {
    this.items.push(...files.map((file) => /** @type {Waiting} */ ({ name: file.name, video: { file },
      state: "waiting", news: null, problem: "" })));
    this.#tell();
    this.#run();
  }

  /** @param {Waiting} item */
  drop(item) {
    if (item.state === "running") this.#abort?.abort();
    this.items = this.items.filter((other) => other !== item);
    this.#tell();
  }

  /** @param {Waiting} item that failed */
  again(item) {
    item.state = "waiting";
    this.#tell();
    this.#run();
  }

  async #run() {
    if (this.#running) return;
    this.#running = true;
    let item;
    while ((item = this.items.find(({ state }) => state === "waiting"))) await this.#take(item);
    this.#running = false;
  }

  /** @param {Waiting} item */
  async #take(item) {
    const abort = (this.#abort = new AbortController());
    item.state = "running";
    item.problem = "";
    this.#tell();
    try {
      const { payload, remote } = await matchVideo(item.video, "", (news) => {
        item.news = news;
        this.#tell();
      }, abort.signal);
      await this.page.bond.keep(payload, { ...item.video, remote });
      this.items = this.items.filter((other) => other !== item);
    } catch (error) {
      if (abort.signal.aborted) return;
      item.state = "failed";
      item.problem = failureText(/** @type {Failure} */ (error)) || t("error.server");
    } finally {
      this.#tell();
    }
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }
}
