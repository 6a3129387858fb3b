"""Branch embeddings: the one idea the code is built around. numpy only.

A clip or a track is a small stack of unit vectors, one per branch (``ssl``, ``genre``, ``mood``),
and never a mixed vector. The weights ``w`` say how much each branch counts; alpha is the
two-branch case ``w = (1 - alpha, alpha)``. Two ways to fuse the branches into one score exist:

mix         cosine(mix(query), mix(item)) = (w' Q w) / sqrt(w' G w), up to the query's own norm
calibrated  sum_b w_b * part_b with part_b = (Q_bb - offset_b) / scale_b

``Q[n, a, b]`` is the dot product of the query's branch a with item n's branch b, ``G[n]`` the
item's own Gram matrix; neither depends on ``w``, so moving weights needs no new pass.
Shapes: N items, B branches, D dims. All arrays float32, but many items' rows (BranchEmbedding).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

SSL = "ssl"  # the self-supervised branch; every other branch is named after its facet


@dataclass(frozen=True)
class BranchEmbedding:
    """Unit rows per branch. ``values``: (N, B, D) float32, float16 where there are many and they
    lie on disk (vmr.catalogs.arrays); ``branches``: B names, ``ssl`` first."""

    values: NDArray
    branches: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.values.ndim != 3 or self.values.shape[1] != len(self.branches):
            raise ValueError(
                f"values {self.values.shape} do not fit {len(self.branches)} branches (N, B, D)"
            )

    def __len__(self) -> int:
        return int(self.values.shape[0])

    def rows(self, index: Sequence[int] | NDArray[np.int64] | slice) -> BranchEmbedding:
        """The items chosen by index (K,), in the order given: (K, B, D)."""
        return BranchEmbedding(self.values[index], self.branches)

    def branch(self, name: str) -> Array:
        """One branch as (N, D) float32."""
        return np.asarray(self.values[:, self.branches.index(name)], dtype=np.float32)

    def widened(self) -> BranchEmbedding:
        """The same in float32, for a few items."""
        return BranchEmbedding(np.asarray(self.values, dtype=np.float32), self.branches)

    def blocks(self, name: str, size: int = 16384) -> Iterator[tuple[slice, Array]]:
        """One branch as (n, D) float32, part by part, with the place of each part."""
        for start in range(0, len(self), size):
            part = slice(start, start + size)
            yield part, self.rows(part).branch(name)


@dataclass(frozen=True)
class Anchors:
    """Named directions of one branch: the labels of a facet, levels of energy in ``ssl``.

    values (L, D) float32, unit rows. A person who chooses labels moves the query's branch b to

        moved = unit(own * query_b + sum_l c_l anchor_l)

    so every cosine with an item stays linear in the cosines with the anchors, up to one norm that
    is the same for all items; see ``turn_to`` and vmr.search.Candidates.moved.
    """

    branch: str
    names: tuple[str, ...]
    values: Array

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or len(self.values) != len(self.names):
            raise ValueError(f"{self.values.shape} are not the rows of {len(self.names)} anchors")

    def gram(self, query: Array) -> Array:
        """Dot products among the query's row (D,) and the anchors, the query first: (1+L, 1+L)."""
        rows = np.concatenate([query[None], self.values])
        return np.asarray(rows @ rows.T, dtype=np.float32)


@dataclass(frozen=True)
class Turn:
    """How one branch of a query is moved: ``own`` of itself and ``shares`` (L,) of its anchors."""

    own: float
    shares: Array

    def norm(self, gram: Array) -> float:
        """Length of the moved row before it is made a unit row; gram (1+L, 1+L)."""
        c = np.concatenate([[self.own], self.shares]).astype(np.float32)
        return max(float(np.sqrt(max(float(c @ gram @ c), 0.0))), 1e-6)


def turn_to(anchors: Anchors, weights: Mapping[str, float]) -> Turn:
    """Labels with weights as a Turn; a negative weight turns away from its label.

    ``{"calm": 1, "sad": -0.5}`` replaces the branch. Where no weight is positive ("not sad") the
    query's own row stays and the labels are taken from it. ValueError for a label that is not
    there, or where all weights are 0.
    """
    shares = np.zeros(len(anchors.names), dtype=np.float32)
    for name, weight in weights.items():
        if name not in anchors.names:
            known = ", ".join(anchors.names)
            raise ValueError(f"there is no label {name!r} in {anchors.branch}; there are: {known}")
        shares[anchors.names.index(name)] = weight
    if not shares.any() or not np.isfinite(shares).all():
        raise ValueError("the chosen labels need a finite weight other than 0")
    return Turn(0.0 if (shares > 0).any() else 1.0, shares)


def turn_by(anchors: Anchors, start: float, end: float) -> Turn:
    """A dial moved from one position to another along anchors whose names are numbers that rise.

    The row keeps what else it says: moved = unit(query - anchor(start) + anchor(end)), where
    positions between two anchors are mixed of both.
    """
    return Turn(1.0, _position(anchors, end) - _position(anchors, start))


