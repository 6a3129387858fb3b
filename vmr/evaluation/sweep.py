"""A checkpoint over the whole slider: alpha swept, both directions -> one table. numpy only.

For every alpha the queries of the split rank all items of the split. R@k, MedR and MRR are over the
true pairs; P@k is macro over the facet's classes, the query's own pair left out; where the table
names artists or groups, ``other groups`` leaves out the query's whole group as well. Intervals are
95 % bootstrap intervals over queries (over groups, where there are any). Smoothness is Kendall's
tau between the rankings of neighbouring alphas: 1 means that a step of the slider changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vmr import metrics
from vmr.embedding import Array, BranchEmbedding, Calibration, alpha_weights, mix

ALPHAS = tuple(round(a / 10, 1) for a in range(11))
DEPTHS = (1, 5, 10)
TAU_QUERIES = 400  # the mean over more queries, thinned out evenly, is the same


@dataclass(frozen=True)
class Direction:
    """Queries against items of the same split; item q is query q's own pair.

    labels (N, L) bool: the facet's classes of each pair; groups: N names.
    """

    queries: BranchEmbedding
    items: BranchEmbedding
    calibration: Calibration
    labels: NDArray[np.bool_]
    groups: Sequence[str]

    def branch_scores(self) -> Array:
        """Calibrated similarity per branch: (B, Q, N)."""
        cosines = np.einsum("qbd,nbd->bqn", self.queries.values, self.items.values)
        offset, scale = self.calibration.offset.T, self.calibration.scale.T  # (B, N) or (B, 1)
        return np.asarray((cosines - offset[:, None]) / scale[:, None], dtype=np.float32)

    def scores(self, w: Array, fusion: str, parts: Array | None = None) -> Array:
        """Scores of all items for all queries: (Q, N); ``parts`` saves computing them again."""
        if fusion == "mix":
            return mix(self.queries.values, w) @ mix(self.items.values, w).T
        parts = self.branch_scores() if parts is None else parts
        return np.asarray(np.einsum("bqn,b->qn", parts, w), dtype=np.float32)

    @property
    def own(self) -> NDArray[np.bool_]:
        """The query's own pair, which a precision must not count: (Q, N)."""
        return np.eye(len(self.queries), dtype=bool)

    @property
    def same_group(self) -> NDArray[np.bool_]:
        """Everything of the query's group, its own pair included: (Q, N)."""
        names = np.asarray(self.groups)
        return np.asarray(names[:, None] == names[None])


@dataclass(frozen=True)
class AlphaFigures:
    """One alpha, one direction: the table and the values per query behind it."""

    table: dict[str, float]
    rank: metrics.Values  # (Q,)
    precision: metrics.Values  # (Q, L) at 10


def figures_of(direction: Direction, scores: Array) -> AlphaFigures:
    """All figures of one score matrix (Q, N)."""
    rank = metrics.ranks(scores)
    table = metrics.retrieval(rank)
    found = {
        k: metrics.precision_at(scores, direction.labels, direction.labels, k, direction.own)
        for k in DEPTHS
    }
    table |= {f"P@{k}": metrics.macro(values) for k, values in found.items()}
    if len(set(direction.groups)) < len(direction.groups):
        other = metrics.precision_at(
            scores, direction.labels, direction.labels, 10, direction.same_group
        )
        table["P@10 other groups"] = metrics.macro(other)
    return AlphaFigures(table, rank, found[10])


def intervals(
    direction: Direction, row: AlphaFigures, samples: int = 500
) -> dict[str, list[float]]:
    """95 % bootstrap intervals of R@10, MedR, MRR and P@10."""
    groups = direction.groups
    found = {
        "R@10": metrics.bootstrap_interval(
            row.rank, lambda r: metrics.recall_at(r, 10), samples=samples, groups=groups
        ),
        "MedR": metrics.bootstrap_interval(
            row.rank, metrics.median_rank, samples=samples, groups=groups
        ),
        "MRR": metrics.bootstrap_interval(
            row.rank, metrics.mean_reciprocal_rank, samples=samples, groups=groups
        ),
        "P@10": metrics.bootstrap_interval(
            row.precision, metrics.macro, samples=samples, groups=groups
        ),
    }
    return {name: [low, high] for name, (low, high) in found.items()}


