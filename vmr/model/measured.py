"""Facets whose tracks are measured, not learnt: how fast a track is and which instruments play.

Which columns of the features say so is fitted once (``keep``) and lies in the checkpoint. torch and
numpy. Shapes: N tracks, D columns of the features, L labels, C columns of a label.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from vmr.embedding import Array, BranchEmbedding
from vmr.model.measured_scores import ONSETS_PER_UNIT, ramp, rows_of, tempo_scores
from vmr.model.sized_by_file import SizedByFile

TEMPO, INSTRUMENT = "tempo", "instrument"
SLOWEST_BPM = 50.0  # of the statistic tempo, halved octaves above it, see vmr.encoders.audio_stats


class MeasuredTempo(SizedByFile):
    """slow, medium, fast from the statistics tempo and onset_rate."""

    columns: Tensor  # (2,) int64: theirs among the features

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("columns", torch.zeros(0, dtype=torch.int64))

    def scores(self, features: Sequence[Array], bpm: Array) -> Array:
        """Rows of N tracks (T, D) and the tempo that a table gives, NaN where it is silent, (N,):
        -> (N, 3)."""
        means = np.stack([rows[:, self.columns.tolist()].mean(axis=0) for rows in features])
        heard = SLOWEST_BPM * 2 ** (2 * means[:, 0])
        known = np.where(np.isfinite(bpm), bpm, heard).astype(np.float32)
        return tempo_scores(known, means[:, 1] * np.float32(ONSETS_PER_UNIT))


class MeasuredTags(SizedByFile):
    """Labels that a tagger hears: the strongest of each one's tags, from ``start`` to ``full``."""

    columns: Tensor  # (L, C) int64: the tags' among the features, the last one again where fewer
    start: Tensor  # (L,)
    full: Tensor  # (L,)

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("columns", torch.zeros(0, 0, dtype=torch.int64))
        self.register_buffer("start", torch.zeros(0))
        self.register_buffer("full", torch.zeros(0))

    def scores(self, features: Sequence[Array], bpm: Array) -> Array:
        """Rows of N tracks (T, D) -> (N, L); the tempo says nothing here."""
        columns = self.columns.cpu().numpy()
        means = np.stack([rows[:, columns].mean(axis=0).max(axis=1) for rows in features])
        bounds = zip(self.start.tolist(), self.full.tolist(), strict=True)
        return np.stack([ramp(means[:, k], *one) for k, one in enumerate(bounds)], axis=1)


def measured_facets(names: Sequence[str]) -> nn.ModuleDict:
    """What measures each of these facets. ValueError for one that nothing measures."""
    kinds: Mapping[str, type[MeasuredTempo] | type[MeasuredTags]]
    kinds = {TEMPO: MeasuredTempo, INSTRUMENT: MeasuredTags}
    if unknown := set(names) - set(kinds):
        raise ValueError(f"nothing measures {', '.join(sorted(unknown))}")
    return nn.ModuleDict({name: kinds[name]() for name in names})


def with_measured(
    embedding: BranchEmbedding,
    facets: nn.ModuleDict,
    features: Sequence[Array],
    bpm: Sequence[float | None] | None,
) -> BranchEmbedding:
    """The tracks (N, B, D) with what is measured of them: their features, and the tempo that their
    table gives, None where it gives none."""
    if not facets or not len(embedding):
        return embedding
    values = embedding.values.copy()
    told = np.array([np.nan] * len(values) if bpm is None else bpm, dtype=np.float32)
    for facet, measured in facets.items():
        assert isinstance(measured, MeasuredTempo | MeasuredTags)
        scores = measured.scores(features, told)
        values[:, embedding.branches.index(facet)] = rows_of(scores, values.shape[2])
    return BranchEmbedding(values, embedding.branches)
