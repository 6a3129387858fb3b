"""What a model takes from a table of tracks, as a digest: other cells may change beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from vmr.catalogs.grouped import kinds, labels_json
from vmr.catalogs.tracks_table import Track

if TYPE_CHECKING:
    from vmr.model.two_tower import Model


def table_digest(tracks: Sequence[Track], model: Model) -> str:
    """Hex digest of the labels of the model's facets and, where it measures some, of the tempo."""
    digest = hashlib.sha256()
    for text in labels_json(tracks, model.config.facets):
        digest.update(text)
    if model.config.measured:
        bpm = kinds(tracks, ("bpm",), lambda track: track.bpm or np.nan)
        digest.update(bpm.array(np.float64).tobytes())
    return digest.hexdigest()[:32]
