// For the researcher: measurements, embedding map, the last query in numbers, the model card, licences.

import { clear, h } from "../core/dom.js";
import { failureText } from "../core/failure.js";
import { label, number, says, sentence, t } from "../core/i18n.js";
import { render } from "../core/markdown.js";
import { openDialog } from "../core/menu.js";
import { call } from "../core/server.js";
import { order } from "../ranking/rank.js";
import { EmbeddingMap } from "./map.js";
import { Rivals } from "./rivals.js";
import { pythonCode, shellCode } from "./snippet.js";
import { Sweep } from "./sweep.js";

const PARTS = ["sweep", "map", "query", "rivals", "card", "made"];
const ROWS = 10;
const TIMED = 200; // repetitions when re-ranking is timed

export class Evidence {
  /**
   * directions: {match, reverse}, each with .store and .ranking; rivals: names of further
   * checkpoints; hush silences the others.
   */
  constructor(root, page, { directions, rivals, hush }) {
    this.root = root;
    this.page = page;
    this.directions = directions;
    this.sweep = new Sweep();
    this.map = new EmbeddingMap(hush);
    this.rivals = rivals.length ? new Rivals() : null;
    const parts = PARTS.filter((part) => part !== "rivals" || this.rivals);
    this.title = h("h2", says("evidence.title"));
    this.made = h("p.soft.made-line");
    this.bodies = Object.fromEntries(parts.map((part) => [part, h("div.part-body")]));
    this.bodies.sweep.append(this.sweep.node);
    this.bodies.map.append(this.map.node);
    if (this.rivals) this.bodies.rivals.append(this.rivals.node);
    this.problem = h("p.warning", { role: "alert", hidden: true });
    this.node = h("div.panel.evidence", {}, h("div.panel-head", {}, this.title, this.made),
      this.problem,
      h("nav.parts", {}, ...parts.map((part) => h("a", { href: `#part-${part}`,
        ...says(`evidence.${part}`), onclick: (event) => this.#go(event, part) }))),
      ...parts.map((part) => h("section.part", { id: `part-${part}` },
        h("h3", says(`evidence.${part}`)), this.bodies[part])));
    page.on("tab", () => this.#open());
    page.on("lang", () => this.#draw());
    for (const { store } of Object.values(directions)) {
      store.on("payload", () => this.#fresh(store));
      store.on("alpha facet weights", () => this.#visible() && this.#drawQuery());
      store.on("playing", () => store.get("playing") && this.map.pause());
    }
  }

  /** The direction of the last answer. */
  #fresh(store) {
    const found = Object.entries(this.directions).find(([, side]) => side.store === store);
    this.last = { endpoint: found[0] === "match" ? "/search" : "/search_music", ...found[1] };
    this.stale = true;
    if (this.#visible()) this.#open();
  }

  #visible() {
    return this.page.get("tab") === "evidence";
  }

  async #open() {
    if (!this.#visible()) return this.map.pause();
    this.problem.hidden = true;
    this.#drawQuery();
    if (this.report && !this.stale) return;
    this.stale = false;
    try {
      const sha256 = this.last?.store.get("payload").query.sha256 ?? "";
      const [report, map, columns] = await Promise.all([
        this.report ?? call("evidence_report", []), call("evidence_map", [sha256]),
        this.rivals && sha256 ? call("evidence_rivals", [sha256]) : null]);
      this.report = report;
      this.rivals?.show(columns);
      this.map.show(map);
      this.#draw();
    } catch (error) {
      this.stale = true;
      this.problem.textContent = failureText(error);
      this.problem.hidden = false;
    }
  }

  #go(event, part) {
    event.preventDefault(); // the address keeps the ranking's link
    this.root.querySelector(`#part-${part}`).scrollIntoView({ block: "start",
      behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  }

  #draw() {
    if (!this.report) return;
    const { checkpoint, metrics, card } = this.report;
    this.made.textContent = `${checkpoint.name} · ${checkpoint.fingerprint.slice(0, 12)}`;
    this.sweep.show(metrics, checkpoint.name);
    this.map.draw();
    clear(this.bodies.card).append(...(card ? render(card)
      : [h("p.soft", { text: t("evidence.nocard", { name: checkpoint.name.replace(/\.\w+$/, ".md") }) })]));
    this.#drawMade();
    this.#drawQuery();
  }

  // ---- the last query ---------------------------------------------------------------------------

  #drawQuery() {
    const shown = this.last?.store ?? this.page;
    this.rivals?.draw(shown.get("alpha"), shown.get("facet"));
    const body = clear(this.bodies.query);
    const payload = this.last?.store.get("payload");
    if (!payload || !this.last.ranking.ranker) {
      body.append(h("p.soft", says("evidence.noquery")));
      return;
    }
    body.append(this.#timings(payload.query), this.#numbers(payload), this.#code(payload.query));
  }

  #timings({ name, timings_s: timings }) {
    const stages = Object.entries(timings);
    const total = stages.reduce((sum, [, seconds]) => sum + seconds, 0);
    const again = this.#rankingTime();
    const line = (text, seconds, share) => h("div.timing", {}, h("span", { text }),
      h("span.meter-bar", {}, h("i", { style: `transform: scaleX(${share.toFixed(4)})` })),
      h("b", { text: t("evidence.ms", { ms: number(seconds * 1000, seconds < 0.01 ? 3 : 0) }) }));
    return h("div.timings", {}, h("h4", { text: name }),
      ...stages.map(([stage, seconds]) => line(t(`time.${stage}`), seconds, seconds / (total || 1))),
      line(t("evidence.rerank", { count: number(this.last.ranking.ranker.size) }), again,
        total ? again / total : 0));
  }

  /** Seconds that scoring and sorting take in this browser, the mean of some repetitions. */
  #rankingTime() {
    const { ranking } = this.last;
    const start = performance.now();
    for (let i = 0; i < TIMED; i++) order(ranking.ranker.scores(ranking.weights()), ranking.members);
    return (performance.now() - start) / 1000 / TIMED;
  }

  #numbers(payload) {
    const { store, ranking } = this.last;
    const { branches } = payload;
    const heads = [t("evidence.rank"), t("evidence.item"), ...branches.map((branch) =>
      t("evidence.partOf", { branch: label("facet", branch) })), t("details.score")];
    const rows = store.get("order").slice(0, ROWS).map((i, place) => h("tr", {},
      h("td", { text: place + 1 }),
      h("th", { scope: "row" }, h("button.link", { type: "button", text: payload.tracks[i].title,
        onclick: () => this.#openNumbers(i) })),
      ...branches.map((_, b) => h("td", { text: number(ranking.ranker.part(i, b), 3) })),
      h("td", {}, h("b", { text: number(ranking.scores[i], 3) }))));
    return h("div.table-scroll", { tabIndex: 0 }, h("table.numbers.left-second", {},
      h("caption", { text: t("evidence.rows", { weights: this.#weights(branches) }) }),
      h("thead", {}, h("tr", {}, ...heads.map((text) => h("th", { scope: "col", text })))),
      h("tbody", {}, ...rows)));
  }

  #weights(branches) {
    const w = this.last.ranking.weights();
    return branches.map((branch, b) => `${label("facet", branch)} ${number(w[b], 2)}`)
      .join(t("comma"));
  }

  #openNumbers(i) {
    const { ranker } = this.last.ranking;
    const track = this.last.store.get("payload").tracks[i];
    const names = ranker.branches.map((branch) => label("facet", branch));
    const matrix = (key, values) => h("div.matrix", {}, h("h4", says(key)), h("table.numbers", {},
      h("thead", {}, h("tr", {}, h("td"), ...names.map((text) => h("th", { scope: "col", text })))),
      h("tbody", {}, ...names.map((text, a) => h("tr", {}, h("th", { scope: "row", text }),
        ...names.map((_, b) => h("td", { text: number(values[a * names.length + b], 4) })))))));
    openDialog(this.root, track.title, h("p.soft", says("evidence.matrices")),
      matrix("evidence.q", track.q), matrix("evidence.g", track.g),
      matrix("evidence.gram", this.last.store.get("payload").query.gram),
      h("table.numbers", {}, h("tbody", {}, ...ranker.branches.map((_, b) => h("tr", {},
        h("th", { scope: "row", text: t("evidence.partOf", { branch: names[b] }) }),
        h("td", { text: number(ranker.part(i, b), 6) }))))));
  }

  #code(query) {
    const { store, endpoint } = this.last;
    const values = { base: document.baseURI.split("#")[0].split("?")[0], endpoint, file: fileName(query),
      alpha: Number(store.get("alpha").toFixed(3)), facet: store.get("facet"), k: ROWS };
    const block = (key, text) => h("div.code", {}, h("div.code-head", {}, h("h4", says(key)),
      h("button.link", { type: "button", ...says("evidence.copy"),
        onclick: () => navigator.clipboard?.writeText(text) })), h("pre", { text, tabIndex: 0 }));
    return h("div.codes", {}, block("evidence.python", pythonCode(values)),
      block("evidence.shell", shellCode(values)));
  }

  // ---- what everything is made of ---------------------------------------------------------------

  #drawMade() {
    const { checkpoint, encoders, licences, config, metadata, notices, library } = this.report;
    const pairs = (entries) => h("dl.facts-list", {}, ...entries.flatMap(([name, value]) =>
      [h("dt", { text: name }), h("dd", { text: value })]));
    const fold = (key, value) => h("details", {}, h("summary", says(key)),
      h("pre", { text: JSON.stringify(value, null, 1), tabIndex: 0 }));
    const catalogLine = ({ name, licences: list }) => [name,
      list.map(([licence, count]) => t("evidence.licence", { licence, count: number(count) }))
        .join(t("comma"))];
    clear(this.bodies.made).append(
      h("h4", says("evidence.checkpoint")), pairs([
        [t("evidence.file"), checkpoint.name], [t("evidence.fingerprint"), checkpoint.fingerprint],
        [t("evidence.branches"), checkpoint.branches.join(t("comma"))],
        [t("evidence.fusion"), checkpoint.fusion]]),
      h("h4", says("evidence.encoders")), pairs(encoders.map(({ id, licence, commercial }) =>
        [id, `${licence} ${t(commercial ? "evidence.commercial" : "evidence.noncommercial")}`])),
      h("h4", says("evidence.catalogs")), pairs(licences.map(catalogLine)),
      ...notices.map((notice) => h("p.warning", { text: sentence(notice) })),
      h("h4", says("evidence.library")), h("p", { text: library.videos
        ? t("reverse.library", { name: library.name, count: number(library.videos) })
        : t("evidence.nolibrary") }),
      fold("evidence.config", config), fold("evidence.training", readable(metadata)));
  }
}

/** The query's file; a track of the catalog stands for any music. */
const fileName = ({ name, modality }) =>
  /\.\w{2,4}$/.test(name) ? name : modality === "music" ? "music.mp3" : "video.mp4";

/** Header values that are JSON, opened. */
function readable(metadata) {
  return Object.fromEntries(Object.entries(metadata).map(([key, value]) => {
    try {
      return [key, JSON.parse(value)];
    } catch {
      return [key, value];
    }
  }));
}
