"""Which track to ask a person about next, and which labels look wrong.

``next_items`` asks where the model is least sure: where its two likeliest labels are nearly as
likely (margin sampling, Scheffer et al. 2001), spread over different sounds. Every fifth question
is drawn at random from the honest fifth (vmr.labelling.pool), which the model never chooses from.

``doubtful`` is confident learning (Northcutt et al. 2021) on shares that have not seen the track: a
label j that a track does not carry counts as its likely true one where its share is at least the
mean share of j among the tracks that carry it, and exceeds the share of every label given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vmr.embedding import Array
from vmr.labelling.guess import Guesses
from vmr.labelling.pool import HONEST, Pool

WIDE = 3  # candidates for each question, of which the one unlike the others is taken
LEAST_CARRIERS = 3  # of a label, before its mean share says anything


@dataclass(frozen=True)
class Question:
    """A track of the pool to ask about, and why: "random" or "uncertain"."""

    track: int
    reason: Literal["random", "uncertain"]


@dataclass(frozen=True)
class Doubt:
    """A labelled track whose label ``given`` looks wrong, the label that looks right, and how much
    more of the share that has."""

    track: int
    given: str
    instead: str
    margin: float


def next_items(
    pool: Pool, guesses: Guesses, count: int = 10, seed: int = 0, skip: frozenset[int] = frozenset()
) -> list[Question]:
    """The next questions, without tracks that have a label of the facet or that are skipped.

    Where nothing could be learnt yet every question is drawn at random.
    """
    open_ = ~guesses.labelled
    open_[list(skip)] = False
    rng = np.random.default_rng(seed)
    random = rng.permutation(np.flatnonzero(open_ & pool.honest)).tolist()
    others = np.flatnonzero(open_ & ~pool.honest)
    if guesses.probability is None:
        chosen = rng.permutation(others).tolist()
    else:
        chosen = spread(pool.standard, others, margins(guesses.probability)[others], count)
    reason: Literal["random", "uncertain"]
    reason = "random" if guesses.probability is None else "uncertain"
    asked: list[Question] = []
    while len(asked) < count and (random or chosen):
        if random and (len(asked) % HONEST == HONEST - 1 or not chosen):
            asked.append(Question(random.pop(0), "random"))
        else:
            asked.append(Question(int(chosen.pop(0)), reason))
    return asked


def margins(probability: Array) -> Array:
    """By how much the likeliest label leads the second: (N, L) -> (N,)."""
    if probability.shape[1] < 2:
        return np.asarray(np.abs(probability[:, 0] - 0.5), np.float32)
    two = np.partition(probability, -2, axis=1)[:, -2:]
    return np.asarray(two[:, 1] - two[:, 0], np.float32)


def spread(standard: Array, among: NDArray[np.int64], margin: Array, count: int) -> list[int]:
    """The least sure of ``among`` (M,) with margin (M,), no two alike: of the WIDE * count least
    sure each next one is the farthest from those taken; standard (N, P)."""
    wide = among[np.argsort(margin, kind="stable")[: WIDE * count]]
    if not len(wide):
        return []
    taken, rows = [0], standard[wide]
    apart = np.full(len(wide), np.inf)
    while len(taken) < min(count, len(wide)):
        apart = np.minimum(apart, ((rows - rows[taken[-1]]) ** 2).sum(axis=1))
        apart[taken] = -1
        taken.append(int(apart.argmax()))
    return [int(wide[k]) for k in taken]


def doubtful(guesses: Guesses, count: int = 50) -> list[Doubt]:
    """Labels that look wrong, the most so first; [] where nothing could be learnt."""
    if guesses.probability is None:
        return []
    share, known = guesses.share, guesses.known
    carriers = known.sum(axis=0)
    usual = np.where(known, share, 0).sum(axis=0) / np.maximum(carriers, 1)
    likely = (share >= usual) & ~known & (carriers >= LEAST_CARRIERS)
    best = np.where(likely, share, -1).argmax(axis=1)
    found = []
    for i in np.flatnonzero(guesses.labelled & likely.any(axis=1)):
        given = np.flatnonzero(known[i])
        strongest = given[share[i, given].argmax()]
        margin = float(share[i, best[i]] - share[i, strongest])
        if margin > 0:
            weakest = given[share[i, given].argmin()]
            names = guesses.names
            found.append(Doubt(int(i), names[weakest], names[best[i]], margin))
    return sorted(found, key=lambda doubt: -doubt.margin)[:count]
