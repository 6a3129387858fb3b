// The header: brand, tabs, language, theme, presentation.

import { h, icon, s } from "../core/dom.js";
import { LANGUAGES, named, says } from "../core/i18n.js";
/** @import { Callback } from "../core/types.js" */

/** @type {Record<string, string>} */
const LANGUAGE_NAMES = { en: "EN", ja: "日本語" };

function mark() {
  return s("svg", { viewBox: "0 0 64 64", class: "mark-icon", "aria-hidden": "true" },
    s("rect", { width: 64, height: 64, rx: 15, class: "mark-ground" }),
    s("path", { d: "M13 32h38", class: "mark-line faint" }),
    s("path", { d: "M19 24v16M45 18v28", class: "mark-line" }),
    s("circle", { cx: 32, cy: 32, r: 8, class: "mark-dot" }));
}

/**
 * What the header's buttons do.
 * @typedef {{ tab(name: string): void, language(lang: string): void, theme: Callback,
 *   home: Callback, present: Callback, help: Callback }} HeaderActions
 */

export class Header {
  /**
   * actions: {tab(name), language(lang), theme(), home(), present()}
   * @param {string[]} tabs
   * @param {HeaderActions} actions
   */
  constructor(tabs, actions) {
    this.tabs = tabs.map((tab) => h("button.tab", { type: "button", role: "tab", id: `tab-${tab}`,
      "aria-controls": `view-${tab}`, onclick: () => actions.tab(tab) },
    h("span", says(`tab.${tab}`))));
    this.languages = LANGUAGES.map((lang) => h("button", { type: "button", lang,
      text: LANGUAGE_NAMES[lang], "data-lang": lang, onclick: () => actions.language(lang) }));
    this.node = h("header.top", {},
      h("h1", {}, h("button.brand", { type: "button", onclick: actions.home, ...named("home") },
        mark(), h("span", { text: "vmr" }))),
      h("div.tabs", { role: "tablist", ...named("tabs.name"),
        onkeydown: (event) => this.#walk(event) }, ...this.tabs),
      h("div.tools", {}, h("div.segmented.small", { role: "group", ...named("language.name") },
        ...this.languages),
      h("button.tool", { type: "button", onclick: actions.theme, ...named("theme.switch") },
        icon("theme")),
      h("button.tool.present-button", { type: "button", onclick: actions.present,
        ...named("present.start") }, icon("full")),
      h("button.tool.help-button", { type: "button", onclick: actions.help, ...named("help.title") },
        h("b", { text: "?" }))));
  }

  /**
   * Mark the tab that is shown.
   * @param {string} name
   */
  showTab(name) {
    for (const button of this.tabs) {
      const on = button.id === `tab-${name}`;
      button.setAttribute("aria-selected", String(on));
      button.tabIndex = on ? 0 : -1;
      if (on) button.scrollIntoView?.({ block: "nearest", inline: "center" }); // a phone's row scrolls
    }
  }

  /**
   * Mark the language that is spoken.
   * @param {string} lang
   */
  showLanguage(lang) {
    for (const button of this.languages) {
      button.setAttribute("aria-pressed", String(button.dataset.lang === lang));
    }
  }

  /**
   * A number beside a tab's name; none for 0.
   * @param {string} name
   * @param {number} count
   */
  showCount(name, count) {
    const tab = this.tabs.find((button) => button.id === `tab-${name}`);
    tab?.querySelector(".badge")?.remove();
    if (count) tab?.append(h("span.badge", { text: count }));
  }

  /**
   * The arrow keys go from tab to tab.
   * @param {KeyboardEvent} event
   */
  #walk(event) {
    const by = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
    if (!by) return;
    event.stopPropagation();
    const at = this.tabs.findIndex((tab) => tab === document.activeElement);
    const next = this.tabs[(at + by + this.tabs.length) % this.tabs.length];
    next.focus();
    next.click();
  }
}
