"""pairs.csv -> pairs in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vmr.towers import Features


@dataclass(frozen=True)
class PairSet:
    """N true pairs. video, music: N arrays (T_i, D); labels: {facet: (N, L) float32, rows of zeros
    unlabelled}, equal on both sides unless the two sides were labelled apart."""

    video: Sequence[Features]
    music: Sequence[Features]
    video_labels: Mapping[str, NDArray[np.float32]]
    music_labels: Mapping[str, NDArray[np.float32]]

    def __len__(self) -> int:
        return len(self.video)
