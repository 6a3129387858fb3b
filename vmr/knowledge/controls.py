"""What a person can turn of a query: labels of each facet, and energy. numpy only.

Both move one branch of the query towards named directions (vmr.embedding.Anchors), so a moved query
is an ordinary query, and a browser that has the anchors' products ranks for it by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from vmr.catalogs.collection import Collection
from vmr.embedding import (
    Anchors,
    BranchEmbedding,
    turn_by,
    turn_onto,
    turn_to,
    turned,
)
from vmr.errors import VmrError
from vmr.knowledge.belief import Belief, Curve, beliefs, curves_for, leaning, tied
from vmr.knowledge.energy import energy_anchors, felt_energy
from vmr.knowledge.request import Turned

if TYPE_CHECKING:
    from vmr.model.two_tower import Model


@dataclass(frozen=True, eq=False)
class Controls:
    """labels: anchors of each facet; energy: the dial's, None where the catalogs do not span it.

    dim: width of a branch; bank: typical video queries of the checkpoint, None where it keeps none;
    curves: from a cosine to a probability by facet; measured: facets whose tracks are measured.
    """

    branches: tuple[str, ...]
    dim: int
    labels: tuple[Anchors, ...]
    energy: Anchors | None
    bank: BranchEmbedding | None
    curves: Mapping[str, Curve] = field(default_factory=dict)
    measured: tuple[str, ...] = ()

    @classmethod
    def of(cls, model: Model, music: Collection) -> Controls:
        """The controls of a model over a collection of tracks."""
        return cls(
            branches=tuple(model.config.branches),
            dim=int(music.embeddings.values.shape[2]),
            labels=tuple(model.anchors(facet) for facet in model.config.facets),
            energy=energy_anchors(music.embeddings, music.tracks),
            bank=model.video_bank,
            curves=curves_for(model),
            measured=model.config.measured,
        )

    @cached_property
    def anchors(self) -> tuple[Anchors, ...]:
        """Of every facet in order, then of energy."""
        return (*self.labels, *((self.energy,) if self.energy is not None else ()))

    def felt(self, query: BranchEmbedding) -> float | None:
        """Energy 1 to 5 of a picture (N = 1), None where nothing measures it."""
        if self.energy is None or self.bank is None:
            return None
        return felt_energy(query, self.energy, self.bank)

    def turned(
        self,
        query: BranchEmbedding,
        facet: str,
        labels: Mapping[str, float],
        energy: float | None,
    ) -> BranchEmbedding:
        """The query (N = 1) with the facet's branch at these labels and ssl at this energy.

        Raises VmrError for a label that the facet has not, or a dial that there is not.
        """
        if labels:
            anchors = self._of_facet(facet, labels)
            query = turned(query, anchors, turn_to(anchors, labels))
        if energy is not None:
            dial = self._dial()
            felt = self.felt(query)
            turn = turn_onto(dial, energy) if felt is None else turn_by(dial, felt, energy)
            query = turned(query, dial, turn)
        return query

    def as_turned(self, query: BranchEmbedding, asked: Turned) -> BranchEmbedding:
        """The query (N = 1) as it was turned on the page, every facet. Raises VmrError as
        ``turned``."""
        for facet, labels in asked.choices.items():
            query = self.turned(query, facet, labels, None)
        return self.turned(query, "", {}, asked.energy)

    def from_nothing(
        self, facet: str, labels: Mapping[str, float], energy: float | None
    ) -> BranchEmbedding:
        """A query without a file (N = 1): rows that nobody asked for are zero. Raises VmrError as
        ``turned``, and where no label has a weight above 0."""
        rows = np.zeros((1, len(self.branches), self.dim), dtype=np.float32)
        query = BranchEmbedding(rows, self.branches)
        if labels:
            anchors = self._of_facet(facet, labels)
            if not any(weight > 0 for weight in labels.values()):
                raise VmrError("request.only_not")
            query = turned(query, anchors, turn_to(anchors, labels))
        if energy is not None:
            dial = self._dial()
            query = turned(query, dial, turn_onto(dial, energy))
        return query

    def check(self, facet: str, labels: Mapping[str, float], energy: float | None) -> None:
        """Raises VmrError for labels or an energy that a query cannot be turned to."""
        if labels:
            self._of_facet(facet, labels)
        if energy is not None:
            self._dial()

    def beliefs(self, query: BranchEmbedding) -> dict[str, tuple[Belief, ...]]:
        """{facet: its labels, the likeliest first} for one picture (N = 1)."""
        return {a.branch: beliefs(query, a, self.curves.get(a.branch)) for a in self.labels}

    def believed(self, found: Mapping[str, Sequence[Belief]]) -> dict[str, Sequence[Belief]]:
        """{facet: what may be said of a picture}: of measured facets what it leans to."""
        return {
            facet: leaning(rows) if facet in self.measured else rows
            for facet, rows in found.items()
        }

    def ties(
        self, found: Mapping[str, Sequence[Belief]], offered: Mapping[str, Sequence[str]]
    ) -> dict[str, tuple[str, str] | None]:
        """{facet: the two labels that are nearly as likely, or None}, of the labels offered.
        See vmr.knowledge.belief.drawn_from_both for what follows."""
        return {facet: tied(rows, offered[facet]) for facet, rows in found.items()}

    def _of_facet(self, facet: str, labels: Mapping[str, float]) -> Anchors:
        anchors = next((a for a in self.labels if a.branch == facet), None)
        if anchors is None:
            known = ", ".join(a.branch for a in self.labels)
            raise VmrError("search.no_facet", facet=facet[:40], known=known)
        for name in labels:
            if name not in anchors.names:
                other = next((a.branch for a in self.labels if name in a.names), None)
                if other is not None:
                    raise VmrError("request.other_facet", label=name, facet=other)
                known = ", ".join(anchors.names)
                raise VmrError("request.no_label", label=name[:60], facet=facet, known=known)
        if not any(labels.values()):
            raise VmrError("request.no_weight")
        return anchors

    def _dial(self) -> Anchors:
        if self.energy is None:
            raise VmrError("request.no_energy")
        return self.energy
