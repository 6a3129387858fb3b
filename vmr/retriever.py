"""The one object that the page and the commands share: media in, ranked music out.

A Retriever is made once, passed in, and never changes; what belongs to one person is a Query, a few
kilobytes that hold no media.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vmr.answers import (
    AddressOf,
    Answer,
    Place,
    Side,
    base64_of,
    hits,
    payload,
    places_of,
    playable_track,
    playable_video,
    track_json,
    video_json,
)
from vmr.catalog import Catalog, Track, open_catalog
from vmr.config import Settings, catalog_folders
from vmr.embedding import SSL, Array, BranchEmbedding, Calibration, alpha_weights, concatenate
from vmr.encoders import load_music_encoder, load_video_encoder
from vmr.encoders.base import MusicEncoder, VideoEncoder
from vmr.errors import CatalogError, VmrError
from vmr.files import sha256_file
from vmr.knowledge.describe import describe_video
from vmr.knowledge.hearing import describe_music
from vmr.library import VIDEOS, VideoLibrary, open_videos
from vmr.listen import waveform
from vmr.media.limits import MediaLimits
from vmr.media.read import read_audio, read_video
from vmr.model import Model, load_model
from vmr.search import Candidates, Fusion, candidates, gather

Progress = Callable[[str, float], None]

NO_VIDEOS = (
    "There is no video library to search. Make one with `python -m vmr index --videos FOLDER "
    "--catalog DIR`, then start `python app.py --videos DIR`."
)


def silent(step: str, fraction: float) -> None:
    """The progress of a caller that shows none."""


@dataclass(frozen=True)
class Query:
    """One person's video or music as the search sees it; embedding has N = 1.

    concepts: (name, weight) of what the picture shows, strongest first; stats: plain measurements;
    timings_s: seconds per stage; notes: sentences about the file for the person; peaks: (200,)
    uint8, the waveform of a music query.
    """

    modality: Literal["video", "music"]
    embedding: BranchEmbedding
    name: str
    sha256: str
    duration_s: float
    notes: tuple[str, ...] = ()
    concepts: tuple[tuple[str, float], ...] = ()
    stats: Mapping[str, float] = field(default_factory=dict)
    timings_s: Mapping[str, float] = field(default_factory=dict)
    peaks: NDArray[np.uint8] | None = None

    def as_json(self) -> Answer:
        return {
            "modality": self.modality,
            "name": self.name,
            "sha256": self.sha256,
            "duration_s": round(self.duration_s, 2),
            "notes": list(self.notes),
            "concepts": [[name, round(weight, 3)] for name, weight in self.concepts],
            "stats": {name: round(value, 4) for name, value in self.stats.items()},
            "timings_s": {stage: round(seconds, 3) for stage, seconds in self.timings_s.items()},
            "peaks": None if self.peaks is None else base64_of(self.peaks),
        }


@contextmanager
def timed(timings_s: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    timings_s[stage] = time.perf_counter() - start


@dataclass(frozen=True)
class Retriever:
    """Encoders, model and catalogs of one running program."""

    checkpoint: Path
    model: Model
    video_encoder: VideoEncoder
    music_encoder: MusicEncoder
    catalogs: tuple[Catalog, ...]
    tracks: tuple[Track, ...]
    embeddings: BranchEmbedding  # (N, B, D), the tracks of all catalogs
    calibration: Calibration  # video -> music
    music_calibration: Calibration  # music -> music, for a reference track
    places: tuple[Place, ...]  # where each track stands in its catalog
    videos: VideoLibrary | None
    video_calibration: Calibration | None  # music -> video
    limits: MediaLimits

    @classmethod
    def open(cls, settings: Settings, say: Callable[[str], None] = lambda text: None) -> Retriever:
        """Load everything; ``say`` hears what is being loaded. Raises VmrError."""
        say(f"model {settings.checkpoint.name}")
        model = load_model(settings.checkpoint, device=settings.device)
        say(f"encoders {model.config.video_encoder} and {model.config.music_encoder}")
        encoder_options: dict[str, Any] = {
            "device": settings.device,
            "commercial": settings.commercial,
        }
        video_encoder = load_video_encoder(model.config.video_encoder, **encoder_options)
        music_encoder = load_music_encoder(model.config.music_encoder, **encoder_options)
        catalogs = []
        for folder in catalog_folders(settings):
            catalog = open_catalog(folder, model)
            say(f"catalog {catalog.name}, {len(catalog.tracks)} tracks")
            if catalog.notice:
                say(catalog.notice)
            catalogs.append(catalog)
        if not catalogs:
            raise CatalogError(
                "There is no catalog to search. Name one with --catalog DIR, or make one with "
                "`python -m vmr index --music FOLDER --catalog DIR`."
            )
        embeddings = concatenate([catalog.embeddings for catalog in catalogs])
        videos = open_library(settings.videos, model, say)
        return cls(
            checkpoint=settings.checkpoint,
            model=model,
            video_encoder=video_encoder,
            music_encoder=music_encoder,
            catalogs=tuple(catalogs),
            tracks=tuple(track for catalog in catalogs for track in catalog.tracks),
            embeddings=embeddings,
            calibration=model.calibration_of_music(embeddings),
            music_calibration=model.calibration_music_music(embeddings),
            places=places_of(catalogs),
            videos=videos,
            video_calibration=model.calibration_of_video(videos.embeddings) if videos else None,
            limits=MediaLimits(),
        )

    def with_videos(self, videos: VideoLibrary) -> Retriever:
        """The same with another video library."""
        calibration = self.model.calibration_of_video(videos.embeddings)
        return replace(self, videos=videos, video_calibration=calibration)

    @property
    def facets(self) -> tuple[str, ...]:
        """The label branches of the checkpoint."""
        return tuple(branch for branch in self.model.config.branches if branch != SSL)

    def embed_video(self, path: Path, progress: Progress = silent) -> Query:
        """Decode, encode and embed one video. Raises MediaError with a sentence for the person."""
        timings_s: dict[str, float] = {}
        progress("read", 0.0)
        with timed(timings_s, "read"):
            clip = read_video(path, self.limits)
        progress("look", 0.5)
        with timed(timings_s, "encode"):
            features = self.video_encoder.encode(clip)
        progress("match", 0.9)
        with timed(timings_s, "embed"):
            embedding = self.model.embed_video([features])
            description = describe_video(features, self.video_encoder, clip)
        progress("match", 1.0)
        return Query(
            modality="video",
            embedding=embedding,
            name=path.name,
            sha256=sha256_file(path),
            duration_s=clip.duration_s,
            notes=clip.notes,
            concepts=tuple(description.concepts),
            stats=description.stats,
            timings_s=timings_s,
        )

    def embed_music(self, path: Path, progress: Progress = silent) -> Query:
        """The same for a reference track or the reverse direction."""
        timings_s: dict[str, float] = {}
        progress("read", 0.0)
        with timed(timings_s, "read"):
            clip = read_audio(path, self.music_encoder.rate_hz, self.limits)
        progress("listen", 0.3)
        with timed(timings_s, "encode"):
            features = self.music_encoder.encode(clip)
        progress("match", 0.9)
        with timed(timings_s, "embed"):
            embedding = self.model.embed_music([features])
            description = describe_music(features, self.music_encoder.columns)
        progress("match", 1.0)
        return Query(
            modality="music",
            embedding=embedding,
            name=path.name,
            sha256=sha256_file(path),
            duration_s=clip.duration_s,
            notes=clip.notes,
            concepts=description.concepts,
            stats=description.stats,
            timings_s=timings_s,
            peaks=waveform(clip.samples),
        )

    def candidates(self, query: Query) -> Candidates:
        """The tracks that can reach the top at some position of the slider."""
        calibration = self._calibration_for(query)
        return candidates(query.embedding, self.embeddings, calibration, self._fusion)

    def search(self, query: Query, alpha: float, facet: str, k: int = 10) -> list[Answer]:
        """The best k tracks as JSON-ready hits. Raises VmrError for values outside the slider."""
        w = self._weights(alpha, facet)
        return hits(lambda i: track_json(self.tracks[i]), self.candidates(query), w, k)

    def search_videos(self, query: Query, alpha: float, facet: str, k: int = 10) -> list[Answer]:
        """The best k videos of the library for music. Raises VmrError as ``search``, or without a
        library."""
        videos = self._library()
        w = self._weights(alpha, facet)
        found = self._video_candidates(query)
        return hits(lambda i: video_json(videos, videos.videos[i]), found, w, k)

    def like(self, position: int) -> Query:
        """A track of the catalogs as a query; position is into ``tracks``."""
        track, place = self.tracks[position], self.places[position]
        features = place.catalog.features[place.position]
        description = describe_music(features, self.music_encoder.columns)
        return Query(
            modality="music",
            embedding=self.embeddings.rows([position]),
            name=track.title,
            sha256=track.sha256,
            duration_s=track.seconds,
            concepts=description.concepts,
            stats=description.stats,
            peaks=place.peaks,
        )

    def payload(
        self, query: Query, address_of: AddressOf, reference: Query | None = None
    ) -> Answer:
        """All tracks that can reach the top, with what the browser needs to rank them itself.

        ``address_of`` turns a local file into an address that the page may play.
        """
        found = self.candidates(query)
        beside: Side | None = None
        if reference is not None:
            index = np.union1d(found.index, self.candidates(reference).index)
            found = self._gather(query, index)
            beside = Side(reference.as_json(), self._gather(reference, index))
        main = Side(query.as_json(), found)
        return payload("tracks", lambda i: playable_track(self.places[i], address_of), main, beside)

    def payload_videos(self, query: Query, address_of: AddressOf) -> Answer:
        """The same for the videos of the library, for music. Raises VmrError without a library."""
        videos = self._library()
        main = Side(query.as_json(), self._video_candidates(query))
        return payload("videos", lambda i: playable_video(videos, i, address_of), main)

    @property
    def _fusion(self) -> Fusion:
        return "mix" if self.model.config.fusion == "mix" else "calibrated"

    def _weights(self, alpha: float, facet: str) -> Array:
        try:
            return alpha_weights(alpha, self.model.config.branches, facet)
        except ValueError as error:
            raise VmrError(f"{error}.") from error

    def _gather(self, query: Query, index: NDArray[np.int64]) -> Candidates:
        calibration = self._calibration_for(query)
        return gather(query.embedding, self.embeddings, calibration, index, self._fusion)

    def _calibration_for(self, query: Query) -> Calibration:
        return self.calibration if query.modality == "video" else self.music_calibration

    def _library(self) -> VideoLibrary:
        if self.videos is None:
            raise VmrError(NO_VIDEOS)
        return self.videos

    def _video_candidates(self, query: Query) -> Candidates:
        if query.modality != "music":
            raise ValueError("videos are ranked for music")
        calibration = self.video_calibration
        assert calibration is not None  # there is one wherever there is a library
        items = self._library().embeddings
        return candidates(query.embedding, items, calibration, self._fusion)


def open_library(
    folder: Path | None, model: Model, say: Callable[[str], None]
) -> VideoLibrary | None:
    """The library in this folder, None where none is named. Raises CatalogError."""
    if folder is None:
        return None
    if not (folder / VIDEOS).is_file():
        raise CatalogError(
            f"{folder} is no video library: it has no {VIDEOS}. Make one with "
            f"`python -m vmr index --videos FOLDER --catalog {folder}`."
        )
    videos = open_videos(folder, model)
    say(f"library {videos.name}, {len(videos)} videos")
    return videos
