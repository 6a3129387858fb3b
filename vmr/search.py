"""One pass over the catalog per query; every later position of the slider is arithmetic.

The pass gives, for each item, its calibrated parts (one number per branch) and the branch products
Q; the item's Gram matrix G is stored. Neither depends on the weights, so a short list of candidates
that holds the top of every possible slider position can be sent to the browser once.

Shapes: N items, K candidates, B branches, D dims.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vmr.embedding import (
    SSL,
    Array,
    BranchEmbedding,
    Calibration,
    alpha_weights,
    branch_products,
    calibrated_scores,
    gram,
    mix_scores,
    parts,
)

Fusion = Literal["calibrated", "mix"]

ALPHA_STEPS = 21  # grid on which the union of the best is taken
BEST_PER_STEP = 64  # with a grid this fine, the exact top 50 at any alpha is in the union
ALL_BELOW = 400  # catalogs up to this size are sent whole


@dataclass(frozen=True)
class Candidates:
    """What one query needs of the items for any weights.

    index (K,) int64 into the items; parts (K, B); q, g (K, B, B); query_gram (B, B). All float32.
    """

    branches: tuple[str, ...]
    fusion: Fusion
    index: NDArray[np.int64]
    parts: Array
    q: Array
    g: Array
    query_gram: Array

    def scores(self, w: Array) -> Array:
        """Score of each candidate for weights (B,): (K,)."""
        if self.fusion == "calibrated":
            return calibrated_scores(self.parts, w)
        return mix_scores(self.q, self.g, self.query_gram, w)

    def order(self, w: Array) -> NDArray[np.int64]:
        """Positions of the candidates, best first; ties keep the catalog's order: (K,)."""
        return np.argsort(-self.scores(w), kind="stable").astype(np.int64)


def candidates(
    query: BranchEmbedding,
    items: BranchEmbedding,
    calibration: Calibration,
    fusion: Fusion = "calibrated",
    all_below: int = ALL_BELOW,
) -> Candidates:
    """The items that can reach the top for some weights. query holds one embedding (N = 1)."""
    index = np.arange(len(items), dtype=np.int64)
    if len(items) > all_below:
        index = _union_of_best(query.values[0], items, calibration, fusion)
    return gather(query, items, calibration, index, fusion)


def gather(
    query: BranchEmbedding,
    items: BranchEmbedding,
    calibration: Calibration,
    index: NDArray[np.int64],
    fusion: Fusion = "calibrated",
) -> Candidates:
    """What one query (N = 1) needs of the chosen items, index (K,)."""
    if len(query) != 1 or query.branches != items.branches:
        raise ValueError("the query must be one embedding with the branches of the items")
    q_values, chosen = query.values[0], items.rows(index)
    return Candidates(
        branches=items.branches,
        fusion=fusion,
        index=index,
        parts=parts(q_values, chosen.values, calibration.rows(index)),
        q=branch_products(q_values, chosen.values),
        g=gram(chosen.values),
        query_gram=gram(query.values)[0],
    )


def weight_grid(branches: Sequence[str], steps: int = ALPHA_STEPS) -> Iterator[Array]:
    """Weights along the slider of each facet, and the centre of all branches: (B,) each."""
    for facet in branches:
        if facet != SSL:
            for alpha in np.linspace(0.0, 1.0, steps):
                yield alpha_weights(float(alpha), branches, facet)
    yield np.full(len(branches), 1.0 / len(branches), dtype=np.float32)


def _union_of_best(
    query: Array, items: BranchEmbedding, calibration: Calibration, fusion: Fusion
) -> NDArray[np.int64]:
    best = min(BEST_PER_STEP, len(items))
    if fusion == "calibrated":
        score = partial(calibrated_scores, parts(query, items.values, calibration))
    else:
        q, g = branch_products(query, items.values), gram(items.values)
        score = partial(mix_scores, q, g, query @ query.T)
    kept: set[int] = set()
    for w in weight_grid(items.branches):
        kept.update(np.argpartition(-score(w), best - 1)[:best].tolist())
    return np.array(sorted(kept), dtype=np.int64)
