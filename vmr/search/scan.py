"""The one pass over all items: from a query's rows to every item's calibrated parts.

Rows in half precision are widened as they are read, in a loop that numba compiles, so the pass
costs about what reading them costs; numpy would first write them out at twice the size. Nothing is
compiled before a catalog has such rows (vmr.catalogs.arrays).

Shapes: N items, B branches, D dims.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vmr.embedding import Array, BranchEmbedding, Calibration, alpha_weights
from vmr.search.reach import best_of, reach


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
        """Items among the first k at some position of a facet's slider, see vmr.search.reach."""
        ends = [self.scores(alpha_weights(alpha, self.branches, facet)) for alpha in (0.0, 1.0)]
        return reach(ends[0], ends[1], k)


def scan(query: BranchEmbedding, items: BranchEmbedding, calibration: Calibration) -> Scan:
    """The calibrated parts of all items for a query (N = 1)."""
    cosines = own_cosines(query.values[0], items.values)
    offset, scale = calibration.offset.T, calibration.scale.T  # (B, N) or (B, 1)
    cosines -= offset
    cosines /= scale
    return Scan(items.branches, cosines)


def own_cosines(rows: Array, items: NDArray) -> Array:
    """Each branch of the items with its own row: (B, D), (N, B, D) float16 or 32 -> (B, N)."""
    found = np.empty((len(rows), len(items)), dtype=np.float32)
    wide = np.ascontiguousarray(rows, dtype=np.float32)
    if items.dtype == np.float16:
        _half_products()(items.view(np.uint16), wide, found)
    else:
        for b, row in enumerate(wide):
            np.matmul(items[:, b], row, out=found[b])
    return found


@lru_cache(maxsize=1)
def _half_products() -> Callable[..., None]:
    """Compiled: items (N, B, D) uint16 that are halves, rows (B, D), into found (B, N)."""
    import numba
    from llvmlite import ir
    from numba.extending import intrinsic

    def widen(_: Any, bits: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            return builder.fpext(builder.bitcast(values[0], ir.HalfType()), ir.FloatType())

        return numba.types.float32(numba.types.uint16), code

    widened: Any = intrinsic(widen)

    @numba.njit(nogil=True, fastmath=True)
    def products(items: Any, rows: Any, found: Any) -> None:
        for n in range(items.shape[0]):
            for b in range(items.shape[1]):
                total = np.float32(0)
                for d in range(items.shape[2]):
                    total += widened(items[n, b, d]) * rows[b, d]
                found[b, n] = total

    compiled: Callable[..., None] = products
    return compiled
