"""From words to one number a track, standardised over the catalogs: a linear term of the score.

Each word gives every track a value, about 0 (nothing of it) to 1 (that very thing). Within moods,
genres and so on the best name counts, among them their mean by weight; a word that is not in the
table counts where title, artist or tags have it. Values are summed by the words' strength, so what
is to be avoided is taken off, and the sum is standardised. As it is the same for every position of
the slider, all scores stay linear in the weights:

    score(w, words) = w'parts + words * term

Where the music encoder has a text side (vmr.encoders.base.TextSide) the whole line asks too: the
cosine of its row with each track's sound, once for each of its words, less the cosines of what is
to be avoided. That is standardised as well and joins the words of the table with HEARD_SHARE.

Shapes: N tracks, L labels, I instruments, P columns of the text side. float32.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vmr.embedding import Array
from vmr.encoders.base import TextSide
from vmr.knowledge.phrases import said_alone
from vmr.knowledge.track_facts import TrackFacts
from vmr.knowledge.whole_line import WholeLine, whole_line
from vmr.knowledge.word_table import FACETS, Sense, fold
from vmr.knowledge.words import Word, understand

KINDS = {"moods": "mood", "genres": "genre", "instruments": "instrument"} | {
    column: column for column in ("tempo", "voice", "era")
}
MOST_MEANINGS = 3
ENERGY_SHARE = 0.2  # what a word's energy counts beside a facet of weight 3
FOUND_SHARE = 1.5  # what a word found in a title counts beside one of the table
ENERGY_REACH = 1.5  # levels away at which an energy no longer fits
TRACKS_AT_ONCE = 16384
BPM_REACH = 0.08  # octaves, standard deviation around a tempo that was written as a number
HEARD_SHARE = 0.5  # of the whole line; not fitted, for want of CLAP's weights
# What a tagger hears counts less than what the catalog says; bpm may be doubled or halved.
SURENESS = {"instruments": 0.5, "era": 0.5, "tempo": 0.8}


@dataclass(frozen=True)
class WordTerm:
    """A text's words and what they add to the score: term (N,), mean 0 and spread 1, or zeros
    where nothing can be ranked by them. found: for each word how many tracks have it in their
    title, artist or tags, None where the table explains it; heard: what was asked of the sound,
    None where the encoder has no text side or nothing of the text can be put to it."""

    words: tuple[Word, ...]
    found: tuple[int | None, ...]
    term: Array = field(repr=False)
    heard: WholeLine | None = None

    @property
    def empty(self) -> bool:
        """Whether no word says anything of these tracks."""
        return not self.term.any()

    def as_json(self) -> list[dict[str, Any]]:
        """The chips: text, strength, ``means`` ([kind, name], the weightiest first), ``found`` in
        titles, whether the word was ``understood``, and ``alone``, a text that says just this."""
        return [
            {
                "text": word.text,
                "strength": word.strength,
                "understood": word.understood or bool(count),
                "means": _means(word),
                "found": count,
                "alone": said_alone(word),
            }
            for word, count in zip(self.words, self.found, strict=True)
        ]


def word_term(text: str, facts: TrackFacts, side: TextSide | None = None) -> WordTerm:
    """What a text asks of the tracks; side: of the encoder that the facts' sound is of. Never
    raises for a text, whatever stands in it, but EncoderError where the text side cannot be had."""
    words = understand(text)
    total, found = np.zeros(len(facts), dtype=np.float32), list[int | None]()
    for word in words:
        value = word_values(word, facts)
        found.append(None if word.understood else int((value > 0).sum()))
        total += word.strength * value
    term = _standardised(total)
    line = None if side is None or facts.sound is None else whole_line(text, words)
    if side is not None and line:
        heard = _standardised(line_values(line, facts, side))
        term = _standardised((1 - HEARD_SHARE) * term + HEARD_SHARE * heard)
    return WordTerm(words, tuple(found), term, line or None)


def line_values(line: WholeLine, facts: TrackFacts, side: TextSide) -> Array:
    """What the sound model hears of a line in each track, its words' sum of cosines: (N,).
    ValueError for facts without sound, EncoderError where the text side cannot be had."""
    if facts.sound is None:
        raise ValueError("these facts hold no sound that texts can be compared with")
    texts = [(line.text, float(line.count))] if line.text else []
    texts += line.avoided
    rows = side.embed([text for text, _ in texts])  # (Q, P)
    asked = np.array([strength for _, strength in texts], dtype=np.float32) @ rows
    values = np.empty(len(facts), dtype=np.float32)
    for start in range(0, len(values), TRACKS_AT_ONCE):
        part = slice(start, start + TRACKS_AT_ONCE)
        values[part] = facts.sound[part].astype(np.float32) @ asked
    return values


def _standardised(values: Array) -> Array:
    """Mean 0 and spread 1, or zeros where all are alike: (N,)."""
    spread = float(values.std())
    found = (values - values.mean()) / spread if spread > 1e-6 else np.zeros_like(values)
    return np.asarray(found, dtype=np.float32)


def word_values(word: Word, facts: TrackFacts) -> Array:
    """One word's value for each track, without its strength: (N,)."""
    if word.sense is not None:
        return sense_values(word.sense, facts)
    if word.bpm is not None:
        low, high = np.log2(word.bpm[0]), np.log2(word.bpm[1])
        octaves = np.log2(np.maximum(facts.bpm, 1.0))
        off = np.maximum(np.maximum(low - octaves, octaves - high), 0) / BPM_REACH
        return np.nan_to_num(np.exp(-0.5 * off**2)).astype(np.float32)
    wanted = fold(word.text)
    pattern = re.compile((r"\b" if wanted.isascii() else "") + re.escape(wanted))
    return FOUND_SHARE * np.array([bool(pattern.search(t)) for t in facts.texts], np.float32)


