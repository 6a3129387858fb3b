// The embedding map: every track a dot, every video a square, the last query a ring, in the plane of
// the two main directions of one branch. Points play on a click and name their nearest tracks.

import { clear, h, s, setIcon } from "../core/dom.js";
import { label, named, number, says, t } from "../core/i18n.js";
import { call } from "../core/server.js";
import { commonest, HEIGHT, placer, WIDTH } from "./plane.js";
/** @import { Callback } from "../core/types.js" */

const COLOURS = 8;

/**
 * Whether two entries are the same track or video, though the map was drawn anew between.
 * @param {Entry | null} one
 * @param {Entry | null} other
 */
const same = (one, other) => one?.kind === other?.kind && one?.item.position === other?.item.position;

/** @typedef {{ position: number, title: string, artist: string, catalog: string, genre: string[],
 *   mood: string[], audio: string | null }} MapTrack */
/** @typedef {{ position: number, title: string, film: string | null }} MapVideo */
/** @typedef {MapTrack & { cosine: number }} Near */

/** Places of all points in the plane of one branch; the shares that its two axes explain.
 * @typedef {{ tracks: number[][], videos: number[][], query: number[] | null,
 *   explained: [number, number] }} Plane
 */

/** @typedef {{ branches: string[], tracks: MapTrack[], videos: MapVideo[],
 *   planes: Record<string, Plane> }} MapData */

/** A point: i is its place among those of its kind.
 * @typedef {{ kind: "track", item: MapTrack, i: number, node: SVGElement }
 *   | { kind: "video", item: MapVideo, i: number, node: SVGElement }} Entry
 */

export class EmbeddingMap {
  /** @type {MapData | null} */ data = null;
  branch = "";
  /** @type {"mood" | "genre"} */ colourBy = "mood";
  /** @type {string[]} labels that have a colour */ shown = [];
  /** @type {Entry[]} */ items = [];
  /** @type {Entry | null} */ chosen = null;
  /** @type {Near[]} the tracks nearest to the chosen */ near = [];
  /** @type {(entry: Entry) => [x: number, y: number]} */ spot = () => [0, 0];
  ring = s("g", { class: "query-ring" }, s("circle", { r: 12 }), s("circle", { r: 3 }));
  lines = s("g", { class: "near-lines" });
  /** @type {HTMLButtonElement | null} */ playButton = null;

