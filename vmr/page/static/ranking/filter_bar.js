// The row of filters. Each value shows how many tracks it would leave, given the other filters.

import { h } from "../core/dom.js";
import { keyName, label, named, number, says, t } from "../core/i18n.js";
import { audible, choices, FIXED, NAMES, passes } from "./filters.js";
import { bindsVideo } from "./licence.js";
/** @import { Store } from "../core/store.js" */
/** @import { RankingState, Track } from "../core/types.js" */
/** @import { Choice, Kind } from "./filters.js" */

/**
 * @param {Kind} kind
 * @param {string} value
 */
const valueText = (kind, value) => {
  if (["mood", "genre", "instrument"].includes(kind)) return label(kind, value);
  if (kind === "key") return keyName(value);
  const text = t(`filter.${kind}.${value}`);
  return text.startsWith("filter.") ? value : text;
};

/** Each filter opens a small list. */
export class FilterBar {
  /**
   * @param {Store<RankingState>} store
   * @param {() => HTMLElement} [fetchButton] makes a button that fetches missing sound
   */
  constructor(store, fetchButton) {
    this.store = store;
    this.fetchButton = fetchButton;
    this.fetching = h("span.filter-fetch");
    this.count = h("span.filter-count", { role: "status" });
    this.legend = h("div.legend", { "aria-hidden": "true" });
    this.clear = h("button.link", { type: "button", hidden: true, ...says("filter.clear"),
      onclick: () => store.set({ filters: {}, excluded: new Set() }) });
    this.bound = h("p.filter-note", { hidden: true });
    this.silent = h("button.link", { type: "button", hidden: true,
      onclick: () => store.set({ silent: !store.get("silent") }) });
    /** @type {{ kind: Kind, menu: HTMLDetailsElement, title: HTMLElement, list: HTMLElement }[]} */
    this.parts = [];
    const menus = NAMES.map((kind) => this.#menu(kind));
    this.menus = h("div.filter-menus", {}, ...menus);
    this.node = h("section.filters", { ...named("filter.name") }, this.menus,
      this.silent, this.fetching, this.clear, this.legend, this.count);
    store.on("payload filters lang excluded silent", () => this.draw());
    store.on("facet lang weights", () => this.#drawLegend());
    store.on("order", () => this.#drawCount());
    addEventListener("click", (event) => {
      for (const { menu } of this.parts) {
        if (menu.open && event.target instanceof Node && !menu.contains(event.target)) menu.open = false;
      }
    });
    addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      for (const { menu, title } of this.parts) {
        if (menu.open) {
          menu.open = false;
          title.focus();
        }
      }
    });
  }

  /** @param {Kind} kind */
  #menu(kind) {
    const title = h("summary");
    const list = h("div.filter-list", { role: "group" });
    /** @type {HTMLDetailsElement} */
    const menu = h("details.filter", { ontoggle: () => this.#toggled(menu) }, title, list);
    this.parts.push({ kind, menu, title, list });
    return menu;
  }

  /**
   * One list is open at a time.
   * @param {HTMLDetailsElement} menu
   */
  #toggled(menu) {
    const menus = this.parts.map((part) => part.menu);
    if (menu.open) for (const other of menus) if (other !== menu) other.open = false;
    this.menus.classList.toggle("open", menus.some((each) => each.open));
  }

  draw() {
    const { store } = this;
    const payload = store.get("payload");
    if (!payload) return;
    const filters = store.get("filters");
    const tracks = store.get("silent") ? payload.tracks : audible(payload.tracks);
    this.#drawSilent(payload.tracks);
    for (const { kind, menu, title, list } of this.parts) {
      const rows = choices(kind, tracks, filters);
      menu.hidden = rows.length < 2 && !FIXED[kind];
      const chosen = rows.filter((row) => row.chosen).map((row) => valueText(kind, row.value));
      menu.classList.toggle("active", chosen.length > 0);
      title.textContent = chosen.length ? chosen.join(t("comma")) : t(`track.${kind}`);
      list.setAttribute("aria-label", t(`track.${kind}`));
      this.#drawList(kind, list, rows);
      if (kind === "licence") list.append(this.bound);
    }
    this.#drawBound(tracks.filter((track) => passes(track, filters)));
    const used = Object.values(filters).some((values) => values.length);
    this.clear.hidden = !used && !store.get("excluded").size;
    this.#drawCount();
  }

  /**
   * Leave to earn money is not all: what of it binds the video is said beside the boxes.
   * @param {Track[]} left
   */
  #drawBound(left) {
    const count = left.filter(bindsVideo).length;
    this.bound.hidden = count === 0 || !this.store.get("filters").licence?.length;
    this.bound.textContent = t("filter.bound", { count: number(count) });
  }

  /** @param {Track[]} tracks */
  #drawSilent(tracks) {
    const count = tracks.length - audible(tracks).length;
    this.silent.hidden = count === 0;
    this.silent.textContent = t("filter.silent", { count: number(count) });
    this.fetching.replaceChildren(...(count && this.fetchButton ? [this.fetchButton()] : []));
    this.silent.title = t("filter.silent.rule");
    this.silent.setAttribute("aria-pressed", String(this.store.get("silent")));
  }

  /**
   * Keep the boxes that are there, so that the focus stays while counts change.
   * @param {Kind} kind
   * @param {HTMLElement} list
   * @param {Choice[]} rows
   */
  #drawList(kind, list, rows) {
    const there = () => new Map([...list.querySelectorAll("label")].map((node) =>
      [node.dataset.value, node]));
    let options = there();
    if (rows.length !== options.size || rows.some((row) => !options.has(row.value))) {
      list.replaceChildren(...rows.map((row) => this.#option(kind, row.value)));
      options = there();
    }
    for (const row of rows) {
      const node = options.get(row.value);
      const box = node?.querySelector("input");
      if (!node || !box) continue;
      box.checked = row.chosen;
      node.classList.toggle("none", row.count === 0 && !row.chosen);
      node.children[1].textContent = valueText(kind, row.value);
      node.children[2].textContent = number(row.count);
    }
  }

  /**
   * @param {Kind} kind
   * @param {string} value
   */
  #option(kind, value) {
    const box = h("input", { type: "checkbox", onchange: () => this.#toggle(kind, value) });
    const node = h("label.filter-option", {}, box, h("span"), h("span.count"));
    node.dataset.value = value;
    return node;
  }

  /**
   * @param {Kind} kind
   * @param {string} value
   */
  #toggle(kind, value) {
    const filters = { ...this.store.get("filters") };
    const now = filters[kind] ?? [];
    filters[kind] = now.includes(value) ? now.filter((v) => v !== value) : [...now, value];
    this.store.set({ filters });
  }

  /** Which bar of a row is which branch. */
  #drawLegend() {
    const free = this.store.get("weights") !== null;
    const facets = free ? this.store.get("facets") : [this.store.get("facet")];
    this.legend.replaceChildren(h("span", says("facet.ssl")),
      ...facets.filter(Boolean).map((facet) => h("span", { text: label("facet", facet) })));
  }

  #drawCount() {
    const payload = this.store.get("payload");
    const order = this.store.get("order");
    if (!payload) return;
    this.count.textContent = order.length === payload.tracks.length
      ? t("filter.all", { count: number(order.length) })
      : t("filter.some", { count: number(order.length), all: number(payload.tracks.length) });
  }
}
