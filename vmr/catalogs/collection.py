"""Catalogs and a video library opened for a model: what a query is ranked against.

A collection gives every track one position over all catalogs. Tracks that the policy does not allow
are no part of it: they have no position, and so cannot be ranked, played or exported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vmr.catalogs.labelled import Signs
from vmr.catalogs.music import Catalog, open_catalog
from vmr.catalogs.numbers import Numbers
from vmr.catalogs.policy import EVERYTHING, Policy, allowed
from vmr.catalogs.tracks_table import Track
from vmr.catalogs.videos import VIDEOS, VideoLibrary, open_videos
from vmr.embedding import Array, BranchEmbedding, Calibration, concatenate
from vmr.errors import CatalogError, VmrError

if TYPE_CHECKING:
    from vmr.model.two_tower import Model

Say = Callable[[str], None]


def silence(text: str) -> None:
    """The ``say`` of a caller that shows nothing."""


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
class Collection:
    """N tracks of one or more catalogs.

    embeddings (N, B, E); for_video and for_music: calibrations (N, B) or (1, B) that put the tracks
    on one scale for a video and for a reference track; numbers: what browsers call the tracks by;
    said: labels that people gave beside the tables'.
    """

    catalogs: tuple[Catalog, ...]
    embeddings: BranchEmbedding
    for_video: Calibration
    for_music: Calibration
    policy: Policy
    numbers: Numbers
    said: Signs | None = None

    @classmethod
    def of(cls, catalogs: Sequence[Catalog], model: Model, policy: Policy) -> Collection:
        """The collection of catalogs that were opened for this model, one at least."""
        embeddings = concatenate([catalog.embeddings for catalog in catalogs])
        return cls(
            catalogs=tuple(catalogs),
            embeddings=embeddings,
            for_video=model.calibration_of_music(embeddings),
            for_music=model.calibration_music_music(embeddings),
            policy=policy,
            numbers=Numbers.of(map(_identity, (t for c in catalogs for t in c.tracks))),
        )

    def __len__(self) -> int:
        return len(self.places)

    def following(self, earlier: Collection) -> Collection:
        """The same, to browsers that know the tracks of an earlier one."""
        return replace(self, numbers=self.numbers.following(earlier.numbers))

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """One for each track, in the catalogs' order."""
        tracks = [(catalog, i) for catalog in self.catalogs for i in range(len(catalog))]
        return tuple(
            Place(catalog, i, self.policy, number)
            for (catalog, i), number in zip(tracks, self.numbers.numbers, strict=True)
        )

    @cached_property
    def tracks(self) -> tuple[Track, ...]:
        """The rows of all tables."""
        return tuple(place.track for place in self.places)

    def place(self, position: int) -> Place:
        """The track at a position. Raises VmrError for one that there is not."""
        if not 0 <= position < len(self):
            raise VmrError("page.no_track")
        return self.places[position]

    def position(self, number: int) -> int:
        """Where the track with this number stands. Raises VmrError where there is none now."""
        position = self.numbers.position(number)
        if position is None:
            raise VmrError("page.no_track")
        return position

    def audible(self, index: NDArray[np.int64] | None = None) -> NDArray[np.bool_]:
        """Whether the sound of the tracks (K,) at these positions, or of all, is here now: (K,)."""
        positions = range(len(self)) if index is None else index
        return np.array([self.places[i].audio() is not None for i in positions], dtype=bool)

    def opened_for(self, model: Model) -> Collection:
        """The same catalogs for another model. Raises CatalogError."""
        folders = [catalog.folder for catalog in self.catalogs]
        roots = [catalog.audio_folder for catalog in self.catalogs if catalog.audio_folder]
        opened = open_collection(folders, model, self.policy, roots=roots, said=self.said)
        return opened.following(self)


@dataclass(frozen=True, eq=False)
class VideoCollection:
    """A video library with the calibration (V, B) or (1, B) that ranks it for music, and what
    browsers call its videos by."""

    library: VideoLibrary
    for_music: Calibration
    numbers: Numbers

    @classmethod
    def of(cls, library: VideoLibrary, model: Model) -> VideoCollection:
        """The collection of a library that was opened for this model."""
        identities = [(library.name, v.id, v.video, v.sha256) for v in library.videos]
        calibration = model.calibration_of_video(library.embeddings)
        return cls(library, calibration, Numbers.of(identities))

    def following(self, earlier: VideoCollection) -> VideoCollection:
        """The same, to browsers that know the videos of an earlier one."""
        return replace(self, numbers=self.numbers.following(earlier.numbers))

    def opened_for(self, model: Model) -> VideoCollection:
        """The same library for another model. Raises CatalogError."""
        roots = [self.library.root] if self.library.root else []
        videos = open_videos(self.library.folder, model, roots)
        return VideoCollection.of(videos, model).following(self)


def _identity(track: Track) -> tuple[str, ...]:
    return track.catalog, track.id, track.audio, track.sha256


def open_collection(
    folders: Iterable[Path],
    model: Model,
    policy: Policy = EVERYTHING,
    say: Say = silence,
    roots: Sequence[Path] = (),
    said: Signs | None = None,
) -> Collection:
    """The catalogs in these folders, without the tracks that the policy forbids.

    ``say`` hears what is loaded and what is left out; ``roots``: further folders that their sound
    may be in; ``said``: labels that people gave beside the tables'. Raises CatalogError for a
    catalog that cannot be opened, or where no track is left.
    """
    catalogs = []
    for folder in folders:
        whole = open_catalog(folder, model, roots=roots, said=said)
        catalog = permitted(whole, policy)
        say(f"catalog {catalog.name}, {len(catalog)} tracks")
        if len(catalog) < len(whole):
            left_out = len(whole) - len(catalog)
            say(f"{left_out} tracks of {catalog.name} may not earn money: left out")
        if len(catalog):
            catalogs.append(catalog)
            if catalog.notice:
                say(str(catalog.notice))
    if not catalogs:
        raise CatalogError("search.nothing_permitted")
    return replace(Collection.of(catalogs, model, policy), said=said)


def permitted(catalog: Catalog, policy: Policy) -> Catalog:
    """The catalog with only those tracks that the policy allows, perhaps none."""
    index = [i for i, track in enumerate(catalog.tracks) if allowed(track, policy)]
    if len(index) == len(catalog):
        return catalog
    return replace(
        catalog,
        tracks=tuple(catalog.tracks[i] for i in index),
        embeddings=catalog.embeddings.rows(np.array(index, dtype=np.int64)),
        peaks=catalog.peaks[np.array(index, dtype=np.int64)],
    )


def open_video_collection(
    folder: Path, model: Model, say: Say = silence, roots: Sequence[Path] = ()
) -> VideoCollection:
    """The video library in this folder; ``roots`` as above. Raises CatalogError."""
    if not (folder / VIDEOS).is_file():
        raise CatalogError("library.none", folder=folder, table=VIDEOS)
    videos = open_videos(folder, model, roots)
    say(f"library {videos.name}, {len(videos)} videos")
    return VideoCollection.of(videos, model)
