"""How good a model is on the validation pairs, while it is trained."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vmr import metrics
from vmr.embedding import BranchEmbedding
from vmr.model.two_tower import Model
from vmr.model.windows import Prepared
from vmr.training.pairs import PairSet


@dataclass(frozen=True)
class HeldOut:
    """Validation pairs, prepared once."""

    video: Prepared
    music: Prepared
    labels: Mapping[str, NDArray[np.bool_]]

    def score(self, model: Model) -> float:
        """MRR of the ssl branch plus the mean macro P@10 of the facets, over both directions."""
        v = model.embed_prepared(model.video_tower, self.video)
        m = model.embed_prepared(model.music_tower, self.music)
        return (_one_way(v, m, self.labels) + _one_way(m, v, self.labels)) / 2


def hold_out(model: Model, pairs: PairSet, device: str) -> HeldOut:
    """Pass the validation pairs through the fixed part of the towers."""
    return HeldOut(
        model.video_tower.prepare(pairs.video).to(device),
        model.music_tower.prepare(pairs.music).to(device),
        {facet: rows > 0 for facet, rows in pairs.music_labels.items()},
    )


def _one_way(
    queries: BranchEmbedding, items: BranchEmbedding, labels: Mapping[str, NDArray[np.bool_]]
) -> float:
    cosines = np.einsum("qbd,nbd->bqn", queries.values, items.values)
    score = metrics.mean_reciprocal_rank(metrics.ranks(cosines[0]))
    own = np.eye(len(queries), dtype=bool)
    found = [
        metrics.macro(metrics.precision_at(cosines[b], rows, rows, 10, own))
        for b, rows in enumerate(labels.values(), start=1)
    ]
    defined = [value for value in found if not math.isnan(value)]
    return score + (float(np.mean(defined)) if defined else 0.0)
