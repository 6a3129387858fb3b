"""The one pass over all items: from a query's rows to every item's calibrated parts.

Rows in half precision are widened as they are read, in a loop that numba compiles, so the pass
costs about what reading them costs; numpy would first write them out at twice the size. Nothing is
compiled before a catalog has such rows (vmr.catalogs.arrays).

Shapes: N items, B branches, D dims.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vmr.embedding import Array, BranchEmbedding, Calibration, alpha_weights
from vmr.search.lines import best_of, reach

THREADS, SIDE_BY_SIDE = 4, 100_000  # at most, and from so many items on


@dataclass(frozen=True, eq=False)
class Scan:
    """One query's calibrated parts of all items: parts (B, N), a row for each branch."""

    branches: tuple[str, ...]
    parts: Array

    def scores(self, w: Array) -> Array:
        """sum_b w_b part_b of all items: (B,) -> (N,)."""
        total = np.zeros(self.parts.shape[1], dtype=np.float32)
        for weight, part in zip(w, self.parts, strict=True):
            if weight:
                total += np.float32(weight) * part
        return total

    def best(self, w: Array, k: int) -> NDArray[np.int64]:
        """The first k of all items for weights (B,), best first: (k,)."""
        return best_of(self.scores(w), k)

    def along(self, facet: str, k: int) -> NDArray[np.int64]:
        """Items among the first k at some position of a facet's slider, see vmr.search.lines."""
        ends = [self.scores(alpha_weights(alpha, self.branches, facet)) for alpha in (0.0, 1.0)]
        return reach(ends[0], ends[1], k)


def scan(query: BranchEmbedding, items: BranchEmbedding, calibration: Calibration) -> Scan:
    """The calibrated parts of all items for a query (N = 1)."""
    rows = np.ascontiguousarray(query.values[0], dtype=np.float32)
    shape = len(items), len(items.branches)
    offset, scale = (np.broadcast_to(x, shape) for x in (calibration.offset, calibration.scale))
    found = np.empty(shape[::-1], dtype=np.float32)
    if items.values.dtype == np.float16:
        halves, products = items.values.view(np.uint16), _half_products()

        def one(part: slice) -> None:
            products(halves[part], rows, offset[part], scale[part], found[:, part])

        for_all(shape[0], one)
        return Scan(items.branches, found)
    for b, row in enumerate(rows):
        np.matmul(items.values[:, b], row, out=found[b])
        found[b] = (found[b] - offset[:, b]) / scale[:, b]
    return Scan(items.branches, found)


def for_all(count: int, one: Callable[[slice], Any]) -> list[Any]:
    """``one`` for parts of so many items, side by side where they are many: what each gave."""
    threads = min(THREADS, os.cpu_count() or 1) if count >= SIDE_BY_SIDE else 1
    edges = np.linspace(0, count, threads + 1).astype(int).tolist()
    parts = [slice(start, end) for start, end in itertools.pairwise(edges)]
    if threads == 1:
        return [one(part) for part in parts]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, parts))


@lru_cache(maxsize=1)
def _half_products() -> Callable[..., None]:
    """Compiled: items (N, B, D) uint16 that are halves, rows (B, D), offset and scale (N, B); the
    calibrated products into found (B, N)."""
    import numba
    from llvmlite import ir
    from numba.extending import intrinsic

    def widen(_: Any, bits: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            return builder.fpext(builder.bitcast(values[0], ir.HalfType()), ir.FloatType())

        return numba.types.float32(numba.types.uint16), code

    widened: Any = intrinsic(widen)

    @numba.njit(nogil=True, fastmath=True)
    def products(items: Any, rows: Any, offset: Any, scale: Any, found: Any) -> None:
        for n in range(items.shape[0]):
            for b in range(items.shape[1]):
                total = np.float32(0)
                for d in range(items.shape[2]):
                    total += widened(items[n, b, d]) * rows[b, d]
                found[b, n] = (total - offset[n, b]) / scale[n, b]

    compiled: Callable[..., None] = products
    return compiled
