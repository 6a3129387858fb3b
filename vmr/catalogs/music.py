"""Catalogs: a folder with a table of tracks and what was computed of them, opened for a model.

    tracks.csv               the table (vmr.catalogs.tracks_table)
    features.safetensors     the music encoder's rows per track, from which any model can embed
    embeddings.safetensors   unit vectors of one model, with its fingerprint
    peaks.safetensors        the waveforms that the page draws
    catalog.toml             optional: ``audio_root``, where relative audio paths start
    recipe.toml              optional: how to fetch the audio (vmr.catalogs.recipe)

No torch: the model is passed in.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vmr.catalogs.arrays import (
    FeatureTable,
    read_embeddings,
    read_features,
    read_peaks,
    write_embeddings,
    write_features,
    write_peaks,
)
from vmr.catalogs.audio_address import audio_folder, check_audio, locate_audio, write_root
from vmr.catalogs.feature_file import FeatureFile
from vmr.catalogs.labelled import Signs, labelled
from vmr.catalogs.tracks_table import Track, read_tracks, write_tracks
from vmr.embedding import BranchEmbedding, concatenate
from vmr.encoders import same_encoder
from vmr.errors import CatalogError, Notice

if TYPE_CHECKING:
    from vmr.model.two_tower import Model

__all__ = ["Catalog", "Track", "embed_folder", "embed_tracks", "open_catalog", "write_catalog"]

FEATURES = "features.safetensors"
EMBEDDINGS = "embeddings.safetensors"
PEAKS = "peaks.safetensors"
TRACKS = "tracks.csv"
EMBEDDED_AT_ONCE = 512  # tracks whose features are in memory together


@dataclass(frozen=True, eq=False)
class Catalog:
    """N tracks as one model sees them; nothing in it changes.

    embeddings (N, B, E); peaks (N, 200) uint8; fingerprint of the model; audio_folder: None where
    catalog.toml names a folder that nobody allowed.
    """

    name: str
    folder: Path
    tracks: tuple[Track, ...]
    embeddings: BranchEmbedding
    peaks: NDArray[np.uint8]
    fingerprint: str
    audio_folder: Path | None

    def __len__(self) -> int:
        return len(self.tracks)

    def audio_path(self, i: int) -> Path | None:
        """The file to play for track i, or None where it is not there."""
        return locate_audio(self.tracks[i].audio, self.audio_folder)

    @cached_property
    def features(self) -> FeatureTable:
        """The encoder's rows of each track, (T, Dm) float32 each, read when first asked for."""
        return _features(self.folder, self.tracks)

    @cached_property
    def notice(self) -> Notice | None:
        """What to install or run so that all tracks can be played, or None."""
        missing = [i for i in range(len(self)) if self.audio_path(i) is None]
        return missing_audio(self, missing) if missing else None


def open_catalog(
    folder: Path,
    model: Model,
    *,
    use_labels: bool = True,
    roots: Iterable[Path] = (),
    said: Signs | None = None,
) -> Catalog:
    """Open a catalog for a model.

    Stored embeddings are used if this model made them from the labels that stand in the table;
    otherwise the tracks are embedded again from their features, which takes a moment and changes no
    file. ``use_labels`` False embeds from the sound alone; ``roots`` are folders outside of it
    that its sound may be in; ``said``: labels that people gave beside the table's. Raises
    CatalogError.
    """
    tracks = labelled(read_tracks(folder / TRACKS, catalog=folder.resolve().name), said or {})
    if not tracks:
        raise CatalogError("catalog.no_tracks", table=folder / TRACKS)
    embeddings = None
    if use_labels:
        digest = labels_digest(tracks, model)
        ids = [track.id for track in tracks]
        embeddings = read_embeddings(folder / EMBEDDINGS, ids, model.fingerprint, digest)
    if embeddings is None:
        features = _features(folder, tracks)
        check_encoder(folder, features, model)
        embeddings = embed_tracks(tracks if use_labels else unlabelled(tracks), features, model)
    return Catalog(
        name=tracks[0].catalog,
        folder=folder,
        tracks=tracks,
        embeddings=embeddings,
        peaks=read_peaks(folder / PEAKS, [track.id for track in tracks]),
        fingerprint=model.fingerprint,
        audio_folder=audio_folder(folder, roots),
    )


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
    ids = [track.id for track in tracks]
    digest = labels_digest(tracks, model)
    write_embeddings(folder / EMBEDDINGS, ids, embeddings, model.fingerprint, digest)
    return embeddings


