// How the match view is put together: the empty page, the stage, the controls, the rows.

import { fileButton } from "../core/choosing.js";
import { h } from "../core/dom.js";
import { says } from "../core/i18n.js";
import { compareButton } from "../ranking/compare.js";
import { TrianglePad } from "../ranking/triangle.js";
import { hero, skeleton, unlabelled } from "./layout.js";
import { sampleButtons } from "./samples.js";
/** @import { Page } from "./page.js" */

const VIDEO_TYPES = "video/*,.mkv,.avi,.mov,.ts,.flv,.wmv";

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
    fileButton(spec, key, VIDEO_TYPES, (file) => intake.take({ file }), id);
  const again = h("section.again", {}, choose("video-again", "choose", "drop.again"),
    h("div.samples.small", {}, ...samples()));
  return [
    hero(choose("video-file", "choose.primary", "drop.choose"), samples(), page.limits,
      store.get("facet") ? "hero.lead" : "hero.lead.unlabelled"),
    h("div.work", {}, h("aside.stage-column", {}, page.stage.node, page.facts, again),
      h("div.rank-column", {},
        h("div.controls", {}, ...controls(page)),
        page.filters.node, page.compare.node, page.list.node, page.none, skeleton())),
  ];
}

/**
 * What stands above the rows.
 * @param {Page} page
 */
function controls({ store, slider, bump, triangle, reference, chooseReference }) {
  if (!store.get("facet")) return [unlabelled(chooseReference), reference.node];
  const toggle = () => {
    const open = !store.get("triangle");
    store.set(open ? { triangle: open } : { triangle: open, weights: null });
    bump.node.hidden = open;
  };
  slider.tools.children[0].after(compareButton(store),
    TrianglePad.fits(store.get("facets"))
      ? h("button.link", { type: "button", ...says("triangle.open"), onclick: toggle }) : "",
    chooseReference);
  return [slider.node, bump.node, triangle.node, reference.node, slider.tools];
}
