"""Checking a checkpoint on clips that people judged beforehand. numpy only; the model is passed in.

judged.csv, one clip a row: ``id,video,energy,moods_fit,moods_wrong,genres_fit,genres_wrong``.
``video`` is a path from the table's folder, ``energy`` 1 (still) to 5 (driving), the others labels
separated by ``|``. A clip should be judged before its ranking is seen.

Measures over the first five tracks of a ranking, each beside what needs no skill: the catalog's
mean (chance), the best list that is the same for every clip, and the same rankings dealt to other
clips (shuffled). A track fits a clip if any of its labels is among those that fit, and is wrong if
any is among the wrong ones.

Shapes: Q clips, N tracks, B branches, K = 5.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vmr.embedding import Array, BranchEmbedding, Calibration, alpha_weights
from vmr.errors import ManifestError
from vmr.metrics import bootstrap_interval, kendall_tau
from vmr.search import candidates
from vmr.tracks import Track

COLUMNS = ("id", "video", "energy", "moods_fit", "moods_wrong", "genres_fit", "genres_wrong")
FACETS = {"mood": "moods", "genre": "genres"}
TOP = 5
Bools = NDArray[np.bool_]
Order = NDArray[np.int64]


@dataclass(frozen=True)
class JudgedClip:
    """One row: energy 1 to 5 or None; fit and wrong are labels by facet."""

    id: str
    video: Path
    energy: float | None
    fit: Mapping[str, frozenset[str]]
    wrong: Mapping[str, frozenset[str]]


def read_judged(path: Path) -> tuple[JudgedClip, ...]:
    """The table's clips. Raises ManifestError that names the line; videos are not opened."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise ManifestError(f"{path.name} lacks the columns: {', '.join(missing)}")
            clips = tuple(_clip(path, reader.line_num, row) for row in reader)
    except OSError as error:
        raise ManifestError(f"{path} cannot be read ({error.strerror}); check the name") from error
    if not clips:
        raise ManifestError(f"{path.name} has no clips; add a row for each, see the README")
    if len({clip.id for clip in clips}) < len(clips):
        raise ManifestError(f"{path.name} has an id twice; give every clip its own")
    return clips


def _clip(path: Path, line: int, row: Mapping[str, str | None]) -> JudgedClip:
    text = {name: (row.get(name) or "").strip() for name in COLUMNS}
    if not text["id"] or not text["video"]:
        raise ManifestError(f"{path.name}, line {line}: id and video must be filled in")
    energy = None
    if text["energy"]:
        try:
            energy = float(text["energy"])
        except ValueError:
            energy = -1.0
        if not 1 <= energy <= 5:
            raise ManifestError(
                f"{path.name}, line {line}: energy must be 1 to 5, not {text['energy']!r}"
            )

    def labels(kind: str) -> dict[str, frozenset[str]]:
        cells = {facet: text[f"{stem}_{kind}"] for facet, stem in FACETS.items()}
        return {
            facet: frozenset(part.strip() for part in cell.split("|") if part.strip())
            for facet, cell in cells.items()
        }

    fit, wrong = labels("fit"), labels("wrong")
    for facet in FACETS:
        if fit[facet] & wrong[facet]:
            raise ManifestError(
                f"{path.name}, line {line}: {', '.join(sorted(fit[facet] & wrong[facet]))} "
                "both fits and is wrong; decide for one"
            )
    return JudgedClip(text["id"], path.parent / text["video"], energy, fit, wrong)


@dataclass(frozen=True)
class Figure:
    """One line of the report. low, high: 95 % interval over clips; what is unknown is None."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    chance: float | None = None
    fixed: float | None = None
    shuffled: float | None = None


def rank(
    clips: BranchEmbedding,
    tracks: BranchEmbedding,
    calibration: Calibration,
    alpha: float,
    facet: str,
) -> Order:
    """Tracks of each clip, best first: (Q, N) int64. Through the search, as the page does it."""
    w = alpha_weights(alpha, tracks.branches, facet)
    order = np.empty((len(clips), len(tracks)), dtype=np.int64)
    for q in range(len(clips)):
        found = candidates(clips.rows([q]), tracks, calibration, all_below=len(tracks))
        order[q] = found.index[found.order(w)]
    return order


def energy_figures(order: Order, clip_energy: Array, track_energy: Array, name: str) -> Figure:
    """Spearman's correlation of clips' energy (Q,) with the mean of their first five tracks'."""
    got = track_energy[order[:, :TOP]].mean(axis=1)
    return _with_interval(
        name, np.stack([clip_energy, got], axis=1), lambda x: spearman(x[:, 0], x[:, 1]), chance=0.0
    )


