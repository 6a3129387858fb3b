"""Label posteriors of both sides where only some pairs are labelled: the better side teaches.

Each side's classifier (vmr.model.label_posterior) is fitted on the labelled pairs. Where others are
unlabelled, the side whose answers to unseen clips are more informative says what these probably
are, and the other side is fitted again on the labels and on that: a pair shares its label, so the
picture's CLIP features teach the weaker music side through pairs that nobody labelled.

Shapes: N pairs, P and R columns that describe a clip and a track, L labels.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vmr.model.label_posterior import LabelPosterior
from vmr.model.tower import Tower
from vmr.model.windows import Prepared

Sides = tuple[Tensor, Tensor]


def fit_posteriors(
    towers: tuple[Tower, Tower],
    pairs: tuple[Prepared, Prepared],
    labels: Sequence[tuple[NDArray[np.float32], NDArray[np.float32]]],
) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    """Fit every facet's classifiers on N pairs whose labels are (N, L) twice per facet, multi-hot
    or soft, zero rows unlabelled. Returns what ``Prepared.posteriors`` is, of each side."""
    seen = (pairs[0].described(), pairs[1].described())
    found = []
    for f, rows in enumerate(labels):
        classifiers = (towers[0].classifiers[f], towers[1].classifiers[f])
        told = (torch.as_tensor(rows[0]).to(seen[0]), torch.as_tensor(rows[1]).to(seen[1]))
        found.append(fit_pair(classifiers, seen, told))
    return tuple(one for one, _ in found), tuple(other for _, other in found)


def fit_pair(
    classifiers: tuple[LabelPosterior, LabelPosterior], seen: Sides, labels: Sides
) -> Sides:
    """Both sides of one facet: columns (N, P) and (N, R), labels (N, L) each -> (N, L) each."""
    first, second = (c.fit(x, y) for c, x, y in zip(classifiers, seen, labels, strict=True))
    unlabelled = (labels[0].sum(1) == 0) & (labels[1].sum(1) == 0)
    if not unlabelled.any() or not all(c.prior.any() for c in classifiers):
        return first, second
    told = [
        informs(unseen + c.prior, c.prior, y)
        for unseen, c, y in zip((first, second), classifiers, labels, strict=True)
    ]
    teacher, pupil = (0, 1) if told[0] >= told[1] else (1, 0)
    soft = labels[pupil].clone()
    likely = classifiers[teacher](seen[teacher]) + classifiers[teacher].prior
    soft[unlabelled] = likely[unlabelled]
    taught = classifiers[pupil].fit(seen[pupil], soft)
    return (first, taught) if pupil else (taught, second)


def informs(unseen: Tensor, prior: Tensor, labels: Tensor) -> float:
    """Nats by which probabilities of unseen clips (N, L) say more of the labels (N, L) than the
    priors (L,) alone."""
    labelled = labels.sum(1) > 0
    target = labels[labelled] / labels[labelled].sum(1, keepdim=True)
    likely = unseen[labelled].clamp_min(1e-6).log() - prior.clamp_min(1e-6).log()
    return float((target * likely).sum(1).mean())
