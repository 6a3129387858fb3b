"""What the starter model is made of, as it lies in the project: footage and catalogs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vmr.catalogs.arrays import read_features
from vmr.catalogs.music import FEATURES, TRACKS
from vmr.catalogs.tracks_table import Track, read_tracks
from vmr.encoders.base import MusicEncoder
from vmr.errors import CatalogError
from vmr.knowledge.starter.footage import FOOTAGE, CutList, read_footage

Array = NDArray[np.float32]

# The mood branch never sees the moods of these catalogs, so that its figure with labels withheld
# is measured on labels that it has not seen.
MOODS_KEPT_OUT = ("starter",)


@dataclass(frozen=True)
class Ingredients:
    """footage: features (T, 1280 + S) and cut lists; tracks with the features (T, Dm) of each.

    known_moods: ids of the tracks whose mood labels may teach the mood branch.
    """

    footage: Sequence[Array]
    cut_lists: Sequence[CutList]
    tracks: Sequence[Track]
    features: Sequence[Array]
    known_moods: frozenset[str]

    def summary(self) -> dict[str, int]:
        """Sizes, for the checkpoint's header."""
        catalogs = {track.catalog for track in self.tracks}
        counts = {f"tracks of {c}": sum(t.catalog == c for t in self.tracks) for c in catalogs}
        return {"edited clips": len(self.footage), **dict(sorted(counts.items()))}


def read_ingredients(
    catalogs: Sequence[Path], encoder: MusicEncoder, footage: Path = FOOTAGE
) -> Ingredients:
    """Read footage and catalogs. Raises CatalogError where features are missing or of another
    encoder."""
    clips, lists = read_footage(footage)
    tracks: list[Track] = []
    features: list[Array] = []
    for folder in catalogs:
        table = read_features(folder / FEATURES)
        if table.encoder != encoder.id:
            raise CatalogError(
                "starter.encoder", folder=folder, found=table.encoder, encoder=encoder.id
            )
        rows = read_tracks(folder / TRACKS, catalog=folder.name)
        tracks += rows
        features += list(table.of([track.id for track in rows]))
    known = frozenset(track.id for track in tracks if track.catalog not in MOODS_KEPT_OUT)
    return Ingredients(clips, lists, tracks, features, known)
