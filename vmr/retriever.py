"""The one object that the page and the commands share: media in, ranked music out.

A Retriever is made once, passed in, and never changes; what belongs to one person is a Query, a few
kilobytes that hold no media.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vmr.catalog import Catalog, Track, open_catalog
from vmr.config import Settings, catalog_folders
from vmr.embedding import SSL, Array, BranchEmbedding, Calibration, alpha_weights, concatenate
from vmr.encoders import load_music_encoder, load_video_encoder
from vmr.encoders.base import MusicEncoder, VideoEncoder
from vmr.errors import CatalogError, VmrError
from vmr.files import sha256_file
from vmr.knowledge.describe import describe_video
from vmr.media.limits import MediaLimits
from vmr.media.read import read_audio, read_video
from vmr.model import Model, load_model
from vmr.search import Candidates, candidates, gather

Progress = Callable[[str, float], None]
Hit = dict[str, Any]


def silent(step: str, fraction: float) -> None:
    """The progress of a caller that shows none."""


@dataclass(frozen=True)
class Query:
    """One person's video or music as the search sees it; embedding has N = 1.

    concepts: (name, weight) of what the picture shows, strongest first; stats: plain measurements;
    timings_s: seconds per stage; notes: sentences about the file for the person.
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

    def as_json(self) -> dict[str, Any]:
        return {
            "modality": self.modality,
            "name": self.name,
            "sha256": self.sha256,
            "duration_s": round(self.duration_s, 2),
            "notes": list(self.notes),
            "concepts": [[name, round(weight, 3)] for name, weight in self.concepts],
            "stats": {name: round(value, 4) for name, value in self.stats.items()},
            "timings_s": {stage: round(seconds, 3) for stage, seconds in self.timings_s.items()},
        }


@contextmanager
def timed(timings_s: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    timings_s[stage] = time.perf_counter() - start


@dataclass(frozen=True)
class Retriever:
    """Encoders, model and catalogs of one running program."""

    model: Model
    video_encoder: VideoEncoder
    music_encoder: MusicEncoder
    catalogs: tuple[Catalog, ...]
    tracks: tuple[Track, ...]
    embeddings: BranchEmbedding  # (N, B, D), the tracks of all catalogs
    calibration: Calibration  # video -> music
    music_calibration: Calibration  # music -> music, for a reference track
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
        return cls(
            model=model,
            video_encoder=video_encoder,
            music_encoder=music_encoder,
            catalogs=tuple(catalogs),
            tracks=tuple(track for catalog in catalogs for track in catalog.tracks),
            embeddings=embeddings,
            calibration=model.calibration_of_music(embeddings),
            music_calibration=model.calibration_music_music(embeddings),
            limits=MediaLimits(),
        )

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
        progress("match", 1.0)
        return Query(
            modality="music",
            embedding=embedding,
            name=path.name,
            sha256=sha256_file(path),
            duration_s=clip.duration_s,
            notes=clip.notes,
            timings_s=timings_s,
        )

    def candidates(self, query: Query) -> Candidates:
        """The tracks that can reach the top at some position of the slider."""
        calibration = self._calibration_for(query)
        return candidates(query.embedding, self.embeddings, calibration, self.model.config.fusion)

    def search(self, query: Query, alpha: float, facet: str, k: int = 10) -> list[Hit]:
        """The best k tracks as JSON-ready hits. Raises VmrError for values outside the slider."""
        try:
            w = alpha_weights(alpha, self.model.config.branches, facet)
        except ValueError as error:
            raise VmrError(f"{error}.") from error
        found = self.candidates(query)
        scores = found.scores(w)
        best = found.order(w)[: max(0, k)]
        return [
            hit(self.tracks[found.index[i]], rank, float(scores[i]), found.parts[i], found.branches)
            for rank, i in enumerate(best, start=1)
        ]

    def like(self, position: int) -> Query:
        """A track of the catalogs as a query, for `more like this`; position is into ``tracks``."""
        track = self.tracks[position]
        return Query(
            modality="music",
            embedding=self.embeddings.rows([position]),
            name=track.title,
            sha256=track.sha256,
            duration_s=track.seconds,
        )

    def payload(
        self, query: Query, audio_url: Callable[[Path], str], reference: Query | None = None
    ) -> Hit:
        """Everything the browser needs to rank for any weights, JSON-ready.

        ``audio_url`` turns a local audio file into an address that the page may play. With a
        ``reference`` each track carries its parts and products for that query too, so that a second
        slider can blend them: (1 - r) * score + r * reference score.
        """
        found = self.candidates(query)
        beside: Candidates | None = None
        if reference is not None:
            index = np.union1d(found.index, self.candidates(reference).index)
            found, beside = self._gather(query, index), self._gather(reference, index)
        places = [place for catalog in self.catalogs for place in places_of(catalog)]
        rows = []
        for k, i in enumerate(found.index):
            audio = places[i].audio()
            row = track_json(self.tracks[i]) | {
                "position": int(i),
                "audio": audio_url(audio) if audio else None,
                "peaks": base64.b64encode(places[i].peaks.tobytes()).decode("ascii"),
                "parts": rounded(found.parts[k]),
                "q": rounded(found.q[k]),
                "g": rounded(found.g[k]),
            }
            if beside is not None:
                row["reference"] = {"parts": rounded(beside.parts[k]), "q": rounded(beside.q[k])}
            rows.append(row)
        answer = {
            "branches": list(found.branches),
            "facets": list(self.facets),
            "fusion": found.fusion,
            "query": query.as_json() | {"gram": rounded(found.query_gram)},
            "tracks": rows,
        }
        if reference is not None and beside is not None:
            answer["reference"] = reference.as_json() | {"gram": rounded(beside.query_gram)}
        return answer

    def _gather(self, query: Query, index: NDArray[np.int64]) -> Candidates:
        calibration = self._calibration_for(query)
        return gather(
            query.embedding, self.embeddings, calibration, index, self.model.config.fusion
        )

    def _calibration_for(self, query: Query) -> Calibration:
        return self.calibration if query.modality == "video" else self.music_calibration


@dataclass(frozen=True)
class Place:
    """Where a track stands in its catalog."""

    catalog: Catalog
    position: int

    def audio(self) -> Path | None:
        return self.catalog.audio_path(self.position)

    @property
    def peaks(self) -> np.ndarray:
        return self.catalog.peaks[self.position]


def places_of(catalog: Catalog) -> list[Place]:
    """One Place per track, in the catalog's order."""
    return [Place(catalog, position) for position in range(len(catalog.tracks))]


def rounded(values: Array) -> list[float]:
    """Flat list with six significant digits: half the bytes, far below 1e-5 apart."""
    return [float(f"{value:.6g}") for value in np.asarray(values).ravel()]


def track_json(track: Track) -> Hit:
    """A track's own fields, as every answer shows them."""
    return {
        "id": track.id,
        "title": track.title,
        "artist": track.artist,
        "catalog": track.catalog,
        "genre": list(track.genre),
        "mood": list(track.mood),
        "bpm": track.bpm,
        "key": track.key,
        "seconds": track.seconds,
        "energy": track.energy,
        "vocals": track.vocals,
        "licence": track.licence,
        "attribution": track.attribution,
        "source": track.source,
    }


def hit(track: Track, rank: int, score: float, part: Array, branches: Sequence[str]) -> Hit:
    """One row of an answer: the track, its score and the score's parts by branch."""
    shares = {branch: round(float(p), 5) for branch, p in zip(branches, part, strict=True)}
    return {"rank": rank, **track_json(track), "score": round(score, 5), "parts": shares}
