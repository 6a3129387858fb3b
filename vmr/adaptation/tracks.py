"""The music side of an adaptation: a classifier on labelled tracks, and how far it is followed.

Labels of the honest fifth (vmr.labelling.pool) are not learnt where there are enough of them: the
figures before and after are measured on them. With fewer every label is learnt and the figures are
those of guesses that have not seen the track.

Shapes: N tracks, L labels, D columns of a branch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vmr.adaptation.figures import Compared, compared
from vmr.adaptation.grow import grown, heads_of
from vmr.embedding import Array
from vmr.errors import VmrError
from vmr.labelling.pool import Bools, Pool
from vmr.model.facet_head import TrackHead, VideoHead
from vmr.model.label_posterior import FEWEST
from vmr.model.pooling import unit_rows
from vmr.model.two_tower import Model

PULLS = (0.0, 0.25, 0.5, 0.75, 1.0)
FEWEST_HONEST = 20  # labelled tracks of the honest fifth, to be measured on
MET_MOST = 2000  # labelled tracks that a picture's own facet is read from


@dataclass(frozen=True, eq=False)
class Fitted:
    """A model with a fitted head and what that did to held-out labels; honest: those of the honest
    fifth, which nothing was learnt from."""

    model: Model
    figures: Compared
    labels: int
    honest: bool


def fit_tracks(
    model: Model, pool: Pool, facet: str, names: tuple[str, ...], known: Bools, seed: int = 0
) -> Fitted:
    """A copy of the model whose music side has learnt the labels ``known`` (N, L) of a facet.

    names: of the columns of ``known``; an own facet gets these labels, one of the model's leaves
    those out that it does not know. Raises VmrError where there are too few labels.
    """
    new = grown(model, facet, names)
    own = new.config.labels[facet]
    known = columns_of(known, names, own)
    labelled = np.asarray(known.any(axis=1), bool)
    if labelled.sum() < FEWEST or known.any(axis=0).sum() < 2:
        raise VmrError("adapt.few", facet=facet, least=FEWEST, count=int(labelled.sum()))
    honest = np.asarray(labelled & pool.honest, bool)
    apart = bool(honest.sum() >= FEWEST_HONEST)
    measured = honest if apart else labelled
    learnt = np.asarray(labelled & ~honest if apart else labelled, bool)
    head, video = heads_of(new, facet)
    rows, described = torch.as_tensor(known, dtype=torch.float32), torch.as_tensor(pool.described)
    unseen = head.classifier.fit(described, rows * torch.as_tensor(learnt)[:, None], seed)
    z = plain_rows(new, pool, facet)
    head.keep(pull=chosen_pull(head, z, unseen, known, learnt, facet in new.config.added))
    if facet in new.config.added:
        meet(video, *labelled_rows(pool, known * learnt[:, None]))
    before = (
        nearest_right(torch.as_tensor(pool.sound.branch(facet)), head, known)
        if facet in model.config.labels
        else np.asarray(known[:, known[learnt].sum(axis=0).argmax()], np.float64)
    )
    after = nearest_right(drawn(head, z, unseen, float(head.pull)), head, known)
    figures = compared(before[measured], after[measured], chance=float(known[measured].mean()))
    return Fitted(new, figures, int(learnt.sum()), apart)


def columns_of(known: Bools, names: tuple[str, ...], own: tuple[str, ...]) -> Bools:
    """The labels ``own`` of (N, L), in their order; False for those that nobody gave."""
    found = np.zeros((len(known), len(own)), bool)
    for k, name in enumerate(own):
        if name in names:
            found[:, k] = known[:, names.index(name)]
    return found


def plain_rows(new: Model, pool: Pool, facet: str) -> Tensor:
    """The tracks' vectors of a facet without a head: (N, D), zero for an own facet."""
    if facet in new.config.added:
        return torch.zeros(len(pool), new.config.width)
    return torch.as_tensor(pool.plain[:, new.config.branches.index(facet)])


def drawn(head: TrackHead, z: Tensor, posterior: Tensor, pull: float) -> Tensor:
    """What the head makes of vectors (N, D) with posteriors less priors (N, L): (N, D)."""
    return unit_rows((1 - pull) * z + pull * unit_rows(posterior @ head.directions))


def chosen_pull(
    head: TrackHead, z: Tensor, unseen: Tensor, known: Bools, learnt: Bools, added: bool
) -> float:
    """The pull with most right labels among tracks that it has not seen; the least of equals."""
    if added:
        return 1.0
    right = [nearest_right(drawn(head, z, unseen, pull), head, known) for pull in PULLS]
    return PULLS[int(np.argmax([round(float(rows[learnt].mean()), 6) for rows in right]))]


def nearest_right(z: Tensor, head: TrackHead, known: Bools) -> NDArray[np.float64]:
    """Whether the label that each track (N, D) is nearest to is one of its own: (N,) 0 or 1."""
    nearest = (z @ head.directions.T).argmax(dim=1).numpy()
    return np.asarray(known[np.arange(len(known)), nearest], np.float64)


def labelled_rows(pool: Pool, known: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Of the tracks that have a label, MET_MOST at most: their ssl vectors (T, D), and the shares
    of their labels (T, L)."""
    rows = np.flatnonzero(known.any(axis=1))[:MET_MOST]
    return pool.sound.values[rows, 0], known[rows] / known[rows].sum(axis=1, keepdims=True)


def meet(video: VideoHead, ssl: Array, share: Array) -> None:
    """Let pictures read an own facet from the tracks that they meet in the ssl branch: (T, D), with
    their labels (T, L)."""
    video.keep(tracks=ssl, track_labels=share - share.mean(axis=0))
