"""What a picture is played with: the instruments of scenes.csv, written into a facet's head.

A head sees the columns of the picture tower, standardised (vmr.model.fixed_part). A concept is read
as in the tower's own tables: as far as its share exceeds the lens's floor, a condition as far as it
holds; what the usual picture has of all that is taken off. No other branch changes.

Shapes: P columns of the tower, L labels.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from vmr.adaptation.grow import heads_of
from vmr.embedding import Array
from vmr.knowledge.scenes import Concept, read_scenes
from vmr.model.front_end import Lens
from vmr.model.two_tower import Model

# What a condition that fully holds counts beside the root of a concept's share: less is built on
# light, colour and movement than on what is seen.
CONDITION = 0.35


def write_played(model: Model, facet: str, usual: Sequence[Array]) -> None:
    """Let pictures read the labels of an adapted facet from scenes.csv; ``usual``: features (T, D)
    of pictures of all kinds. Nothing is read where the tower knows no such concepts."""
    tower, concepts = model.video_tower, read_scenes()
    lens = tower.lens
    if lens is None or lens.size.concepts != len(concepts) or not lens.size.scores:
        return
    _, head = heads_of(model, facet)
    start, table = _of_the_lens(lens, concepts, model.config.labels[facet])
    mean, scale = tower.standard()
    none = torch.zeros(table.shape[1])
    head.keep(floor=(start - mean) / scale, reading=scale[:, None] * table, usual=none)
    head.keep(usual=head.read(tower.prepare(usual).described()).mean(dim=0))


def _of_the_lens(
    lens: Lens, concepts: Sequence[Concept], labels: Sequence[str]
) -> tuple[Tensor, Tensor]:
    """What each column that the lens gives must exceed, (P,), and what it then says, (P, L)."""
    played = np.array([[c.instruments.get(name, 0.0) for name in labels] for c in concepts])
    when = [i for i, concept in enumerate(concepts) if concept.when]
    start = torch.zeros(lens.size.columns)
    start[: len(concepts)] = lens.floor
    table = torch.zeros(lens.size.columns, len(labels))
    table[: len(concepts)] = torch.as_tensor(played)
    first = lens.size.concepts + lens.size.heads
    table[first : first + len(when)] = CONDITION * torch.as_tensor(played[when])
    return start, table