def chance(direction: Direction) -> dict[str, float]:
    """What a random order gives."""
    table = metrics.chance_retrieval(len(direction.items))
    share = metrics.chance_precision(direction.labels, direction.labels, direction.own)
    table |= {f"P@{k}": share for k in DEPTHS}
    if len(set(direction.groups)) < len(direction.groups):
        table["P@10 other groups"] = metrics.chance_precision(
            direction.labels, direction.labels, direction.same_group
        )
    return table


def ceiling(direction: Direction) -> dict[str, float]:
    """What a perfect order gives: P@k is below 1 where a class has fewer than k items."""
    table = {"R@1": 1.0, "R@5": 1.0, "R@10": 1.0, "MedR": 1.0, "MRR": 1.0}
    labels = direction.labels
    table |= {f"P@{k}": metrics.ceiling_precision(labels, labels, k, direction.own) for k in DEPTHS}
    return table


def sweep(direction: Direction, facet: str, fusion: str, alphas: Sequence[float]) -> list[Array]:
    """The score matrix (Q, N) of every alpha."""
    parts = direction.branch_scores()
    branches = direction.queries.branches
    return [direction.scores(alpha_weights(a, branches, facet), fusion, parts) for a in alphas]


def smoothness(scores: Sequence[Array]) -> list[float]:
    """Mean Kendall tau between the rankings of neighbouring scores (Q, N): one per step."""
    queries = len(scores[0]) if scores else 0
    chosen = np.linspace(0, queries - 1, min(queries, TAU_QUERIES)).round().astype(int)
    steps = []
    for before, after in pairwise(scores):
        pairs = zip(before[chosen], after[chosen], strict=True)
        steps.append(float(np.mean([metrics.kendall_tau(a, b) for a, b in pairs])))
    return steps


def per_class(
    direction: Direction, names: Sequence[str], rows: Sequence[tuple[float, AlphaFigures]]
) -> list[dict[str, object]]:
    """P@10 of each class at the given alphas: a list of {class, pairs, chance, P@10}."""
    labels, own = direction.labels, direction.own
    shares = [
        metrics.chance_precision(labels[:, [c]], labels[:, [c]], own) for c in range(len(names))
    ]
    means = {alpha: metrics.class_means(row.precision) for alpha, row in rows}
    return [
        {
            "class": name,
            "pairs": int(labels[:, c].sum()),
            "chance": shares[c],
            "P@10": {str(alpha): float(values[c]) for alpha, values in means.items()},
        }
        for c, name in enumerate(names)
    ]


def evaluate(
    video_to_music: Direction,
    music_to_video: Direction,
    facet: str,
    names: Sequence[str],
    fusion: str,
    alphas: Sequence[float] = ALPHAS,
) -> dict[str, Any]:
    """The figures of metrics.json, without what only the caller knows (split, checkpoint)."""
    directions = {"video_to_music": video_to_music, "music_to_video": music_to_video}
    scores = {name: sweep(d, facet, fusion, alphas) for name, d in directions.items()}
    rows = {name: [figures_of(directions[name], s) for s in scores[name]] for name in directions}
    table = []
    for i, alpha in enumerate(alphas):
        entry: dict[str, object] = {"alpha": alpha}
        for name, direction in directions.items():
            row = rows[name][i]
            entry[name] = {**row.table, "interval": intervals(direction, row)}
        table.append(entry)
    shown = [i for i, a in enumerate(alphas) if a in (0.0, 0.5, 1.0)]
    ranks = {
        name: {str(alpha): row.rank.tolist() for alpha, row in zip(alphas, found, strict=True)}
        for name, found in rows.items()
    }
    return {
        "ranks": ranks,
        "pool": len(video_to_music.items),
        "facet": facet,
        "fusion": fusion,
        "chance": chance(video_to_music),
        "ceiling": ceiling(video_to_music),
        "sweep": table,
        "per_class": {
            name: per_class(d, names, [(alphas[i], rows[name][i]) for i in shown])
            for name, d in directions.items()
        },
        "smoothness": {name: smoothness(scores[name]) for name in directions},
    }
