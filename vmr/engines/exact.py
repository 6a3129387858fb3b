"""The exact engine: every item's score, in blocks. What the others are measured against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vmr.embedding import (
    Array,
    BranchEmbedding,
    Calibration,
    branch_products,
    gram,
    mix_scores,
    parts,
)
from vmr.engines.engine import Facts, Wanted
from vmr.search import Fusion

BLOCK = 20_000  # items whose vectors are float32 in memory together


@dataclass(frozen=True, eq=False)
class ExactEngine:
    """N items (N, B, D) with a calibration (N, B) or (1, B), and their facts for filters."""

    items: BranchEmbedding
    calibration: Calibration
    fusion: Fusion
    facts: Sequence[Facts] = ()

    def best(
        self, query: Array, weights: Array, k: int, wanted: Wanted | None = None
    ) -> list[NDArray[np.int64]]:
        """Positions for a query (B, D) and weights (Q, B), see vmr.engines.engine; ties keep
        the items' order."""
        index = np.arange(len(self.items), dtype=np.int64)
        if wanted is not None:
            index = np.flatnonzero(wanted.mask(self.facts))
        return best_of(self.items, self.calibration, self.fusion, query, weights, k, index)


def best_of(
    items: BranchEmbedding,
    calibration: Calibration,
    fusion: Fusion,
    query: Array,
    weights: Array,
    k: int,
    index: NDArray[np.int64],
) -> list[NDArray[np.int64]]:
    """The best k of the items at these positions (M,), for each of the weights (Q, B)."""
    scores = np.empty((len(weights), len(index)), dtype=np.float32)
    for start in range(0, len(index), BLOCK):
        part = index[start : start + BLOCK]
        values = np.asarray(items.values[part], dtype=np.float32)
        if fusion == "calibrated":
            part_scores = parts(query, values, calibration.rows(part)) @ weights.T
        else:
            q, g, own = branch_products(query, values), gram(values), query @ query.T
            part_scores = np.stack([mix_scores(q, g, own, w) for w in weights], axis=1)
        scores[:, start : start + len(part)] = part_scores.T
    return [index[first(row, k)] for row in scores]


def first(scores: Array, k: int) -> NDArray[np.int64]:
    """Places of the k highest of (M,), best first, equal ones in their order."""
    if k < len(scores):
        # Everything as good as the kth, so that equal scores do not hang on the partition.
        least = np.partition(scores, len(scores) - k)[len(scores) - k]
        chosen = np.flatnonzero(scores >= least)
    else:
        chosen = np.arange(len(scores))
    return chosen[np.argsort(-scores[chosen], kind="stable")][:k].astype(np.int64)