def label_figures(
    order: Order, clips: Sequence[JudgedClip], tracks: Sequence[Track], facet: str, name: str
) -> tuple[Figure, Figure, Figure]:
    """Share of the first five that fits, share that is wrong, and the gain over shuffled ones.

    Clips without a judgement for the facet are left out.
    """
    judged = [q for q, clip in enumerate(clips) if clip.fit.get(facet) or clip.wrong.get(facet)]
    if not judged:
        raise ManifestError(f"no clip of the table has labels for {facet}; fill in {FACETS[facet]}")
    fit = matches([clips[q].fit[facet] for q in judged], tracks, facet)
    wrong = matches([clips[q].wrong[facet] for q in judged], tracks, facet)
    top = order[judged, :TOP]
    fits, wrongs = (
        _share_figure(f"{name}: {kind}", table, top, np.argsort(-fit.mean(0), kind="stable")[:TOP])
        for kind, table in (("fits", fit), ("plainly wrong", wrong))
    )
    own, others = _own_and_others(fit, top)
    gain = _with_interval(f"{name}: gain over shuffled", own - others, lambda x: float(x.mean()))
    return fits, wrongs, gain


def matches(labels: Sequence[frozenset[str]], tracks: Sequence[Track], facet: str) -> Bools:
    """Whether any label of each track is among each clip's: (Q, N) bool."""
    return np.array(
        [[bool(wanted & set(t.labels.get(facet, ()))) for t in tracks] for wanted in labels]
    )


def top_share(order: Order, name: str) -> Figure:
    """Share of the clips whose first track is the most frequent first track."""
    counts = np.bincount(order[:, 0], minlength=order.shape[1])
    return Figure(name, float(counts.max() / len(order)), chance=1 / order.shape[1])


def worst_step(orders: Sequence[Order], name: str) -> Figure:
    """Kendall's tau of neighbouring slider positions: the smallest mean over clips."""
    taus = [
        np.mean([kendall_tau(np.argsort(a), np.argsort(b)) for a, b in zip(x, y, strict=True)])
        for x, y in pairwise(orders)
    ]
    return Figure(name, float(np.min(taus)))


def spearman(a: Array, b: Array) -> float:
    """Rank correlation, ties share their mean rank; 0 where one of them does not vary."""
    x, y = _mean_ranks(a), _mean_ranks(b)
    if x.std() == 0 or y.std() == 0:
        return 0.0
    return float(np.corrcoef(x, y)[0, 1])


def _mean_ranks(x: Array) -> NDArray[np.float64]:
    _, inverse, counts = np.unique(x, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray(last - (counts - 1) / 2)[inverse]


def _share_figure(name: str, table: Bools, top: Order, fixed: Order) -> Figure:
    own, others = _own_and_others(table, top)
    figure = _with_interval(name, own, lambda x: float(x.mean()), chance=float(table.mean()))
    return Figure(
        name, figure.value, figure.low, figure.high, figure.chance,
        fixed=float(table[:, fixed].mean()), shuffled=float(others.mean()),
    )  # fmt: skip


def _with_interval(
    name: str, values: Array, statistic: Callable[[Array], float], chance: float | None = None
) -> Figure:
    """A statistic of per-clip values (Q, ...) with its 95 % bootstrap interval over clips."""
    low, high = bootstrap_interval(values, statistic)
    return Figure(name, statistic(values), low, high, chance)


def _own_and_others(table: Bools, top: Order) -> tuple[Array, Array]:
    """Mean of each clip's row over its own first five, and over all other clips' lists: (Q,)."""
    every = table[:, top].mean(axis=2)  # (Q clips, Q lists)
    own = every.diagonal()
    others = (every.sum(axis=1) - own) / max(len(own) - 1, 1)
    return own.astype(np.float32), others.astype(np.float32)
