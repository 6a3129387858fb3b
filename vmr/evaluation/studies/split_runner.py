"""One split of the songs: what trains on it, ranks its test songs and writes down the figures.

What is compared on it stands in vmr.evaluation.studies.muvisync.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np

from vmr.embedding import Array, BranchEmbedding, Calibration
from vmr.evaluation.studies.configs import FACET
from vmr.evaluation.studies.muvisync_data import Songs
from vmr.evaluation.studies.protocol import Figures, Index, Split
from vmr.evaluation.sweep import Direction, figures_of, smoothness, sweep
from vmr.model.config import ModelConfig
from vmr.model.tower import Tower
from vmr.model.two_tower import Model
from vmr.model.windows import Prepared
from vmr.training.config import TrainConfig
from vmr.training.inputs import Inputs
from vmr.training.pairs import PairSet
from vmr.training.train import train


class SplitRunner:
    """Trains on the training songs of one split and ranks its test songs."""

    def __init__(self, songs: Songs, split: Split, steps: int) -> None:
        self.songs, self.split, self.steps = songs, split, steps
        self.figures: Figures = {}

    @cached_property
    def pool(self) -> Direction:
        """The test songs' labels and artists, for figures of score matrices made elsewhere."""
        return self.direction(
            *(BranchEmbedding(np.zeros((len(self.split.test), 1, 1), np.float32), ("ssl",)),) * 2,
            Calibration(np.zeros((1, 1), np.float32), np.ones((1, 1), np.float32)),
        )

    def direction(
        self, queries: BranchEmbedding, items: BranchEmbedding, calibration: Calibration
    ) -> Direction:
        """Test queries against test items, labelled by genre, grouped by artist."""
        genre = self.songs.genre[self.split.test]
        labels = np.eye(len(self.songs.genres) + 1, dtype=bool)[genre][:, :-1]
        return Direction(
            queries, items, calibration, labels, self.songs.artists[self.split.test].tolist()
        )

    def pairs(self, index: Index, genre: Index, partner: Index | None = None) -> PairSet:
        """Songs as training pairs; ``partner`` gives other tracks to the clips."""
        music = index if partner is None else partner[index]
        rows = np.eye(len(self.songs.genres) + 1, dtype=np.float32)[genre[index]][:, :-1]
        return PairSet(
            [self.songs.video[i] for i in index],
            [self.songs.music[i] for i in music],
            {FACET: rows},
            {FACET: rows},
            groups=self.songs.artists[index].tolist(),
        )

    def record(self, name: str, alpha: float | None, there: Array, back: Array) -> None:
        """Figures of scores for video to music (Q, N) and for music to video (N, Q)."""
        row = figures_of(self.pool, there).table
        row |= {f"back {m}": v for m, v in figures_of(self.pool, back).table.items()}
        self.figures[_key(name, alpha)] = row

    def settings(self, settings: TrainConfig) -> TrainConfig:
        """The same settings with the split's seed and the run's steps."""
        return replace(settings, seed=self.split.seed, steps=self.steps)

    def train(
        self,
        config: ModelConfig,
        settings: TrainConfig,
        inputs: Inputs | None = None,
        genre: Index | None = None,
    ) -> Model:
        """A model trained on the split's training songs."""
        pairs = self.pairs(self.split.train, self.songs.genre if genre is None else genre)
        return train(pairs, config, self.settings(settings), inputs=inputs)

    def scores(
        self, model: Model, fusion: str, alphas: tuple[float, ...], partner: Index | None = None
    ) -> tuple[list[Array], list[Array]]:
        """Score matrices (Q, N) per alpha, video to music and music to video."""
        test = self.split.test
        video = self._embed(model, "video", test)
        music = self._embed(model, "music", test if partner is None else partner[test])
        there = self.direction(video, music, model.calibration_of_music(music))
        back = self.direction(music, video, model.calibration_of_video(video))
        return sweep(there, FACET, fusion, alphas), sweep(back, FACET, fusion, alphas)

    def sweep(
        self,
        name: str,
        model: Model,
        fusion: str,
        alphas: tuple[float, ...],
        smooth: bool = False,
    ) -> None:
        """Record the figures at every alpha and, if asked, the least tau over eleven alphas."""
        there, back = self.scores(model, fusion, alphas)
        for alpha, t, b in zip(alphas, there, back, strict=True):
            self.record(name, alpha, t, b)
        if smooth:
            eleven = tuple(a / 10 for a in range(11))
            taus = smoothness([s[::4] for s in self.scores(model, fusion, eleven)[0]])
            self.figures[_key(name, alphas[0])]["least tau"] = min(taus)

    def _embed(self, model: Model, side: str, index: Index) -> BranchEmbedding:
        tower = model.video_tower if side == "video" else model.music_tower
        return model.embed_prepared(tower, self._ready(tower, index))

    def _ready(self, tower: Tower, index: Index) -> Prepared:
        """Test clips, passed through the fixed part once per set of fitted buffers."""
        side = tower.side.name
        clips = self.songs.video if side == "video" else self.songs.music
        state = (tower.pooled_mean, tower.frame_mean, tower.course_step)
        read = (tower.config.linear, len(tower.posteriors))
        kind = (side, tower.config.course, *read, tuple(index.tolist()))
        key = (*kind, *(float(t.sum()) for t in state))
        if key not in self._prepared:
            self._prepared[key] = tower.prepare([clips[i] for i in index])
        return self._prepared[key]

    @cached_property
    def _prepared(self) -> dict[object, Prepared]:
        return {}


def dressed(trained: Model, config: ModelConfig, inputs: Inputs) -> Model:
    """The trained part of a model with another choice of what is fitted beside it."""
    model = Model(config)
    model.load_state_dict(dict(inputs.buffers), strict=False)
    model.load_state_dict(dict(trained.named_parameters()), strict=False)
    model.fit_outputs(inputs.video, inputs.music, {})
    return model.eval()


def _key(name: str, alpha: float | None) -> str:
    return name if alpha is None else f"{name}, alpha {alpha:g}"
