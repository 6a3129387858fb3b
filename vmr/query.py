"""One person's video or music as the search sees it: embeddings and plain facts, never media."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from vmr.answers import Answer, base64_of
from vmr.catalogs.analyse_music import waveform
from vmr.catalogs.arrays import half
from vmr.embedding import Array, BranchEmbedding
from vmr.errors import Notice
from vmr.files import sha256_file
from vmr.knowledge.describe import Description, describe_video
from vmr.knowledge.describe_music import describe_music
from vmr.knowledge.request import Part
from vmr.knowledge.seen_frames import SeenFrame, seen_frames
from vmr.media.clip import AudioClip, VideoClip
from vmr.media.limits import MediaLimits
from vmr.media.read import read_audio, read_video

if TYPE_CHECKING:
    from vmr.encoders.base import MusicEncoder, VideoEncoder
    from vmr.model.two_tower import Model

StageProgress = Callable[[str, float], None]  # name of the stage, share of the whole
Modality = Literal["video", "music", "text"]
MOST_SHOWN = 100  # characters of a text
AnyClip = TypeVar("AnyClip", VideoClip, AudioClip)


def silent(step: str, fraction: float) -> None:
    """The progress of a caller that shows none."""


@dataclass(frozen=True)
class Query:
    """One person's video or music as the search sees it; embedding has N = 1.

    concepts: (name, weight) of what the picture shows, strongest first; stats: plain measurements;
    timings_s: seconds per stage; notes: what the person should know of the file; peaks: (200,)
    uint8, the waveform of a music query; features: (T, D) float16 of the encoder, None where
    no other checkpoint may ask for them; of_catalog: a track of the catalogs, not a file; part: the
    seconds of a film that it is, sha256 is their own then.
    """

    modality: Modality
    embedding: BranchEmbedding
    name: str
    sha256: str
    duration_s: float
    notes: tuple[Notice, ...] = ()
    concepts: tuple[tuple[str, float], ...] = ()
    stats: Mapping[str, float] = field(default_factory=dict)
    timings_s: Mapping[str, float] = field(default_factory=dict)
    peaks: NDArray[np.uint8] | None = None
    features: NDArray[np.float16] | None = None
    of_catalog: bool = False
    part: Part | None = None

    @property
    def key(self) -> str:
        """What the same bytes are as: a video, music, or a track whose labels are known too."""
        return f"{'track' if self.of_catalog else self.modality}-{self.sha256}"

    @property
    def asking(self) -> Literal["video", "music"]:
        """Whose calibration ranks for it: words stand in for a video."""
        return "music" if self.modality == "music" else "video"

    @property
    def size_bytes(self) -> int:
        """Bytes of its arrays, which are nearly all of it."""
        arrays = (self.embedding.values, self.peaks, self.features)
        return sum(array.nbytes for array in arrays if array is not None)

    def stored(self) -> tuple[dict[str, NDArray], dict[str, str]]:
        """(arrays, header) of a video query for a file, see ``of_stored``. ValueError without
        features: other checkpoints could not read it."""
        if self.features is None:
            raise ValueError("a query without features cannot be stored")
        facts = {
            "name": self.name,
            "sha256": self.sha256,
            "duration_s": self.duration_s,
            "notes": [note.as_json() for note in self.notes],
            "concepts": list(self.concepts),
            "stats": dict(self.stats),
        }
        return {"features": self.features}, {"query": json.dumps(facts)}

    @classmethod
    def of_stored(
        cls, tensors: Mapping[str, NDArray], header: Mapping[str, str], model: Model
    ) -> Query:
        """The video query of ``stored`` for this model. ValueError for a file that is none, or of
        another encoder."""
        try:
            features = tensors["features"]
            embedding = model.embed_video([features.astype(np.float32)])
            facts = json.loads(header["query"])
            return cls(
                modality="video",
                embedding=embedding,
                name=str(facts["name"]),
                sha256=str(facts["sha256"]),
                duration_s=float(facts["duration_s"]),
                notes=tuple(Notice.from_json(note) for note in facts["notes"]),
                concepts=tuple((str(name), float(share)) for name, share in facts["concepts"]),
                stats={str(name): float(value) for name, value in facts["stats"].items()},
                features=features,
            )
        except (KeyError, TypeError) as error:
            raise ValueError(str(error)) from error

    def as_json(self) -> Answer:
        """What the page shows of it."""
        return {
            "modality": self.modality,
            "key": self.key,
            "name": self.name,
            "sha256": self.part.film if self.part else self.sha256,
            "part": self.sha256 if self.part else None,
            "duration_s": round(self.duration_s, 2),
            "notes": [note.in_languages() for note in self.notes],
            "concepts": [[name, round(weight, 3)] for name, weight in self.concepts],
            "stats": {name: round(value, 4) for name, value in self.stats.items()},
            "timings_s": {stage: round(seconds, 3) for stage, seconds in self.timings_s.items()},
            "peaks": None if self.peaks is None else base64_of(self.peaks),
        }


@contextmanager
def timed(timings_s: dict[str, float], stage: str) -> Iterator[None]:
    """Note the seconds that the block takes under the name of a stage."""
    start = time.perf_counter()
    yield
    timings_s[stage] = time.perf_counter() - start


def text_query(text: str, branches: Sequence[str], dim: int) -> Query:
    """Words alone as a query: nothing of it is in any branch."""
    embedding = BranchEmbedding(np.zeros((1, len(branches), dim), np.float32), tuple(branches))
    return Query("text", embedding, name=text[:MOST_SHOWN], sha256="", duration_s=0.0)


def embed_video(
    path: Path,
    model: Model,
    encoder: VideoEncoder,
    limits: MediaLimits,
    progress: StageProgress = silent,
    show: Callable[[Sequence[SeenFrame]], None] | None = None,
    first: Callable[[Query], None] | None = None,
    digest: Callable[[], str] | None = None,
) -> Query:
    """Decode, encode and embed one video, see Retriever.embed_video; ``show`` is given its frames,
    small, as a query keeps no media. Raises MediaError."""

    def describe(features: Array, clip: VideoClip) -> Description:
        if show is not None:
            show(seen_frames(features, encoder, clip))
        return describe_video(features, encoder, clip)

    way = _Way("video", encoder.encode, model.embed_video, describe, digest)
    early = replace(way, describe=lambda features, clip: describe_video(features, encoder, clip))
    looked = None if first is None else lambda clip: partial(first, early.query(path, clip, {}))
    return _embed(path, way, partial(read_video, path, limits, looked), ("look", 0.5), progress)


def embed_music(
    path: Path,
    model: Model,
    encoder: MusicEncoder,
    limits: MediaLimits,
    progress: StageProgress = silent,
) -> Query:
    """The same for a reference track, or for the way from music to video."""
    way = _Way(
        "music",
        encoder.encode,
        model.embed_music,
        lambda features, clip: describe_music(features, encoder.columns),
    )
    clip_of = partial(read_audio, path, encoder.rate_hz, limits)
    return _embed(path, way, clip_of, ("listen", 0.3), progress)


@dataclass(frozen=True)
class _Way(Generic[AnyClip]):
    """From a clip that was read to a query; digest: of the file, where somebody is at it."""

    modality: Modality
    encode: Callable[[AnyClip], Array]
    embed: Callable[[list[Any]], BranchEmbedding]
    describe: Callable[[Array, AnyClip], Description]
    digest: Callable[[], str] | None = None

    def query(
        self,
        path: Path,
        clip: AnyClip,
        timings_s: dict[str, float],
        progress: StageProgress = silent,
    ) -> Query:
        """A clip's query; ``timings_s`` gets the seconds of its stages."""
        with timed(timings_s, "encode"):
            features = self.encode(clip)
        progress("match", 0.9)
        with timed(timings_s, "embed"):
            embedding, description = self.embed([features]), self.describe(features, clip)
        progress("match", 1.0)
        return Query(
            modality=self.modality,
            embedding=embedding,
            name=path.name,
            sha256=self.digest() if self.digest else sha256_file(path),
            duration_s=clip.duration_s,
            notes=clip.notes,
            concepts=tuple(description.concepts),
            stats=description.stats,
            timings_s=timings_s,
            peaks=waveform(clip.samples) if isinstance(clip, AudioClip) else None,
            features=half(features),
        )


def _embed(
    path: Path,
    way: _Way[AnyClip],
    read: Callable[[], AnyClip],
    steps: tuple[str, float],
    progress: StageProgress,
) -> Query:
    """steps: what is done after reading, and how much of the whole is done then."""
    timings_s: dict[str, float] = {}
    progress("read", 0.0)
    with timed(timings_s, "read"):
        clip = read()
    progress(*steps)
    return way.query(path, clip, timings_s, progress)
