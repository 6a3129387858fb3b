"""Which words a track meets, and by what of it: for the sentence of its row.

A word is met by what it asks for first, which are the names of words.csv with its greatest weight:
"dark" (dark 3, tense 1, ...) by a track that carries dark, not by a tense one. A word that is in no
table is met where the title, the artist or a label has it. What is to be avoided is kept by a track
of which it is known that it has none of it. Words that do neither are left out.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vmr.catalogs.tracks_table import Track
from vmr.knowledge.instruments import bundled_instruments, offered
from vmr.knowledge.key_words import UNKNOWN
from vmr.knowledge.reasons import KEPT, NEAR, Pair, Piece, energy_level
from vmr.knowledge.titles import title_pattern
from vmr.knowledge.track_facts import LABELLED, TrackFacts
from vmr.knowledge.word_scores import BPM_REACH
from vmr.knowledge.word_table import FACETS, Sense, fold, normal
from vmr.knowledge.word_term import KINDS, WordTerm
from vmr.knowledge.words import Word
from vmr.model.measured_scores import CARRIED

ABSENT = 0.1  # a value up to here is nothing of it


class WordsMet:
    """Words beside tracks: ``of`` says what of a track they met."""

    def __init__(self, words: WordTerm, tracks: Sequence[Track], facts: TrackFacts) -> None:
        self.words, self.tracks, self.facts = words, tracks, facts
        self._first = [_first(word.sense) for word in words.words]
        self._patterns = [
            None if word.understood else title_pattern(word.text) for word in words.words
        ]

    def of(self, i: int) -> list[Pair]:
        """Pairs of a word and what of the track at a position it met, or that it was kept."""
        alone = self.words.alone
        return [(Piece("words", alone[k]), met) for k, found in self._met(i) for met in found]

    def as_json(self, i: int) -> list[list[object]]:
        """The same as [[the word's place, kind, name, whether it is sure], ...]."""
        return [[k, met.kind, met.name, met.sure] for k, found in self._met(i) for met in found]

    def _met(self, i: int) -> list[tuple[int, list[Piece]]]:
        track = self.tracks[i]
        return [(k, self._by(k, word, i, track)) for k, word in enumerate(self.words.words)]

    def _by(self, k: int, word: Word, i: int, track: Track) -> list[Piece]:
        if not word.understood:
            return self._texts(k, track) if word.strength > 0 else []
        sense = word.sense
        if word.keys:
            asked = [self._key(word.keys, i)]
        else:
            asked = [self._bpm(word.bpm, track)] if sense is None else self._sense(k, sense, i)
        if word.strength > 0:
            return [piece for piece, value in asked if value is not None and value >= CARRIED]
        absent = [value is not None and value <= ABSENT for _, value in asked]
        return [Piece(KEPT)] if absent and all(absent) else []

    def _sense(self, k: int, sense: Sense, i: int) -> list[tuple[Piece, float | None]]:
        """What a word asks for first, with how far the track has it, 0 to 1, None if unknown."""
        first = self._first[k]
        if not first and sense.energy is not None:
            return [_energy(sense.energy, self.tracks[i].energy)]
        return [(piece, self._has(column, piece.name, i)) for column, piece in first]

    def _has(self, column: str, name: str, i: int) -> float | None:
        track = self.tracks[i]
        if column in LABELLED:
            labels = track.labels.get(LABELLED[column], ())
            return float(name in labels) if labels else None
        if column == "voice":
            return float(track.vocals == name) if track.vocals else None
        if column not in self.facts.values:
            return None
        row = self.facts.values[column][i]
        if column == "tempo" and not row.any():
            return None
        return float(row[FACETS[column].index(name)])

    def _bpm(self, asked: tuple[float, float] | None, track: Track) -> tuple[Piece, float | None]:
        assert asked is not None
        if not track.bpm:
            return Piece("bpm"), None
        low, own, high = np.log2([asked[0], track.bpm, asked[1]])
        off = max(low - own, own - high, 0.0)
        reach = BPM_REACH if asked[0] == asked[1] else 0.0  # bounds are kept or not
        return Piece("bpm", f"{track.bpm:.0f}"), float(off <= reach)

    def _key(self, asked: tuple[int, ...], i: int) -> tuple[Piece, float | None]:
        own = int(self.facts.keys[i])
        return Piece("key", self.tracks[i].key), None if own == UNKNOWN else float(own in asked)

    def _texts(self, k: int, track: Track) -> list[Piece]:
        """Where a word that is in no table stands: in the title, else by whom, else in a label."""
        labels = " ".join(name for names in track.labels.values() for name in names)
        texts = {"title": track.title, "artist": track.artist, "tag": labels}
        pattern = self._patterns[k]
        found = (kind for kind, text in texts.items() if pattern and pattern.search(plain(text)))
        return [Piece(kind) for kind in found][:1]


def plain(text: str) -> str:
    """A text as words are looked for in it."""
    return fold(normal(text))


def _first(sense: Sense | None) -> list[tuple[str, Piece]]:
    """The names of a word's greatest weight, each with its column."""
    names = [] if sense is None else sense.names()
    if sense is None or not names:
        return []
    most = max(sense.weights[column][name] for column, name in names)
    return [(c, _piece(c, name)) for c, name in names if sense.weights[c][name] == most]


def _piece(column: str, name: str) -> Piece:
    """Said with "perhaps" where a tagger was not measured, or not found to be right."""
    sure = column != "era"
    if column == "instruments":
        sure = name in {one.name for one in offered(bundled_instruments())}
    return Piece(KINDS[column], name, sure)


def _energy(asked: float, own: float | None) -> tuple[Piece, float | None]:
    if own is None:
        return Piece("energy"), None
    return Piece("energy", energy_level(own)), float(abs(asked - own) <= NEAR)
