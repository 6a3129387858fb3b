"""Checking a checkpoint on clips that people judged beforehand. numpy only; the model is passed in.

Measures over the first five tracks of a ranking, each beside what needs no skill: the catalog's
mean (chance), the best list that is the same for every clip, and the same rankings dealt to other
clips (shuffled). A track fits a clip if any of its labels is among those that fit, and is wrong if
any is among the wrong ones.

Shapes: Q clips, N tracks, B branches, K = 5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vmr.catalogs.music import Catalog
from vmr.catalogs.tracks_table import Track
from vmr.embedding import SSL, BranchEmbedding, Calibration, alpha_weights
from vmr.errors import ManifestError
from vmr.evaluation.figure import Figure
from vmr.evaluation.judged_clips import FACETS, JudgedClip
from vmr.knowledge.energy import track_energy
from vmr.metrics import bootstrap_interval, kendall_tau
from vmr.search import Fusion, candidates

TOP = 5
STEPS = 11  # positions of the slider
Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Order = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Judged:
    """Q judged clips, embedded (Q, B, D), beside a catalog's N tracks with their calibration."""

    catalog: Catalog
    clips: Sequence[JudgedClip]
    embedded: BranchEmbedding
    calibration: Calibration
    fusion: Fusion

    def ranked(self, alpha: float, facet: str) -> Order:
        """Tracks of each clip, best first: (Q, N) int64."""
        items = self.catalog.embeddings
        return rank(self.embedded, items, self.calibration, alpha, facet, self.fusion)


def judge_catalog(judged: Judged, with_labels: bool) -> list[Figure]:
    """All figures of one catalog, for the facets that its tracks have labels for; of energy and of
    what fits along the whole slider. with_labels: whether the catalog's embeddings know them."""
    catalog, clips = judged.catalog, judged.clips
    branches = catalog.embeddings.branches
    facets = [
        facet
        for facet in FACETS
        if facet in branches
        and any(t.labels.get(facet) for t in catalog.tracks)
        and any(clip.fit[facet] or clip.wrong[facet] for clip in clips)
    ]
    figures: list[Figure] = []
    for facet in facets or [name for name in branches if name != SSL][:1]:
        orders = {
            float(alpha): judged.ranked(float(alpha), facet)
            for alpha in (np.linspace(0, 1, STEPS) if with_labels else (1.0,))
        }
        if with_labels:
            figures += _along_the_slider(catalog, clips, orders, facet, bool(facets), bool(figures))
        else:
            found = [*label_figures(orders[1.0], clips, catalog.tracks, facet)] if facets else []
            found += [top_share(orders[1.0])] if facets else []
            figures += placed(found, catalog, facet, 1.0, withheld=True)
    return figures


def _along_the_slider(
    catalog: Catalog,
    clips: Sequence[JudgedClip],
    orders: Mapping[float, Order],
    facet: str,
    labelled: bool,
    begun: bool,
) -> list[Figure]:
    """Of one facet with the labels known. At alpha 0 no facet counts: once for all (``begun``)."""
    figures = [] if begun else placed(
        [*_energy(catalog, clips, orders[0.0]), top_share(orders[0.0])], catalog, "", 0.0
    )  # fmt: skip
    for alpha, order in orders.items():
        found = _energy(catalog, clips, order) if alpha else []
        if labelled:
            judged = label_figures(order, clips, catalog.tracks, facet)
            found += judged if alpha in (0.5, 1.0) else judged[:1]
            found += [top_share(order)] if alpha in (0.5, 1.0) else []
        figures += placed(found, catalog, facet, alpha)
    return [*figures, *placed([worst_step(list(orders.values()))], catalog, facet, None)]


def placed(
    figures: Iterable[Figure],
    catalog: Catalog,
    facet: str,
    alpha: float | None,
    withheld: bool = False,
) -> list[Figure]:
    """The figures with what they are of."""
    return [
        replace(figure, catalog=catalog.name, facet=facet, alpha=alpha, withheld=withheld)
        for figure in figures
    ]


def _energy(catalog: Catalog, clips: Sequence[JudgedClip], order: Order) -> list[Figure]:
    judged = [q for q, clip in enumerate(clips) if clip.energy is not None]
    energies = [track_energy(track) for track in catalog.tracks]
    if len(judged) < 3 or any(energy is None for energy in energies):
        return []
    felt = np.array([clips[q].energy for q in judged], dtype=np.float64)
    return [energy_figures(order[judged], felt, np.array(energies, dtype=np.float64))]


