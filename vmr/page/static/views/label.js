// The tab Label: hear a track, say what it is by keys, go on; what looks wrong; teach the model.

import { h } from "../core/dom.js";
import { failureText } from "../core/failure.js";
import { says, t } from "../core/i18n.js";
import { openDialog } from "../core/menu.js";
import { Doubts } from "./doubts.js";
import { LabelCard } from "./label_card.js";
import { LabelQueue } from "./label_queue.js";
import { recentList } from "./label_recent.js";
import { LabelSound } from "./label_sound.js";
import { Teach } from "./teach.js";
/** @import { Failure } from "../core/failure.js" */
/** @import { Page } from "./page.js" */
/** @import { LabelState } from "./label_queue.js" */

const WHO = "vmr-who";
const PARTS = ["hear", "doubts", "teach"];
const KEYS = [["1 2 3 … Q W E", "label.help.toggle"], ["Shift + 1", "label.help.not"],
  ["A", "label.help.accept"], ["Enter", "label.help.next"], ["↓ ↑", "label.help.skip"],
  ["Backspace, U", "label.help.undo"], ["F", "label.help.facet"], ["Space", "label.help.play"],
  ["← →", "label.help.seek"], ["?", "help.open"]];

export class Label {
  part = PARTS[0];
  /** @type {LabelState | null} */ state = null;

  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    this.problem = h("p.warning.label-problem", { role: "alert", hidden: true });
    this.queue = new LabelQueue(() => localStorage.getItem(WHO) ?? "", {
      news: (state) => this.#news(state), fail: (error) => this.fail(error),
      sent: () => this.#drawUnsent() });
    this.sound = new LabelSound(() => page.stage.player.pause());
    this.card = new LabelCard(this.queue, this.sound, (error) => this.fail(error));
    this.doubts = new Doubts(this.queue, this.sound, (error) => this.fail(error),
      () => [...this.card.names.keys()]);
    this.teach = new Teach(page, (error) => this.fail(error), () => this.#taught());
    this.recent = h("aside.label-recent");
    this.unsent = h("p.label-unsent", { role: "status", hidden: true });
    this.tools = h("div.label-tools");
    this.panes = { hear: h("div.label-work", {}, this.card.node, this.recent),
      doubts: this.doubts.node, teach: this.teach.node };
    this.node = h("div.panel.label", {}, h("div.panel-head", {}, h("h2", says("tab.label")),
      this.tools), this.problem, this.unsent, ...Object.values(this.panes));
    page.store.on("tab", () => this.#visible() || this.sound.pause());
    page.store.on("lang theme", () => this.draw());
    page.store.on("playing", () => page.store.get("playing") && this.sound.pause());
    this.draw();
    this.#begin();
  }

  #visible() {
    return this.page.store.get("tab") === "label";
  }

  async #begin() {
    try {
      await this.queue.open();
      await this.card.next(true);
    } catch (error) {
      this.fail(/** @type {Failure} */ (error));
    }
  }

  /** @param {Failure} error */
  fail(error) {
    this.problem.textContent = failureText(error);
    this.problem.hidden = false;
  }

  /** @param {LabelState} state */
  #news(state) {
    this.state = state;
    this.problem.hidden = true;
    this.card.know(state);
    this.#drawRecent();
    this.#drawTools();
  }

  /** Another model is in use: what it thinks of the tracks is new. */
  #taught() {
    this.queue.forget();
    this.doubts.forget();
  }

  /**
   * A key of the keyboard; true where it meant something here.
   * @param {string} key
   * @param {KeyboardEvent} event
   */
  key(key, event) {
    if (key === "?") {
      openDialog(this.page.root, t("label.help.title"), h("dl.help", {}, ...KEYS.flatMap(([name, does]) =>
        [h("dt", {}, h("kbd", { text: name })), h("dd", says(does))])));
      return true;
    }
    if (this.part === "hear") return this.card.key(key, event);
    return this.part === "doubts" && this.doubts.key(key);
  }

  /** @param {string} part */
  go(part) {
    this.part = part;
    this.problem.hidden = true;
    if (part !== "hear") this.sound.pause();
    if (part === "doubts") this.doubts.open(this.card.facet);
    if (part === "teach") this.teach.open();
    this.draw();
  }

  draw() {
    for (const [name, pane] of Object.entries(this.panes)) pane.hidden = name !== this.part;
    this.#drawTools();
    this.#drawRecent();
    this.card.draw();
    this.doubts.draw();
    this.teach.draw();
  }

  #drawTools() {
    const who = this.state?.who ?? "";
    /** @type {HTMLInputElement} */
    const name = h("input.label-who", { value: localStorage.getItem(WHO) ?? "", maxLength: 60,
      placeholder: t("label.who"), "aria-label": t("label.who"),
      onkeydown: (event) => event.key === "Enter" && name.blur(),
      onchange: () => localStorage.setItem(WHO, name.value.trim()) });
    this.tools.replaceChildren(
      h("div.segmented.small", { role: "group", "aria-label": t("label.parts") },
        ...PARTS.map((part) => h("button", { type: "button", "aria-pressed": String(part === this.part),
          text: t(`label.part.${part}`), onclick: () => this.go(part) }))),
      this.state?.isLogin ? h("span.soft", { text: t("label.as", { who }) }) : name);
  }

  #drawRecent() {
    if (!this.state) return;
    this.recent.replaceChildren(...recentList(this.state.recent, async (number) => {
      try {
        this.card.show(await this.queue.card(number));
      } catch (error) {
        this.fail(/** @type {Failure} */ (error));
      }
    }));
  }

  #drawUnsent() {
    const { unsent } = this.queue;
    this.unsent.hidden = !unsent.length;
    this.unsent.replaceChildren(t("label.unsent", { count: unsent.length }), h("button.link",
      { type: "button", ...says("label.unsent.send"), onclick: () => this.queue.send() }));
  }
}
