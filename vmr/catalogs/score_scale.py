"""Scores that a person can read: the share of random pairs that a pair beats, 0 to 100. numpy only.

A random pair is a typical query from the checkpoint's bank with a track of the catalogs. Its parts
have a mean (B,) and a covariance (B, B), and each branch a table of knots: the place, in spreads,
that a share of the pairs stays below. For any weights w

    place   = (score - w'mean) / sqrt(w'covariance w + words^2)
    knots   = sum_b r_b knots_b with r_b in the proportion of w_b^2 covariance_bb, sum 1
    percent = straight lines between the knots (place, percent), which rise in both

``words`` is the weight of a term that was added to the score and has the spread 1 over the tracks
(vmr.knowledge.word_scores). On the bundled catalogs a percent is at most 1.5 off the true share at
any position of a slider. The page computes the same from ``as_json``. For one query and fixed
weights the percent rises with the score, so no order changes.
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
STEPS = 5  # positions of each slider over which mixed scores are taken
MOST_QUERIES, MOST_ITEMS = 256, 1000  # of the bank and of the catalogs; evenly taken
# Nothing fits well where the first track beats fewer. On the 64 clips used for choosing, both
# catalogs, alpha 1: of the first five .20 fit by mood below (2 clips), .86 above; at 95 .48, .87.
FITS_FROM = 90.0


@dataclass(frozen=True)
class ScoreScale:
    """mean (B,), covariance (B, B), places (B, K), percents (K,): float32, K knots <= 33."""

    mean: Array
    covariance: Array
    places: Array
    percents: Array

    def percent(self, scores: Array, w: Array, words: float = 0.0) -> Array:
        """Share of random pairs that each score beats at weights w (B,): (K,) -> (K,), 0 to 100."""
        variance = float(w @ self.covariance @ w) + words**2
        place = (scores - float(w @ self.mean)) / max(variance**0.5, 1e-6)
        share = np.square(w) * np.diag(self.covariance)
        if share.sum() <= 0:  # words alone
            share = np.ones_like(share)
        knots = (share / share.sum()) @ self.places
        return np.asarray(np.interp(place, knots, self.percents), dtype=np.float32)

    def as_json(self) -> dict[str, Any]:
        """What the page needs: {"mean", "covariance" (flat), "percents", "places" (one list for
        each branch), "fits_from"}."""
        return {
            "mean": _rounded(self.mean),
            "covariance": _rounded(self.covariance.ravel()),
            "percents": _rounded(self.percents),
            "places": [_rounded(row) for row in self.places],
            "fits_from": FITS_FROM,
        }


def score_scale(
    items: BranchEmbedding, bank: BranchEmbedding, calibration: Calibration, fusion: Fusion
) -> ScoreScale:
    """The scale of these tracks (N, B, D) for queries like those of the bank (M, B, D)."""
    queries = bank.rows(_evenly(len(bank), MOST_QUERIES)).values
    index = _evenly(len(items), MOST_ITEMS)
    chosen, of_chosen = items.rows(index).values, calibration.rows(index)
    if fusion == "mix":
        g = gram(chosen)
        pairs = [(branch_products(q, chosen), q @ q.T) for q in queries]
        grid = list(weight_grid(items.branches, steps=STEPS))
        cosines = np.stack([mix_scores(q, g, own, w) for q, own in pairs for w in grid])
        # A cosine has one spread for all weights: as w sums to 1, equal parts say so.
        part = np.repeat(cosines.reshape(-1, 1), len(items.branches), axis=1)
    else:
        cosines = np.einsum("mbd,nbd->mnb", queries, chosen)
        part = ((cosines - of_chosen.offset) / of_chosen.scale).reshape(-1, len(items.branches))
    mean, covariance = part.mean(axis=0), np.atleast_2d(np.cov(part.T))
    spread = np.maximum(np.sqrt(np.diag(covariance)), 1e-6)
    places = np.percentile((part - mean) / spread, PERCENTS, axis=0).T
    return ScoreScale(
        mean=np.asarray(mean, dtype=np.float32),
        covariance=np.asarray(covariance, dtype=np.float32),
        places=np.maximum.accumulate(places, axis=1).astype(np.float32),
        percents=np.array(PERCENTS, dtype=np.float32),
    )


def _rounded(values: Array) -> list[float]:
    return [float(f"{value:.6g}") for value in values]


def _evenly(count: int, most: int) -> NDArray[np.int64]:
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.int64))
