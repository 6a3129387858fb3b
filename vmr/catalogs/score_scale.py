"""Scores that a person can read: the share of random pairs that a pair beats, 0 to 100. numpy only.

A random pair is a typical query from the checkpoint's bank with a track of the catalogs. Its parts
have a mean (B,) and a covariance (B, B), so for any weights w

    place   = (score - w'mean) / sqrt(w'covariance w + words^2)
    percent = the knots' straight lines at that place: (place, percent), rising in both

``words`` is the weight of a term that was added to the score and has the spread 1 over the tracks
(vmr.knowledge.words). One table serves all weights: the shape of the distribution hardly depends on
them. The page computes the same from ``as_json``. For one query and fixed weights the percent rises
with the score, so no order changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vmr.embedding import (
    Array,
    BranchEmbedding,
    Calibration,
    branch_products,
    gram,
    mix_scores,
)
from vmr.search import Fusion, weight_grid

PERCENTS = (0, 0.5, 1, 2, 5, *range(10, 90, 10), 90, 95, 97, 98, 99, 99.5, 99.8, 99.9, 100)
STEPS = 5  # positions of each slider over which the knots are taken
MOST_QUERIES, MOST_ITEMS = 256, 1000  # of the bank and of the catalogs; evenly taken
# Nothing fits well where the first track beats fewer. Measured on the 64 judged development clips,
# both catalogs: of the first five .40 (alpha 1) and .48 (alpha .5) fit by mood below, .76 above.
FITS_FROM = 90.0


@dataclass(frozen=True)
class ScoreScale:
    """mean (B,), covariance (B, B), places and percents (knots,): float32, knots <= 33."""

    mean: Array
    covariance: Array
    places: Array
    percents: Array

    def percent(self, scores: Array, w: Array, words: float = 0.0) -> Array:
        """Share of random pairs that each score beats at weights w (B,): (K,) -> (K,), 0 to 100."""
        place = (scores - float(w @ self.mean)) / self._spread(w, words)
        return np.asarray(np.interp(place, self.places, self.percents), dtype=np.float32)

    def _spread(self, w: Array, words: float) -> float:
        return max(float(w @ self.covariance @ w + words**2) ** 0.5, 1e-6)

    def as_json(self) -> dict[str, Any]:
        """What the page needs: {"mean", "covariance" (flat), "knots": [[place, percent], ...],
        "fits_from"}."""
        knots = np.stack([self.places, self.percents], axis=1)
        rows: dict[str, Any] = {
            name: [float(f"{x:.6g}") for x in values.ravel()]
            for name, values in (("mean", self.mean), ("covariance", self.covariance))
        }
        rows["knots"] = [[float(f"{x:.6g}") for x in knot] for knot in knots]
        return rows | {"fits_from": FITS_FROM}


def score_scale(
    items: BranchEmbedding, bank: BranchEmbedding, calibration: Calibration, fusion: Fusion
) -> ScoreScale:
    """The scale of these tracks (N, B, D) for queries like those of the bank (M, B, D)."""
    queries = bank.rows(_evenly(len(bank), MOST_QUERIES)).values
    index = _evenly(len(items), MOST_ITEMS)
    chosen, of_chosen = items.rows(index).values, calibration.rows(index)
    grid = np.stack(list(weight_grid(items.branches, steps=STEPS)))  # (G, B)
    if fusion == "mix":
        g = gram(chosen)
        pairs = [(branch_products(q, chosen), q @ q.T) for q in queries]
        scores = np.stack([[mix_scores(q, g, own, w) for q, own in pairs] for w in grid])
        # A cosine has one spread for all weights: as w sums to 1, a constant matrix says so.
        one = np.ones(len(items.branches), dtype=np.float32)
        mean, covariance = scores.mean() * one, scores.var() * np.outer(one, one)
    else:
        cosines = np.einsum("mbd,nbd->mnb", queries, chosen)
        part = ((cosines - of_chosen.offset) / of_chosen.scale).reshape(-1, len(items.branches))
        mean, covariance = part.mean(axis=0), np.atleast_2d(np.cov(part.T))
        scores = (part @ grid.T).T
    places = [
        np.percentile((s - w @ mean) / max((w @ covariance @ w) ** 0.5, 1e-6), PERCENTS)
        for s, w in zip(scores, grid, strict=True)
    ]
    return ScoreScale(
        mean=np.asarray(mean, dtype=np.float32),
        covariance=np.asarray(covariance, dtype=np.float32),
        places=np.maximum.accumulate(np.mean(places, axis=0)).astype(np.float32),
        percents=np.array(PERCENTS, dtype=np.float32),
    )


def _evenly(count: int, most: int) -> NDArray[np.int64]:
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.int64))
