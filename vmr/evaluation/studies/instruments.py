"""How often an instrument that a track is said to have does sound in it: measures instruments.csv.

Two sources. Renderings of General MIDI files, whose events say what sounds. And bundled recordings
of genres that have an instrument by definition: a lower bound, as tracks of other genres may have
it too. Thresholds are chosen on one half of the pieces of a source and measured on the other; the
halves share no package. An instrument is said of a track from a score of CARRIED on, as everywhere.

Shapes: R renderings or tracks, D columns of the music encoder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from vmr.catalogs.tracks_table import Track
from vmr.embedding import Array
from vmr.knowledge.instruments import OFFERED_FROM, Instrument, instrument_scores
from vmr.model.measured_scores import CARRIED

Flags = NDArray[np.bool_]
Index = NDArray[np.int64]

AIMED = 0.75  # precision on the half to choose on: what is chosen on a half is better there
LEAST_SAID = 10  # pieces
MOST_CHANCE = (
    0.5  # share of the sounds that have an instrument, for its precision to mean something
)
GRID = tuple(round(0.01 * step, 2) for step in range(2, 61))  # where a score is CARRIED
START, FULL = 0.4, 1.6  # of that place

# Tags that may count for an instrument, beside those in the table.
OTHER_TAGS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "guitar": (("msd:guitar",), ("mtt:guitar", "msd:guitar")),
    "strings": (("mtt:strings",), ("mtt:violin", "mtt:cello")),
    "drums": (("mtt:drums",), ("mtt:beat", "mtt:beats")),
    "synth": (("mtt:electronic",), ("mtt:synth", "mtt:electronic")),
    "sitar": (("mtt:sitar", "mtt:indian"),),
    "choir": (("mtt:choir", "mtt:choral"), ("mtt:opera",)),
}

# Genres of the bundled catalogs that have an instrument by definition.
GENRES: Mapping[str, frozenset[str]] = {
    "guitar": frozenset(("rock", "metal", "country", "blues")),
    "strings": frozenset(("orchestral",)),
    "drums": frozenset(("rock", "metal", "drum-and-bass", "latin", "reggae")),
    "synth": frozenset(
        ("electronic", "drum-and-bass", "chiptune", "ambient", "ambient-industrial")
    ),
}
BY_GENRE = ("synth",)  # whose genres have nearly all of it: chosen on recordings, not renderings


@dataclass(frozen=True)
class Heard:
    """Sounds as the tagger hears them: means (R, D) float32, and of each which piece it is of,
    which half that is in, whether it is as written, and what one hears by its events or genre."""

    means: Array
    piece: Index
    half: Index
    written: Flags
    audible: Sequence[frozenset[str]]

    def true(self, name: str) -> Flags:
        """(R,): where the instrument sounds."""
        return np.array([name in one for one in self.audible], dtype=np.bool_)


@dataclass(frozen=True)
class Count:
    """Of ``of`` sounds ``said`` are said to have it, ``right`` of them do, ``true`` have it in all.

    pieces: how many pieces the said ones are of; renderings of a piece are nearly the same.
    """

    of: int
    said: int
    right: int
    true: int
    pieces: int

    @property
    def precision(self) -> float:
        """Of those said; NaN without any."""
        return self.right / self.said if self.said else float("nan")

    @property
    def recall(self) -> float:
        """Of those that have it; NaN without any."""
        return self.right / self.true if self.true else float("nan")

    @property
    def chance(self) -> float:
        """The precision of saying it of everything."""
        return self.true / self.of if self.of else float("nan")

    @property
    def careful(self) -> float:
        """The precision as it is, or as it would be where MOST_CHANCE have the instrument, where
        more have it here: an instrument in nearly every piece is said rightly whatever is heard."""
        if self.chance <= MOST_CHANCE or self.said == 0 or self.true == self.of:
            return self.precision if self.chance <= MOST_CHANCE else float("nan")
        hit = self.recall * MOST_CHANCE
        alarm = (self.said - self.right) / (self.of - self.true) * (1 - MOST_CHANCE)
        return hit / (hit + alarm)

    @property
    def interval(self) -> tuple[float, float]:
        """95 % of the precision, as if there were one sound a piece (Wilson 1927)."""
        n, p, z = self.pieces, self.precision, 1.96
        if not n:
            return 0.0, 1.0
        middle, spread = p + z * z / (2 * n), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return max(0.0, (middle - spread) / (1 + z * z / n)), (middle + spread) / (1 + z * z / n)


@dataclass(frozen=True)
class Measured:
    """An instrument as the table has it (was) and with the thresholds that are proposed (row, with
    which all is counted); on renderings: the half chosen on, the other, and of that the pieces as
    written; on recordings the half chosen on and the other, None where no genre has it by
    definition. stands: what the table shall say, see ``standing``."""

    was: Instrument
    row: Instrument
    stands: Count
    chosen: Count
    kept: Count
    written: Count
    recorded: tuple[Count, Count] | None


def said_of(row: Instrument, means: Array, columns: Sequence[str]) -> Flags:
    """Where it is said: means (R, D) -> (R,). ValueError where a tag is not in the columns."""
    scores = instrument_scores(means, columns, (row,))
    if scores is None:
        raise ValueError(f"the encoder has not all of {row.tags}")
    return np.asarray(scores[:, 0] >= CARRIED)


def count(said: Flags, true: Flags, piece: Index) -> Count:
    """(R,), (R,) and the piece of each (R,)."""
    right = int((said & true).sum())
    pieces = len(np.unique(piece[said]))
    return Count(len(said), int(said.sum()), right, int(true.sum()), pieces)


def choose(row: Instrument, heard: Heard, columns: Sequence[str]) -> Instrument | None:
    """The row as it is where its precision is AIMED or more; else with the thresholds and tags with
    which most are rightly said at that precision; None where nothing reaches it.

    Thresholds are only raised: the tagger is less sure of rendered sound than of recordings.
    """
    found = {row: counted(row, heard, columns)}
    if not _good(found[row]):
        for tags in (row.tags, *OTHER_TAGS.get(row.name, ())):
            for place in (one for one in GRID if one >= (row.start + row.full) / 2):
                start, full = round(START * place, 3), round(FULL * place, 3)
                tried = replace(row, tags=tags, start=start, full=full)
                found[tried] = counted(tried, heard, columns)
    good = [one for one, counts in found.items() if _good(counts)]
    return max(good, key=lambda one: found[one].right, default=None)


def _good(found: Count) -> bool:
    return found.careful >= AIMED and found.pieces >= LEAST_SAID


def measure(
    table: Sequence[Instrument], rendered: Heard, recorded: Heard, columns: Sequence[str]
) -> list[Measured]:
    """Each row of the table, with thresholds chosen on half 0 where those make it a label."""
    found = []
    for row in table:
        source = recorded if row.name in BY_GENRE else rendered
        best = choose(row, _half(source, 0), columns)
        one = _measured(row, best or row, best is not None, rendered, recorded, columns)
        if best != row and not one.stands.careful >= OFFERED_FROM:
            one = _measured(row, row, False, rendered, recorded, columns)
        found.append(one)
    return found


def _measured(
    was: Instrument,
    row: Instrument,
    chosen: bool,
    rendered: Heard,
    recorded: Heard,
    columns: Sequence[str],
) -> Measured:
    by, genres = (
        [counted(row, one, columns) for one in (source, _half(source, 0), _half(source, 1))]
        for source in (rendered, recorded)
    )
    plain = counted(row, part(_half(rendered, 1), _half(rendered, 1).written), columns)
    whole, first, second = genres if row.name in BY_GENRE else by
    stands = standing(whole, first, second, chosen)
    last = (genres[1], genres[2]) if row.name in GENRES else None
    return Measured(was, row, stands, by[1], by[2], plain, last)


def standing(whole: Count, first: Count, second: Count, chosen: bool) -> Count:
    """What the table shall say: where a row is good on the first half, the second half; where it is
    not, the worst of both and of all together. What is said of fewer than LEAST_SAID pieces of a
    half counts with all together only."""
    enough = [one for one in (first, second) if one.pieces >= LEAST_SAID and one.chance < 1]
    if chosen:
        return second if second in enough else whole
    return min((one for one in (whole, *enough)), key=lambda one: one.careful)


def _half(heard: Heard, half: int) -> Heard:
    return part(heard, heard.half == half)


def counted(row: Instrument, heard: Heard, columns: Sequence[str]) -> Count:
    """What is said of these sounds with a row's thresholds."""
    return count(said_of(row, heard.means, columns), heard.true(row.name), heard.piece)


def part(heard: Heard, where: Flags) -> Heard:
    """The sounds where a flag (R,) holds."""
    audible = [one for one, kept in zip(heard.audible, where, strict=True) if kept]
    rows = heard.means[where], heard.piece[where], heard.half[where], heard.written[where]
    return Heard(*rows, audible)


def recordings(tracks: Sequence[Track], means: Array) -> Heard:
    """The tracks with a genre, each a piece, and the instruments of GENRES; (N, D) means.

    All tracks of one source, such as a package, are in one half, which its name decides.
    """
    known = np.flatnonzero([bool(track.genre) for track in tracks])
    kept = [tracks[int(i)] for i in known]
    half = [hashlib.sha256((track.source or track.id).encode()).digest()[0] % 2 for track in kept]
    audible = [
        frozenset(name for name, genres in GENRES.items() if genres & set(track.genre))
        for track in kept
    ]
    return Heard(means[known], known, np.array(half), np.ones(len(kept), dtype=np.bool_), audible)
