"""Instruments of tracks, heard from their features: instruments.csv.

A row of instruments.csv names the tagger's tags for an instrument and the mean probability at
which it begins to count (``start``) and counts in full (``full``); the strongest tag counts. All
are words to ask for, which count half; those that are heard with a precision of OFFERED_FROM or
more are the labels of the facet ``instrument`` (vmr.model.measured).

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
from vmr.model.measured_scores import ramp
from vmr.tables import read_table

TABLE = Path(__file__).with_name("instruments.csv")
COLUMNS = ("instrument", "tags", "start", "full", "precision", "measured_on")
INSTRUMENTS = (
    *("piano", "guitar", "strings", "drums", "synth"),
    *("flute", "harp", "harpsichord", "sitar", "choir"),
)
TEMPI = ("slow", "medium", "fast")
OFFERED_FROM = 0.7  # precision of an instrument that is a label
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


def offered(table: Sequence[Instrument]) -> tuple[Instrument, ...]:
    """Those that are heard well enough to be a label."""
    return tuple(r for r in table if r.precision is not None and r.precision >= OFFERED_FROM)


@lru_cache(maxsize=1)
def bundled_instruments() -> tuple[Instrument, ...]:
    """The table of the project, read once."""
    return read_instruments()


def instrument_scores(
    means: Array, columns: Sequence[str], table: Sequence[Instrument] | None = None
) -> Array | None:
    """How surely each instrument of the table, the project's if none is given, plays: mean features
    (N, D) -> (N, I), 0 to 1; None where the encoder has no such tags."""
    place = {name: i for i, name in enumerate(columns)}
    table = bundled_instruments() if table is None else table
    if not all(tag in place for row in table for tag in row.tags):
        return None
    scores = [
        ramp(means[:, [place[tag] for tag in row.tags]].max(axis=1), row.start, row.full)
        for row in table
    ]
    return np.stack(scores, axis=1)
