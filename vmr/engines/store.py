"""What vmr asks of a vector database, in words that belong to none: points in, positions out.

A store holds collections of points. A point has a number, one float16 vector for each kind of query
and facts. A name that people give stands for one collection and is switched to another at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from vmr.embedding import Array
from vmr.engines.engine import Asking, Wanted

BATCH = 256  # points that are sent at once

INDEXED = {
    **dict.fromkeys(("catalog", "genre", "mood", "licence", "uses", "territory"), "keyword"),
    **dict.fromkeys(("bpm", "seconds"), "float"),
}


@dataclass(frozen=True, eq=False)
class Point:
    """number: 63 bits; vectors (width,) by kind of query; facts: filters, and numbers that the
    formula reads."""

    number: int
    vectors: Mapping[Asking, Array]
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Formula:
    """(dot product + sum_n added_n fact_n) / sqrt(norm + sum_n normed_n fact_n).

    Without ``normed`` nothing is divided.
    """

    added: Mapping[str, float] = field(default_factory=dict)
    normed: Mapping[str, float] = field(default_factory=dict)
    norm: float = 1.0


@dataclass(frozen=True, eq=False)
class Nearest:
    """The ``prefetch`` wanted points nearest to a vector (width,), of which the formula's best
    ``limit`` are answered."""

    asking: Asking
    vector: Array
    formula: Formula
    limit: int
    prefetch: int
    wanted: Wanted | None = None


@dataclass(frozen=True)
class Spread:
    """How a new collection lies over a cluster: in how many shards (None: one for each node), and
    how many copies there are of each."""

    shards: int | None = None
    copies: int | None = None


WHOLE = Spread()


class Store(Protocol):
    """A vector database. All raise CatalogError with a sentence where it cannot be reached."""

    def current(self, name: str) -> str | None:
        """The collection that a name stands for, None where there is none."""

    def create(self, collection: str, widths: Mapping[Asking, int]) -> None:
        """Make a collection with a float16 dot-product vector for each kind of query, unless it is
        there."""

    def made(self, collection: str, numbers: Sequence[int]) -> dict[int, str]:
        """{number: its fact ``made``} of those points that are there."""

    def upsert(self, collection: str, points: Sequence[Point]) -> None:
        """Write points; on return they are kept, come what may."""

    def count(self, collection: str) -> int:
        """How many points there are."""

    def switch(self, name: str, collection: str) -> None:
        """Let a name stand for another collection, at once for everybody."""

    def drop(self, collection: str) -> None:
        """Remove a collection."""

    def nearest(self, name: str, asked: Sequence[Nearest]) -> list[list[int]]:
        """The numbers that each question finds, best first."""

    def close(self) -> None:
        """Give back what is held."""


def batches(points: Iterable[Point], size: int = BATCH) -> Iterable[list[Point]]:
    """The points in lists of ``size``."""
    batch: list[Point] = []
    for point in points:
        batch.append(point)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
