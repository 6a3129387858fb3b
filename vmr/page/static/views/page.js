// The page as a whole: makes the parts, puts them in place and wires them to one store.

import { BumpChart } from "../ranking/bump.js";
import { Compare, compareButton } from "../ranking/compare.js";
import { openDetails } from "./details.js";
import { h } from "../core/dom.js";
import { openDownload } from "./download.js";
import { Evidence } from "./evidence.js";
import { drawFacts } from "./facts.js";
import { FilterBar } from "../ranking/filters.js";
import { says, setLanguage, t } from "../core/i18n.js";
import { Intake } from "./intake.js";
import { listenToKeys } from "./keyboard.js";
import { header, hero, skeleton, unlabelled, view } from "./layout.js";
import { writeLink } from "../core/link.js";
import { RankedList } from "../ranking/list.js";
import { Menu } from "../core/menu.js";
import { Presentation } from "./present.js";
import { beginning } from "../ranking/rank.js";
import { Ranking } from "../ranking/ranking.js";
import { Reference } from "../ranking/reference.js";
import { Reverse } from "./reverse.js";
import { loadShortlist, Shortlist } from "./shortlist.js";
import { Slider } from "../ranking/slider.js";
import { Stage } from "../playing/stage.js";
import { drawStatus } from "./status.js";
import { Store } from "../core/store.js";
import { applyTheme, currentTheme, switchTheme } from "../core/theme.js";
import { keyOf } from "../core/track.js";
import { TrianglePad } from "../ranking/triangle.js";
import { fileButton, limitsText, nameSamples, Progress, sampleButtons, showError, takeDrops } from "./upload.js";
import { readColours } from "../core/waveform.js";

const VIDEO_TYPES = "video/*,.mkv,.avi,.mov,.ts,.flv,.wmv";
const AUDIO_TYPES = "audio/*,.opus,.flac";

export class Page {
  constructor(root, boot) {
    this.root = root;
    this.boot = boot;
    this.store = new Store({
      phase: "empty", tab: "match", lang: "", theme: currentTheme(), ...beginning(boot.facets),
      weights: null, triangle: false, payload: null, order: [], changes: [], found: null,
      filters: {}, excluded: new Set(), silent: false, blend: 0, current: null, playing: false,
      shortlist: loadShortlist(), sliding: false, restBefore: null, video: null,
      comparing: false, presenting: false,
    });
    this.#parts();
    this.#place();
    this.#wire();
  }

  #parts() {
    const { store } = this;
    this.list = new RankedList({
      play: (i) => this.stage.play(i),
      seek: (i, share) => this.stage.seekTrack(i, share),
      select: (i) => this.stage.select(i),
      keep: (i) => this.keep(i),
      more: (i, opener) => this.menu.open(opener, this.#rowMenu(i)),
    });
    this.ranking = new Ranking(store, this.list);
    this.stage = new Stage(store, this.ranking, this.list);
    this.slider = new Slider(store);
    this.bump = new BumpChart(store);
    this.filters = new FilterBar(store);
    this.progress = new Progress(() => this.intake.stop());
    this.intake = new Intake(store, this.stage, this.progress);
    this.compare = new Compare(store, this.ranking, (i) => this.stage.play(i));
    this.triangle = new TrianglePad(store);
    this.shortlist = new Shortlist(store, (entry) => this.stage.audition(entry), () =>
      this.stage.player.playing ? this.stage.player.track?.id : null);
    this.presentation = new Presentation(this.root, store);
    this.chooseReference = fileButton("link", "reference.choose", AUDIO_TYPES,
      (file) => this.intake.reference(file), "reference-file");
    this.reference = new Reference(store, this.chooseReference,
      () => this.intake.withoutReference());
    this.menu = new Menu(this.root);
    const hush = () => this.stage.player.pause();
    this.reverse = new Reverse(this.boot, store, hush);
    this.evidence = new Evidence(this.root, store, {
      directions: { match: this, reverse: this.reverse }, rivals: this.boot.rivals,
      hush: () => {
        hush();
        this.reverse.screening.pause();
      },
    });
  }

