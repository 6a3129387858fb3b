"""Labels that tracks carry: of measured facets what their vectors say surely, of others what tables
and people say. numpy only.

Shapes: N tracks, K of them, L labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vmr.catalogs.grouped import labels_of
from vmr.catalogs.tracks_table import Track
from vmr.embedding import Anchors, BranchEmbedding
from vmr.model.measured_scores import CARRIED, scores_of


@dataclass(frozen=True, eq=False)
class CarriedLabels:
    """measured: the labels of the facets whose vectors say how surely each holds
    (vmr.model.measured_scores)."""

    tracks: Sequence[Track]
    items: BranchEmbedding
    measured: Sequence[Anchors]

    def measured_of(self, index: Sequence[int] | NDArray[np.int64]) -> list[dict[str, list[str]]]:
        """Of the tracks at the positions (K,) {measured facet: labels, the surest first}."""
        rows = self.items.rows(index)
        found: list[dict[str, list[str]]] = [{} for _ in index]
        for anchors in self.measured:
            scores = scores_of(rows.branch(anchors.branch) @ anchors.values.T)
            for one, row in zip(found, scores, strict=True):
                sure = [k for k in np.argsort(-row, kind="stable") if row[k] >= CARRIED]
                one[anchors.branch] = [anchors.names[k] for k in sure]
        return found

    def of(self, i: int, facet: str) -> Sequence[str]:
        """The labels of a facet that the track at a position carries."""
        measured = self.measured_of([i])[0]
        return measured[facet] if facet in measured else self.tracks[i].labels.get(facet, ())

    def offered(self, facet: str, ranked: NDArray[np.bool_]) -> tuple[str, ...]:
        """The labels of a facet that some of the ranked tracks (N,) carries, in order."""
        anchors = next((a for a in self.measured if a.branch == facet), None)
        if anchors is None:
            kinds = labels_of(self.tracks, facet)
            there = np.bincount(kinds.of[ranked], minlength=len(kinds.found)).astype(bool)
            every = (kinds.found[k] for k in np.flatnonzero(there))
            return tuple(sorted({name for names in every for name in names}))
        there = np.zeros(len(anchors.names), dtype=bool)
        for part, rows in self.items.blocks(facet):
            sure = scores_of(rows[ranked[part]] @ anchors.values.T) >= CARRIED
            there |= sure.any(axis=0)
        return tuple(name for name, one in zip(anchors.names, there, strict=True) if one)
