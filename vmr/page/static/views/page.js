// The page as a whole: makes the parts, puts them in place and wires them to one store.

import { accepted, fileButton, limitsText, takeDrops } from "../core/choosing.js";
import { Cues } from "../core/cues.js";
import { h } from "../core/dom.js";
import { showError } from "../core/failure.js";
import { bringTexts, says, setLanguage } from "../core/i18n.js";
import { followInAddress } from "../core/history.js";
import { Menu } from "../core/menu.js";
import { Progress } from "../core/progress.js";
import { configure } from "../core/server.js";
import { Store } from "../core/store.js";
import { applyTheme, currentTheme, switchTheme } from "../core/theme.js";
import { Undo } from "../core/undo.js";
import { readColours } from "../core/waveform.js";
import { Belief, EnergyDial } from "../ranking/belief.js";
import { BumpChart } from "../ranking/bump.js";
import { FilterBar } from "../ranking/filter_bar.js";
import { RankedList } from "../ranking/list.js";
import { Ranking, rankingState } from "../ranking/ranking.js";
import { Reference } from "../ranking/reference.js";
import { Slider } from "../ranking/slider.js";
import { Words } from "../ranking/words.js";
import { Stage } from "../playing/stage.js";
import { bestStartOf } from "./best_start_later.js";
import { takeDropped } from "./dropped.js";
import { drawFacts } from "./facts.js";
import { FetchSound } from "./fetch_sound.js";
import { follow } from "./follow.js";
import { Frames } from "./frames.js";
import { Header } from "./header.js";
import { guideButton, openHelp } from "./help.js";
import { Intake } from "./intake.js";
import { listenToKeys, pageKeys } from "./keyboard.js";
import { keepStart } from "./kept_film.js";
import { LateTabs } from "./late_tabs.js";
import { view } from "./layout.js";
import { learnFrom, logDone } from "./logged.js";
import { matchView } from "./match_view.js";
import { Presentation } from "./present.js";
import { ProjectBond } from "./project_bond.js";
import { Revival } from "./revival.js";
import { rowItems } from "./row_menu.js";
import { nameSamples } from "./samples.js";
import { contextOf, loadShortlist, Shortlist, startFields } from "./shortlist.js";
import { drawStatus } from "./status.js";
import { WholeFilm } from "./whole_film.js";
/** @import { Boot, PageState } from "../core/types.js" */

export class Page {
  // made by #parts and #place, in an order that lets one part know another
  /** @type {RankedList} */ list;
  /** @type {Ranking} */ ranking;
  /** @type {Stage} */ stage;
  /** @type {Slider} */ slider;
  /** @type {Belief} */ belief;
  /** @type {EnergyDial} */ energy;
  /** @type {Words} */ words;
  /** @type {BumpChart} */ bump;
  /** @type {FilterBar} */ filters;
  /** @type {Progress} */ progress;
  /** @type {Progress} */ beside;
  /** @type {Intake} */ intake;
  /** @type {FetchSound} */ fetchSound;
  /** @type {Revival} */ revival;
  /** @type {Shortlist} */ shortlist;
  /** @type {Presentation} */ presentation;
  /** @type {HTMLElement} */ chooseReference;
  /** @type {Reference} */ reference;
  /** @type {Menu} */ menu;
  /** @type {LateTabs} */ late;
  /** @type {WholeFilm} */ film;
  /** @type {Header} */ head;
  /** @type {HTMLElement} */ error;
  /** @type {HTMLElement} */ facts;
  /** @type {Frames} */ frames;
  /** @type {HTMLElement} */ status;
  /** @type {HTMLElement} */ none;
  /** @type {HTMLElement[]} the panels of the tabs */ views;
  /** @type {ProjectBond} */ bond;
  limits = h("p.limits");
  undo = new Undo();
  cues = new Cues();

