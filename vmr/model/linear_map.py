"""Regularised linear maps between two sides: what a network must not lose to.

Canonical correlation with a ridge on both covariances, directions weighted by their correlation
(Hardoon et al. 2004). Two such maps stand side by side and their cosines are averaged:

  plain  of the standardised columns: the straight line itself
  even   of the columns' normal scores, ranks among the training clips made normal (Liu, Lafferty
         and Wasserman 2009), so that no column's outliers or skew decide

Each map's strengths and number of directions are chosen by cross-validation on the training pairs,
folds by group, by the mean reciprocal rank over both directions.

Shapes: N pairs, P and R columns of the two sides, K knots, C directions of a map.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import ndtri
from torch import Tensor, nn

from vmr import metrics
from vmr.model.config import MAP_COLUMNS, MAPS
from vmr.model.pooling import unit_rows

Matrix = NDArray[np.float64]

RIDGES = (0.3, 1.0, 3.0, 10.0, 30.0)  # against columns of spread 1
DIRECTIONS = (8, 16, MAP_COLUMNS)
FOLDS = 4
FEWEST = 2 * FOLDS  # groups; from fewer nothing can be chosen
CHOICE_PAIRS = 1000  # strengths are chosen on so many; more cost minutes
COMPONENTS = 256  # of a side that count; a ridge leaves next to nothing of the smaller ones
EXACT = 1000  # rows or columns up to which all components are computed
SHARES = np.linspace(0, 1, 33)  # of the training clips below each knot
LEVELS = np.clip(ndtri(SHARES), -2.5, 2.5)


class LinearMaps(nn.Module):
    """One side's maps: what describes a clip (N, P) -> (N, 2 C), rows of length 1."""

    knots: Tensor  # (P, K) quantiles of the training clips' columns
    mean: Tensor  # (maps, P)
    weight: Tensor  # (maps, P, C), 0 where there is no further direction
    share: Tensor  # () of the cosine of the ssl branch, beside the network

    def __init__(self, columns: int, share: float) -> None:
        super().__init__()
        self.register_buffer("knots", torch.zeros(columns, len(SHARES)))
        self.register_buffer("mean", torch.zeros(MAPS, columns))
        self.register_buffer("weight", torch.zeros(MAPS, columns, MAP_COLUMNS))
        self.register_buffer("share", torch.tensor(share))

    def forward(self, rows: Tensor) -> Tensor:
        """(N, P) -> (N, 2 C); zero rows where no map was fitted."""
        even = (normal_scores(rows, self.knots) - self.mean[1]) @ self.weight[1]
        return torch.cat([self.plain(rows), unit_rows(even)], dim=1) / math.sqrt(MAPS)

    @property
    def fitted(self) -> bool:
        """Whether there were enough pairs."""
        return bool(self.weight.any())

    def plain(self, rows: Tensor) -> Tensor:
        """The plain map alone, cross-validated CCA: (N, P) -> (N, C), rows of length 1."""
        return unit_rows((rows - self.mean[0]) @ self.weight[0])


def normal_scores(rows: Tensor, knots: Tensor) -> Tensor:
    """Ranks among the training clips, made normal: (N, P), (P, K) -> (N, P), -2.5 to 2.5.

    Linear between the knots; a value that many clips share gets the middle of its ranks.
    """
    x, levels = rows.T.contiguous(), torch.as_tensor(LEVELS).to(rows)
    found = torch.zeros_like(x)
    for right in (False, True):
        above = torch.searchsorted(knots, x, right=right).clamp(1, len(levels) - 1)
        low, high = knots.gather(1, above - 1), knots.gather(1, above)
        part = ((x - low) / (high - low).clamp_min(1e-12)).clamp(0, 1)
        found += levels[above - 1] + part * (levels[above] - levels[above - 1])
    return (found / 2).T


@torch.no_grad()
def fit_linear_maps(
    sides: tuple[LinearMaps, LinearMaps], x: Tensor, y: Tensor, groups: Sequence[str] = ()
) -> None:
    """Choose the strengths and fit both sides' maps on N pairs (N, P), (N, R), whose groups are N
    names or none. From too few groups no map is fitted, and the network has the whole share."""
    names = np.asarray(groups if len(groups) else np.arange(len(x)))
    if len(np.unique(names)) < FEWEST:
        for side in sides:
            side.share.zero_()
        return
    rows = [side.double().cpu() for side in (x, y)]
    for even in (False, True):
        found = cross_validate(rows[0], rows[1], names, even)
        i, j, d = np.unravel_index(found.argmax(), found.shape)
        knots = [_knots(side) for side in rows]
        a, b = (_Standard(_seen(r, k, even)) for r, k in zip(rows, knots, strict=True))
        weights = a.cca(b, RIDGES[i], RIDGES[j], DIRECTIONS[d])
        for side, k, of, weight in zip(sides, knots, (a, b), weights, strict=True):
            side.knots.copy_(k)
            side.mean[int(even)] = torch.as_tensor(of.mean)
            side.weight[int(even), :, : weight.shape[1]] = torch.as_tensor(weight)


