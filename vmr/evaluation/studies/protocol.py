"""Splits by artist, and the figures of repeated cross-validation. numpy only.

15 % of the artists (seed 7) are for choosing settings and are never tested: each artist, in the
order of the table, with that chance. The others, pools of about 127 pairs, are tested in
artist-disjoint 5-fold cross-validation, repeated with new seeds; every run trains anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vmr import metrics

FOLDS = 5
CHOICE_SHARE = 0.15
CHOICE_SEED = 7
Index = NDArray[np.int64]
Figures = dict[str, dict[str, float]]  # {system: {measure: value}} of one run


@dataclass(frozen=True)
class Split:
    """One run: train and test are indices of songs; no artist is in both."""

    name: str
    train: Index
    test: Index
    seed: int


def choice_artists(artists: NDArray[np.str_]) -> set[str]:
    """Of the songs' artists (N,), those on which settings were chosen."""
    names, first = np.unique(artists, return_index=True)
    drawn = np.random.RandomState(CHOICE_SEED).random_sample(len(names)) < CHOICE_SHARE
    return set(names[np.argsort(first)][drawn].tolist())


def cross_validation(artists: NDArray[np.str_], repeats: int) -> list[Split]:
    """Artist-disjoint folds of songs (N,), about equal, without the artists of the choice."""
    free = ~np.isin(artists, list(choice_artists(artists)))
    splits = []
    for repeat in range(repeats):
        fold = artist_folds(artists, np.random.default_rng(1000 + repeat))
        for f in range(FOLDS):
            train, test = np.flatnonzero(free & (fold != f)), np.flatnonzero(free & (fold == f))
            splits.append(Split(f"{repeat}.{f}", train, test, repeat * FOLDS + f))
    return splits


def artist_folds(artists: NDArray[np.str_], rng: np.random.Generator) -> Index:
    """A fold per song: artists in random order, each to the smallest fold so far. (N,)"""
    free = ~np.isin(artists, list(choice_artists(artists)))
    fold = np.full(len(artists), -1)
    sizes = np.zeros(FOLDS, dtype=int)
    for name in rng.permutation(np.unique(artists[free])):
        smallest = int(sizes.argmin())
        songs = artists == name
        fold[songs] = smallest
        sizes[smallest] += int(songs.sum())
    return fold


def equal_length_partners(lengths: Index, among: Index) -> Index:
    """For each song another one of nearly the same length: a permutation of ``among`` (N,).

    Pairs made in this way share their length and nothing else, so whatever a model learns from
    them would be a leak of the length.
    """
    order = among[np.argsort(lengths[among], kind="stable")]
    partner = np.arange(len(lengths))
    ends = list(range(0, len(order) - 1, 2))
    for start in ends:
        stop = len(order) if start == ends[-1] else start + 2
        group = order[start:stop]
        partner[group] = np.roll(group, 1)
    return partner


def keep_labels(genre: Index, train: Index, fraction: float, seed: int) -> Index:
    """A copy in which only this share of the training labels is left (at least one per class)."""
    rng = np.random.default_rng((seed, 1))
    left = genre.copy()
    for label in np.unique(genre[train][genre[train] >= 0]):
        songs = rng.permutation(train[genre[train] == label])
        left[songs[max(1, round(fraction * len(songs))) :]] = -1
    return left


def flip_labels(genre: Index, train: Index, share: float, classes: int, seed: int) -> Index:
    """A copy in which this share of the training labels is replaced by another class."""
    rng = np.random.default_rng((seed, 2))
    noisy = genre.copy()
    labelled = train[genre[train] >= 0]
    wrong = rng.permutation(labelled)[: round(share * len(labelled))]
    noisy[wrong] = (noisy[wrong] + rng.integers(1, classes, size=len(wrong))) % classes
    return noisy


def mean_figures(runs: Sequence[Figures]) -> Figures:
    """The mean over runs of every figure."""
    return {
        system: {m: float(np.mean([run[system][m] for run in runs])) for m in measures}
        for system, measures in runs[0].items()
    }


def compare(runs: Sequence[Figures], better: str, than: str, measure: str) -> Mapping[str, float]:
    """Nadeau-Bengio corrected t-test of a difference over the runs: mean, low, high, p."""
    differences = np.array([run[better][measure] - run[than][measure] for run in runs])
    return metrics.corrected_t(differences, 1 / FOLDS)