  /**
   * pauseOthers: called before something sounds here.
   * @param {Callback} pauseOthers
   */
  constructor(pauseOthers) {
    this.pauseOthers = pauseOthers;
    this.audio = new Audio();
    this.audio.addEventListener("ended", () => this.#drawPlay());
    this.svg = s("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "map-plot", role: "img" });
    this.svg.addEventListener("click", (event) => this.#click(event));
    this.svg.addEventListener("pointerover", (event) => this.#hover(event));
    this.svg.addEventListener("pointerout", () => (this.hint.hidden = true));
    this.hint = h("div.map-hint", { hidden: true });
    this.branches = h("div.segmented.small", { role: "group", ...named("map.branch") });
    this.axes = h("span.soft");
    this.legend = h("ul.map-legend");
    this.names = h("datalist", { id: "map-names" });
    this.find = h("input.note-field", { type: "search", onchange: () => this.#found() });
    this.find.setAttribute("list", "map-names");
    this.side = h("div.map-side");
    this.node = h("div.map", {}, h("div.map-head", {}, this.branches, this.axes, this.find,
      this.names), h("div.map-body", {}, h("div.map-frame", {}, this.svg, this.hint), this.side),
    this.legend);
  }

  /** @param {MapData} data */
  show(data) {
    this.data = data;
    this.branch = data.branches.includes(this.branch) ? this.branch : data.branches[0];
    this.colourBy = data.tracks.some((track) => track.mood.length) ? "mood" : "genre";
    this.#points(data);
    this.draw();
  }

  pause() {
    this.audio.pause();
    this.side.querySelector("video")?.pause();
    this.#drawPlay();
  }

  /** Texts and places; called when the language or the branch changes. */
  draw() {
    if (!this.data) return;
    const { data } = this;
    this.branches.replaceChildren(...data.branches.map((branch) => h("button", { type: "button",
      text: label("facet", branch), "aria-pressed": String(branch === this.branch),
      onclick: () => this.#turn(branch) })));
    const [first, second] = data.planes[this.branch].explained;
    this.axes.textContent = t("map.axes", { first: number(100 * first), second: number(100 * second) });
    this.find.placeholder = t("map.find");
    this.find.setAttribute("aria-label", t("map.find"));
    this.svg.setAttribute("aria-label", t("map.name", { tracks: number(data.tracks.length),
      videos: number(data.videos.length) }));
    this.names.replaceChildren(...this.items.map(({ item }) => h("option", { value: item.title })));
    this.#drawLegend();
    this.#move();
    this.#drawSide();
  }

  /** @param {MapData} data */
  #points(data) {
    this.shown = commonest(data.tracks.map((track) => track[this.colourBy][0]), COLOURS);
    const tracks = data.tracks.map((item, i) => /** @type {Entry} */ ({ kind: "track", item, i,
      node: s("circle", { r: 5.5, class: `dot ${this.#colour(item)}` }) }));
    const videos = data.videos.map((item, i) => /** @type {Entry} */ ({ kind: "video", item, i,
      node: s("rect", { x: -5, y: -5, width: 10, height: 10, rx: 1.5, class: "dot film-dot" }) }));
    this.items = [...tracks, ...videos];
    this.items.forEach(({ node }, place) => (node.dataset.place = String(place)));
    this.svg.replaceChildren(this.lines, ...this.items.map(({ node }) => node), this.ring);
    this.chosen = this.items.find((entry) => same(entry, this.chosen)) ?? null;
    if (!this.chosen) this.near = [];
  }

  /** @param {MapTrack} track */
  #colour(track) {
    const at = this.shown.indexOf(track[this.colourBy][0]);
    return at < 0 ? "colour-none" : `colour-${at}`;
  }

  #drawLegend() {
    if (!this.data) return;
    /**
     * @param {string} spec
     * @param {string} text
     */
    const entry = (spec, text) => h("li", {}, h(`i.${spec}`), text);
    this.legend.replaceChildren(
      ...this.shown.map((name, k) => entry(`swatch.colour-${k}`, label(this.colourBy, name))),
      ...(this.data.videos.length ? [entry("swatch.square", t("map.video"))] : []),
      ...(this.data.planes[this.branch].query ? [entry("swatch.ring", t("map.query"))] : []));
  }

  /** @param {string} branch */
  #turn(branch) {
    this.branch = branch;
    this.near = [];
    this.draw();
    if (this.chosen) this.#choose(this.chosen, false);
  }

  #move() {
    if (!this.data) return;
    const plane = this.data.planes[this.branch];
    const place = placer([...plane.tracks, ...plane.videos, ...(plane.query ? [plane.query] : [])]);
    this.spot = (entry) => place(plane[entry.kind === "track" ? "tracks" : "videos"][entry.i]);
    for (const entry of this.items) {
      const [x, y] = this.spot(entry);
      entry.node.style.transform = `translate(${x}px, ${y}px)`;
    }
    this.ring.style.display = plane.query ? "" : "none";
    if (plane.query) {
      const [x, y] = place(plane.query);
      this.ring.style.transform = `translate(${x}px, ${y}px)`;
    }
    this.#drawLines();
  }

  #drawLines() {
    const from = this.chosen ? this.spot(this.chosen) : null;
    const ends = this.near.flatMap((row) => this.#entryOf(row) ?? []);
    this.lines.replaceChildren(...ends.flatMap((entry) => {
      const [x, y] = this.spot(entry);
      return from ? [s("path", { d: `M${from[0]} ${from[1]}L${x} ${y}` })] : [];
    }));
    for (const entry of this.items) entry.node.classList.toggle("chosen", entry === this.chosen);
    if (this.chosen) this.svg.insertBefore(this.chosen.node, this.ring); // above its neighbours
  }

  /** @param {Near} row */
  #entryOf(row) {
    return this.items.find(({ kind, item }) => kind === "track" && item.position === row.position);
  }

  /** @param {MouseEvent} event */
  #entryAt(event) {
    const { target } = event;
    const place = target instanceof SVGElement ? target.dataset.place : undefined;
    return place === undefined ? null : this.items[Number(place)];
  }

  /** @param {PointerEvent} event */
  #hover(event) {
    const entry = this.#entryAt(event);
    this.hint.hidden = !entry;
    if (!entry) return;
    const [x, y] = this.spot(entry);
    this.hint.textContent = entry.item.title;
    this.hint.style.left = `${(x / WIDTH) * 100}%`;
    this.hint.style.top = `${(y / HEIGHT) * 100}%`;
    this.hint.classList.toggle("flip", x > 0.7 * WIDTH);
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const entry = this.#entryAt(event);
    if (entry) this.#choose(entry, true);
  }

  #found() {
    const words = this.find.value.trim().toLowerCase();
    const entry = words && (this.items.find(({ item }) => item.title.toLowerCase() === words)
      ?? this.items.find(({ item }) => item.title.toLowerCase().includes(words)));
    if (entry) this.#choose(entry, false);
  }

  /**
   * @param {Entry} entry
   * @param {boolean} play
   */
  async #choose(entry, play) {
    const again = same(entry, this.chosen);
    if (play && again && !this.audio.paused) return this.pause();
    this.chosen = entry;
    if (!again) this.near = [];
    this.#drawSide();
    this.#drawLines();
    if (play) this.#play();
    const near = await call("evidence_neighbours", [entry.kind, entry.item.position, this.branch]);
    if (!same(this.chosen, entry)) return;
    this.near = near;
    this.#drawNear();
    this.#drawLines();
  }

