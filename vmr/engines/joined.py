"""One vector for an item and one for a query whose dot product is the score, up to a constant.

calibrated   sum_b w_b (q_b . e_b - offset_b) / scale_b, with scale_b = unit_b r_b (r of the item)
             = sum_b (w_b / unit_b) ((q_b - c_b) . x_b + level_b)      x_b = e_b / r_b
             level_b = c_b . x_b - offset_b / r_b, centred             c_b: any (D,), see ``centre``
mix          the numerator of the cosine, sum_b w_b e_b . (sum_a w_a q_a); it wants a division by
             the item's own norm sqrt(w' G w) afterwards

So one inner product ranks for any weights w. The same trick: vector fusion in Milvus (SIGMOD 2021).
N items, Q weights, B branches, D dims; vectors have B * D columns, calibrated ones B more for the
levels, branch by branch: (x_1, level_1, x_2, level_2, ...).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vmr.embedding import Array, Calibration
from vmr.search import Fusion

RIDGE = 0.01  # of the mean variance, for directions that the items hardly use


@dataclass(frozen=True, eq=False)
class Joined:
    """How items and queries are joined: unit (B,), centre (B, D), middle (B,) of the levels."""

    fusion: Fusion
    unit: Array
    centre: Array
    middle: Array

    def rows(self, items: Array, calibration: Calibration) -> Array:
        """(K, B, D) with a calibration of K or one row -> (K, width)."""
        if self.fusion == "mix":
            return np.asarray(items, dtype=np.float32).reshape(len(items), -1)
        own = np.broadcast_to(calibration.scale / self.unit, items.shape[:2])
        x = items / own[:, :, None]
        level = np.einsum("bd,nbd->nb", self.centre, x) - calibration.offset / own - self.middle
        joined = np.concatenate([x, level[:, :, None]], axis=2)
        return np.asarray(joined.reshape(len(items), -1), dtype=np.float32)

    def asked(self, query: Array, weights: Array) -> Array:
        """(B, D), (Q, B) -> (Q, width)."""
        if self.fusion == "mix":
            return np.asarray(
                np.einsum("qb,qd->qbd", weights, weights @ query).reshape(len(weights), -1),
                dtype=np.float32,
            )
        one = np.ones((len(query), 1), dtype=np.float32)
        rows = np.concatenate([query - self.centre, one], axis=1)
        asked = (weights / self.unit)[:, :, None] * rows
        return np.asarray(asked.reshape(len(weights), -1), dtype=np.float32)


def joined(items: Array, calibration: Calibration, fusion: Fusion, centred: bool = False) -> Joined:
    """For items like these (K, B, D). ``centred``: take what the offsets owe to the items' place
    out of the levels, which makes both vectors shorter and coarse codes of them better."""
    branches, dims = items.shape[1:]
    unit = np.asarray(calibration.scale.mean(axis=0), dtype=np.float32)
    zero, middle = np.zeros((branches, dims), np.float32), np.zeros(branches, np.float32)
    plain = Joined(fusion, unit, zero, middle)
    if fusion == "mix":
        return plain
    rows = plain.rows(items, calibration).reshape(len(items), branches, dims + 1)
    x, level = rows[:, :, :-1], rows[:, :, -1]
    if centred:
        zero = np.stack([_fit(x[:, b], -level[:, b]) for b in range(branches)])
        level = level + np.einsum("bd,nbd->nb", zero, x)
    return Joined(fusion, unit, zero, np.asarray(level.mean(axis=0), dtype=np.float32))


def _fit(x: Array, offset: Array) -> Array:
    """The direction (D,) along which the offsets (K,) rise, by ridge regression on x (K, D)."""
    x, offset = x - x.mean(axis=0), offset - offset.mean()
    square = x.T @ x
    square[np.diag_indices_from(square)] += RIDGE * np.trace(square) / len(square) + 1e-9
    return np.asarray(np.linalg.solve(square, x.T @ offset), dtype=np.float32)