def are_embedded(folder: Path, tracks: Sequence[Track], model: Model) -> bool:
    """Whether the vectors of exactly these tracks and labels by this model are there."""
    digest, ids = labels_digest(tracks, model), [track.id for track in tracks]
    try:
        return read_embeddings(folder / EMBEDDINGS, ids, model.fingerprint, digest) is not None
    except CatalogError:
        return False


def embed_folder(folder: Path, model: Model) -> int:
    """Embed the tracks of a catalog again from its features; returns how many there are."""
    tracks = read_tracks(folder / TRACKS)
    write_embedded(folder, tracks, _features(folder, tracks), model)
    return len(tracks)


def embed_tracks(
    tracks: Sequence[Track], features: Sequence[NDArray[np.float32]], model: Model
) -> BranchEmbedding:
    """(N, B, E): a label that the table gives draws the track to the label's prototype.

    features: of the tracks in their order; more may follow. They are asked for part by part.
    """
    parts = []
    for start in range(0, len(tracks), EMBEDDED_AT_ONCE):
        part = tracks[start : start + EMBEDDED_AT_ONCE]
        rows = list(features[start : start + len(part)])
        parts.append(model.embed_music(rows, [track.labels for track in part]))
    return concatenate(parts)


def unlabelled(tracks: Sequence[Track]) -> tuple[Track, ...]:
    """The same tracks with nothing known of them but their sound."""
    return tuple(replace(track, genre=(), mood=(), facets={}) for track in tracks)


def labels_digest(tracks: Sequence[Track], model: Model) -> str:
    """Hex digest of the labels that the model uses; other cells of the table don't matter."""
    facets = model.config.facets
    labels = [[track.id, *(track.labels.get(facet, ()) for facet in facets)] for track in tracks]
    return hashlib.sha256(json.dumps(labels).encode()).hexdigest()[:32]


def check_encoder(folder: Path, features: FeatureTable | FeatureFile, model: Model) -> None:
    """CatalogError unless the features are of the encoder and the width that the model takes."""
    expected, width = model.config.music_encoder, model.config.music_dim
    if same_encoder(features.encoder, expected) and features.width == width:
        return
    raise CatalogError(
        "catalog.music_encoder",
        folder=folder,
        encoder=features.encoder,
        columns=features.width,
        expected=expected,
        width=width,
        table=folder / TRACKS,
    )


def missing_audio(catalog: Catalog, missing: Sequence[int]) -> Notice:
    """How many tracks have no sound here, and what to do about it."""
    scheme, rest = "", ""
    for i in missing:
        if catalog.tracks[i].audio:
            scheme, rest = check_audio(catalog.tracks[i].audio)
            break
    if scheme == "package":
        remedy = Notice("catalog.install_sound", package=rest.partition("/")[0])
    elif (catalog.folder / "recipe.toml").is_file():
        remedy = Notice("catalog.fetch_sound", catalog=catalog.name)
    elif catalog.audio_folder is None:
        remedy = Notice("catalog.allow_sound")
    else:
        remedy = Notice("catalog.restore_sound")
    count, name = len(missing), catalog.name
    return Notice("catalog.silent", count=count, all=len(catalog), name=name, remedy=remedy)


def _features(folder: Path, tracks: Sequence[Track]) -> FeatureTable:
    table = read_features(folder / FEATURES)
    try:
        return table.of([track.id for track in tracks])
    except KeyError as error:
        raise CatalogError(
            "catalog.not_indexed", table=folder / TRACKS, id=error.args[0], folder=folder
        ) from error