  #play() {
    if (!this.chosen) return;
    const { item } = this.chosen;
    this.pauseOthers();
    this.audio.pause();
    const film = this.side.querySelector("video");
    if (film) film.play().catch(() => {}); // chosen away before it could begin
    else if ("audio" in item && item.audio) {
      this.audio.src = item.audio;
      this.audio.play().catch(() => {});
    }
    this.#drawPlay();
  }

  #drawSide() {
    const side = clear(this.side);
    if (!this.chosen) {
      side.append(h("p.soft", says("map.choose")));
      return;
    }
    const { item } = this.chosen;
    const track = this.chosen.kind === "track" ? this.chosen.item : null;
    const film = this.chosen.kind === "video" ? this.chosen.item.film : null;
    const tags = track ? [...track.mood.map((m) => label("mood", m)),
      ...track.genre.map((g) => label("genre", g))] : [];
    this.playButton = track ? h("button.play", { type: "button", disabled: !track.audio,
      onclick: () => (this.audio.paused ? this.#play() : this.pause()) }) : null;
    side.append(
      film ? h("video.map-film", { src: film, muted: true,
        controls: true, playsInline: true, preload: "metadata" }) : "",
      h("div.map-chosen", {}, this.playButton, h("div.who", {},
        h("div.title", { text: item.title }), h("div.meta", {},
          h("span", { text: track?.artist ?? t("map.video") }),
          h("span.chips", {}, ...tags.map((text) => h("span.chip", { text })))))),
      h("h4", { text: t("map.near", { branch: label("facet", this.branch) }) }),
      h("ol.near"));
    this.#drawNear();
    this.#drawPlay();
  }

  /** The list alone: a film beside it goes on. */
  #drawNear() {
    this.side.querySelector(".near")?.replaceChildren(...this.near.map((row) => h("li", {},
      h("button.near-name", { type: "button", text: row.title,
        onclick: () => this.#chooseRow(row) }), h("b", { text: number(row.cosine, 2) }))));
  }

  /** @param {Near} row */
  #chooseRow(row) {
    const entry = this.#entryOf(row);
    if (entry) this.#choose(entry, true);
  }

  #drawPlay() {
    if (!this.playButton || !this.chosen) return;
    const playing = !this.audio.paused;
    setIcon(this.playButton, playing ? "pause" : "play");
    this.playButton.setAttribute("aria-label",
      t(playing ? "row.pause" : "row.play", { title: this.chosen.item.title }));
  }
}
