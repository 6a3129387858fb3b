"""Scores that a person can read: the share of random pairs that a pair beats, 0 to 100. numpy only.

A random pair is a typical query from the checkpoint's bank with a track of the catalogs, or, for
music, with a video of the library. Its parts have a mean (B,) and a covariance (B, B), and each
branch a table of knots: the place, in spreads, that a share of the pairs stays below. For any
weights w

    place   = (score - w'mean) / sqrt(w'covariance w + words^2)
    knots   = normal + sum_b r_b^1.5 (knots_b - normal), r_b as w_b^2 covariance_bb, sum 1
    percent = straight lines between the knots (place, percent), which rise in both

since a sum is nearer to the normal distribution than its parts: of independent parts, shares of the
variance to the power of 1.5 are those of the third moment.

``words`` is the weight of a term that was added to the score and has the spread 1 over the tracks
(vmr.knowledge.word_scores). On the bundled catalogs a percent is at most 2.3 off the true share at
11 positions of the sliders to mood and genre, and at most 3.0 with a reference at 6 shares; on
average .6. By tempo it is at most 2.4; by instrument, where half of all pairs score the same, 2.2
from 90 on, and 13 in the middle. The page computes the same from ``as_json``. For one query and
fixed weights the percent rises with the score, so no order changes.

A reference beside a query (``score_scale_beside``) has parts of its own: B becomes 2 B, the weights
((1 - r) w, r w) for its share r. A random pair is then a typical query and a typical reference,
drawn apart, with a track; what they share is how high a track stands for any query.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
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
_ENDS = 5e-5  # in place of 0 and 1, which the normal distribution does not reach
NORMAL = np.array(
    [NormalDist().inv_cdf(min(max(p / 100, _ENDS), 1 - _ENDS)) for p in PERCENTS], dtype=np.float32
)
SHARED = 1.5  # power of a share, see above
STEPS = 5  # positions of each slider over which mixed scores are taken
MOST_QUERIES, MOST_ITEMS = 256, 1000  # of the bank and of the catalogs; evenly taken
# Nothing fits well where no track reaches this. On 128 judged clips and the 28 tracks with sound,
# by mood: a row of 80 to 85 fits .48 of the clips, one of 85 to 90 .60 (all 310: by genre .41 and
# .48); where the first row is below, the first five fit .40 at alpha .5 (19 clips), else .70. For
# music (40 draws of 12 of the clips, 155 tracks): the first video fits .39 below, .79 above.
FITS_FROM = 85.0


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
        knots = NORMAL + (share / share.sum()) ** SHARED @ (self.places - NORMAL)
        return np.asarray(np.interp(place, knots, self.percents), dtype=np.float32)

    def as_json(self) -> dict[str, Any]:
        """What the page needs: {"mean", "covariance" (flat), "percents", "normal", "places" (one
        list for each branch), "fits_from"}."""
        return {
            "mean": _rounded(self.mean),
            "covariance": _rounded(self.covariance.ravel()),
            "percents": _rounded(self.percents),
            "normal": _rounded(NORMAL),
            "places": [_rounded(row) for row in self.places],
            "fits_from": FITS_FROM,
        }


def score_scale(
    items: BranchEmbedding, bank: BranchEmbedding, calibration: Calibration, fusion: Fusion
) -> ScoreScale:
    """The scale of these items (N, B, D) for queries like those of the bank (M, B, D)."""
    part = _random_parts(items, bank, calibration, fusion)
    return _scale_of([part], _covariance(part))


def score_scale_beside(
    items: BranchEmbedding,
    banks: tuple[BranchEmbedding, BranchEmbedding],
    calibrations: tuple[Calibration, Calibration],
    fusion: Fusion,
) -> ScoreScale:
    """The scale of these items (N, B, D) for queries like those of the first bank beside references
    like those of the second: of 2 B parts, see the module's text."""
    both = [
        _random_parts(items, bank, calibration, fusion)
        for bank, calibration in zip(banks, calibrations, strict=True)
    ]
    b = both[0].shape[2]
    covariance = np.zeros((2 * b, 2 * b), dtype=np.float32)
    for place, part in zip((slice(0, b), slice(b, 2 * b)), both, strict=True):
        covariance[place, place] = _covariance(part)
    level, other = (part.mean(axis=0) - part.mean(axis=(0, 1)) for part in both)  # (N, B)
    covariance[:b, b:] = level.T @ other / len(level)
    covariance[b:, :b] = covariance[:b, b:].T
    return _scale_of(both, covariance)


def _random_parts(
    items: BranchEmbedding, bank: BranchEmbedding, calibration: Calibration, fusion: Fusion
) -> Array:
    """Parts of queries of the bank with some of the items: (M, N, B)."""
    queries = bank.rows(_evenly(len(bank), MOST_QUERIES)).values
    index = _evenly(len(items), MOST_ITEMS)
    chosen, of_chosen = items.rows(index).values, calibration.rows(index)
    if fusion == "mix":
        g = gram(chosen)
        grid = list(weight_grid(items.branches, steps=STEPS))
        products = [(branch_products(q, chosen), q @ q.T) for q in queries]
        cosines = np.stack([mix_scores(q, g, own, w) for q, own in products for w in grid])
        # A cosine has one spread for all weights: as w sums to 1, equal parts say so.
        return np.repeat(cosines[:, :, None], len(items.branches), axis=2)
    cosines = np.einsum("mbd,nbd->mnb", queries, chosen)
    return np.asarray((cosines - of_chosen.offset) / of_chosen.scale, dtype=np.float32)


def _covariance(part: Array) -> Array:
    """Over all pairs (M, N, B): (B, B)."""
    flat = part.reshape(-1, part.shape[2])
    return np.asarray(np.atleast_2d(np.cov(flat.T)), dtype=np.float32)


def _scale_of(parts: Sequence[Array], covariance: Array) -> ScoreScale:
    """From parts (M, N, B) of one side or more, and the covariance of all sides' branches."""
    means, places = [], []
    for part in parts:
        rows = part.reshape(-1, part.shape[2])
        middle, spread = rows.mean(axis=0), np.maximum(rows.std(axis=0, ddof=1), 1e-6)
        means.append(middle)
        places.append(np.percentile((rows - middle) / spread, PERCENTS, axis=0).T)
    return ScoreScale(
        mean=np.concatenate(means).astype(np.float32),
        covariance=covariance,
        places=np.maximum.accumulate(np.concatenate(places), axis=1).astype(np.float32),
        percents=np.array(PERCENTS, dtype=np.float32),
    )


def _rounded(values: Array) -> list[float]:
    return [float(f"{value:.6g}") for value in values]


def _evenly(count: int, most: int) -> NDArray[np.int64]:
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.int64))
