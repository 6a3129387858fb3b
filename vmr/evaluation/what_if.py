"""What the ranking would be if a part of the picture were understood as a person understands it.

Tells what is worth improving. Of a model whose picture tower reads the tables of vmr.knowledge (the
bundled one) parts of what was seen are replaced by columns of the table of judged clips:

concepts   rows of scenes.csv that stand for things: those that are named are seen, no others
energy     the measured motion is that of a clip of this judged energy
subject    the measured motion is that of a clip whose subject moves so, whatever its camera does

A judgement becomes a measurement by its rank: the k-th most energetic clip gets the k-th largest
motion that was measured, so that nothing else changes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from vmr.errors import CheckpointError
from vmr.evaluation.judged_clips import JudgedClip
from vmr.knowledge.scenes import Concept, read_scenes
from vmr.model.front_end import Lens

if TYPE_CHECKING:
    from vmr.embedding import BranchEmbedding
    from vmr.model.two_tower import Model

Array = NDArray[np.float32]
TRUTHS = ("concepts", "energy", "subject")
SEEN = 0.8  # root of the share of a concept that the classifier is sure of
MOVES = {"still": 0.0, "slow": 1.0, "fast": 2.0}


class CorrectedLens(Lens):
    """A lens whose ``corrections`` {column: value} replace what the table reads."""

    def __init__(self, lens: Lens) -> None:
        super().__init__(lens.columns, lens.size)
        self.load_state_dict(lens.state_dict())
        self.corrections: dict[int, float] = {}

    def seen(self, rows: Tensor) -> Tensor:
        """(T, D) -> (T, size.seen)."""
        found = super().seen(rows).clone()
        for column, value in self.corrections.items():
            found[:, column] = value
        return found


def embed_with_truth(
    model: Model,
    features: Sequence[Array],
    columns: Sequence[str],
    clips: Sequence[JudgedClip],
    truths: Collection[str],
) -> BranchEmbedding:
    """Clips (T, D) with encoder columns embedded as if these truths were known: (Q, B, D).

    The model is as before afterwards. Raises CheckpointError where it reads no table of today's.
    """
    from vmr.embedding import concatenate

    lens, concepts = model.video_tower.lens, read_scenes()
    if lens is None or lens.size.concepts != len(concepts):
        raise CheckpointError("judge.no_what_if")
    place = list(columns).index("stats:motion")
    measured = np.array([rows[:, place].mean() for rows in features])
    moved = _motion(measured, clips, truths)
    corrected = CorrectedLens(lens)
    model.video_tower.lens = corrected
    try:
        found = []
        for rows, clip, motion in zip(features, clips, moved, strict=True):
            if not np.isnan(motion):
                rows = rows.copy()
                rows[:, place] = motion
            if "concepts" in truths:
                corrected.corrections = corrections_of(concepts, lens, clip)
            found.append(model.embed_video([rows]))
        return concatenate(found)
    finally:
        model.video_tower.lens = lens


def corrections_of(concepts: Sequence[Concept], lens: Lens, clip: JudgedClip) -> dict[int, float]:
    """{column of what is seen: value} for the things that a person named in a clip, and all others.

    Rows about light, movement and people alone stay as measured: of these only what was prominent
    was named.
    """
    things = {i for i, c in enumerate(concepts) if c.classes or c.group == "nature"}
    named = {i for i in things if concepts[i].name in clip.concepts}
    found = {i: SEEN * (i in named) for i in things if concepts[i].classes}
    first = lens.size.concepts + lens.size.heads
    conditions = [i for i, concept in enumerate(concepts) if concept.when]
    return found | {first + k: float(i in named) for k, i in enumerate(conditions) if i in things}


def _motion(
    measured: NDArray[np.floating], clips: Sequence[JudgedClip], truths: Collection[str]
) -> NDArray[np.float64]:
    """Motion of each clip by the truth about energy or the subject; NaN where it stays: (Q,)."""
    judged = np.full(len(clips), np.nan)
    if "energy" in truths:
        judged = np.array([np.nan if c.energy is None else c.energy for c in clips])
    elif "subject" in truths:
        judged = np.array([MOVES.get(c.subject, np.nan) for c in clips])
    return by_rank(judged, measured)


def by_rank(judged: NDArray[np.floating], measured: NDArray[np.floating]) -> NDArray[np.float64]:
    """Each judgement (Q,) as the measurement of its rank, equal ones as the same: (Q,); NaN stays.

    >>> by_rank(np.array([3.0, 1.0, 3.0]), np.array([0.1, 0.2, 0.4]))
    array([0.3, 0.1, 0.3])
    """
    found = np.full(len(judged), np.nan)
    known = ~np.isnan(judged)
    order = np.sort(measured[known])
    for value in np.unique(judged[known]):
        below = int((judged[known] < value).sum())
        among = int((judged[known] == value).sum())
        found[judged == value] = order[below : below + among].mean()
    return found