  #place() {
    const { store, boot } = this;
    const take = (file) => this.intake.take({ file });
    const samples = () => sampleButtons(boot.samples, (sample) => this.intake.take({ sample }));
    const choose = (id, spec, key) => fileButton(spec, key, VIDEO_TYPES, take, id);
    this.error = h("div.error", { role: "alert", hidden: true });
    this.facts = h("section.facts");
    this.status = h("footer.status");
    this.none = h("div.nothing", { hidden: true }, h("p", says("list.none")),
      h("button.link", { type: "button", ...says("filter.clear"), onclick: () => this.clear() }));
    const again = h("section.again", {}, choose("video-again", "choose", "drop.again"),
      h("div.samples.small", {}, ...samples()));
    const match = view("match",
      hero(choose("video-file", "choose.primary", "drop.choose"), samples(), limitsText(),
        store.get("facet") ? "hero.lead" : "hero.lead.unlabelled"),
      h("div.work", {}, h("aside.stage-column", {}, this.stage.node, this.facts, again),
        h("div.rank-column", {},
          h("div.controls", {}, ...this.#controls()),
          this.filters.node, this.compare.node, this.list.node, this.none, skeleton())));
    const views = [match, view("shortlist", this.shortlist.node), view("reverse", this.reverse.node),
      view("evidence", this.evidence.node)];
    this.head = header({ tabs: views.map((node) => node.id.slice("view-".length)),
      onTab: (tab) => store.set({ tab }), onLanguage: (lang) => this.speak(lang),
      onTheme: () => store.set({ theme: switchTheme() }),
      onHome: () => this.home(),
      onPresent: () => this.presentation.toggle() });
    this.root.append(this.head.node,
      h("main", {}, this.error, this.progress.node, ...views), this.status);
    takeDrops(this.root, (file) => this.#dropped(file));
  }

  /** What stands above the rows. */
  #controls() {
    const { store, slider, reference, chooseReference } = this;
    if (!store.get("facet")) return [unlabelled(chooseReference), reference.node];
    const triangle = TrianglePad.fits(store.get("facets")) ? h("button.link", { type: "button",
      ...says("triangle.open"), onclick: () => this.#triangle() }) : "";
    slider.tools.children[0].after(compareButton(store), triangle, chooseReference);
    return [slider.node, this.bump.node, this.triangle.node, reference.node, slider.tools];
  }

  #wire() {
    const { store, intake } = this;
    store.on("phase", () => (this.root.dataset.phase = store.get("phase")));
    store.on("tab", () => this.#drawTab());
    store.on("theme", () => this.#colours());
    store.on("payload lang", () => this.#drawAnswer());
    store.on("comparing", () => (this.list.node.hidden = store.get("comparing")));
    store.on("order phase", () => (this.none.hidden = store.get("order").length > 0
      || store.get("phase") !== "results"));
    store.on("alpha facet filters payload", () => this.#writeLink());
    store.on("shortlist lang", () => this.#drawBadge());
    intake.addEventListener("begin", () => (this.error.hidden = true));
    intake.addEventListener("fail", ({ detail }) => showError(this.error, detail));
    listenToKeys({
      Space: () => this.#playing().toggle(),
      ArrowDown: () => this.#playing().step(1),
      ArrowUp: () => this.#playing().step(-1),
      x: () => this.stage.swap(),
      s: () => store.get("current") !== null && this.keep(store.get("current")),
    });
  }

  begin(lang) {
    this.speak(lang, false);
    this.#colours();
    this.#drawTab();
    this.shortlist.draw();
    this.root.dataset.phase = "empty";
    this.root.removeAttribute("aria-busy");
  }

  speak(lang, chosen = true) {
    if (chosen) localStorage.setItem("vmr-lang", lang);
    setLanguage(lang);
    for (const button of this.head.languages) {
      button.setAttribute("aria-pressed", String(button.dataset.lang === lang));
    }
    nameSamples(this.root, this.boot.samples);
    this.root.querySelector("#limits").textContent = limitsText();
    this.store.set({ lang });
  }

  /** Back to the empty page, to choose another video. */
  home() {
    this.intake.forget();
    history.replaceState(null, "", location.pathname + location.search);
  }

  clear() {
    this.store.set({ filters: {}, excluded: new Set() });
  }

  /** On or off the shortlist, with the place it had. */
  keep(i) {
    const { store } = this;
    const { name } = store.get("payload").query;
    this.shortlist.toggle(this.ranking.tracks[i], { video: store.get("video")?.sample?.titles.en ?? name,
      alpha: Number(store.get("alpha").toFixed(3)), facet: store.get("facet") });
  }

  #rowMenu(i) {
    const { store } = this;
    const track = this.ranking.tracks[i];
    return [
      { key: "row.like", run: () => this.intake.like(track) },
      { key: "row.not", run: () =>
        store.set({ excluded: new Set([...store.get("excluded"), keyOf(track)]) }) },
      { key: "row.videos", disabled: this.boot.library.videos === 0, run: () => {
        store.set({ tab: "reverse" });
        this.reverse.take({ track });
      } },
      store.get("video") && { key: "row.download", disabled: !track.audio,
        run: () => this.download(i) },
      { key: "row.numbers", run: () => openDetails(this.root, this.ranking, i) },
      { key: "row.copy", run: () => navigator.clipboard?.writeText(track.attribution) },
    ];
  }

  /** Music goes to the tab that takes music, everything else to the one that takes videos. */
  #dropped(file) {
    if (this.store.get("tab") === "reverse" || file.type.startsWith("audio/")) {
      this.store.set({ tab: "reverse" });
      this.reverse.take({ file });
    } else this.intake.take({ file });
  }

  /** What the keys for playing mean on this tab. */
  #playing() {
    return this.store.get("tab") === "reverse" ? this.reverse : this.stage;
  }

  /** The video with this track as an MP4. */
  download(i) {
    const track = this.ranking.tracks[i];
    this.stage.player.pause();
    openDownload(this.root, { video: this.store.get("video"), track,
      start: this.stage.startOf(track), volumes: this.stage.volumes });
  }

  #triangle() {
    const open = !this.store.get("triangle");
    this.store.set({ triangle: open });
    if (!open) this.store.set({ weights: null });
    this.bump.node.hidden = open;
  }

  #writeLink() {
    const { store } = this;
    const payload = store.get("payload");
    if (!payload) return;
    clearTimeout(this.linking);
    this.linking = setTimeout(() => history.replaceState(null, "", writeLink({
      sha256: payload.query.sha256, alpha: store.get("alpha"), facet: store.get("facet"),
      filters: store.get("filters") })), 300);
  }

  #drawAnswer() {
    const payload = this.store.get("payload");
    drawStatus(this.status, this.boot.catalogs, payload);
    if (payload) drawFacts(this.facts, payload.query);
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

  #drawBadge() {
    const tab = this.head.buttons.find((button) => button.id === "tab-shortlist");
    const count = this.store.get("shortlist").length;
    tab.querySelector(".badge")?.remove();
    if (count) tab.append(h("span.badge", { text: count }));
  }

  #colours() {
    applyTheme(this.store.get("theme"));
    readColours(this.root);
    this.list.drawWaves();
  }
}