def cross_validate(
    x: Tensor, y: Tensor, names: NDArray[np.generic], even: bool = False, seed: int = 0
) -> Matrix:
    """Mean reciprocal rank of pairs that were left out, over both directions, for every pair of
    strengths and number of directions: (N, P), (N, R), (N,) -> (X, Y, len(DIRECTIONS))."""
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(len(x))[:CHOICE_PAIRS]
    _, group = np.unique(names[chosen], return_inverse=True)
    fold = (rng.permutation(group.max() + 1) % FOLDS)[group]
    found = np.zeros((len(RIDGES), len(RIDGES), len(DIRECTIONS)))
    for f in range(FOLDS):
        sides, left_out = [], []
        for rows in (x[chosen], y[chosen]):
            knots = _knots(rows[fold != f])
            sides.append(_Standard(_seen(rows[fold != f], knots, even)))
            left_out.append(_seen(rows[fold == f], knots, even) - sides[-1].mean)
        for i, ridge_x in enumerate(RIDGES):
            for j, ridge_y in enumerate(RIDGES):
                weights = sides[0].cca(sides[1], ridge_x, ridge_y, MAP_COLUMNS)
                u, v = (rows @ w for rows, w in zip(left_out, weights, strict=True))
                for d, count in enumerate(DIRECTIONS):
                    cosines = _unit(u[:, :count]) @ _unit(v[:, :count]).T
                    found[i, j, d] += len(u) * _both_ways(cosines)
    return found / len(chosen)


class _Standard:
    """Standardised columns (N, P) by their singular vectors, so that any strength is cheap."""

    def __init__(self, x: Matrix) -> None:
        self.mean, spread = x.mean(0), x.std(0)
        # A column that never moved says nothing, whatever it is later.
        self._scale = np.where(spread > 1e-6, spread, np.inf)
        z = (x - self.mean) / self._scale
        if min(z.shape) > EXACT:
            from sklearn.utils.extmath import randomized_svd  # only training needs it

            u, s, vt = randomized_svd(z, COMPONENTS, random_state=0)
        else:
            u, s, vt = np.linalg.svd(z, full_matrices=False)
        kept = np.flatnonzero(s > 1e-6 * max(float(s[0]), 1e-12))[:COMPONENTS]
        self._u, self._spread, self._vt = u[:, kept], s[kept] / len(x) ** 0.5, vt[kept]

    def cca(
        self, other: _Standard, ridge: float, ridge_other: float, count: int
    ) -> tuple[Matrix, Matrix]:
        """Weights of up to ``count`` directions of both sides: (P, <= count), (R, <= count)."""
        a, b = self._whiten(ridge), other._whiten(ridge_other)
        shared = (a * self._spread)[:, None] * (self._u.T @ other._u) * (b * other._spread)
        left, correlation, right = np.linalg.svd(shared, full_matrices=False)
        kept = correlation[:count]
        return (
            self._out((a[:, None] * left[:, :count]) * kept),
            other._out((b[:, None] * right.T[:, :count]) * kept),
        )

    def _whiten(self, ridge: float) -> Matrix:
        return np.asarray((self._spread**2 + ridge) ** -0.5)

    def _out(self, directions: Matrix) -> Matrix:
        return np.asarray((self._vt.T @ directions) / self._scale[:, None])


def _knots(rows: Tensor) -> Tensor:
    """(N, P) -> (P, K)."""
    return torch.as_tensor(np.quantile(rows.numpy(), SHARES, axis=0).T.copy())


def _seen(rows: Tensor, knots: Tensor, even: bool) -> Matrix:
    """What a map reads of the rows (N, P)."""
    return np.asarray((normal_scores(rows, knots) if even else rows).numpy())


def _both_ways(cosines: Matrix) -> float:
    scores = cosines.astype(np.float32)
    ranks = (metrics.ranks(scores), metrics.ranks(scores.T))
    return float(np.mean([metrics.mean_reciprocal_rank(rank) for rank in ranks]))


def _unit(x: Matrix) -> Matrix:
    return np.asarray(x / np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), 1e-12))