  /**
   * @param {HTMLElement} root
   * @param {Boot} boot
   */
  constructor(root, boot) {
    this.root = root;
    this.boot = boot;
    /** @type {PageState} */
    const state = { ...rankingState(boot.facets), phase: "empty", tab: "match",
      theme: currentTheme(), triangle: false, shortlist: loadShortlist(), video: null,
      comparing: false, presenting: false, project: "", cue: null, whole: null };
    this.store = new Store(state);
    followInAddress(this.store, (link) => follow(this, link));
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
      use: (i) => this.film.use(i),
      more: (i, opener) => this.menu.open(opener, rowItems(this, i)),
    });
    this.ranking = new Ranking(store, this.list);
    this.stage = new Stage(store, this.ranking, this.list);
    this.slider = new Slider(store);
    this.belief = new Belief(store, () => this.menu);
    this.energy = new EnergyDial(store);
    this.words = new Words(store, (text, field) => this.intake.words(text, field));
    this.bump = new BumpChart(store);
    this.fetchSound = new FetchSound(this);
    this.filters = new FilterBar(store, () => this.fetchSound.button());
    this.progress = new Progress(() => this.intake.stop());
    this.beside = new Progress(() => this.intake.stop());
    this.intake = new Intake(store, this.stage, this.progress, this.beside, this.boot.samples);
    this.revival = new Revival(this.stage, this.intake, (boot) => this.renew(boot));
    this.stage.onbroken = (track) => this.revival.begin(track);
    this.shortlist = new Shortlist(store, (entry) => this.stage.audition(entry), () =>
      this.stage.player.playing ? this.stage.player.track?.id ?? null : null,
      (text, run) => this.undo.offer(text, run));
    this.stage.starts.onstart = (track, choice) => {
      this.shortlist.setStart(track, choice);
      keepStart(store.get("payload")?.query.sha256 ?? "", track, choice);
    };
    this.stage.onbest = bestStartOf(this);
    this.bond = new ProjectBond(this);
    this.presentation = new Presentation(this.root, store);
    this.chooseReference = fileButton("link", "reference.choose", accepted("audio"),
      (file) => this.intake.reference(file), "reference-file");
    this.reference = new Reference(store, this.chooseReference,
      () => this.intake.withoutReference());
    this.menu = new Menu(this.root);
    this.late = new LateTabs(this);
    this.film = new WholeFilm(this);
  }

  #place() {
    const { store } = this;
    this.error = h("div.error", { role: "alert", hidden: true });
    this.facts = h("section.facts");
    this.frames = new Frames(store, (time_s) => this.stage.showMoment(time_s));
    this.status = h("footer.status");
    this.none = h("div.nothing", { hidden: true }, h("p", says("list.none")),
      h("button.link", { type: "button", ...says("filter.clear"), onclick: () => this.clear() }));
    this.views = [view("match", ...matchView(this)), view("shortlist", this.shortlist.node),
      ...this.late.views];
    this.head = new Header(this.views.map((node) => node.id.slice("view-".length)), {
      tab: (tab) => store.set({ tab }), language: (lang) => this.speak(lang),
      theme: () => store.set({ theme: switchTheme() }), home: () => this.home(),
      present: () => this.presentation.set(!this.presentation.on)
        .catch((error) => showError(this.error, error)), help: () => openHelp(this.root, this.error) });
    this.root.append(this.head.node,
      h("div.body", {}, this.error, this.progress.node, ...this.views), this.fetchSound.node,
      this.status, this.undo.node);
    takeDrops(this.root, (files) => takeDropped(this, files));
  }

  #wire() {
    const { store, intake } = this;
    store.on("phase", () => (this.root.dataset.phase = store.get("phase")));
    store.on("tab", () => this.#drawTab());
    store.on("theme", () => this.#colours());
    store.on("payload lang phase", () => this.drawAnswer());
    store.on("comparing", () => (this.list.node.hidden = store.get("comparing")));
    store.on("order phase", () => (this.none.hidden = store.get("order").length > 0
      || store.get("phase") !== "results" || this.ranking.refused));
    store.on("shortlist lang", () =>
      this.head.showCount("shortlist", store.get("shortlist").length));
    intake.addEventListener("begin", () => (this.error.hidden = true));
    intake.addEventListener("fail", (event) =>
      showError(this.error, /** @type {CustomEvent} */ (event).detail));
    listenToKeys(pageKeys(this), (key, event) => this.late.made[store.get("tab")]?.key?.(key, event));
    if (this.boot.audit) logDone(this);
    if (this.boot.learn) learnFrom(this);
  }

  /** @param {string} lang */
  begin(lang) {
    this.#speak(lang);
    this.#colours();
    this.#drawTab();
    this.shortlist.draw();
    this.root.dataset.phase = "empty";
    this.root.removeAttribute("aria-busy");
  }

  /**
   * @param {string} lang chosen by the person, so that it is kept for the next visit
   */
  async speak(lang) {
    try {
      if (!await bringTexts(lang)) return;
      localStorage.setItem("vmr-lang", lang);
      this.#speak(lang);
    } catch {
      showError(this.error, { message: "", key: "error.gone" });
    }
  }

  /** @param {string} lang whose texts are there */
  #speak(lang) {
    setLanguage(lang);
    this.head.showLanguage(lang);
    nameSamples(this.root, this.boot.samples);
    this.limits.textContent = limitsText();
    this.store.set({ lang });
  }

  /** Back to the empty page, to choose another video. */
  home() {
    this.intake.forget();
  }

  /**
   * The server was started again: its addresses are new.
   * @param {Boot} boot
   */
  renew(boot) {
    configure(boot);
    for (const sample of this.boot.samples) {
      Object.assign(sample, boot.samples.find((other) => other.key === sample.key));
    }
  }

  clear() {
    this.store.set({ filters: {}, excluded: new Set() });
  }

  /**
   * On or off the shortlist, with the place it had.
   * @param {number} i
   */
  keep(i) {
    const track = this.ranking.tracks[i];
    this.shortlist.toggle(track, { ...contextOf(this.store, this.ranking.reason(i), this.ranking.fit(i)),
      ...startFields(this.stage.starts.of(track)) });
  }

  drawAnswer() {
    const payload = this.store.get("phase") === "empty" ? null : this.store.get("payload");
    drawStatus(this.status, this.boot, payload, this.fetchSound.button(),
      guideButton(this.root, this.error));
    if (payload) drawFacts(this.facts, payload.query);
    this.root.classList.toggle("words-only", payload?.query.modality === "text");
  }

  #drawTab() {
    const now = this.store.get("tab");
    this.head.showTab(now);
    for (const panel of this.views) panel.hidden = panel.id !== `view-${now}`;
  }

  #colours() {
    applyTheme(this.store.get("theme"));
    readColours(this.root);
    this.list.drawWaves();
  }
}
