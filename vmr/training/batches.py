"""What a training step looks at: which pairs, which of their windows, and how alike their labels.

All random numbers come from the seed and the number of the step, so that training can go on
anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vmr.model.windows import Prepared
from vmr.training.config import TrainConfig
from vmr.training.distributed import World
from vmr.training.losses import label_similarity
from vmr.training.pairs import PairSet


@dataclass(frozen=True)
class Batch:
    """One step's batch of N pairs.

    video, music: windows of this process's share of the clips and tracks
    similar: of the labels of all processes' pairs (F, N, N), 0 to 1
    alpha, facet: of the mixed embedding; facet is an index into the facets
    seed: of this process's dropout
    """

    video: Prepared
    music: Prepared
    similar: Tensor
    alpha: float
    facet: int
    seed: int


class Batches:
    """Batches of the training pairs."""

    def __init__(
        self, pairs: PairSet, video: Prepared, music: Prepared, config: TrainConfig, world: World
    ) -> None:
        self._video, self._music, self._config, self._world = video, music, config, world
        self._labels = [
            label_rows(labels, config.label_smoothing, video.windows.device)
            for labels in (pairs.video_labels, pairs.music_labels)
        ]
        self._weights = sampling_weights(pairs, config.balanced)

    def at(self, step: int) -> Batch:
        """The batch of a step; the same whenever it is asked for."""
        rng, world = np.random.default_rng((self._config.seed, step)), self._world
        index = draw_without_replacement(self._weights, self._config.batch, rng)
        # All ranks draw the same numbers and take their share of them.
        places = rng.random((2, len(index), self._config.windows))
        own = world.share(index)
        video, music = (
            side.choose(own, world.share(place) if self._config.windows else None)
            for side, place in zip((self._video, self._music), places, strict=True)
        )
        similar = self._similar(world.whole(index))
        alpha, facet = float(rng.random()), int(rng.integers(max(len(similar), 1)))
        seeds = rng.integers(2**63, size=world.size)
        return Batch(video, music, similar, alpha, facet, int(seeds[world.rank]))

    def _similar(self, index: NDArray[np.int64]) -> Tensor:
        """Label similarities of the pairs (N,) -> (F, N, N)."""
        video, music = self._labels
        device = self._video.windows.device
        chosen = torch.as_tensor(index, device=device)
        similar = torch.zeros(len(video), len(index), len(index), device=device)
        for f, facet in enumerate(video):
            similar[f] = label_similarity(video[facet][chosen], music[facet][chosen])
        return similar


def draw_without_replacement(
    weights: NDArray[np.float64], count: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Indices drawn one after the other by weight > 0, none twice: (N,) -> (min(count, N),).

    The smallest of exponential numbers, each divided by its weight (Efraimidis and Spirakis 2006).
    """
    count = min(count, len(weights))
    waiting = rng.standard_exponential(len(weights)) / weights
    return np.asarray(np.argpartition(waiting, count - 1)[:count])


def label_rows(
    labels: Mapping[str, NDArray[np.float32]], smoothing: float, device: torch.device
) -> dict[str, Tensor]:
    """Labels as tensors, smoothed where there is a label: {facet: (N, L)} float32."""
    rows: dict[str, Tensor] = {}
    for facet, values in labels.items():
        x = torch.as_tensor(np.asarray(values, np.float32), device=device)
        labelled = (x.sum(1, keepdim=True) > 0).float()
        spread = x.sum(1, keepdim=True) / max(x.shape[1], 1)
        rows[facet] = labelled * ((1 - smoothing) * x + smoothing * spread)
    return rows


def sampling_weights(pairs: PairSet, balanced: bool) -> NDArray[np.float64]:
    """Probability of each pair (N,). Balanced: the labelled ones equal over the first facet's
    classes, the unlabelled ones as often as they occur."""
    even = np.full(len(pairs), 1 / max(len(pairs), 1))
    labels = next(iter(pairs.music_labels.values()), None)
    if not balanced or labels is None or not labels.any():
        return even
    classes = labels[:, labels.any(axis=0)].astype(np.float64)
    weight = (classes / classes.sum(axis=0)).mean(axis=1)
    labelled = labels.any(axis=1)
    weight = np.where(labelled, weight * labelled.mean() / weight[labelled].sum(), even)
    return np.asarray(weight / weight.sum())
