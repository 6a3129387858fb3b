// For the researcher: measurements, embedding map, the last query in numbers, the model card, licences.

import { clear, h } from "../core/dom.js";
import { failureText } from "../core/failure.js";
import { sentence, says, t } from "../core/i18n.js";
import { render } from "../core/markdown.js";
import { call } from "../core/server.js";
import { csvButton } from "./csv.js";
import { Judged } from "./judged.js";
import { lastQuery } from "./last_query.js";
import { learning } from "./learning.js";
import { madeOf } from "./made_of.js";
import { EmbeddingMap } from "./map.js";
import { pointsOf } from "./plane.js";
import { Rivals } from "./rivals.js";
import { Study } from "./study.js";
import { Sweep } from "./sweep.js";
/** @import { Failure } from "../core/failure.js" */
/** @import { Store } from "../core/store.js" */
/** @import { Callback, EvidenceReport, PageState, RankingState } from "../core/types.js" */
/** @import { Ranking } from "../ranking/ranking.js" */
/** @import { Last } from "./last_query.js" */

const PARTS = ["judged", "beliefs", "limits", "learning", "study", "sweep", "map", "query", "rivals",
  "card", "made"];

/** One direction of the page.
 * @typedef {{ store: Store<RankingState>, ranking: Ranking }} Direction
 */

export class Evidence {
  /** @type {EvidenceReport | null} null until it came */ report = null;
  /** @type {Last | null} the direction of the last answer */ last = null;
  stale = false;

  /**
   * rivals: names of further checkpoints; pauseOthers silences the others. Its queries are those of
   * the directions that it follows.
   * @param {HTMLElement} root
   * @param {Store<PageState>} page
   * @param {{ rivals: string[], pauseOthers: Callback }} options
   */
  constructor(root, page, { rivals, pauseOthers }) {
    this.root = root;
    this.page = page;
    this.judged = new Judged();
    this.study = new Study();
    this.sweep = new Sweep();
    this.map = new EmbeddingMap(pauseOthers);
    this.rivals = rivals.length ? new Rivals() : null;
    const parts = PARTS.filter((part) => part !== "rivals" || this.rivals);
    this.title = h("h2", says("tab.evidence"));
    this.made = h("p.soft.made-line");
    this.bodies = Object.fromEntries(parts.map((part) => [part, h("div.part-body")]));
    this.bodies.judged.append(this.judged.node);
    this.bodies.beliefs.append(this.judged.beliefs);
    this.bodies.study.append(this.study.node);
    this.bodies.sweep.append(this.sweep.node);
    this.points = h("p");
    this.bodies.map.append(this.map.node, this.points);
    if (this.rivals) this.bodies.rivals.append(this.rivals.node);
    this.problem = h("p.warning", { role: "alert", hidden: true });
    this.node = h("div.panel.evidence", {}, h("div.panel-head", {}, this.title, this.made),
      this.problem,
      h("nav.parts", {}, ...parts.map((part) => h("a", { href: `#part-${part}`,
        ...says(`evidence.${part}`), onclick: (event) => this.#go(event, part) }))),
      ...parts.map((part) => h("section.part", { id: `part-${part}` },
        h("h3", says(`evidence.${part}`)), this.bodies[part])));
    page.on("tab", () => this.open());
    page.on("lang", () => this.#draw());
  }

  /**
   * Show the answers of a direction as they come, and the one that it has.
   * @param {"match" | "reverse"} name
   * @param {Direction} direction
   */
  follow(name, { store, ranking }) {
    const endpoint = name === "match" ? "/search" : "/search_music";
    const take = () => {
      this.last = { endpoint, store, ranking };
      this.stale = true;
    };
    store.on("payload", () => {
      take();
      if (this.#visible()) this.open();
    });
    store.on("alpha facet weights choices energy wordsWeight silent",
      () => this.#visible() && this.#drawQuery());
    store.on("playing", () => store.get("playing") && this.map.pause());
    if (store.get("payload")) take();
  }

  #visible() {
    return this.page.get("tab") === "evidence";
  }

  /** Fetch what is not there yet, if the tab is shown. */
  async open() {
    if (!this.#visible()) return this.map.pause();
    this.problem.hidden = true;
    this.#drawQuery();
    if (this.report && !this.stale) return;
    this.stale = false;
    try {
      const { query, provisional } = this.last?.store.get("payload") ?? {};
      // words have no place on a map, a first impression none in the server's memory
      const key = query && query.modality !== "text" && !provisional ? query.key : "";
      const [report, map, columns] = await Promise.all([
        this.report ?? call("evidence_report", []), call("evidence_map", [key]),
        this.rivals && key ? call("evidence_rivals", [key]) : null]);
      this.report = report;
      this.rivals?.show(columns);
      this.map.show(map);
      this.points.replaceChildren(csvButton("map-points.csv", pointsOf(map)));
      this.#draw();
    } catch (error) {
      this.stale = true;
      this.problem.textContent = failureText(/** @type {Failure} */ (error));
      this.problem.hidden = false;
    }
  }

  /**
   * @param {Event} event
   * @param {string} part
   */
  #go(event, part) {
    event.preventDefault(); // the address keeps the ranking's link
    this.root.querySelector(`#part-${part}`)?.scrollIntoView({ block: "start",
      behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  }

  #draw() {
    if (!this.report) return;
    const { checkpoint, metrics, card, evidence, limits } = this.report;
    this.made.textContent = `${checkpoint.name} · ${checkpoint.fingerprint.slice(0, 12)}`;
    this.judged.show(evidence.sets ?? [], checkpoint, this.report.beliefs_fitted_on);
    this.study.show(evidence.study ?? null);
    clear(this.bodies.limits).append(...(limits ? render(sentence(limits))
      : [h("p.soft", says("evidence.nolimits"))]));
    clear(this.bodies.learning).append(...learning(evidence.few_labels, evidence.corrections));
    this.sweep.show(metrics, checkpoint.name);
    this.map.draw();
    clear(this.bodies.card).append(...(card ? render(card)
      : [h("p.soft", { text: t("evidence.nocard", { name: checkpoint.name.replace(/\.\w+$/, ".md") }) })]));
    clear(this.bodies.made).append(...madeOf(this.report));
    this.#drawQuery();
  }

  #drawQuery() {
    const shown = this.last?.store ?? this.page;
    this.rivals?.draw(shown.get("alpha"), shown.get("facet"), shown.get("silent"));
    const parts = lastQuery(this.root, this.last);
    clear(this.bodies.query).append(...(parts.length ? parts
      : [h("p.soft", says("evidence.noquery"))]));
  }
}
