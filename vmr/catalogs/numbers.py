"""What browsers call tracks and videos by, so that an old page never gets one for another.

A number is the item's position, as long as nothing changes. Items that are opened again keep theirs
where their content is the same; what is new gets a number that nothing had before.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Numbers:
    """The numbers of N items; identities (N,): what makes each the one it is; unused: the first
    number that none ever had."""

    identities: tuple[Hashable, ...]
    numbers: tuple[int, ...]
    unused: int

    @classmethod
    def of(cls, identities: Iterable[Hashable]) -> Numbers:
        """The numbers of items that follow no others: their positions."""
        items = tuple(identities)
        return cls(items, tuple(range(len(items))), len(items))

    def __getitem__(self, position: int) -> int:
        return self.numbers[position]

    def following(self, earlier: Numbers) -> Numbers:
        """The numbers of the same items where the earlier ones were known to browsers."""
        before = dict(zip(earlier.identities, earlier.numbers, strict=True))
        numbers, unused = [], earlier.unused
        for identity in self.identities:
            number = before.pop(identity, unused)
            unused += number == unused
            numbers.append(number)
        return Numbers(self.identities, tuple(numbers), unused)

    def position(self, number: int) -> int | None:
        """Where the item with this number stands, None where there is none."""
        return self._positions.get(number)

    @cached_property
    def _positions(self) -> dict[int, int]:
        return {number: position for position, number in enumerate(self.numbers)}
