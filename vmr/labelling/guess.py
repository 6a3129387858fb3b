"""What the labels of each track probably are, from three sources that know nothing of its own.

    near       where the sound lies between the facet's label prototypes of the model, or what the
               music encoder's own tag of that name says
    alike      the labels of the nearest labelled tracks, weighted by nearness
    classifier kernel logistic regression on the labelled tracks (vmr.model.label_posterior)

What is known of a track is held back when its own guess is made. A logistic regression on the three
turns them into one probability that a person gives the track the label, so that of the labels shown
with 60 % about 60 % are taken. With too few labels nothing is fitted and there are no
probabilities, only an order.

Shapes: N tracks, L labels, S sources.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from vmr.embedding import Array
from vmr.labelling.pool import Bools, Pool, known_labels
from vmr.model.label_posterior import FEWEST, LabelPosterior

if TYPE_CHECKING:
    from vmr.catalogs.tracks_table import Track
    from vmr.model.two_tower import Model

NEIGHBOURS = 8
SMALL = 1e-4  # a probability is not 0
AT_ONCE = 256  # rows of similarities
Matrix = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Guesses:
    """names of the labels; known (N, L); order (N, L), higher is likelier; share (N, L) rows of sum
    1, the classifier's, which has not seen the track; probability (N, L) that a label fits, None
    where there are too few labels."""

    facet: str
    names: tuple[str, ...]
    known: Bools
    order: Array
    share: Array
    probability: Array | None

    @property
    def labelled(self) -> Bools:
        """Which tracks have a label: (N,)."""
        return np.asarray(self.known.any(axis=1), bool)

    def suggestions(self, i: int, count: int = 3) -> list[tuple[str, float | None]]:
        """The likeliest labels of a track and their probabilities, the likeliest first."""
        first = np.argsort(-self.order[i], kind="stable")[:count]
        likely = self.probability
        return [(self.names[k], None if likely is None else float(likely[i, k])) for k in first]


def guess(
    pool: Pool, model: Model, facet: str, tracks: Sequence[Track] | None = None, seed: int = 0
) -> Guesses:
    """Guesses for every track of a pool; ``tracks``: the same with the labels that hold now."""
    config_names = model.config.labels.get(facet, ())
    names, known = known_labels(tracks or pool.tracks, facet, config_names)
    share, learnt = classified(pool, known, seed)
    sources = np.stack([near(pool, model, facet, names), alike(pool.standard, known), share], 2)
    if not learnt:  # a neighbour counts the more, the more there are to choose from
        order = sources[..., 0] + sources[..., 1] * known.any(axis=1).sum() / FEWEST
        return Guesses(facet, names, known, order.astype(np.float32), share, None)
    fits = calibrated(sources, known)
    return Guesses(facet, names, known, fits, share, fits)


def classified(pool: Pool, known: Bools, seed: int = 0) -> tuple[Array, bool]:
    """The classifier's share of each label, (N, L) rows of sum 1, and whether it could learn."""
    labels = torch.as_tensor(known.astype(np.float32))
    count = known.any(axis=1).sum()
    if count < FEWEST or (known.any(axis=0)).sum() < 2:
        return np.full(known.shape, 1 / max(known.shape[1], 1), np.float32), False
    classifier = LabelPosterior(known.shape[1])
    found = classifier.fit(torch.as_tensor(pool.standard), labels, seed) + classifier.prior
    return found.numpy().clip(SMALL, 1), True


def near(pool: Pool, model: Model, facet: str, names: tuple[str, ...]) -> Array:
    """Cosines with the model's prototypes, and what tags of the labels' names say: (N, L), -1 to 1;
    0 where neither knows the label."""
    found = np.zeros((len(pool), len(names)), np.float32)
    anchors = model.anchors(facet) if facet in model.config.labels else None
    for k, name in enumerate(names):
        if anchors is not None and name in anchors.names:
            found[:, k] = pool.sound.branch(facet) @ anchors.values[anchors.names.index(name)]
        elif name.casefold() in pool.tags:
            tag = pool.tags[name.casefold()]
            found[:, k] = np.tanh((tag - tag.mean()) / max(float(tag.std()), 1e-6) / 2)
    return found


def alike(standard: Array, known: Bools) -> Array:
    """Share of each label among the nearest labelled tracks, without the track itself: (N, P),
    (N, L) -> (N, L), 0 to 1."""
    labelled = np.flatnonzero(known.any(axis=1))
    found = np.zeros(known.shape, np.float32)
    if len(labelled) < 2:
        return found
    others, values = standard[labelled], known[labelled].astype(np.float32)
    length = (others**2).sum(axis=1)
    for start in range(0, len(standard), AT_ONCE):
        rows = np.arange(start, min(start + AT_ONCE, len(standard)))
        apart = (standard[rows] ** 2).sum(axis=1)[:, None] + length - 2 * standard[rows] @ others.T
        apart[rows[:, None] == labelled[None]] = np.inf
        count = min(NEIGHBOURS, len(labelled) - 1)
        chosen = np.argpartition(apart, count - 1, axis=1)[:, :count]
        weight = 1 / (1 + np.take_along_axis(apart, chosen, 1) / standard.shape[1])  # (n, count)
        found[rows] = (weight[:, :, None] * values[chosen]).sum(1) / weight.sum(1)[:, None]
    return found


def calibrated(sources: Array, known: Bools) -> Array:
    """One probability of the sources (N, L, S), fitted on the labelled tracks: (N, L)."""
    from sklearn.linear_model import LogisticRegression  # half a second

    columns = np.concatenate([sources[..., :2], log_odds(sources[..., 2:])], axis=2)
    labelled = known.any(axis=1)
    fitted = LogisticRegression(C=1.0).fit(
        columns[labelled].reshape(-1, columns.shape[2]), known[labelled].ravel()
    )
    found = fitted.predict_proba(columns.reshape(-1, columns.shape[2]))[:, 1]
    return np.asarray(found.reshape(known.shape), np.float32)


def log_odds(share: Array) -> Array:
    """(...) -> (...), held away from the ends."""
    held = np.clip(share, SMALL, 1 - SMALL)
    return np.asarray(np.log(held / (1 - held)), np.float32)
