"""Labels that are known of tracks draw their vectors. numpy only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from vmr.embedding import Array, BranchEmbedding

Labels = Mapping[str, Sequence[str]]  # {"genre": ["rock"], "mood": []}


def drawn_to_labels(
    embedding: BranchEmbedding,
    labels: Sequence[Labels],
    prototypes: Mapping[str, tuple[Sequence[str], Array]],
    pull: float,
) -> BranchEmbedding:
    """Tracks (N, B, D) drawn to the mean of the prototypes (L, D) of their labels, by {facet: (its
    names, theirs)}: normalise((1 - pull) z + pull * mean). Other names, and labels whose prototype
    is zero, change nothing."""
    if len(labels) != len(embedding):
        raise ValueError(f"{len(labels)} label rows for {len(embedding)} tracks")
    values = embedding.values.copy()
    for facet, (names, rows) in prototypes.items():
        b = embedding.branches.index(facet)
        for n, known in enumerate(labels):
            columns = [names.index(name) for name in known.get(facet, ()) if name in names]
            target = rows[columns].mean(axis=0) if columns else np.zeros(values.shape[2])
            if target.any():
                drawn = (1 - pull) * values[n, b] + pull * target
                values[n, b] = drawn / max(float(np.linalg.norm(drawn)), 1e-12)
    return BranchEmbedding(values, embedding.branches)
