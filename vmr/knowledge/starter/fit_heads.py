"""Fitting the small heads from labelled features; measured on sets that were left out. numpy only.

DIR holds ``scenes/scene_features.npz`` (pictures: features (N, 1280), people and indoor 1/0/-1,
valence and arousal 1 to 7 or NaN, dataset) and ``music_labels/music_features.npz`` (tracks: tags
(N, 100), valence, arousal, group, dataset). A set whose pictures are all of one kind would teach
its style instead of its label, so every set's own mean is taken out before fitting.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from vmr.errors import ManifestError
from vmr.knowledge.heads import Heads
from vmr.knowledge.scenes import CONCEPT_HEADS
from vmr.knowledge.starter.photos import fit_photo_heads, read_photos

Array = NDArray[np.float32]
Bools = NDArray[np.bool_]

PENALTIES = {"people": 1000.0, "indoor": 1000.0, "valence": 3000.0, "arousal": 3000.0}
CONCEPT_PENALTY = 3000.0
MUSIC_PENALTY = 300.0


def fit_picture_heads(folder: Path) -> tuple[Heads, dict[str, float]]:
    """people, indoor, valence, arousal; and how well each does on sets it was not fitted on.

    The measure is the area under the ROC curve for people and indoor (mean over sets with both
    kinds, each left out in turn), Spearman's correlation for the ratings (themes left out).
    """
    table = _load(folder / "scenes" / "scene_features.npz")
    x, sets = table["features"].astype(np.float64), table["dataset"]
    rows, quality = [], {}
    for name, penalty in PENALTIES.items():
        y = table[name].astype(np.float64)
        labelled = np.isfinite(y) & (y >= 0)
        groups = sets if name in ("people", "indoor") else table["labels"]
        quality[name] = _left_out(
            x[labelled], y[labelled], groups[labelled], sets[labelled], penalty
        )
        rows.append(_fit(x[labelled], y[labelled], sets[labelled], penalty, x))
    return _heads(tuple(PENALTIES), rows), quality


def fit_concept_heads(folder: Path) -> tuple[Heads, dict[str, float]]:
    """One head per name of CONCEPT_HEADS, and its area under the ROC curve on sets left out.

    Pictures whose label photos.csv does not know are left out.
    """
    table = _load(folder / "scenes" / "scene_features.npz")
    x, sets = table["features"].astype(np.float64), table["dataset"]
    keys = zip(sets.astype(np.str_), table["labels"].astype(np.str_), strict=True)
    shows = read_photos()
    shown = np.array([shows.get((str(s), str(label)), "") for s, label in keys])
    labelled = shown != ""
    rows, quality = [], {}
    for name, concept in CONCEPT_HEADS.items():
        y = (shown[labelled] == concept).astype(np.float64)
        quality[name] = _left_out(x[labelled], y, sets[labelled], sets[labelled], CONCEPT_PENALTY)
        rows.append(_fit(x[labelled], y, sets[labelled], CONCEPT_PENALTY, x))
    return _heads(tuple(CONCEPT_HEADS), rows), quality


def fit_table_heads(folder: Path) -> tuple[Heads, float]:
    """The photo heads (vmr.knowledge.starter.photos) from the labelled pictures."""
    table = _load(folder / "scenes" / "scene_features.npz")
    return fit_photo_heads(
        table["features"].astype(np.float64),
        table["dataset"].astype(np.str_),
        table["labels"].astype(np.str_),
    )


def fit_music_heads(folder: Path) -> tuple[Heads, dict[str, float]]:
    """valence and arousal of music from square roots of tags; Spearman, artists left out."""
    table = _load(folder / "music_labels" / "music_features.npz")
    x, sets = np.sqrt(table["tags"].astype(np.float64)), table["dataset"]
    folds = np.unique(table["group"], return_inverse=True)[1] % 5
    rows, quality = [], {}
    for name in ("valence", "arousal"):
        y = table[name].astype(np.float64)
        quality[name] = _left_out(x, y, folds, sets, MUSIC_PENALTY)
        rows.append(_fit(x, y, sets, MUSIC_PENALTY, x))
    return _heads(("valence", "arousal"), rows), quality


def roc_auc(score: NDArray[np.float64], positive: Bools) -> float:
    """Area under the ROC curve of scores (N,) by ranks (ties share); 0.5 without both kinds."""
    count, others = int(positive.sum()), int((~positive).sum())
    if not count or not others:
        return 0.5
    ranks = stats.rankdata(score)
    return float((ranks[positive].sum() - count * (count + 1) / 2) / (count * others))


def _left_out(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    groups: NDArray[np.generic],
    sets: NDArray[np.generic],
    penalty: float,
) -> float:
    """Each group (or one of five bundles of groups) is predicted by the others."""
    names, index = np.unique(groups, return_inverse=True)
    binary = len(np.unique(y)) == 2
    folds = index if len(names) <= 12 else np.random.default_rng(0).permutation(len(names))[index]
    folds = folds if len(names) <= 12 else folds % 5
    scores, ratings = [], np.full(len(y), np.nan)
    for fold in np.unique(folds):
        out = folds == fold
        weight, offset = _fit(x[~out], y[~out], sets[~out], penalty, x[~out])
        ratings[out] = x[out] @ weight + offset
        if binary and len(np.unique(y[out])) == 2:
            scores.append(roc_auc(ratings[out], y[out] == 1))
    if binary:
        return float(np.mean(scores))
    return float(
        np.mean(
            [stats.spearmanr(ratings[sets == s], y[sets == s]).statistic for s in np.unique(sets)]
        )
    )


def _fit(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    sets: NDArray[np.generic],
    penalty: float,
    everything: NDArray[np.float64],
) -> tuple[NDArray[np.float64], float]:
    """Ridge with every set's mean taken out; scaled to mean 0, spread 1 on ``everything``."""
    scale = everything.std(0) + 0.05
    centred, target = x / scale, y.copy()
    for name in np.unique(sets):
        inside = sets == name
        centred[inside] -= centred[inside].mean(0)
        target[inside] -= target[inside].mean()
    gram = centred.T @ centred + penalty * np.eye(x.shape[1])
    weight = np.linalg.solve(gram, centred.T @ target) / scale
    out = everything @ weight
    spread = max(float(out.std()), 1e-9)
    return weight / spread, -float(out.mean()) / spread


def _heads(names: tuple[str, ...], rows: list[tuple[NDArray[np.float64], float]]) -> Heads:
    weight = np.stack([row[0] for row in rows]).astype(np.float32)
    return Heads(names, weight, np.array([row[1] for row in rows], dtype=np.float32))


def _load(path: Path) -> dict[str, NDArray[np.generic]]:
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, KeyError) as error:
        raise ManifestError("heads.features", path=path, reason=error) from error
