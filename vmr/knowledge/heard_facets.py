"""Two more facets, of what is heard in the tracks: ``instrument`` and ``tempo``.

No checkpoint has branches for them; they are added beside its own, so that filters, 'by ...', label
queries, calibration and the slider's exact algebra hold for them as for genre and mood. Each is a
branch whose first columns are its labels:

    track   how surely each instrument plays (the rest of its length in a column that no query asks
            for); roots of the shares of slow, medium and fast
    picture what goes with the moods and genres that are believed (instruments.csv), and the tempo
            that goes with the energy that is felt
    anchor  a label alone

Only instruments with a measured precision are offered. Shapes: N items, B branches of the
checkpoint, F = 2 branches more, D columns, L labels, I instruments. float32.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vmr.embedding import Anchors, Array, BranchEmbedding, Calibration, calibrate_on, unit
from vmr.knowledge.energy import felt_energies
from vmr.knowledge.instruments import INSTRUMENTS, TEMPI, bundled_instruments, three

INSTRUMENT, TEMPO = "instrument", "tempo"
HEARD = (INSTRUMENT, TEMPO)
# Felt energy at which a picture no longer asks for slow music, and from which for fast.
SLOW_ENERGY, FAST_ENERGY, PASSAGE = 2.3, 3.4, 1.0
LABELLED_FROM = 0.5  # a track carries a label that is heard at least as surely
HUB_SHARE, OWN_SPREAD = 0.3, 0.25  # as in the bundled checkpoint


@dataclass(frozen=True)
class HeardFacets:
    """What turns embeddings (N, B, D) into such with two branches more, (N, B + 2, D).

    labels: anchors of the checkpoint's facets; dial: those of energy, None without one; bank:
    typical queries; level (I,): what the bank asks of each instrument on average.
    """

    labels: tuple[Anchors, ...]
    dial: Anchors | None
    bank: BranchEmbedding
    level: Array

    @classmethod
    def of(
        cls, labels: Sequence[Anchors], dial: Anchors | None, bank: BranchEmbedding
    ) -> HeardFacets | None:
        """None where an embedding is too narrow for the labels."""
        if bank.values.shape[2] <= max(len(offered()), len(TEMPI)):
            return None
        asked = _asked_instruments(bank, labels)
        return cls(tuple(labels), dial, bank, asked.mean(axis=0))

    @property
    def facets(self) -> tuple[str, ...]:
        """The facets that are added; no tempo where nothing measures a picture's energy."""
        return HEARD if self.dial is not None else (INSTRUMENT,)

    def anchors(self) -> tuple[Anchors, ...]:
        """Each label alone, per facet."""
        width = self.bank.values.shape[2]
        names = {INSTRUMENT: offered(), TEMPO: TEMPI}
        return tuple(
            Anchors(f, names[f], np.eye(len(names[f]), width, dtype=np.float32))
            for f in self.facets
        )

    def queries(self, embeddings: BranchEmbedding) -> BranchEmbedding:
        """Pictures (or tracks as references) with what they ask of the added facets."""
        asked = _asked_instruments(embeddings, self.labels) - self.level
        rows = {INSTRUMENT: unit(np.maximum(asked, 0))}
        if self.dial is not None:
            energy = felt_energies(embeddings, self.dial, self.bank)
            rows[TEMPO] = np.sqrt(three(energy, SLOW_ENERGY, FAST_ENERGY, PASSAGE))
        return self._joined(embeddings, rows)

    def tracks(
        self, embeddings: BranchEmbedding, instruments: Array, tempo: Array
    ) -> BranchEmbedding:
        """Tracks with what is heard of them: instruments (N, len(INSTRUMENTS)) and tempo (N, 3) as
        in vmr.knowledge.instruments."""
        sure = instruments[:, [INSTRUMENTS.index(name) for name in offered()]]
        sure = sure / np.maximum(np.linalg.norm(sure, axis=1, keepdims=True), 1.0)
        rest = np.sqrt(np.maximum(1 - (sure**2).sum(axis=1, keepdims=True), 0))
        rows = {INSTRUMENT: np.concatenate([sure, rest], axis=1), TEMPO: np.sqrt(tempo)}
        return self._joined(embeddings, rows)

    def calibrated(self, items: BranchEmbedding, own: Calibration) -> Calibration:
        """The checkpoint's calibration of its branches, and one of the added ones by the bank."""
        added = calibrate_on(_last(items, self), _last(self.queries(self.bank), self), HUB_SHARE,
                             OWN_SPREAD)  # fmt: skip
        n = len(items)
        return Calibration(*(
            np.concatenate([np.broadcast_to(a, (n, a.shape[1])), b], axis=1)
            for a, b in ((own.offset, added.offset), (own.scale, added.scale))
        ))  # fmt: skip

    def _joined(self, embeddings: BranchEmbedding, rows: dict[str, Array]) -> BranchEmbedding:
        n, _, width = embeddings.values.shape
        added = np.zeros((n, len(self.facets), width), dtype=np.float32)
        for f, facet in enumerate(self.facets):
            added[:, f, : rows[facet].shape[1]] = rows[facet]
        values = np.concatenate([embeddings.values, added], axis=1)
        return BranchEmbedding(values, (*embeddings.branches, *self.facets))


def offered() -> tuple[str, ...]:
    """The instruments whose precision was measured and is high enough."""
    return tuple(row.name for row in bundled_instruments() if row.offered)


def heard_labels(instruments: Array | None, tempo: Array) -> list[dict[str, tuple[str, ...]]]:
    """For filters: {"instrument": names, "tempo": one name or none} of each track."""
    rows: list[dict[str, tuple[str, ...]]] = []
    for n in range(len(tempo)):
        best = int(tempo[n].argmax())
        sure = tempo[n, best] >= LABELLED_FROM
        rows.append({TEMPO: (TEMPI[best],) if sure else ()})
        if instruments is not None:
            rows[-1][INSTRUMENT] = tuple(
                name
                for name in offered()
                if instruments[n, INSTRUMENTS.index(name)] >= LABELLED_FROM
            )
    return rows


def _asked_instruments(embeddings: BranchEmbedding, labels: Sequence[Anchors]) -> Array:
    """What goes with the moods and genres that are believed: (N, B, D) -> (N, I)."""
    table = {row.name: row for row in bundled_instruments()}
    total = np.zeros((len(embeddings), len(offered())), dtype=np.float32)
    for a in labels:
        weights = np.array(
            [[table[i].goes_with.get(a.branch, {}).get(name, 0.0) for i in offered()]
             for name in a.names], dtype=np.float32,
        )  # fmt: skip  # (L, I)
        total += np.maximum(embeddings.branch(a.branch) @ a.values.T, 0) @ weights
    return total


def _last(embeddings: BranchEmbedding, heard: HeardFacets) -> BranchEmbedding:
    count = len(heard.facets)
    return BranchEmbedding(embeddings.values[:, -count:], embeddings.branches[-count:])
