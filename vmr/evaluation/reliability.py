"""Are the probabilities of shown beliefs true? Fitting them on judged clips, and measuring that.

Of the beliefs shown near 60 % about 60 % should be right: a label is right for a clip if the judge
lists it as fitting. The expected calibration error is the mean distance of the two over BINS equal
bins of probability, weighted by how many beliefs fall into each (Guo et al. 2017).

Shapes: Q clips, S shown labels (the likeliest SHOWN of a facet), L labels.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vmr.embedding import Anchors, BranchEmbedding
from vmr.errors import ManifestError, plural
from vmr.evaluation.figure import Figure
from vmr.evaluation.judge import TOP, Judged, matches, placed
from vmr.evaluation.judged_clips import JudgedClip
from vmr.knowledge.belief import (
    SHOWN,
    Curve,
    beliefs,
    brought_by,
    drawn_from_both,
    nearest,
    tied,
    write_curves,
)
from vmr.metrics import bootstrap_interval

BINS, FOLDS = 10, 8
FEWEST_CLIPS = 24
Array = NDArray[np.float64]
Bools = NDArray[np.bool_]


def calibration_error(probability: Array, right: NDArray) -> float:
    """Expected calibration error of probabilities (N,) against what was right (N,) 0 or 1."""
    bins = np.minimum((probability * BINS).astype(int), BINS - 1)
    count = np.bincount(bins, minlength=BINS)
    gap = np.bincount(bins, weights=probability - right, minlength=BINS)
    return float(np.abs(gap).sum() / max(count.sum(), 1))


def shown(
    embedded: BranchEmbedding, clips: Sequence[JudgedClip], anchors: Anchors
) -> tuple[Array, Bools]:
    """Cosines of each clip's likeliest labels and whether they fit: (Q, S), (Q, S)."""
    cosines = embedded.branch(anchors.branch) @ anchors.values.T  # (Q, L)
    first = np.argsort(-cosines, axis=1, kind="stable")[:, :SHOWN]
    right = np.array(
        [
            [anchors.names[i] in clip.fit[anchors.branch] for i in row]
            for clip, row in zip(clips, first, strict=True)
        ]
    )
    return np.take_along_axis(cosines, first, axis=1).astype(np.float64), right


def fit_curve(cosines: Array, right: Bools) -> Curve:
    """Logistic regression of what was right (N, L) on the cosine (N, L), C = 10."""
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=10.0).fit(cosines.reshape(-1, 1), right.ravel())
    return Curve(float(fitted.coef_[0, 0]), float(fitted.intercept_[0]))


def fit_beliefs(
    embedded: BranchEmbedding, clips: Sequence[JudgedClip], anchors: Sequence[Anchors]
) -> None:
    """Fit the curve of each facet that the clips were judged for and write beliefs.csv."""
    curves = {}
    for a in anchors:
        judged = judged_for(clips, a.branch)
        if len(judged) < FEWEST_CLIPS:
            raise ManifestError("beliefs.few_clips", count=FEWEST_CLIPS, facet=a.branch)
        curves[a.branch] = fit_curve(*shown(embedded.rows(judged), [clips[q] for q in judged], a))
    write_curves(curves, plural(len(clips), "judged clip"))


def judged_for(clips: Sequence[JudgedClip], facet: str) -> list[int]:
    """Positions of the clips that somebody judged for a facet."""
    return [q for q, c in enumerate(clips) if c.fit.get(facet) or c.wrong.get(facet)]


def groups(clips: Sequence[JudgedClip]) -> list[str]:
    """Clips whose files differ only in digits (``archery_g01``, ``archery_g07``) are one group."""
    return [re.sub(r"\d+", "", clip.video.stem) for clip in clips]


def held_out(cosines: Array, right: Bools, group: Sequence[str]) -> Array:
    """Probabilities (Q, S), each from a curve that was fitted without the clip's own group."""
    names = sorted(set(group))
    order = np.random.default_rng(0).permutation(len(names))
    fold = np.array([order[names.index(name)] % FOLDS for name in group])
    found = np.zeros_like(cosines)
    for k in sorted(set(fold.tolist())):
        curve = fit_curve(cosines[fold != k], right[fold != k])
        found[fold == k] = curve.probability(cosines[fold == k].astype(np.float32))
    return found


def reliability_figures(
    embedded: BranchEmbedding,
    clips: Sequence[JudgedClip],
    anchors: Sequence[Anchors],
    curves: dict[str, Curve],
) -> list[Figure]:
    """Per facet: share of the likeliest label that fits, the calibration error of the probabilities
    as they are shown, and that of curves fitted on the other groups of these clips."""
    figures: list[Figure] = []
    for a in anchors:
        judged = judged_for(clips, a.branch)
        if len(judged) < FEWEST_CLIPS:
            continue
        chosen = [clips[q] for q in judged]
        cosines, right = shown(embedded.rows(judged), chosen, a)
        found = [_share("likeliest", right[:, 0])]
        if a.branch in curves:
            likely = curves[a.branch].probability(cosines.astype(np.float32)).astype(np.float64)
            found.append(_error("calibration", likely, right))
            likely = held_out(cosines, right, groups(chosen))
            found.append(_error("calibration_elsewhere", likely, right))
        figures += [replace(figure, facet=a.branch) for figure in found]
    return figures


def tie_figures(
    judged: Judged, anchors: Sequence[Anchors], curves: dict[str, Curve]
) -> list[Figure]:
    """At alpha 1: share of clips of whose first five at least one fits, and of places that fit, as
    ranked and where two likely labels share the first five (vmr.knowledge.belief)."""
    figures: list[Figure] = []
    catalog, tracks = judged.catalog, judged.catalog.tracks
    for a in anchors:
        known = judged_for(judged.clips, a.branch)
        if not known or a.branch not in curves or not any(t.labels.get(a.branch) for t in tracks):
            continue
        fit = matches([judged.clips[q].fit[a.branch] for q in known], tracks, a.branch)
        ranked = judged.ranked(1.0, a.branch)[known]
        near = [a.names[i] for i in nearest(catalog.embeddings, a)]
        carried = [track.labels.get(a.branch, ()) for track in tracks]
        offered = [name for names in carried for name in names]
        both = ranked.copy()
        for row, q in enumerate(known):
            pair = tied(beliefs(judged.embedded.rows([q]), a, curves[a.branch]), offered)
            if pair is not None:
                labels = brought_by(carried, near, pair)
                both[row] = drawn_from_both(ranked[row], labels, pair).order
        as_ranked, of_both = (
            np.take_along_axis(fit, order[:, :TOP], axis=1) for order in (ranked, both)
        )  # (Q, 5)
        found = [
            _share("one_fits", as_ranked.max(axis=1)),
            _share("tied_one_fits", of_both.max(axis=1)),
            _share("tied_fits", of_both.mean(axis=1)),
        ]
        figures += placed(found, catalog, a.branch, 1.0)
    return figures


def _share(measure: str, values: NDArray) -> Figure:
    values = values.astype(np.float64)
    low, high = bootstrap_interval(values, lambda x: float(x.mean()))
    return Figure(measure, float(values.mean()), low, high)


def _error(measure: str, likely: Array, right: Bools) -> Figure:
    pairs = np.stack([likely, right.astype(np.float64)], axis=2)  # (Q, S, 2)
    low, high = bootstrap_interval(
        pairs, lambda x: calibration_error(x[..., 0].ravel(), x[..., 1].ravel())
    )
    return Figure(measure, calibration_error(likely.ravel(), right.ravel()), low, high)