def sense_values(sense: Sense, facts: TrackFacts) -> Array:
    """What the table says of a word, for each track: (N,)."""
    total, shares, sure = np.zeros(len(facts), dtype=np.float32), 0.0, 0.0
    for column, weights in sense.weights.items():
        if column not in facts.values:
            continue
        share = (max(abs(weight) for weight in weights.values()) / 3) ** 2  # what it says first
        total += share * _facet_values(weights, facts.values[column], FACETS[column])
        shares += share
        sure += share * SURENESS.get(column, 1.0)
    if sense.energy is not None:
        gap = np.abs(facts.energy - sense.energy) / ENERGY_REACH
        total += ENERGY_SHARE * np.nan_to_num(np.clip(1 - gap, -1, 1))
        shares += ENERGY_SHARE
        sure += ENERGY_SHARE
    return total * sure / max(shares, 1e-6) ** 2


def _facet_values(weights: Mapping[str, float], values: Array, names: Sequence[str]) -> Array:
    """The best of the names that are asked for, less the worst of those that are excluded."""
    asked = {name: w for name, w in weights.items() if w > 0}
    result = np.zeros(len(values), dtype=np.float32)
    if asked:
        top = max(asked.values())
        result += np.max([w / top * values[:, names.index(n)] for n, w in asked.items()], axis=0)
    excluded = [-w / 3 * values[:, names.index(n)] for n, w in weights.items() if w < 0]
    return result - np.max(excluded, axis=0) if excluded else result


def _means(word: Word) -> list[list[str]]:
    if word.bpm is not None:
        low, high = word.bpm
        return [["bpm", f"{low:g}" if low == high else f"{low:g}-{high:g}"]]
    if word.sense is None:
        return []
    named = [[KINDS[facet], name] for facet, name in word.sense.names()[:MOST_MEANINGS]]
    return named or [["energy", f"{word.sense.energy:g}"]]


def named_by(text: str, facet: str) -> list[str]:
    """Labels of a facet that the words of a text were taken for, without those that are avoided."""
    return [
        name
        for word in understand(text)
        if word.strength > 0
        for kind, name in _means(word)
        if kind == facet
    ]
