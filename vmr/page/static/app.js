// The page's start: builds the parts, wires them to one store, and takes in videos.

import { BumpChart } from "./bump.js";
import { h } from "./dom.js";
import { drawFacts } from "./facts.js";
import { FilterBar } from "./filters.js";
import { chooseLanguage, loadTexts, number, says, setLanguage, t } from "./i18n.js";
import { listenToKeys } from "./keyboard.js";
import { header, hero, skeleton, view } from "./layout.js";
import { readLink, writeLink } from "./link.js";
import { RankedList } from "./list.js";
import { Ranking } from "./ranking.js";
import { call, configure } from "./server.js";
import { Slider } from "./slider.js";
import { Stage } from "./stage.js";
import { Store } from "./store.js";
import { applyTheme, currentTheme, switchTheme } from "./theme.js";
import { fileButton, limitsText, matchVideo, Progress, sampleButtons, showError, takeDrops }
  from "./upload.js";
import { readColours } from "./waveform.js";

const TABS = ["match"];
const VIDEO_TYPES = "video/*,.mkv,.avi,.mov,.ts,.flv,.wmv";

class Page {
  constructor(root, boot) {
    this.root = root;
    this.boot = boot;
    this.store = new Store({
      phase: "empty", tab: "match", lang: "", theme: currentTheme(), alpha: 0.5,
      facet: boot.facets.includes("mood") ? "mood" : boot.facets[0], facets: boot.facets,
      weights: null, payload: null, order: [], changes: [], found: null, filters: {},
      excluded: new Set(), blend: 0, current: null, playing: false, shortlist: [],
      sliding: false, restBefore: null, video: null,
    });
    this.#build();
    this.#wire();
  }

