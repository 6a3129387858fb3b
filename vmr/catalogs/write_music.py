"""Catalogs written: arrays first, the table last. Opening them is vmr.catalogs.music."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vmr.catalogs.arrays import (
    FeatureTable,
    read_embeddings,
    write_embeddings,
    write_features,
    write_peaks,
)
from vmr.catalogs.audio_address import write_root
from vmr.catalogs.columns import open_tracks
from vmr.catalogs.feature_file import FeatureFile
from vmr.catalogs.grouped import ids_of
from vmr.catalogs.measures import kept_levels
from vmr.catalogs.music import (
    EMBEDDINGS,
    FEATURES,
    PEAKS,
    TRACKS,
    check_encoder,
    embed_tracks,
    features_of,
)
from vmr.catalogs.table_digest import table_digest
from vmr.catalogs.tracks_table import Track, write_tracks
from vmr.embedding import BranchEmbedding
from vmr.errors import CatalogError

if TYPE_CHECKING:
    from vmr.model.two_tower import Model


def write_catalog(
    folder: Path,
    tracks: Sequence[Track],
    features: FeatureTable,
    peaks: NDArray[np.uint8],
    model: Model | None = None,
    audio_root: Path | None = None,
) -> None:
    """Write a catalog's files; the table last, so that a stop in between is noticed on opening.

    peaks (N, 200) uint8, one row per track.

    Without a model no embeddings are written; they are made on opening.
    """
    ids = [track.id for track in tracks]
    write_features(folder / FEATURES, features.of(ids))
    write_peaks(folder / PEAKS, ids, peaks)
    if model is not None:
        write_embedded(folder, tracks, features.of(ids), model)
    if audio_root is not None:
        write_root(folder, audio_root)
    write_tracks(folder / TRACKS, tracks)


def write_embedded(
    folder: Path, tracks: Sequence[Track], features: FeatureTable | FeatureFile, model: Model
) -> BranchEmbedding:
    """Embed the tracks and keep the vectors with the model's fingerprint."""
    check_encoder(folder, features, model)
    embeddings = embed_tracks(tracks, features, model)
    path, digest = folder / EMBEDDINGS, table_digest(tracks, model)
    write_embeddings(path, ids_of(tracks), embeddings, model.fingerprint, digest)
    kept_levels(path, embeddings, model)
    return embeddings


def are_embedded(folder: Path, tracks: Sequence[Track], model: Model) -> bool:
    """Whether the vectors of exactly these tracks and labels by this model are there."""
    digest, ids = table_digest(tracks, model), ids_of(tracks)
    try:
        return read_embeddings(folder / EMBEDDINGS, ids, model.fingerprint, digest) is not None
    except CatalogError:
        return False


def embed_folder(folder: Path, model: Model) -> int:
    """Embed the tracks of a catalog again from its features; returns how many there are."""
    tracks = open_tracks(folder / TRACKS)
    write_embedded(folder, tracks, features_of(folder, tracks), model)
    return len(tracks)
