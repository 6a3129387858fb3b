"""How near each item is to a bank of typical queries: what calibration is made of. numpy only.

Made in blocks, so that memory does not grow with bank times items; for large catalogs it is kept
with them (vmr.catalogs.measures).

Shapes: N items, M queries of the bank, B branches, D dims. float32.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vmr.embedding import Array, BranchEmbedding, Calibration

ITEMS_AT_ONCE = 4096


@dataclass(frozen=True, eq=False)
class BankLevels:
    """Of each item's cosines with the bank, by branch: mean, the mean of the highest tenth, and
    variance, (N, B) each."""

    mean: Array
    highest: Array
    variance: Array

    def __len__(self) -> int:
        return len(self.mean)

    def rows(self, index: NDArray[np.int64]) -> BankLevels:
        """Those of the items chosen (K,)."""
        return BankLevels(self.mean[index], self.highest[index], self.variance[index])

    def with_rows(self, index: NDArray[np.int64], new: BankLevels) -> BankLevels:
        """The same with others at some places (K,)."""
        copies = [np.array(one) for one in (self.mean, self.highest, self.variance)]
        for one, rows in zip(copies, (new.mean, new.highest, new.variance), strict=True):
            one[index] = rows
        return BankLevels(*copies)

    def calibration(
        self, hub_share: float | Sequence[float] = 0.0, own_spread: float = 0.0
    ) -> Calibration:
        """Offset and scale (N, B); see ``calibrate_on``."""
        share = np.asarray(hub_share, dtype=np.float32)
        offset = (1 - share) * self.mean + share * self.highest
        shared = np.sqrt(np.maximum(self.variance.mean(axis=0, keepdims=True), 1e-8))
        own = np.sqrt(np.maximum(self.variance, 1e-8))
        scale = shared ** (1 - own_spread) * own**own_spread
        return Calibration(offset.astype(np.float32), np.ascontiguousarray(scale, np.float32))


def bank_levels(items: BranchEmbedding, bank: BranchEmbedding) -> BankLevels:
    """items (N, B, D), bank (M, B, D)."""
    shape = len(items), len(items.branches)
    mean, highest, variance = (np.empty(shape, dtype=np.float32) for _ in range(3))
    tenth = max(1, len(bank) // 10)
    for start in range(0, len(items), ITEMS_AT_ONCE):
        part = slice(start, start + ITEMS_AT_ONCE)
        rows = items.values[part].astype(np.float32)
        for b in range(shape[1]):
            cosines = rows[:, b] @ bank.values[:, b].T  # (n, M)
            mean[part, b], variance[part, b] = cosines.mean(axis=1), cosines.var(axis=1)
            highest[part, b] = np.partition(cosines, -tenth, axis=1)[:, -tenth:].mean(axis=1)
    return BankLevels(mean, highest, variance)


def joined(levels: Sequence[BankLevels]) -> BankLevels:
    """Those of several lists of items, one after the other."""
    if len(levels) == 1:
        return levels[0]
    return BankLevels(
        np.concatenate([one.mean for one in levels]),
        np.concatenate([one.highest for one in levels]),
        np.concatenate([one.variance for one in levels]),
    )


def calibrate_on(
    items: BranchEmbedding,
    bank: BranchEmbedding,
    hub_share: float | Sequence[float] = 0.0,
    own_spread: float = 0.0,
) -> Calibration:
    """Level and spread of each item's cosines with a bank of typical queries, per branch.

    items (N, B, D), bank (M, B, D) -> offset and scale (N, B). The level is the mean over the bank;
    ``hub_share`` of it, one for all branches or one of each (B,), is instead the mean of the
    highest tenth, which holds back an item that is the nearest of its kind for every query (the
    local scaling of CSLS, Conneau et al. 2018); above 1 it holds back more than that. The
    spread is shared by all items of a branch (root mean square over items), so that a track with
    little to say is not blown up; ``own_spread`` of it, as an exponent, is the item's own.
    """
    return bank_levels(items, bank).calibration(hub_share, own_spread)
