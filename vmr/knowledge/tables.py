"""Reading the tables that a person writes: cells, weights, conditions.

``scenes.csv``: one visual concept a row, with the moods, genres and energy of the music that film
and advertising usually put to it. ``tags.csv``: the same for a music tagger's tags. Weights run
from -3 (never) to 3 (nearly always); a name that is not listed has weight 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vmr.errors import ManifestError, Notice
from vmr.knowledge.vocabulary import ENERGY_RANGE, GENRES, MOODS
from vmr.tables import read_table

MAX_WEIGHT = 3.0


@dataclass(frozen=True)
class Ramp:
    """0 up to ``start``, 1 from ``full`` on, straight in between; ``full`` may be the smaller."""

    stat: str
    start: float
    full: float


@dataclass(frozen=True)
class Meaning:
    """What a concept or a tag says about the music: energy 1 to 5, weights -3 to 3, the reason."""

    energy: float
    moods: Mapping[str, float]
    genres: Mapping[str, float]
    why: str


@dataclass(frozen=True)
class Cell:
    """One cell with its place, so that an error can name both."""

    path: Path
    line: int
    column: str
    text: str

    def wrong(self, key: str, /, **values: object) -> ManifestError:
        """The error that names this cell and what is wrong with it."""
        what = Notice(key, **values)
        return ManifestError(
            "knowledge.cell", name=self.path.name, line=self.line, column=self.column, what=what
        )

    def names(self) -> tuple[str, ...]:
        """``a|b`` -> ("a", "b"); each name once. Raises ManifestError."""
        found = tuple(part.strip() for part in self.text.split("|") if part.strip())
        if len(set(found)) < len(found):
            raise self.wrong("cell.name_twice")
        return found

    def number(self, low: float, high: float) -> float:
        """The cell as a number from low to high. Raises the table's error."""
        try:
            value = float(self.text)
        except ValueError:
            raise self.wrong("cell.number", text=self.text) from None
        if not low <= value <= high:
            raise self.wrong("cell.range", value=value, low=low, high=high)
        return value

    def weights(self, known: Sequence[str]) -> dict[str, float]:
        """``calm:3|dreamy:-1`` -> {"calm": 3.0, "dreamy": -1.0}. Raises ManifestError."""
        found = {}
        for part in self.names():
            name, _, value = part.partition(":")
            if name not in known:
                raise self.wrong("cell.unknown", name=name, known=", ".join(known))
            weight = Cell(self.path, self.line, self.column, value).number(-MAX_WEIGHT, MAX_WEIGHT)
            found[name] = weight
        return found

    def ramps(self, stats: Sequence[str]) -> tuple[Ramp, ...]:
        """``dark 0.3..0.6 & detail 0.2..0.5`` -> two ramps. Raises ManifestError."""
        found = []
        for part in filter(None, (p.strip() for p in self.text.split("&"))):
            stat, _, span = part.partition(" ")
            start, dots, full = span.partition("..")
            try:
                ramp = Ramp(stat, float(start), float(full))
            except ValueError:
                raise self.wrong("cell.ramp", part=part) from None
            if stat not in stats or not dots or ramp.start == ramp.full:
                raise self.wrong("cell.ramp_stat", part=part, stats=", ".join(stats))
            found.append(ramp)
        return tuple(found)


def read_cells(path: Path, columns: Sequence[str]) -> Iterator[dict[str, Cell]]:
    """The rows of a table as cells. Raises ManifestError for another header or no rows."""
    table = read_table(path, columns)
    if set(table.columns) != set(columns):
        raise ManifestError("knowledge.columns", name=path.name, columns=",".join(columns))
    if not len(table):
        raise ManifestError("knowledge.no_rows", name=path.name)
    for line, row in table:
        yield {name: Cell(path, line, name, row[name]) for name in columns}


def read_meaning(row: Mapping[str, Cell]) -> Meaning:
    """The columns energy, moods, genres, why. Raises ManifestError; ``why`` may not be empty."""
    if not row["why"].text:
        raise row["why"].wrong("cell.why")
    return Meaning(
        energy=row["energy"].number(*ENERGY_RANGE),
        moods=row["moods"].weights(MOODS),
        genres=row["genres"].weights(GENRES),
        why=row["why"].text,
    )
