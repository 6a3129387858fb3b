"""What a training step looks at: which pairs, which of their windows, and how alike their labels.

All random numbers come from the seed and the number of the step, so that training can go on
anywhere. They are drawn for a block of steps at once: what is prepared for many costs little.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vmr.model.windows import Prepared
from vmr.training.distributed import Ranks
from vmr.training.losses import label_similarity
from vmr.training.objective import Draw, Terms, terms_of
from vmr.training.pairs import PairSet

if TYPE_CHECKING:
    from vmr.training.train import TrainConfig

LONGEST = 32  # steps in a block
CELLS = 2**20  # of similarity that a block may hold, per facet


@dataclass(frozen=True)
class Batch:
    """One step's batch of N pairs. rows (W,) of the windows of this rank's share, of both sides;
    clips whose they are (W,), None for one of each; masks (3,) places 0..1; terms of the loss over
    the pairs of all ranks."""

    rows: Sequence[Tensor]
    clips: Sequence[Tensor] | None
    masks: NDArray[np.float64]
    terms: Terms


class Batches:
    """Batches of the training pairs."""

    def __init__(
        self,
        pairs: PairSet,
        sides: Sequence[Prepared],
        config: TrainConfig,
        members: int,
        ranks: Ranks,
    ) -> None:
        self._sides, self._config, self._ranks, self._members = sides, config, ranks, members
        self._labels = [
            label_rows(labels, config.label_smoothing, sides[0].windows.device)
            for labels in (pairs.video_labels, pairs.music_labels)
        ]
        self._weights = sampling_weights(pairs, config.balanced)
        self._steps = max(1, min(LONGEST, CELLS // config.batch**2))
        self._number, self._block = -1, list[Batch]()

    def at(self, step: int) -> Batch:
        """The batch of a step; the same whenever it is asked for."""
        if step // self._steps != self._number:
            self._number = step // self._steps
            self._block = self._draw(np.random.default_rng((self._config.seed, self._number)))
        return self._block[step % self._steps]

    def _draw(self, rng: np.random.Generator) -> list[Batch]:
        steps, count, ranks = self._steps, self._config.windows, self._ranks
        batch = self._config.batch
        index = np.stack(
            [draw_without_replacement(self._weights, batch, rng) for _ in range(steps)]
        )
        places = rng.random((2, *index.shape, count))
        alphas, facets = rng.random(steps), rng.integers(max(len(self._labels[0]), 1), size=steps)
        masks = rng.random((steps, ranks.size, 3))  # last: all before is the same for any ranks
        rows = [
            [
                s.window_rows(ranks.share(i), count, ranks.share(p))
                for i, p in zip(index, place, strict=True)
            ]
            for s, place in zip(self._sides, places, strict=True)
        ]
        draws = [Draw(float(a), int(f)) for a, f in zip(alphas, facets, strict=True)]
        similar = self._similar(np.stack([ranks.whole(i) for i in index]))
        terms = terms_of(similar, draws, self._members, self._config)
        return [
            Batch(
                [torch.as_tensor(side[step][0], device=similar.device) for side in rows],
                None
                if count == 1
                else [torch.as_tensor(side[step][1], device=similar.device) for side in rows],
                masks[step, ranks.rank],
                terms[step],
            )
            for step in range(steps)
        ]

    def _similar(self, index: NDArray[np.int64]) -> Tensor:
        """Label similarities of the pairs of each step (S, N) -> (S, F, N, N)."""
        video, music = self._labels
        steps, pairs = index.shape
        chosen = torch.as_tensor(index, device=self._sides[0].windows.device)
        similar = torch.zeros(steps, len(video), pairs, pairs, device=chosen.device)
        for f, facet in enumerate(video):
            similar[:, f] = label_similarity(video[facet][chosen], music[facet][chosen])
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
    """Labels as tensors, smoothed where there is a label: {facet: (N, L)}."""
    rows: dict[str, Tensor] = {}
    for facet, values in labels.items():
        x = torch.as_tensor(np.asarray(values, np.float32), device=device)
        known = (x.sum(1, keepdim=True) > 0).float()
        spread = x.sum(1, keepdim=True) / max(x.shape[1], 1)
        rows[facet] = known * ((1 - smoothing) * x + smoothing * spread)
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
    known = labels.any(axis=1)
    weight = np.where(known, weight * known.mean() / weight[known].sum(), even)
    return np.asarray(weight / weight.sum())
