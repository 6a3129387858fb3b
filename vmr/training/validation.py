"""How good a model is on the validation pairs, while it is trained."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vmr import metrics
from vmr.embedding import SSL, BranchEmbedding
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


LINEAR_SHARES = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0)


def choose_linear_share(model: Model, pairs: HeldOut, refit: Callable[[], None]) -> None:
    """Give the network a part in the ssl branch only where it helps on the validation pairs: the
    largest share of the linear maps whose mean reciprocal rank is within a standard error of the
    best (Breiman et al. 1984). ``refit`` fits what depends on the share."""
    if not model.has_linear_maps:
        return
    found = []
    for share in LINEAR_SHARES:
        set_linear_share(model, share)
        refit()
        v = model.embed_prepared(model.video_tower, pairs.video).branch(SSL)
        m = model.embed_prepared(model.music_tower, pairs.music).branch(SSL)
        scores = v @ m.T
        found.append((1 / metrics.ranks(scores) + 1 / metrics.ranks(scores.T)) / 2)
    best = max(found, key=lambda reciprocal: float(reciprocal.mean()))
    within = [
        share
        for share, reciprocal in zip(LINEAR_SHARES, found, strict=True)
        if (gap := best - reciprocal).mean() <= gap.std() / len(gap) ** 0.5
    ]
    set_linear_share(model, max(within))


def set_linear_share(model: Model, share: float) -> None:
    """Give the linear maps of both towers, where there are any, this part of the ssl cosine."""
    for tower in (model.video_tower, model.music_tower):
        if tower.linear:
            tower.linear.share.fill_(share)


def hold_out(model: Model, pairs: PairSet, device: str) -> HeldOut:
    """Pass the validation pairs through the fixed part of the towers. The model's linear maps stand
    back: while it is trained the network is judged alone."""
    set_linear_share(model, 0.0)
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
