"""The study on MuVi-Sync: baselines, the method step by step, few labels, wrong labels.

Every run trains on the artists of four folds and ranks the fifth (about 127 pairs). ``run_split``
gives the figures of one run; the report is in vmr.evaluation.studies.report.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from vmr.evaluation.studies.baselines import cca_scores, posteriors
from vmr.evaluation.studies.configs import base_config, full_config
from vmr.evaluation.studies.muvisync_data import Songs, read_songs
from vmr.evaluation.studies.protocol import (
    Figures,
    Index,
    Split,
    equal_length_partners,
    flip_labels,
    keep_labels,
)
from vmr.evaluation.studies.split_runner import SplitRunner, dressed
from vmr.evaluation.sweep import ceiling, chance
from vmr.model.config import ModelConfig
from vmr.model.two_tower import Model
from vmr.training.config import TrainConfig
from vmr.training.inputs import Inputs, fit_inputs, refit_labels
from vmr.training.train import train

ALPHAS = (0.0, 0.5, 1.0)
FRACTIONS = (1.0, 0.5, 0.2, 0.1, 0.05)
FLIPPED = (0.0, 0.2, 0.4)
SSL = TrainConfig(facet_weight=0.0, joint_weight=0.0)
SUPERVISED = TrainConfig(ssl_weight=0.0, joint_weight=0.0)
SEMI = TrainConfig(joint_weight=0.0)
JOINT = TrainConfig()
SMOOTHED = TrainConfig(label_smoothing=0.2)
CONTROL = "control: false pairs of equal length"
HELP = ("plain", "smoothed", "posteriors")  # columns of the curves


@dataclass(frozen=True)
class StudyPlan:
    """What is run on a split: the table of systems, the curves, or both."""

    systems: bool = True
    control: bool = False
    curves: bool = False
    steps: int = TrainConfig.steps


class Study(SplitRunner):
    """What is compared on one split."""

    def __init__(self, songs: Songs, split: Split, plan: StudyPlan) -> None:
        super().__init__(songs, split, plan.steps)
        self.plan = plan

    # ---- the table --------------------------------------------------------------------------

    def run(self) -> Figures:
        """All figures of this split."""
        if self.plan.systems:
            pairs = self.pairs(self.split.train, self.songs.genre)
            base = fit_inputs(pairs, base_config(self.songs))
            self.figures["chance"] = chance(self.pool)
            self.figures["ceiling"] = ceiling(self.pool)
            self.baselines(base)
            self.parts(base)
            self.winners()
        if self.plan.control:
            self.control()
        if self.plan.curves:
            self.curves()
        return self.figures

    def baselines(self, base: Inputs) -> None:
        """CCA, logistic regression, and both fused, on the mean of the same windows."""
        video, music = self.described(base_config(self.songs), base)
        cca = cca_scores(video, music, self.split.train, self.split.test)
        post = self.logistic(video, music)
        both = 0.5 * cca / cca.std() + 0.5 * post / post.std()
        for name, scores in (("CCA", cca), ("POST", post), ("CCA + POST", both)):
            self.record(name, None, scores.astype(np.float32), scores.T.astype(np.float32))

    def described(self, config: ModelConfig, inputs: Inputs) -> list[NDArray[np.float64]]:
        """What a model's label posteriors read, of all songs of the split: (N, P), (N, R)."""
        fixed = Model(config)
        fixed.load_state_dict(dict(inputs.buffers), strict=False)
        sides = []
        for tower, known in ((fixed.video_tower, inputs.video), (fixed.music_tower, inputs.music)):
            learnt = known.described().double().numpy()
            x = np.zeros((len(self.songs), learnt.shape[1]))
            x[self.split.train] = learnt
            x[self.split.test] = self._ready(tower, self.split.test).described()
            sides.append(x)
        return sides

    def logistic(
        self, video: NDArray[np.float64], music: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Scores by logistic regression on either side: (N, P), (N, R) -> (Q, Q)."""
        genre, train, test = self.songs.genre, self.split.train, self.split.test
        p = [posteriors(x, genre, train, 0.1)[test] for x in (video, music)]
        return np.asarray(p[0] @ p[1].T)

    def parts(self, base: Inputs) -> None:
        """The method's parts on the same features as the baselines."""
        config = base_config(self.songs)
        ssl = self.train(config, SSL, base)
        supervised = self.train(config, SUPERVISED, base)
        self.sweep("SSL only", ssl, "calibrated", (0.0,))
        self.sweep("supervised only", supervised, "calibrated", (1.0,))
        self.fuse_two(ssl, supervised)
        semi = self.train(replace(config, shared_trunk=True), SEMI, base)
        joint = self.train(config, JOINT, base)
        for name, model in (("semi-supervised", semi), ("joint alpha", joint)):
            self.sweep(f"{name}, mix", model, "mix", ALPHAS, smooth=True)
            self.sweep(f"{name}, calibrated", model, "calibrated", ALPHAS, smooth=True)

    def winners(self) -> None:
        """Richer music statistics, linear maps, label posteriors, the time course."""
        config = full_config(self.songs)
        inputs = fit_inputs(self.pairs(self.split.train, self.songs.genre), config)
        post = self.logistic(*self.described(config, inputs)).astype(np.float32)
        self.record("POST, whole clips", None, post, post.T)
        trained = self.train(config, JOINT, inputs)
        self.straight_line(trained)
        # What is fitted stands beside what is trained, so one training serves all rows.
        network = replace(config, linear=False, course=0, posterior_share=0.0)
        for name, dress in (
            ("rich music", network),
            ("linear maps", replace(network, linear=True)),
            ("linear maps, posteriors", replace(config, course=0)),
            ("network, time course", replace(network, course=config.course)),
        ):
            self.sweep(name, dressed(trained, dress, inputs), "calibrated", ALPHAS)
        alone = dressed(trained, replace(config, course=0, posterior_share=1.0), inputs)
        self.sweep("posteriors alone", alone, "calibrated", (1.0,))
        self.sweep("all, calibrated", trained, "calibrated", ALPHAS, smooth=True)
        # Posteriors need calibrated fusion (see ModelConfig), so the plain mix goes without.
        mixed = dressed(trained, replace(config, posterior_share=0.0), inputs)
        self.sweep("all but posteriors, mix", mixed, "mix", ALPHAS, smooth=True)

    def straight_line(self, trained: Model) -> None:
        """CCA on what the label posteriors read, strengths and directions cross-validated."""
        towers = (trained.video_tower, trained.music_tower)
        video, music = (
            tower.straight_line(self._ready(tower, self.split.test)).numpy() for tower in towers
        )
        self.record("CCA, cross-validated", None, video @ music.T, music @ video.T)

    def control(self) -> None:
        """Pairs that share their length and nothing else: what is above chance here is a leak."""
        lengths = np.array([len(rows) for rows in self.songs.music])
        train_partner = equal_length_partners(lengths, self.split.train)
        test_partner = equal_length_partners(lengths, self.split.test)
        pairs = self.pairs(self.split.train, np.full_like(self.songs.genre, -1), train_partner)
        config = replace(full_config(self.songs), posterior_share=0.0)
        inputs = fit_inputs(pairs, config)
        false = train(pairs, config, self.settings(SSL), inputs=inputs)
        for name, dress in (
            ("network and time course", replace(config, linear=False)),
            ("linear maps", replace(config, course=0)),
            ("linear maps and time course", config),
        ):
            model = dressed(false, dress, inputs)
            scores = self.scores(model, "calibrated", (0.0,), test_partner)
            self.record(f"{CONTROL}, {name}", 0.0, scores[0][0], scores[1][0])

    def fuse_two(self, ssl: Model, supervised: Model) -> None:
        """Two models, fused by their calibrated scores at alpha 0.5."""
        first = self.scores(ssl, "calibrated", (0.0,))
        second = self.scores(supervised, "calibrated", (1.0,))
        there, back = (0.5 * a[0] + 0.5 * b[0] for a, b in zip(first, second, strict=True))
        self.record("two models fused", 0.5, there, back)

    # ---- the curves -------------------------------------------------------------------------

    def curves(self) -> None:
        """Few labels and wrong labels, with and without what is meant to help."""
        config = replace(full_config(self.songs), course=0)
        plain = replace(config, posterior_share=0.0)
        features = fit_inputs(self.pairs(self.split.train, self.songs.genre), config)
        classes = len(self.songs.genres)
        cases = {f"labels {f:.0%}": self.few(f) for f in FRACTIONS}
        cases |= {
            f"flipped {s:.0%}": flip_labels(
                self.songs.genre, self.split.train, s, classes, self.split.seed
            )
            for s in FLIPPED[1:]
        }
        for case, genre in cases.items():
            inputs = refit_labels(features, self.pairs(self.split.train, genre), config)
            for settings, names in ((JOINT, ("plain", "posteriors")), (SMOOTHED, ("smoothed",))):
                model = self.train(plain, settings, inputs, genre)
                for name in names:
                    dress = config if name == "posteriors" else plain
                    self.sweep(
                        f"{case}, {name}", dressed(model, dress, inputs), "calibrated", ALPHAS
                    )

    def few(self, fraction: float) -> Index:
        """The genre of each song, kept for a fraction of the training songs only: (N,)."""
        return keep_labels(self.songs.genre, self.split.train, fraction, self.split.seed)


def run_split(folder: Path, split: Split, plan: StudyPlan) -> Figures:
    """The figures of one run; a process reads the songs once."""
    torch.set_num_threads(1)  # the towers are small; two threads on a busy machine are far slower
    return Study(_songs(folder), split, plan).run()


_songs = cache(read_songs)