def turn_onto(anchors: Anchors, position: float) -> Turn:
    """The row replaced by a position of the dial: for a query that has no picture."""
    return Turn(0.0, _position(anchors, position))


def _position(anchors: Anchors, position: float) -> Array:
    """Shares (L,) of the two anchors around a position; beyond the ends the end itself."""
    at = np.interp(position, [float(n) for n in anchors.names], np.arange(len(anchors.names)))
    shares = np.zeros(len(anchors.names), dtype=np.float32)
    low = int(at)
    shares[low] = 1 - (at - low)
    if at > low:
        shares[low + 1] = at - low
    return shares


def turned(query: BranchEmbedding, anchors: Anchors, turn: Turn) -> BranchEmbedding:
    """The query (N = 1) with one branch moved: an ordinary query in every respect."""
    b = query.branches.index(anchors.branch)
    values = query.values.copy()
    values[0, b] = unit(turn.own * values[0, b] + turn.shares @ anchors.values)
    return BranchEmbedding(values, query.branches)


def concatenate(embeddings: Sequence[BranchEmbedding]) -> BranchEmbedding:
    """Items of several embeddings with the same branches, one after the other."""
    branches = {e.branches for e in embeddings}
    if len(branches) != 1:
        raise ValueError(f"cannot join embeddings of different branches: {sorted(branches)}")
    if len(embeddings) == 1:  # rows on disk stay there
        return embeddings[0]
    return BranchEmbedding(np.concatenate([e.values for e in embeddings]), branches.pop())


def unit(x: Array) -> Array:
    """Rows scaled to length 1; a zero row stays zero. (..., D) -> (..., D)."""
    norm = np.linalg.norm(x, axis=-1, keepdims=True)
    return np.asarray(x / np.maximum(norm, 1e-12), dtype=np.float32)


def alpha_weights(alpha: float, branches: Sequence[str], facet: str) -> Array:
    """``1 - alpha`` on the ssl branch and ``alpha`` on the facet's: (B,), w >= 0, sum 1.

    A checkpoint trained without labels has one branch and so one position: (1,) for any alpha.
    """
    if not 0.0 <= alpha <= 1.0:
        raise ValueError(f"alpha must be between 0 and 1, not {alpha}")
    if tuple(branches) == (SSL,):
        return np.ones(1, dtype=np.float32)
    if facet not in branches or facet == SSL:
        known = ", ".join(b for b in branches if b != SSL)
        raise ValueError(f"there is no facet {facet!r}; this checkpoint has: {known}")
    w = np.zeros(len(branches), dtype=np.float32)
    w[list(branches).index(SSL)] = 1.0 - alpha
    w[list(branches).index(facet)] = alpha
    return w


def mix(values: Array, w: Array) -> Array:
    """Weighted branch sum, unit rows: (N, B, D), (B,) -> (N, D)."""
    return unit(np.einsum("nbd,b->nd", values, w))


@dataclass(frozen=True)
class Calibration:
    """Puts the branches on one scale: ``part = (cosine - offset) / scale``.

    ``offset`` and ``scale``: (N, B) or (1, B). With per-item values this is also the hubness
    correction: an item that is near to every query gets a large offset. Linear in the cosines, so
    every score stays linear in the weights.
    """

    offset: Array
    scale: Array

    def rows(self, index: Sequence[int] | NDArray[np.int64] | slice) -> Calibration:
        """The values of the items chosen by index (K,): (K, B); one for all (1, B) stays."""
        if self.offset.shape[0] == 1:
            return self
        return Calibration(self.offset[index], self.scale[index])


def branch_products(query: Array, items: Array) -> Array:
    """Q[n, a, b] = query[a] . items[n, b]: (B, D), (N, B, D) -> (N, B, B)."""
    return np.asarray(np.einsum("ad,nbd->nab", query, items), dtype=np.float32)


def gram(items: Array) -> Array:
    """G[n, a, b] = items[n, a] . items[n, b]: (N, B, D) -> (N, B, B)."""
    return np.asarray(np.einsum("nad,nbd->nab", items, items), dtype=np.float32)


def mix_scores(q: Array, g: Array, query_gram: Array, w: Array) -> Array:
    """Cosine of the mixed vectors without mixing them.

    q (N, B, B), g (N, B, B), query_gram (B, B), w (B,) -> (N,).
    """
    numerator = np.einsum("a,nab,b->n", w, q, w)
    item_norm = np.sqrt(np.maximum(np.einsum("a,nab,b->n", w, g, w), 1e-12))
    query_norm = np.sqrt(max(float(w @ query_gram @ w), 1e-12))
    return np.asarray(numerator / (item_norm * query_norm), dtype=np.float32)


def parts(query: Array, items: Array, calibration: Calibration) -> Array:
    """Calibrated similarity per branch: (B, D), (N, B, D) -> (N, B)."""
    cosines = np.einsum("bd,nbd->nb", query, items)
    return np.asarray((cosines - calibration.offset) / calibration.scale, dtype=np.float32)


def calibrated_scores(part: Array, w: Array) -> Array:
    """sum_b w_b part_b: (N, B), (B,) -> (N,)."""
    return np.asarray(part @ w, dtype=np.float32)
