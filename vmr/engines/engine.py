"""What every engine promises: the best tracks of one collection for weights, among those wanted.

An engine answers one kind of query, a video's or a piece of music's. It names positions in the
order of the items that it was given, and vmr.search.gather makes exact numbers of these, so an
engine that leaves out a track can only shorten a list, never change an order.

N items, Q weights at once, B branches, D dims, K results.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from vmr.catalogs.policy import Policy, allowed
from vmr.catalogs.tracks_table import Track
from vmr.embedding import Array

Asking = Literal["video", "music"]
ASKINGS: tuple[Asking, ...] = ("video", "music")
Facts = Mapping[str, Any]  # what an engine may filter a track by, see ``facts_of``


class Engine(Protocol):
    """The best tracks for one kind of query."""

    def best(
        self, query: Array, weights: Array, k: int, wanted: Wanted | None = None
    ) -> list[NDArray[np.int64]]:
        """Positions (<= k) of the best tracks, best first, for each of the weights (Q, B) and a
        query (B, D) of unit rows. Raises VmrError where the engine cannot be asked."""


@dataclass(frozen=True)
class Wanted:
    """Which tracks may be found; all that is set must hold.

    any_of: {column: values, of which a track has one at least}; between: {column: (least, most)};
    none_or: {column: values, of which a track has one, unless it has no value at all}.
    """

    any_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    between: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    none_or: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def holds(self, facts: Facts) -> bool:
        """Whether a track with these facts is wanted."""
        return (
            all(_listed(facts[name]) & set(values) for name, values in self.any_of.items())
            and all(
                facts[name] is not None and least <= facts[name] <= most
                for name, (least, most) in self.between.items()
            )
            and all(
                not facts[name] or _listed(facts[name]) & set(values)
                for name, values in self.none_or.items()
            )
        )

    def mask(self, facts: Sequence[Facts]) -> NDArray[np.bool_]:
        """(N,) whether each track is wanted."""
        return np.fromiter((self.holds(row) for row in facts), dtype=bool, count=len(facts))


def _listed(value: Any) -> set[str]:
    return set(value) if isinstance(value, list | tuple) else {value}


def facts_of(track: Track) -> dict[str, Any]:
    """What a track can be filtered by: text, lists of text, numbers or None."""
    labels = {facet: list(names) for facet, names in track.labels.items()}
    return {
        "genre": [],
        "mood": [],
        **labels,
        "catalog": track.catalog,
        "id": track.id,
        "bpm": track.bpm,
        "seconds": track.seconds,
        "licence": track.licence,
        "uses": list(track.uses),
        "territory": list(track.territory),
    }


def permitted(policy: Policy, licences: Sequence[str]) -> Wanted | None:
    """The policy's answer to ``rank`` for these licences as a filter, None where it allows all.

    licences: every text of the column that occurs. Days play no part in ranking.
    """
    if policy == Policy():
        return Wanted(none_or={"uses": ("rank",)})
    seen = sorted(set(licences))
    kept = tuple(text for text in seen if allowed(Track(id="", title="", licence=text), policy))
    places = ("world", policy.territory.lower())
    return Wanted(
        any_of={"licence": kept},
        none_or={"uses": ("rank",), **({"territory": places} if policy.territory else {})},
    )
