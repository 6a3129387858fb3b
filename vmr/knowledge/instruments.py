"""Instruments and tempo of tracks, heard from their features: instruments.csv and measured bpm.

A row of instruments.csv names the tagger's tags for an instrument and the mean probability at
which it begins to count (``start``) and counts in full (``full``); the strongest tag counts. Only
drums and synth are heard with a precision of .7 or more, so instruments are words to ask for, which
count half, and no filter or facet.

Shapes: N tracks, I instruments, D columns of the music encoder. float32.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vmr.errors import ManifestError
from vmr.knowledge.tables import Cell
from vmr.tables import read_table

TABLE = Path(__file__).with_name("instruments.csv")
COLUMNS = ("instrument", "tags", "start", "full", "precision", "measured_on")
INSTRUMENTS = (
    *("piano", "guitar", "strings", "drums", "synth"),
    *("flute", "harp", "harpsichord", "sitar", "choir"),
)
TEMPI = ("slow", "medium", "fast")
# Beats a minute at which a track is no longer slow, and from which it is fast, each with the
# width of the passage between the two; and onsets a second, which settle halved and doubled beats.
SLOW_BPM, FAST_BPM, PASSAGE_BPM = 95.0, 125.0, 20.0
SLOW_ONSETS, FAST_ONSETS, PASSAGE_ONSETS = 3.0, 6.0, 2.0
ONSET_SHARE = 0.4  # what the onsets count beside the beats
ONSETS_PER_UNIT = 8.0  # of the statistic onset_rate, see vmr.encoders.audio_stats
Array = NDArray[np.float32]


@dataclass(frozen=True)
class Instrument:
    """One row of instruments.csv. precision: share of the tracks said to have it that do, None
    where it could not be measured."""

    name: str
    tags: tuple[str, ...]
    start: float
    full: float
    precision: float | None


def read_instruments(path: Path = TABLE) -> tuple[Instrument, ...]:
    """All rows, in the order of INSTRUMENTS. Raises ManifestError that names the cell."""
    found = {}
    for line, row in read_table(path, COLUMNS):
        cells = {name: Cell(path, line, name, text) for name, text in row.items()}
        start, full = (cells[name].number(0, 1) for name in ("start", "full"))
        if start >= full:
            raise cells["full"].wrong("cell.above_start")
        precision = cells["precision"].number(0, 1) if row["precision"] else None
        if precision is not None and not row["measured_on"]:
            raise cells["measured_on"].wrong("cell.no_source")
        name = row["instrument"]
        found[name] = Instrument(name, cells["tags"].names(), start, full, precision)
    if set(found) != set(INSTRUMENTS):
        raise ManifestError("knowledge.instruments", name=path.name, names=", ".join(INSTRUMENTS))
    return tuple(found[name] for name in INSTRUMENTS)


@lru_cache(maxsize=1)
def bundled_instruments() -> tuple[Instrument, ...]:
    """The table of the project, read once."""
    return read_instruments()


def instrument_scores(means: Array, columns: Sequence[str]) -> Array | None:
    """How surely each instrument plays: mean features (N, D) -> (N, I), 0 to 1; None where the
    encoder has no such tags."""
    place = {name: i for i, name in enumerate(columns)}
    table = bundled_instruments()
    if not all(tag in place for row in table for tag in row.tags):
        return None
    scores = [
        ramp(means[:, [place[tag] for tag in row.tags]].max(axis=1), row.start, row.full)
        for row in table
    ]
    return np.stack(scores, axis=1)


def tempo_scores(bpm: Array, onsets: Array | None) -> Array:
    """Beats a minute and onsets a second (N,), NaN where unknown -> (N, 3): slow, medium, fast,
    0 to 1, sum 1; rows of zeros where the tempo is unknown."""
    share = three(bpm, SLOW_BPM, FAST_BPM, PASSAGE_BPM)
    if onsets is not None:
        events = three(onsets, SLOW_ONSETS, FAST_ONSETS, PASSAGE_ONSETS)
        share = np.where(
            np.isfinite(onsets)[:, None], (1 - ONSET_SHARE) * share + ONSET_SHARE * events, share
        )
    return np.nan_to_num(share).astype(np.float32)


def three(x: Array, slow: float, fast: float, passage: float) -> Array:
    """Shares of below ``slow``, between, and above ``fast``, with straight passages of that width:
    (N,) -> (N, 3), sum 1."""
    above_slow = ramp(x, slow - passage / 2, slow + passage / 2)
    above_fast = ramp(x, fast - passage / 2, fast + passage / 2)
    return np.stack([1 - above_slow, above_slow - above_fast, above_fast], axis=1)


def ramp(x: Array, start: float, full: float) -> Array:
    """(N,) -> (N,): 0 up to ``start``, 1 from ``full`` on, straight in between."""
    return np.asarray(np.clip((x - start) / (full - start), 0, 1), dtype=np.float32)
