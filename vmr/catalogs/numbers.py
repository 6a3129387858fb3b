"""What browsers call tracks and videos by, so that an old page never gets one for another.

A number is the item's position, as long as nothing changes. Items that are opened again keep theirs
where their content is the same; what is new gets a number that nothing had before.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vmr.catalogs.grouped import texts_of
from vmr.catalogs.tracks_table import Track


class Identities(Protocol):
    """What makes each of N items the one it is; gone through only when items are opened again."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Hashable]: ...


@dataclass(frozen=True, eq=False)
class TrackIdentities:
    """Those of tracks: parts, a catalog's name and its tracks each."""

    parts: tuple[tuple[str, Sequence[Track]], ...]

    def __len__(self) -> int:
        return sum(len(tracks) for _, tracks in self.parts)

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        for catalog, tracks in self.parts:
            columns = [texts_of(tracks, name) for name in ("id", "audio", "sha256")]
            for cells in zip(*columns, strict=True):
                yield catalog, *cells


@dataclass(frozen=True, eq=False)
class Numbers:
    """The numbers of N items: numbers (N,) int64; unused: the first number that none ever had."""

    identities: Identities
    numbers: NDArray[np.int64]
    unused: int

    @classmethod
    def of(cls, identities: Identities) -> Numbers:
        """The numbers of items that follow no others: their positions."""
        count = len(identities)
        return cls(identities, np.arange(count, dtype=np.int64), count)

    def __getitem__(self, position: int) -> int:
        return int(self.numbers[position])

    def following(self, earlier: Numbers) -> Numbers:
        """The numbers of the same items where the earlier ones were known to browsers."""
        before = dict(zip(earlier.identities, earlier.numbers.tolist(), strict=True))
        numbers, unused = [], earlier.unused
        for identity in self.identities:
            number = before.pop(identity, unused)
            unused += number == unused
            numbers.append(number)
        return Numbers(self.identities, np.array(numbers, dtype=np.int64), unused)

    def position(self, number: int) -> int | None:
        """Where the item with this number stands, None where there is none."""
        order, ordered = self._ordered
        i = int(np.searchsorted(ordered, number))
        return int(order[i]) if i < len(ordered) and ordered[i] == number else None

    @cached_property
    def _ordered(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        order = np.argsort(self.numbers, kind="stable")
        return order, self.numbers[order]
