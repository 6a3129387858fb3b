"""Facets that nobody judges (tempo, instruments), by way of the genres that were judged to fit.

A genre is played in some way: of the catalog's drum and bass most tracks are fast. So of a clip
whose fitting genres are known it is known what share of tracks carries each label. Figures say how
that share and what the first five tracks carry go together over the clips. A rough measure: genres
that fit one clip are played differently, and the right order of one clip is not asked.

Shapes: Q clips, N tracks, L labels.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vmr.embedding import Anchors
from vmr.evaluation.figure import Figure
from vmr.evaluation.judge import TOP, Judged, matches, placed, spearman
from vmr.metrics import bootstrap_interval
from vmr.model.measured_scores import scores_of

Array = NDArray[np.float64]


def measured_figures(judged: Judged, anchors: Sequence[Anchors]) -> list[Figure]:
    """One figure for each facet of ``anchors`` at alpha 1. None for a catalog without several
    genres that fit."""
    catalog = judged.catalog
    fit = matches([clip.fit["genre"] for clip in judged.clips], catalog.tracks, "genre")
    known = np.flatnonzero(fit.any(axis=1))
    figures: list[Figure] = []
    for labels in anchors if len(known) > TOP else ():
        cosines = catalog.embeddings.branch(labels.branch) @ labels.values.T
        carried = scores_of(cosines).astype(np.float64)  # (N, L)
        usual = np.stack([carried[row].mean(axis=0) for row in fit[known]])
        if not np.ptp(usual, axis=0).all():  # one genre alone tells nothing apart
            continue
        order = judged.ranked(1.0, labels.branch)
        found = carried[order[known, :TOP]].mean(axis=1)
        pairs = np.stack([usual, found], axis=1)  # (Q, 2, L)
        low, high = bootstrap_interval(pairs, _together)
        figure = Figure("as_genres", _together(pairs), low, high, chance=0.0)
        figures += placed([figure], catalog, labels.branch, 1.0)
    return figures


def _together(pairs: Array) -> float:
    """Mean over the labels of the rank correlation of (Q, 0, L) and (Q, 1, L)."""
    return float(np.mean([spearman(x, y) for x, y in zip(*pairs.transpose(1, 2, 0), strict=True)]))
