"""The one object that the page and the commands share: media in, ranked music out.

A Retriever is made once, passed in, and never changes; what belongs to one person is a Query, a few
kilobytes that hold no media.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vmr.answers import (
    AddressOf,
    Answer,
    Place,
    Side,
    hits,
    payload,
    playable_track,
    playable_video,
    track_json,
    video_json,
)
from vmr.catalogs.analyse_music import waveform
from vmr.catalogs.arrays import half
from vmr.catalogs.music import Catalog, Track
from vmr.catalogs.opening import open_catalogs, open_library, searchable
from vmr.catalogs.videos import VideoLibrary, open_videos
from vmr.config import Settings, catalog_folders
from vmr.embedding import SSL, Array, BranchEmbedding, Calibration, alpha_weights
from vmr.encoders import load_music_encoder, load_video_encoder
from vmr.encoders.base import MusicEncoder, VideoEncoder
from vmr.errors import CatalogError, VmrError
from vmr.files import sha256_file
from vmr.knowledge.describe import describe_video
from vmr.knowledge.describe_music import describe_music
from vmr.media.limits import MediaLimits
from vmr.media.read import read_audio, read_video
from vmr.model.checkpoint import load_model
from vmr.model.two_tower import Model
from vmr.query import Progress, Query, silent, timed
from vmr.search import Candidates, Fusion, candidates, gather


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
    keeps_features: bool = False  # in queries, for other checkpoints

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
        folders = catalog_folders(settings)
        if not folders:
            raise CatalogError("search.no_catalog")
        catalogs = open_catalogs(folders, model, say)
        retriever = cls(
            checkpoint=settings.checkpoint,
            video_encoder=video_encoder,
            music_encoder=music_encoder,
            videos=None,
            video_calibration=None,
            limits=MediaLimits(),
            keeps_features=bool(settings.rivals),
            **searchable(model, catalogs),
        )
        videos = open_library(settings.videos, model, say)
        return retriever.with_videos(videos) if videos else retriever

    def rival(self, checkpoint: Path, say: Callable[[str], None] = lambda text: None) -> Retriever:
        """The same catalogs and videos for another checkpoint of the same encoders.

        Raises CheckpointError for one of other encoders.
        """
        config = self.model.config
        say(f"model {checkpoint.name}")
        model = load_model(
            checkpoint,
            device=str(next(self.model.parameters()).device),
            video_encoder=config.video_encoder,
            music_encoder=config.music_encoder,
        )
        catalogs = open_catalogs([catalog.folder for catalog in self.catalogs], model)
        rival = replace(self, checkpoint=checkpoint, videos=None, **searchable(model, catalogs))
        return rival.with_videos(open_videos(self.videos.folder, model)) if self.videos else rival

    def again(self, query: Query) -> Query:
        """A query of another checkpoint of the same encoders, embedded by this one.

        A track of the catalogs is found again; others need their features. Raises VmrError.
        """
        for position, track in enumerate(self.tracks):
            if query.features is None and track.sha256 == query.sha256:
                return self.like(position)
        if query.features is None:
            raise VmrError("search.features_gone")
        embed = self.model.embed_video if query.modality == "video" else self.model.embed_music
        return replace(query, embedding=embed([query.features.astype(np.float32)]))

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
            features=self._features_to_keep(features),
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
            features=self._features_to_keep(features),
        )

    def _features_to_keep(self, features: Array) -> NDArray[np.float16] | None:
        return half(features) if self.keeps_features else None

    def candidates(self, query: Query) -> Candidates:
        """The tracks that can reach the top at some position of the slider."""
        calibration = self._calibration_for(query)
        return candidates(query.embedding, self.embeddings, calibration, self._fusion)

    def weights(self, alpha: float, facet: str) -> Array:
        """A position of the slider as weights (B,). Raises VmrError for one that there is not, so
        that callers can ask before they spend seconds on a file."""
        branches = self.model.config.branches
        if not 0 <= alpha <= 1:
            raise VmrError("search.alpha", alpha=alpha)
        if self.facets and facet not in self.facets:
            known = ", ".join(self.facets)
            raise VmrError("search.no_facet", facet=facet, known=known)
        return alpha_weights(alpha, branches, facet)

    def search(self, query: Query, alpha: float, facet: str, k: int = 10) -> list[Answer]:
        """The best k tracks as JSON-ready hits. Raises VmrError for values outside the slider."""
        w = self.weights(alpha, facet)
        return hits(lambda i: track_json(self.tracks[i]), self.candidates(query), w, k)

    def search_videos(self, query: Query, alpha: float, facet: str, k: int = 10) -> list[Answer]:
        """The best k videos of the library for music. Raises VmrError as ``search``, or without a
        library."""
        videos = self._library()
        w = self.weights(alpha, facet)
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

    def _gather(self, query: Query, index: NDArray[np.int64]) -> Candidates:
        calibration = self._calibration_for(query)
        return gather(query.embedding, self.embeddings, calibration, index, self._fusion)

    def _calibration_for(self, query: Query) -> Calibration:
        return self.calibration if query.modality == "video" else self.music_calibration

    def _library(self) -> VideoLibrary:
        if self.videos is None:
            raise VmrError("search.no_library")
        return self.videos

    def _video_candidates(self, query: Query) -> Candidates:
        if query.modality != "music":
            raise ValueError("videos are ranked for music")
        calibration = self.video_calibration
        assert calibration is not None  # there is one wherever there is a library
        items = self._library().embeddings
        return candidates(query.embedding, items, calibration, self._fusion)
