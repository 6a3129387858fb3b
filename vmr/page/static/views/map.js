// The embedding map: every track a dot, every video a square, the last query a ring, in the plane of
// the two main directions of one branch. Points play on a click and name their nearest tracks.

import { clear, h, s, setIcon } from "../core/dom.js";
import { label, named, number, says, t } from "../core/i18n.js";
import { call } from "../core/server.js";
import { HEIGHT, placer, WIDTH } from "./plane.js";

const COLOURS = 8;

/** Whether two entries are the same track or video, though the map was drawn anew between. */
const same = (one, other) => one?.kind === other?.kind && one?.item.position === other?.item.position;

export class EmbeddingMap {
  /** hush: called before something sounds here. */
  constructor(hush) {
    this.hush = hush;
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
    this.chosen = null;
    this.near = [];
  }

  show(data) {
    this.data = data;
    this.branch = data.branches.includes(this.branch) ? this.branch : data.branches[0];
    this.colourBy = ["mood", "genre"].find((kind) =>
      data.tracks.some((track) => track[kind].length)) ?? "mood";
    this.#points();
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

  #points() {
    const { data } = this;
    const counts = new Map();
    for (const track of data.tracks) {
      const [name] = track[this.colourBy];
      if (name) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    this.shown = [...counts].sort((a, b) => b[1] - a[1]).slice(0, COLOURS).map(([name]) => name);
    const tracks = data.tracks.map((item, i) => ({ kind: "track", item, i,
      node: s("circle", { r: 5.5, class: `dot ${this.#colour(item)}` }) }));
    const videos = data.videos.map((item, i) => ({ kind: "video", item, i,
      node: s("rect", { x: -5, y: -5, width: 10, height: 10, rx: 1.5, class: "dot film-dot" }) }));
    this.items = [...tracks, ...videos];
    this.items.forEach(({ node }, place) => (node.dataset.place = place));
    this.ring = s("g", { class: "query-ring" }, s("circle", { r: 12 }), s("circle", { r: 3 }));
    this.lines = s("g", { class: "near-lines" });
    this.svg.replaceChildren(this.lines, ...this.items.map(({ node }) => node), this.ring);
    this.chosen = this.items.find((entry) => same(entry, this.chosen)) ?? null;
    if (!this.chosen) this.near = [];
  }

  #colour(track) {
    const at = this.shown.indexOf(track[this.colourBy][0]);
    return at < 0 ? "colour-none" : `colour-${at}`;
  }

  #drawLegend() {
    const entry = (spec, text) => h("li", {}, h(`i.${spec}`), text);
    this.legend.replaceChildren(
      ...this.shown.map((name, k) => entry(`swatch.colour-${k}`, label(this.colourBy, name))),
      ...(this.data.videos.length ? [entry("swatch.square", t("map.video"))] : []),
      ...(this.data.planes[this.branch].query ? [entry("swatch.ring", t("map.query"))] : []));
  }

  #turn(branch) {
    this.branch = branch;
    this.near = [];
    this.draw();
    if (this.chosen) this.#choose(this.chosen, false);
  }

  #move() {
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
    const ends = this.near.map((row) => this.#entryOf(row)).filter(Boolean);
    this.lines.replaceChildren(...(from ? ends : []).map((entry) => {
      const [x, y] = this.spot(entry);
      return s("path", { d: `M${from[0]} ${from[1]}L${x} ${y}` });
    }));
    for (const entry of this.items) entry.node.classList.toggle("chosen", entry === this.chosen);
    if (this.chosen) this.svg.insertBefore(this.chosen.node, this.ring); // above its neighbours
  }

  #entryOf(row) {
    return this.items.find(({ kind, item }) => kind === "track" && item.position === row.position);
  }

  #entryAt(event) {
    const place = event.target.dataset?.place;
    return place === undefined ? null : this.items[place];
  }

  #hover(event) {
    const entry = this.#entryAt(event);
    this.hint.hidden = !entry;
    if (!entry) return;
    const box = this.svg.getBoundingClientRect();
    const [x, y] = this.spot(entry);
    this.hint.textContent = entry.item.title;
    this.hint.style.left = `${(x / WIDTH) * box.width}px`;
    this.hint.style.top = `${(y / HEIGHT) * box.height}px`;
    this.hint.classList.toggle("flip", x > 0.7 * WIDTH);
  }

  #click(event) {
    const entry = this.#entryAt(event);
    if (entry) this.#choose(entry, true);
  }

  #found() {
    const wanted = this.find.value.trim().toLowerCase();
    const entry = wanted && (this.items.find(({ item }) => item.title.toLowerCase() === wanted)
      ?? this.items.find(({ item }) => item.title.toLowerCase().includes(wanted)));
    if (entry) this.#choose(entry, false);
  }

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
    const { item } = this.chosen;
    this.hush();
    this.audio.pause();
    const film = this.side.querySelector("video");
    if (film) film.play().catch(() => {}); // chosen away before it could begin
    else if (item.audio) {
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
    const { kind, item } = this.chosen;
    const tags = kind === "track" ? [...item.mood.map((m) => label("mood", m)),
      ...item.genre.map((g) => label("genre", g))] : [];
    this.playButton = kind === "track" ? h("button.play", { type: "button", disabled: !item.audio,
      onclick: () => (this.audio.paused ? this.#play() : this.pause()) }) : null;
    side.append(
      kind === "video" && item.film ? h("video.map-film", { src: item.film, muted: true,
        controls: true, playsInline: true, preload: "metadata" }) : "",
      h("div.map-chosen", {}, this.playButton, h("div.who", {},
        h("div.title", { text: item.title }), h("div.meta", {},
          h("span", { text: item.artist ?? t("map.video") }),
          h("span.chips", {}, ...tags.map((text) => h("span.chip", { text })))))),
      h("h4", { text: t("map.near", { branch: label("facet", this.branch) }) }),
      h("ol.near"));
    this.#drawNear();
    this.#drawPlay();
  }

  /** The list alone: a film beside it goes on. */
  #drawNear() {
    this.side.querySelector(".near").replaceChildren(...this.near.map((row) => h("li", {},
      h("button.near-name", { type: "button", text: row.title,
        onclick: () => this.#chooseRow(row) }), h("b", { text: number(row.cosine, 2) }))));
  }

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
