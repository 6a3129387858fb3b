"""Which items can be among the first k at some position of a slider: exactly, without a grid.

At alpha an item scores (1 - alpha) a + alpha b, a straight line. On an interval of alphas no item
scores above the higher end of its line, and k items score at least the k-th highest of the lower
ends. So whoever stays below that at both ends of its own line is never among the first k there;
nobody else is left out. Short intervals leave few: the ends are looked at again, interval by
interval, for those that the whole slider leaves.

Shapes: N items, K of them. float32.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vmr.embedding import Array

INTERVALS = (4, 32)  # of a slider, in turn, for those that are left
FINEST, AT_ONCE = 256, 1 << 20  # at last, where so many scores are enough
MOST_TIES = 20
BLOCK = 256  # items whose highest score stands for them


def reach(a: Array, b: Array, k: int) -> NDArray[np.int64]:
    """Items that are among the first k somewhere between scores a (N,) and b (N,): (K,), rising.

    Ties at the k-th place are in, but of items that are equal all along only the first k, as they
    keep their order. -inf in both marks an item that does not count.
    """
    if k >= len(a):
        return np.flatnonzero(np.isfinite(a)).astype(np.int64)
    left = np.flatnonzero(np.maximum(a, b) >= kth_highest(np.minimum(a, b), k))
    left = left[np.isfinite(a[left])]
    for intervals in INTERVALS:
        left = left[_inside(a[left], b[left], k, intervals)]
    if len(left) >= AT_ONCE // FINEST:
        left = left[_inside(a[left], b[left], k, FINEST)]
    elif k < len(left):
        left = left[_inside_finely(a[left], b[left], k)]
    if len(left) > MOST_TIES * k:
        left = _first_of_equals(left, a, b, k)
    return left.astype(np.int64)


def _inside(a: Array, b: Array, k: int, intervals: int) -> NDArray[np.bool_]:
    """Which of the items (N,) can be among the first k in one of so many intervals: (N,)."""
    if k >= len(a):
        return np.ones(len(a), dtype=bool)
    found = np.zeros(len(a), dtype=bool)
    at = a
    for end in np.linspace(0, 1, intervals + 1, dtype=np.float32)[1:]:
        then = a + end * (b - a)
        found |= np.maximum(at, then) >= kth_highest(np.minimum(at, then), k)
        at = then
    return found


def _inside_finely(a: Array, b: Array, k: int) -> NDArray[np.bool_]:
    """``_inside`` for few items (N,), all intervals at once."""
    alpha = np.linspace(0, 1, FINEST + 1, dtype=np.float32)[:, None]
    at = a + alpha * (b - a)
    low, high = np.minimum(at[:-1], at[1:]), np.maximum(at[:-1], at[1:])
    enough = np.partition(low, -k, axis=1)[:, -k]
    return np.asarray((high >= enough[:, None]).any(axis=0))


def _first_of_equals(chosen: NDArray[np.int64], a: Array, b: Array, k: int) -> NDArray[np.int64]:
    """The chosen (J,) without those that k others before them equal in a (N,) and b (N,)."""
    order = chosen[np.lexsort((chosen, b[chosen], a[chosen]))]
    begins = np.ones(len(order), dtype=bool)
    begins[1:] = (np.diff(a[order]) != 0) | (np.diff(b[order]) != 0)
    first = np.maximum.accumulate(np.where(begins, np.arange(len(order)), 0))
    return np.sort(order[np.arange(len(order)) - first < k])


def best_of(scores: Array, k: int) -> NDArray[np.int64]:
    """The k items that score highest, best first, ties in their order: (N,) -> (k,)."""
    k = min(k, len(scores))
    if not k:
        return np.zeros(0, dtype=np.int64)
    near = np.flatnonzero(scores >= kth_highest(scores, k))
    order = near[np.argsort(-scores[near], kind="stable")]
    return order[:k].astype(np.int64)


def kth_highest(scores: Array, k: int) -> np.float32:
    """The k-th highest of N scores; of many, found among the blocks whose highest are highest."""
    n = len(scores)
    if k >= n:
        return np.float32(scores.min())
    blocks = n // BLOCK
    if blocks > 2 * k:
        highest = scores[: blocks * BLOCK].reshape(blocks, BLOCK).max(axis=1)
        at_least = np.partition(highest, blocks - k)[blocks - k]
        scores = scores[scores >= at_least]
        n = len(scores)
    return np.float32(np.partition(scores, n - k)[n - k])