  #build() {
    const { store, boot } = this;
    this.list = new RankedList({
      play: (i) => this.stage.play(i), seek: (i, share) => this.stage.seekTrack(i, share),
      select: (i) => this.stage.select(i), keep: (i) => this.keep(i), more: () => {},
    });
    this.ranking = new Ranking(store, this.list);
    this.stage = new Stage(store, this.ranking, this.list);
    this.slider = new Slider(store);
    this.bump = new BumpChart(store);
    this.filters = new FilterBar(store);
    this.progress = new Progress(() => this.abort?.abort());
    this.error = h("div.error", { role: "alert", hidden: true });
    this.facts = h("section.facts");
    this.status = h("footer.status", { role: "contentinfo" });
    const take = (file) => this.take({ file });
    const samples = () => sampleButtons(boot.samples, (sample) => this.take({ sample }));
    const choose = (id, spec, key) => fileButton(spec, key, VIDEO_TYPES, take, id);
    this.hero = hero(choose("video-file", "choose.primary", "drop.choose"), samples(), limitsText());
    this.again = h("section.again", {}, choose("video-again", "choose", "drop.again"),
      h("div.samples.small", {}, ...samples()));
    this.none = h("div.none", { hidden: true }, h("p", says("list.none")),
      h("button.link", { type: "button", ...says("filter.clear"),
        onclick: () => store.set({ filters: {}, excluded: new Set() }) }));
    this.match = view("match", this.hero,
      h("div.work", {},
        h("aside.stage-column", {}, this.stage.node, this.facts, this.again),
        h("div.rank-column", {},
          h("div.controls", {}, this.slider.node, this.bump.node, this.slider.tools),
          this.filters.node, this.list.node, this.none, skeleton())));
    this.head = header({ tabs: TABS, onTab: (tab) => store.set({ tab }),
      onLanguage: (lang) => this.speak(lang), onTheme: () => store.set({ theme: switchTheme() }),
      onPresent: () => this.present?.() });
    this.root.append(this.head.node, h("main", {}, this.error, this.progress.node, this.match),
      this.status);
    takeDrops(this.root, take);
  }

  #wire() {
    const { store } = this;
    store.on("phase", () => (this.root.dataset.phase = store.get("phase")));
    store.on("tab", () => this.#drawTab());
    store.on("theme", () => this.#colours());
    store.on("payload lang", () => this.#drawStatus());
    store.on("order", () => (this.none.hidden = store.get("order").length > 0
      || store.get("phase") !== "results"));
    store.on("alpha facet filters payload", () => this.#writeLink());
    listenToKeys({
      Space: () => this.stage.toggle(),
      ArrowDown: () => this.stage.step(1),
      ArrowUp: () => this.stage.step(-1),
    });
  }

  begin() {
    this.speak(localStorage.getItem("vmr-lang") ?? chooseLanguage(this.boot.lang), false);
    this.#colours();
    this.#drawTab();
    this.root.dataset.phase = "empty";
    this.root.removeAttribute("aria-busy");
    const link = readLink();
    if (link) this.restore(link);
  }

  speak(lang, chosen = true) {
    if (chosen) localStorage.setItem("vmr-lang", lang);
    setLanguage(lang);
    this.store.set({ lang });
    for (const button of this.head.languages) {
      button.setAttribute("aria-pressed", String(button.dataset.lang === lang));
    }
    for (const node of this.root.querySelectorAll("[data-sample]")) {
      const key = `sample.${node.dataset.sample}`;
      if (t(key) !== key) node.textContent = t(key);
    }
    this.root.querySelector("#limits").textContent = limitsText();
    const query = this.store.get("payload")?.query;
    if (query) drawFacts(this.facts, query);
  }

  /** Take in a video: {file} from the person or {sample}. */
  async take(video) {
    this.abort?.abort();
    const abort = (this.abort = new AbortController());
    const { store } = this;
    this.error.hidden = true;
    if (this.object) URL.revokeObjectURL(this.object);
    this.object = video.file ? URL.createObjectURL(video.file) : null;
    const before = store.get("phase");
    store.set({ phase: "loading", video: { ...video } });
    this.facts.replaceChildren();
    this.stage.setVideo(this.object ?? video.sample.url);
    this.progress.begin();
    try {
      const { payload, remote } = await matchVideo(video, (news) => this.progress.tell(news),
        abort.signal);
      store.set({ video: { ...video, remote }, phase: "results" });
      this.#showPayload(payload);
    } catch (error) {
      if (this.abort !== abort) return;
      this.stage.setVideo(null);
      store.set({ phase: store.get("payload") && before === "results" ? "results" : "empty" });
      if (error.name !== "AbortError") showError(this.error, error);
    } finally {
      if (this.abort === abort) this.progress.end();
    }
  }

  async restore({ sha256, alpha, facet, filters }) {
    const { store } = this;
    store.set({ phase: "loading" });
    try {
      const payload = await call("restore", [sha256]);
      store.set({ phase: "results", alpha, filters,
        facet: payload.facets.includes(facet) ? facet : store.get("facet") });
      this.stage.setVideo(null);
      this.#showPayload(payload);
    } catch (error) {
      store.set({ phase: "empty" });
      history.replaceState(null, "", location.pathname + location.search);
      showError(this.error, error);
    }
  }

  #showPayload(payload) {
    this.store.set({ payload, current: null });
    drawFacts(this.facts, payload.query);
  }

  keep() {}

  #writeLink() {
    const { store } = this;
    const payload = store.get("payload");
    if (!payload) return;
    clearTimeout(this.linking);
    this.linking = setTimeout(() => history.replaceState(null, "", writeLink({
      sha256: payload.query.sha256, alpha: store.get("alpha"), facet: store.get("facet"),
      filters: store.get("filters") })), 300);
  }

  #drawTab() {
    const now = this.store.get("tab");
    for (const button of this.head.buttons) {
      const on = button.id === `tab-${now}`;
      button.setAttribute("aria-selected", String(on));
      button.tabIndex = on ? 0 : -1;
    }
    for (const panel of this.root.querySelectorAll(".view")) panel.hidden = panel.id !== `view-${now}`;
  }

  #colours() {
    applyTheme(this.store.get("theme"));
    readColours(this.root);
    this.list.drawWaves((i) => this.list.played(i));
  }

  #drawStatus() {
    const payload = this.store.get("payload");
    const catalogs = this.boot.catalogs.map((c) =>
      t("status.catalog", { name: c.name, count: number(c.tracks) }));
    const parts = [h("span", { text: catalogs.join(t("comma")) }), h("span", says("status.private"))];
    if (payload) {
      const times = payload.query.timings_s;
      const total = Object.values(times).reduce((a, b) => a + b, 0);
      const detail = Object.entries(times).map(([stage, s]) =>
        `${t(`time.${stage}`)} ${number(s, 1)}`).join(t("comma"));
      parts.push(h("span", { text: t("status.time", { total: number(total, 1), detail }) }));
    }
    for (const { notice } of this.boot.catalogs) {
      if (notice) parts.push(h("span.warning", { text: notice }));
    }
    this.status.replaceChildren(...parts);
  }
}

/** Gradio draws its container first; ours begins when it is there. */
function containerReady() {
  return new Promise((resolve) => {
    const look = () => document.getElementById("vmr");
    if (look()) return resolve(look());
    const watch = new MutationObserver(() => look() && (watch.disconnect(), resolve(look())));
    watch.observe(document.documentElement, { childList: true, subtree: true });
  });
}

const boot = JSON.parse(document.getElementById("vmr-boot").textContent);
configure(boot);
const [root] = await Promise.all([containerReady(), loadTexts()]);
window.vmr = new Page(root, boot);
window.vmr.begin();