def rank(
    clips: BranchEmbedding,
    tracks: BranchEmbedding,
    calibration: Calibration,
    alpha: float,
    facet: str,
    fusion: Fusion = "calibrated",
) -> Order:
    """Tracks of each clip, best first: (Q, N) int64. Through the search, as the page does it."""
    w = alpha_weights(alpha, tracks.branches, facet)
    order = np.empty((len(clips), len(tracks)), dtype=np.int64)
    for q in range(len(clips)):
        found = candidates(clips.rows([q]), tracks, calibration, fusion, len(tracks))
        order[q] = found.index[found.order(w)]
    return order


def energy_figures(order: Order, clip_energy: Array, track_energy: Array) -> Figure:
    """Spearman's correlation of clips' energy (Q,) with the mean of their first five tracks'."""
    got = track_energy[order[:, :TOP]].mean(axis=1)
    pairs = np.stack([clip_energy, got], axis=1)
    return _with_interval("energy", pairs, lambda x: spearman(x[:, 0], x[:, 1]), chance=0.0)


def label_figures(
    order: Order, clips: Sequence[JudgedClip], tracks: Sequence[Track], facet: str
) -> tuple[Figure, Figure, Figure]:
    """Share of the first five that fits, share that is wrong, and the gain over shuffled ones.

    Clips without a judgement for the facet are left out.
    """
    judged = [q for q, clip in enumerate(clips) if clip.fit.get(facet) or clip.wrong.get(facet)]
    if not judged:
        raise ManifestError("judge.no_labels", facet=facet, column=FACETS[facet])
    fit = matches([clips[q].fit[facet] for q in judged], tracks, facet)
    wrong = matches([clips[q].wrong[facet] for q in judged], tracks, facet)
    top = order[judged, :TOP]
    fits, wrongs = (
        _share_figure(measure, table, top, np.argsort(-fit.mean(0), kind="stable")[:TOP])
        for measure, table in (("fits", fit), ("wrong", wrong))
    )
    own, others = _own_and_others(fit, top)
    gain = _with_interval("gain", own - others, lambda x: float(x.mean()))
    return fits, wrongs, gain


def matches(labels: Sequence[frozenset[str]], tracks: Sequence[Track], facet: str) -> Bools:
    """Whether any label of each track is among each clip's: (Q, N) bool."""
    return np.array(
        [[bool(wanted & set(t.labels.get(facet, ()))) for t in tracks] for wanted in labels]
    )


def top_share(order: Order) -> Figure:
    """Share of the clips whose first track is the most frequent first track."""
    counts = np.bincount(order[:, 0], minlength=order.shape[1])
    return Figure("top_share", float(counts.max() / len(order)), chance=1 / order.shape[1])


def worst_step(orders: Sequence[Order]) -> Figure:
    """Kendall's tau of neighbouring slider positions: the smallest mean over clips."""
    taus = [
        np.mean([kendall_tau(_places(a), _places(b)) for a, b in zip(x, y, strict=True)])
        for x, y in pairwise(orders)
    ]
    return Figure("tau", float(np.min(taus)))


def _places(order: Order) -> Array:
    """Position of every track in a ranking: (N,) -> (N,)."""
    return np.argsort(order).astype(np.float64)


def spearman(a: Array, b: Array) -> float:
    """Rank correlation of (N,) and (N,), ties share their mean rank; 0 where one does not vary."""
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return 0.0
    from scipy import stats  # imported where it is needed: it takes half a second

    return float(stats.spearmanr(a, b).statistic)


def _share_figure(measure: str, table: Bools, top: Order, fixed: Order) -> Figure:
    own, others = _own_and_others(table, top)
    figure = _with_interval(measure, own, lambda x: float(x.mean()), chance=float(table.mean()))
    mean = float(table[:, fixed].mean())
    return replace(figure, fixed=mean, shuffled=float(others.mean()))


def _with_interval(
    measure: str, values: Array, statistic: Callable[[Array], float], chance: float | None = None
) -> Figure:
    """A statistic of per-clip values (Q, ...) with its 95 % bootstrap interval over clips."""
    low, high = bootstrap_interval(values, statistic)
    return Figure(measure, statistic(values), low, high, chance)


def _own_and_others(table: Bools, top: Order) -> tuple[Array, Array]:
    """Mean of each clip's row over its own first five, and over all other clips' lists: (Q,)."""
    every = table[:, top].mean(axis=2)  # (Q clips, Q lists)
    own = every.diagonal()
    others = (every.sum(axis=1) - own) / max(len(own) - 1, 1)
    return own.astype(np.float64), others.astype(np.float64)
