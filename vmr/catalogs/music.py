"""Catalogs: a folder with a table of tracks and what was computed of them, opened for a model.

    tracks.csv               the table (vmr.catalogs.tracks_table)
    features.safetensors     the music encoder's rows per track, from which any model can embed
    embeddings.safetensors   unit vectors of one model, with its fingerprint
    peaks.safetensors        the waveforms that the page draws
    tracks.arrow, measures.safetensors   of a large one: made of the others so that it opens at once
    catalog.toml             optional: ``audio_root``, where relative audio paths start
    recipe.toml              optional: how to fetch the audio (vmr.catalogs.recipe)

No torch: the model is passed in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vmr.catalogs.arrays import (
    HALVED_FROM,
    FeatureTable,
    read_embeddings,
    read_features,
    read_peaks,
)
from vmr.catalogs.audio_address import (
    are_there,
    audio_folder,
    check_audio,
    locate_audio,
)
from vmr.catalogs.columns import ARROW, TrackColumns, open_tracks
from vmr.catalogs.feature_file import FeatureFile
from vmr.catalogs.grouped import ids_of, rows_of, texts_of
from vmr.catalogs.labelled import Signs, labelled
from vmr.catalogs.measures import Levels, kept_levels, levels_of
from vmr.catalogs.table_digest import table_digest
from vmr.catalogs.tracks_table import Track
from vmr.embedding import BranchEmbedding
from vmr.encoders import same_encoder
from vmr.errors import CatalogError, Notice

if TYPE_CHECKING:
    from vmr.model.two_tower import Model

__all__ = ["Catalog", "Track", "embed_tracks", "open_catalog"]

FEATURES = "features.safetensors"
EMBEDDINGS = "embeddings.safetensors"
PEAKS = "peaks.safetensors"
TRACKS = "tracks.csv"
EMBEDDED_AT_ONCE = 512  # tracks whose features are in memory together


@dataclass(frozen=True, eq=False)
class Catalog:
    """N tracks as one model sees them; nothing in it changes.

    embeddings (N, B, E); peaks (N, 200) uint8; fingerprint of the model; audio_folder: None where
    catalog.toml names a folder that nobody allowed; levels: with the model's banks, of many tracks.
    """

    name: str
    folder: Path
    tracks: Sequence[Track]
    embeddings: BranchEmbedding
    peaks: NDArray[np.uint8]
    fingerprint: str
    audio_folder: Path | None
    levels: Levels | None = None

    def __len__(self) -> int:
        return len(self.tracks)

    def audio_path(self, i: int) -> Path | None:
        """The file to play for track i, or None where it is not there."""
        return locate_audio(self.tracks[i].audio, self.audio_folder)

    @cached_property
    def features(self) -> FeatureTable:
        """The encoder's rows of each track, (T, Dm) float32 each, read when first asked for."""
        return features_of(self.folder, self.tracks)

    @cached_property
    def notice(self) -> Notice | None:
        """What to install or run so that all tracks can be played, or None."""
        missing = np.flatnonzero(~self.present()).tolist()
        return self._silence(missing) if missing else None

    def present(self) -> NDArray[np.bool_]:
        """Whether the sound of each track is here now: (N,)."""
        try:
            return are_there(texts_of(self.tracks, "audio"), self.audio_folder)
        except ValueError as error:  # columns that somebody else wrote, see vmr.catalogs.columns
            raise CatalogError("catalog.damaged", path=self.folder / ARROW) from error

    def rows(self, index: NDArray[np.int64]) -> Catalog:
        """Only the tracks at the positions (K,)."""
        levels = {name: one.rows(index) for name, one in (self.levels or {}).items()}
        tracks, embeddings = rows_of(self.tracks, index), self.embeddings.rows(index)
        chosen = replace(self, tracks=tracks, embeddings=embeddings, levels=levels or None)
        return replace(chosen, peaks=self.peaks[index])

    def _silence(self, missing: Sequence[int]) -> Notice:
        """How many tracks have no sound here, and what to do about it."""
        audio = texts_of(rows_of(self.tracks, np.array(missing)), "audio")
        address = next(filter(None, audio), "")
        scheme, rest = check_audio(address) if address else ("", "")
        if scheme == "package":
            remedy = Notice("catalog.install_sound", package=rest.partition("/")[0])
        elif (self.folder / "recipe.toml").is_file():
            remedy = Notice("catalog.fetch_sound", catalog=self.name)
        elif self.audio_folder is None:
            remedy = Notice("catalog.allow_sound")
        else:
            remedy = Notice("catalog.restore_sound")
        count, name = len(missing), self.name
        return Notice("catalog.silent", count=count, all=len(self), name=name, remedy=remedy)


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
    otherwise the tracks are embedded again from their features, which changes no file.
    ``use_labels`` False embeds from the sound alone; ``roots``: folders outside of it that its
    sound may be in; ``said``: labels that people gave beside the table's. Raises CatalogError.
    """
    tracks = labelled(open_tracks(folder / TRACKS, folder.resolve().name), said or {})
    if not len(tracks):
        raise CatalogError("catalog.no_tracks", table=folder / TRACKS)
    stored = stored_embeddings(folder, tracks, model) if use_labels else None
    if stored is None:
        features = features_of(folder, tracks)
        check_encoder(folder, features, model)
        made = embed_tracks(tracks if use_labels else unlabelled(tracks), features, model)
        stored = made, None
    embeddings, levels = stored
    return Catalog(
        name=folder.resolve().name,
        folder=folder,
        tracks=tracks,
        embeddings=embeddings,
        peaks=read_peaks(folder / PEAKS, ids_of(tracks)),
        fingerprint=model.fingerprint,
        audio_folder=audio_folder(folder, roots),
        levels=levels,
    )


def stored_embeddings(
    folder: Path, tracks: Sequence[Track], model: Model
) -> tuple[BranchEmbedding, Levels | None] | None:
    """The vectors that this model made from the labels of these tracks, with their levels, or None.

    Of a large table only the tracks that somebody labelled since are embedded again.
    """
    changed = tracks.changed if isinstance(tracks, TrackColumns) else {}
    written = replace(tracks, changed={}) if isinstance(tracks, TrackColumns) else tracks
    digest, path = table_digest(written, model), folder / EMBEDDINGS
    found = read_embeddings(path, ids_of(tracks), model.fingerprint, digest)
    if found is None:
        return None
    levels = kept_levels(path, found, model)
    if not changed:
        return found, levels
    rows = np.array(sorted(changed), dtype=np.int64)
    features = features_of(folder, tracks)
    check_encoder(folder, features, model)
    again = embed_tracks([tracks[i] for i in rows], [features[i] for i in rows], model)
    values = np.array(found.values)
    values[rows] = again.values
    if levels is not None:
        new = levels_of(again, model)
        levels = {name: one.with_rows(rows, new[name]) for name, one in levels.items()}
    return BranchEmbedding(values, found.branches), levels


def embed_tracks(
    tracks: Sequence[Track], features: Sequence[NDArray[np.float32]], model: Model
) -> BranchEmbedding:
    """(N, B, E): a label that the table gives draws the track to the label's prototype.

    features: of the tracks in their order; more may follow. They are asked for part by part.
    """
    values: NDArray | None = None
    dtype = np.float32 if len(tracks) < HALVED_FROM else np.float16
    for start in range(0, len(tracks), EMBEDDED_AT_ONCE):
        part = tracks[start : start + EMBEDDED_AT_ONCE]
        rows = list(features[start : start + len(part)])
        made = model.embed_music(rows, [t.labels for t in part], [t.bpm for t in part])
        if values is None:
            values = np.empty((len(tracks), *made.values.shape[1:]), dtype=dtype)
        values[start : start + len(part)] = made.values
    if values is None:
        raise ValueError("there are no tracks to embed")
    return BranchEmbedding(values, model.config.branches)


def unlabelled(tracks: Sequence[Track]) -> tuple[Track, ...]:
    """The same tracks with nothing known of them but their sound."""
    return tuple(replace(track, genre=(), mood=(), facets={}) for track in tracks)


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


def features_of(folder: Path, tracks: Sequence[Track]) -> FeatureTable:
    """The encoder's rows of the tracks. Raises CatalogError where they lack."""
    table = read_features(folder / FEATURES)
    try:
        return table.of(ids_of(tracks))
    except KeyError as error:
        raise CatalogError(
            "catalog.not_indexed", table=folder / TRACKS, id=error.args[0], folder=folder
        ) from error
