// How the match view is put together: the empty page, the stage, the controls, the rows.

import { accepted, fileButton } from "../core/choosing.js";
import { h } from "../core/dom.js";
import { showError } from "../core/failure.js";
import { says } from "../core/i18n.js";
import { later } from "../core/later.js";
import { hero, skeleton, unlabelled } from "./layout.js";
import { sampleButtons } from "./samples.js";
/** @import { Failure } from "../core/failure.js" */
/** @import { Page } from "./page.js" */

/** @param {Page} page */
export function matchView(page) {
  const { store, intake } = page;
  const samples = () => sampleButtons(page.boot.samples, (sample) => intake.take({ sample }));
  /**
   * @param {string} id
   * @param {string} spec
   * @param {string} key
   */
  const choose = (id, spec, key) =>
    fileButton(spec, key, accepted("video"), (file) => intake.take({ file }), id);
  /** @type {HTMLButtonElement} where there is little room: the rest of what a wide screen shows */
  const fold = h("button.link.fold", { type: "button", ...says("fold.open"), "aria-expanded": "false",
    onclick: () => {
      const open = page.root.classList.toggle("unfolded");
      fold.setAttribute("aria-expanded", String(open));
    } });
  const again = h("section.again", {}, choose("video-again", "choose", "drop.again"),
    h("div.samples.small", {}, ...samples()), fold);
  const lost = h("section.lost", { hidden: true }, h("p", says("film.lost")),
    choose("video-lost", "choose", "film.choose"));
  store.on("payload video phase", () => (lost.hidden = Boolean(store.get("video"))
    || store.get("phase") !== "results" || store.get("payload")?.query.modality !== "video"));
  return [
    hero(choose("video-file", "choose.primary", "hero.name"), samples(), page.limits,
      store.get("facet") ? "hero.lead" : "hero.lead.unlabelled", page.words.alone.node),
    h("div.work", {}, h("aside.stage-column", {}, page.stage.node, lost,
      page.film.opener, h("div.seen", {}, page.facts, page.frames.node), page.energy.node, again),
      h("div.rank-column", {},
        h("div.controls", {}, ...controls(page)),
        page.filters.node, page.none, compareLater(page), page.list.node, skeleton())),
    page.film.node,
  ];
}

/**
 * What stands above the rows.
 * @param {Page} page
 */
function controls(page) {
  const { store, slider, belief, bump, reference, chooseReference } = page;
  const said = page.words.node;
  const beside = [reference.node, page.beside.node];
  if (!store.get("facet")) return [unlabelled(chooseReference), said, belief.weak, ...beside];
  store.on("triangle", () => (bump.node.hidden = store.get("triangle")));
  slider.tools.children[0].after(switchOf(store, "following", "follow.switch"), compareButton(store),
    store.get("facets").length > 1 ? weightsButton(store) : "", chooseReference);
  const asking = h("div.asking", {}, said, belief.node, belief.weak);
  return [slider.node, asking, bump.node, padLater(page), ...beside, slider.tools];
}

/**
 * What takes this place when it is first opened, and is fetched then.
 * @param {Page} page
 * @param {"triangle" | "comparing"} key that opens it
 * @param {() => Promise<() => { node: HTMLElement, draw(): void }>} load
 */
function partLater({ store, error }, key, load) {
  const place = h("div", { hidden: true });
  store.on(key, async () => {
    if (!store.get(key) || !place.parentNode) return;
    try {
      const make = await load();
      if (!place.parentNode) return;
      const part = make();
      place.replaceWith(part.node);
      part.draw();
    } catch (problem) {
      store.set({ [key]: false });
      showError(error, /** @type {Failure} */ (problem));
    }
  });
  return place;
}

/** @param {Page} page */
const padLater = (page) => partLater(page, "triangle", async () => {
  const { TrianglePad } = await later(() => import("../ranking/triangle.js"));
  return () => new TrianglePad(page.store);
});

/** @param {Page} page */
const compareLater = (page) => partLater(page, "comparing", async () => {
  const { Compare } = await later(() => import("../ranking/compare.js"));
  return () => new Compare(page.store, page.ranking, (i) => page.stage.play(i));
});

/**
 * A button that looks pressed while it is on.
 * @param {Page["store"]} store
 * @param {"following" | "triangle" | "comparing"} key
 * @param {string} text
 * @param {object} [on] what else changes with it
 * @param {object} [off]
 */
function switchOf(store, key, text, on, off) {
  const button = h("button.link", { type: "button", ...says(text), "aria-pressed": "false", onclick: () =>
    store.set(store.get(key) ? { [key]: false, ...off } : { [key]: true, ...on }) });
  store.on(key, () => button.setAttribute("aria-pressed", String(store.get(key))));
  return button;
}

/** @param {Page["store"]} store */
export const compareButton = (store) =>
  switchOf(store, "comparing", "compare.open", { triangle: false, weights: null });

/** @param {Page["store"]} store */
export const weightsButton = (store) =>
  switchOf(store, "triangle", "triangle.name", { comparing: false }, { weights: null });
