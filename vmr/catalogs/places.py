"""Where tracks stand in their catalogs: made one by one, as they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vmr.catalogs.music import Catalog
from vmr.catalogs.numbers import Numbers
from vmr.catalogs.policy import EVERYTHING, Policy, allowed
from vmr.catalogs.tracks_table import Track
from vmr.embedding import Array
from vmr.errors import VmrError


@dataclass(frozen=True, eq=False)
class Place:
    """Where a track stands in its catalog, and the policy under which that was opened.

    number: what browsers call the track by, see Collection.
    """

    catalog: Catalog
    position: int
    policy: Policy = EVERYTHING
    number: int = 0

    @property
    def track(self) -> Track:
        """The row of tracks.csv."""
        return self.catalog.tracks[self.position]

    @property
    def peaks(self) -> NDArray[np.uint8]:
        """The waveform, (200,) uint8."""
        return self.catalog.peaks[self.position]

    @property
    def features(self) -> Array:
        """The encoder's rows, (T, Dm) float32."""
        return self.catalog.features[self.position]

    def audio(self) -> Path | None:
        """The file to play, or None where it is not there or may not be played."""
        if not allowed(self.track, self.policy, "play"):
            return None
        return self.catalog.audio_path(self.position)

    def audio_to_export(self) -> Path | None:
        """The file to lay under a video, or None where it is not there.

        Raises VmrError where the policy does not let the track be taken away.
        """
        refusal = self.policy.refusal(self.track, "export")
        if refusal is not None:
            raise VmrError("policy.refused", title=self.track.title, reason=refusal)
        return self.catalog.audio_path(self.position)


@dataclass(frozen=True, eq=False)
class Places(Sequence[Place]):
    """The places of all tracks of some catalogs, made as they are asked for."""

    catalogs: tuple[Catalog, ...]
    policy: Policy
    numbers: Numbers

    def __len__(self) -> int:
        return sum(map(len, self.catalogs))

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return tuple(self[i] for i in range(*index.indices(len(self))))
        position = i = range(len(self))[index]
        for catalog in self.catalogs:
            if i < len(catalog):
                return Place(catalog, i, self.policy, self.numbers[position])
            i -= len(catalog)
        raise IndexError(position)
