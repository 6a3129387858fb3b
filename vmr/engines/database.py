"""An engine past one machine: a vector database holds the vectors, its formula makes the scores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vmr.embedding import Array
from vmr.engines.engine import Asking, Wanted
from vmr.engines.exact import best_of
from vmr.engines.joined import Joined
from vmr.engines.points import Tracks, formula_of, points_of
from vmr.engines.store import Nearest, Store, batches
from vmr.errors import CatalogError

# Times as many are prefetched as are wanted, for what the formula moves: digits, or norms.
FETCHED = {"calibrated": 4, "mix": 16}
ANSWERED = 2  # times as many are answered, for what float16 moves


@dataclass(frozen=True, eq=False)
class DatabaseEngine:
    """The collection that ``name`` stands for in a store, asked for tracks that are known here.

    Points that are not among the tracks are passed over. model: see ``collection_of``.
    """

    store: Store
    name: str
    asking: Asking
    tracks: Tracks
    model: str

    @cached_property
    def _joined(self) -> Joined:
        return self.tracks.joined(self.asking)

    @cached_property
    def _places(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(numbers in rising order, the position of each)."""
        numbers = self.tracks.numbers()
        order = np.argsort(numbers)
        return numbers[order], order.astype(np.int64)

    def best(
        self, query: Array, weights: Array, k: int, wanted: Wanted | None = None
    ) -> list[NDArray[np.int64]]:
        """Positions for a query (B, D) and weights (Q, B), see vmr.engines.engine: one request,
        and exact numbers for what
        it answers."""
        check_model(self.store, self.name, self.model)
        vectors = self._joined.asked(query, weights)
        asked = [
            Nearest(
                asking=self.asking,
                vector=vector,
                formula=formula_of(self.asking, self._joined, w),
                limit=ANSWERED * k,
                prefetch=FETCHED[self.tracks.fusion] * k,
                wanted=wanted,
            )
            for vector, w in zip(vectors, weights, strict=True)
        ]
        found = [self._positions(numbers) for numbers in self.store.nearest(self.name, asked)]
        index = np.unique(np.concatenate(found)) if found else np.zeros(0, dtype=np.int64)
        items, calibration = self.tracks.items, self.tracks.calibrations[self.asking]
        return best_of(items, calibration, self.tracks.fusion, query, weights, k, index)

    def _positions(self, found: list[int]) -> NDArray[np.int64]:
        numbers, positions = self._places
        wanted = np.array(found, dtype=np.int64)
        at = np.minimum(np.searchsorted(numbers, wanted), len(numbers) - 1)
        return positions[at[numbers[at] == wanted]]


def check_model(store: Store, name: str, model: str) -> None:
    """CatalogError unless the name stands for a collection that this model made."""
    collection = store.current(name)
    if collection is None:
        raise CatalogError("engine.none", name=name)
    if not collection.startswith(f"{name}-{model[:12]}-"):
        raise CatalogError("engine.other_model", name=name)


def collection_of(name: str, model: str, content: str) -> str:
    """What a collection is called: the name that people use, the model's fingerprint and a digest
    of the tracks, so that the same tracks find what was sent of them before."""
    return f"{name}-{model[:12]}-{content[:12]}"


def upload(
    store: Store,
    name: str,
    tracks: Tracks,
    model: str,
    content: str,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Send all tracks to a collection of their own, then let the name stand for it.

    What a stopped run sent is not sent again. Returns how many were sent. The collection that the
    name stood for answers until the switch, and is removed after it. Raises CatalogError.
    """
    collection, before = collection_of(name, model, content), store.current(name)
    widths = {
        asking: tracks.joined(asking)
        .rows(
            np.asarray(tracks.items.values[:1], dtype=np.float32),
            tracks.calibrations[asking].rows([0]),
        )
        .shape[1]
        for asking in tracks.calibrations
    }
    store.create(collection, widths)
    total, done, sent = len(tracks.items), 0, 0
    for batch in batches(points_of(tracks)):
        there = store.made(collection, [point.number for point in batch])
        lacking = [p for p in batch if there.get(p.number) != p.facts["made"]]
        if lacking:
            store.upsert(collection, lacking)
        done, sent = done + len(batch), sent + len(lacking)
        progress(done, total)
    if store.count(collection) != total:
        raise CatalogError("engine.incomplete", name=name, count=store.count(collection), all=total)
    store.switch(name, collection)
    if before not in (None, collection):
        store.drop(str(before))
    return sent
