// The page's frame: header with tabs, the match view with its states, the status line.

import { h, icon, s } from "../core/dom.js";
import { LANGUAGES, named, says } from "../core/i18n.js";

const LANGUAGE_NAMES = { en: "EN", ja: "日本語" };

function mark() {
  return s("svg", { viewBox: "0 0 64 64", class: "mark-icon", "aria-hidden": "true" },
    s("rect", { width: 64, height: 64, rx: 15, class: "mark-ground" }),
    s("path", { d: "M13 32h38", class: "mark-line faint" }),
    s("path", { d: "M19 24v16M45 18v28", class: "mark-line" }),
    s("circle", { cx: 32, cy: 32, r: 8, class: "mark-dot" }));
}

export function header({ tabs, onTab, onLanguage, onTheme, onPresent, onHome }) {
  const buttons = tabs.map((tab) => h("button.tab", { type: "button", role: "tab", id: `tab-${tab}`,
    "aria-controls": `view-${tab}`, onclick: () => onTab(tab) }, h("span", says(`tab.${tab}`))));
  const list = h("div.tabs", { role: "tablist", ...named("tabs.name"), onkeydown: (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.stopPropagation();
    const at = buttons.indexOf(document.activeElement);
    const next = buttons[(at + by + buttons.length) % buttons.length];
    next.focus();
    next.click();
  } }, ...buttons);
  const languages = LANGUAGES.map((lang) => h("button", { type: "button", lang,
    text: LANGUAGE_NAMES[lang], "data-lang": lang, onclick: () => onLanguage(lang) }));
  const node = h("header.top", {},
    h("h1", {}, h("button.brand", { type: "button", onclick: onHome, ...named("home") }, mark(),
      h("span", { text: "vmr" }))), list,
    h("div.tools", {}, h("div.segmented.small", { role: "group", ...named("language.name") },
      ...languages),
    h("button.tool", { type: "button", onclick: onTheme, ...named("theme.switch") }, icon("theme")),
    h("button.tool.present-button", { type: "button", onclick: onPresent,
      ...named("present.start") }, icon("full"))));
  return { node, buttons, languages };
}

export function hero(choose, samples, limits, lead) {
  return h("section.hero", { ...named("hero.name") },
    h("h2", says("hero.title")),
    h("p.lead", says(lead)),
    h("div.drop", {}, icon("film"), choose, h("p.limits", { text: limits, id: "limits" })),
    h("p.or", says("hero.or")),
    h("div.samples", {}, ...samples),
    h("p.private", says("hero.private")));
}

/** Instead of slider and chart where the checkpoint has no labels; `tools` are what is left to do. */
export function unlabelled(...tools) {
  return h("div.unlabelled", {}, h("p", says("slider.unlabelled")), ...tools);
}

/** Grey rows while the first answer is on its way. */
export function skeleton() {
  return h("div.skeleton", { "aria-hidden": "true" },
    ...Array.from({ length: 6 }, () => h("div.ghost", {}, h("i"), h("i"), h("i"))));
}

export function view(name, ...children) {
  return h(`section.view.view-${name}`, { id: `view-${name}`, role: "tabpanel",
    "aria-labelledby": `tab-${name}`, hidden: name !== "match" }, ...children);
}
