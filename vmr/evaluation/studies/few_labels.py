"""Few labels: how much 5, 10, 20, 50, 100 labels per class teach, chosen at random or by the model.

On a catalog's tracks the classifier of vmr.labelling is taught some of four fifths of them and
asked about the last fifth: the share of tracks whose likeliest label is one of theirs. ``active``
labels come in rounds from vmr.labelling.ask, ``random`` ones from a shuffled list; a class has so
many labels on the mean, so that both strategies cost the same.

On MuVi-Sync every class gets so many labels, at random. A network is trained on the pairs without
any label, and what few labels add stands at alpha 1: the label posteriors alone, without and with
the better side teaching the other (vmr.training.taught_posteriors). P@10, macro over genres.

A number of labels that the data has not got is left out. Shapes: N tracks, L labels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from vmr.evaluation.studies.configs import full_config
from vmr.evaluation.studies.muvisync import SSL
from vmr.evaluation.studies.muvisync_data import read_songs
from vmr.evaluation.studies.protocol import Figures, Index, Split
from vmr.evaluation.studies.split_runner import SplitRunner, dressed
from vmr.evaluation.sweep import chance
from vmr.labelling.ask import margins, spread
from vmr.labelling.guess import classified
from vmr.labelling.pool import HONEST, Bools, Pool
from vmr.model.label_posterior import LabelPosterior
from vmr.model.two_tower import Model
from vmr.training.inputs import Inputs, fit_inputs, fixed_buffers, refit_labels

if TYPE_CHECKING:
    from vmr.model.config import ModelConfig
    from vmr.training.pairs import PairSet

PER_CLASS = (5, 10, 20, 50, 100)
ROUND = 20  # labels between two fits of the active strategy
TEST_FOLD = 5
Curve = dict[str, float]  # {"random 5": share, ...} of one run


# ---- a catalog's tracks ---------------------------------------------------------------------


def catalog_run(pool: Pool, known: Bools, seed: int) -> Curve:
    """One fold and seed: the share of held-out tracks whose likeliest label is one of theirs, by
    strategy and labels per class; known (N, L), rows without a label are left out."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(np.flatnonzero(known.any(axis=1)))
    test, rest = order[: len(order) // TEST_FOLD], order[len(order) // TEST_FOLD :]
    classes = int(known.any(axis=0).sum())
    found = {
        "chance": float(known[test].mean()),
        "most frequent": float(known[test][:, known[rest].sum(axis=0).argmax()].mean()),
    }
    budgets = {n: n * classes for n in PER_CLASS if n * classes <= len(rest)}
    sizes = {**{f"{n}": size for n, size in budgets.items()}, "all": len(rest)}
    for strategy in ("random", "active"):
        taught = rest if strategy == "random" else asked(pool, known, rest, max(sizes.values()))
        for name, size in sizes.items():
            if strategy == "active" and name == "all":
                continue  # the same tracks
            share = answers(pool, known, taught[:size])[test]
            right = known[test, share.argmax(axis=1)]
            found[f"{strategy} {name}"] = float(right.mean())
    return found


def answers(pool: Pool, known: Bools, taught: Index) -> NDArray[np.float32]:
    """The classifier's shares after it was taught these tracks: (N, L)."""
    told = np.zeros_like(known)
    told[taught] = known[taught]
    return classified(pool, told)[0]


def asked(pool: Pool, known: Bools, among: Index, count: int) -> Index:
    """Tracks in the order in which the page asks: a first round at random, then those that the
    model is least sure of, unlike each other, and every fifth at random: (count,)."""
    taken = among[:ROUND].tolist()
    while len(taken) < count:
        left = np.setdiff1d(among, taken)
        share = answers(pool, known, np.array(taken))
        unsure = spread(pool.standard, left, margins(share)[left], ROUND)
        plain = [int(i) for i in among if i not in set(taken) | set(unsure)]
        kept = unsure[: ROUND - ROUND // HONEST]
        taken += [*kept, *plain[: ROUND - len(kept)]]
    return np.array(taken[:count])


# ---- pairs of MuVi-Sync ---------------------------------------------------------------------


class FewLabels(SplitRunner):
    """One network without labels; label posteriors from few labels beside it."""

    def run(self) -> Figures:
        """P@10 and R@10 at alpha 0 and, by labels per class, at alpha 0.5 and 1."""
        config = replace(full_config(self.songs), course=0, posterior_share=0.0)
        none = np.full_like(self.songs.genre, -1)
        inputs = fit_inputs(self.pairs(self.split.train, none), config)
        trained = self.train(config, SSL, inputs, none)
        self.figures["chance"] = chance(self.pool)
        self.sweep("no labels", trained, "calibrated", (0.0,))
        reading = replace(config, posterior_share=1.0)
        genre = self.songs.genre[self.split.train]
        largest = np.bincount(genre[genre >= 0]).max()
        for count in PER_CLASS:
            if count > largest:
                continue
            pairs = self.pairs(self.split.train, self.few(count))
            told = refit_labels(inputs, pairs, reading)
            self.sweep(f"{count} taught", dressed(trained, reading, told), "calibrated", (0.5, 1.0))
            alone = each_alone(inputs, pairs, reading)
            self.sweep(f"{count} alone", dressed(trained, reading, alone), "calibrated", (1.0,))
        return self.figures

    def few(self, count: int) -> Index:
        """The genre of each song, kept for ``count`` training songs of each: (N,)."""
        rng = np.random.default_rng((self.split.seed, 3))
        left = np.full_like(self.songs.genre, -1)
        for genre in range(len(self.songs.genres)):
            songs = rng.permutation(self.split.train[self.songs.genre[self.split.train] == genre])
            left[songs[:count]] = genre
        return left


def each_alone(inputs: Inputs, pairs: PairSet, config: ModelConfig) -> Inputs:
    """The inputs with posteriors of either side from the labelled pairs only."""
    (labels,) = pairs.music_labels.values()
    some = np.asarray(labels.sum(axis=1) > 0)
    model = Model(config)
    model.load_state_dict(dict(inputs.buffers), strict=False)
    sides = []
    for tower, clips in ((model.video_tower, inputs.video), (model.music_tower, inputs.music)):
        (classifier,) = tower.classifiers
        assert isinstance(classifier, LabelPosterior) and some.any()
        unseen = classifier.fit(clips.described(), torch.as_tensor(labels))
        sides.append(replace(clips, posteriors=(unseen,)))
    return Inputs(fixed_buffers(model), *sides)


def run_few(folder: Path, split: Split, steps: int) -> Figures:
    """The figures of one split; a process reads the songs once."""
    torch.set_num_threads(1)
    return FewLabels(_songs(folder), split, steps).run()


_songs = cache(read_songs)


# ---- the report -----------------------------------------------------------------------------


def summary(runs: Sequence[Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """{name: mean, low, high over the runs (2.5 to 97.5 % of a normal mean), runs}."""
    names = dict.fromkeys(name for run in runs for name in run)
    found = {}
    for name in names:
        values = np.array([run[name] for run in runs if name in run])
        error = 1.96 * float(values.std(ddof=1)) / len(values) ** 0.5 if len(values) > 1 else 0.0
        mean = float(values.mean())
        found[name] = {"mean": mean, "low": mean - error, "high": mean + error, "runs": len(values)}
    return found
