// One row of the ranking. Built once per track; afterwards only what changed is written.

import { h, icon, setIcon } from "../core/dom.js";
import { label, named, number, t } from "../core/i18n.js";
import { decodePeaks, drawWaveform } from "../core/waveform.js";

export class Row {
  constructor(track, index, actions) {
    this.track = track;
    this.index = index;
    this.peaks = decodePeaks(track.peaks);
    this.seen = {};
    this.rank = h("b.rank-number");
    this.mark = h("span.mark");
    this.play = h("button.play", { type: "button", onclick: () => actions.play(index) });
    this.wave = h("canvas.wave", { "aria-hidden": "true",
      onclick: (event) => actions.seek(index, event.offsetX / this.wave.clientWidth) });
    this.bars = h("div.bars", { "aria-hidden": "true" });
    this.score = h("b.score-number");
    this.star = h("button.star", { type: "button", ...named("row.keep"),
      onclick: () => actions.keep(index) }, icon("star"));
    this.more = h("button.more", { type: "button", ...named("row.more"), "aria-haspopup": "true",
      onclick: () => actions.more(index, this.more) }, icon("more"));
    this.chips = h("span.chips");
    this.node = h("div.row", { role: "listitem" },
      h("div.rank", {}, this.rank, this.mark), this.play, this.wave,
      h("div.who", { onclick: () => actions.select(index) },
        h("div.title", { text: track.title, title: track.title }),
        h("div.meta", {}, h("span.artist", { text: track.artist }), this.chips)),
      h("div.bpm", {}, track.bpm ? h("b", { text: number(track.bpm) }) : null,
        track.bpm ? h("small", { text: "BPM" }) : null),
      h("div.licence", { text: track.licence, title: track.attribution }),
      h("div.score", {}, this.bars, this.score),
      h("div.row-actions", {}, this.star, this.more));
    this.node.dataset.id = track.id;
    this.speak();
  }

  /** Texts that depend on the language. */
  speak() {
    const { track } = this;
    const chips = [...track.mood.map((m) => label("mood", m)),
      ...track.genre.map((g) => label("genre", g))].slice(0, 3);
    this.chips.replaceChildren(...chips.map((text) => h("span.chip", { text })));
    this.seen.playing = undefined;
  }

  /** marks: places gained since the slider last rested; bars: [{share, weight, name}] */
  show({ place, total, gained, score, bars, selected, playing, kept }) {
    const { node, seen } = this;
    if (seen.place !== place) {
      this.rank.textContent = place + 1;
      node.setAttribute("aria-posinset", place + 1);
      node.setAttribute("aria-setsize", total);
      seen.place = place;
    }
    if (seen.gained !== gained) this.#showMark(gained);
    if (seen.score !== score) {
      this.score.textContent = number(score, 2);
      seen.score = score;
    }
    this.#showBars(bars);
    if (seen.selected !== selected) {
      node.classList.toggle("selected", selected);
      if (selected) node.setAttribute("aria-current", "true");
      else node.removeAttribute("aria-current");
      seen.selected = selected;
    }
    if (seen.playing !== playing) this.#showPlaying(playing);
    if (seen.kept !== kept) {
      this.star.setAttribute("aria-pressed", String(kept));
      seen.kept = kept;
    }
  }

  #showMark(gained) {
    this.seen.gained = gained;
    this.mark.textContent = gained ? `${gained > 0 ? "▲" : "▼"}${Math.abs(gained)}` : "";
    this.mark.className = gained > 0 ? "mark up" : "mark";
  }

  #showBars(bars) {
    const { seen } = this;
    if (this.bars.childElementCount !== bars.length) {
      this.bars.replaceChildren(...bars.map(() => h("span.bar", {}, h("i"))));
      seen.bars = null;
    }
    bars.forEach((bar, k) => {
      const old = seen.bars?.[k];
      const fill = this.bars.children[k].firstElementChild;
      if (old?.share !== bar.share) fill.style.transform = `scaleX(${bar.share})`;
      if (old?.weight !== bar.weight) fill.style.opacity = 0.18 + 0.82 * bar.weight;
    });
    seen.bars = bars;
  }

  #showPlaying(playing) {
    this.seen.playing = playing;
    this.node.classList.toggle("playing", playing);
    setIcon(this.play, playing ? "pause" : "play");
    const name = { title: this.track.title };
    this.play.setAttribute("aria-label", t(playing ? "row.pause" : "row.play", name));
    this.play.disabled = !this.track.audio;
    if (!this.track.audio) this.play.title = t("row.silent");
  }

  drawWave(played = 0, start = null) {
    this.drawn = drawWaveform(this.wave, this.peaks, played, start);
  }
}
