"""One person's video or music as the search sees it: embeddings and plain facts, never media."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vmr.answers import Answer, base64_of
from vmr.embedding import BranchEmbedding
from vmr.errors import Notice

Progress = Callable[[str, float], None]


def silent(step: str, fraction: float) -> None:
    """The progress of a caller that shows none."""


@dataclass(frozen=True)
class Query:
    """One person's video or music as the search sees it; embedding has N = 1.

    concepts: (name, weight) of what the picture shows, strongest first; stats: plain measurements;
    timings_s: seconds per stage; notes: what the person should know of the file; peaks: (200,)
    uint8, the waveform of a music query; features: (T, D) float16 of the encoder, kept only where
    other checkpoints may ask for them.
    """

    modality: Literal["video", "music"]
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

    def as_json(self) -> Answer:
        """What the page shows of the query; no embedding, no features."""
        return {
            "modality": self.modality,
            "name": self.name,
            "sha256": self.sha256,
            "duration_s": round(self.duration_s, 2),
            "notes": [note.in_languages() for note in self.notes],
            "concepts": [[name, round(weight, 3)] for name, weight in self.concepts],
            "stats": {name: round(value, 4) for name, value in self.stats.items()},
            "timings_s": {stage: round(seconds, 3) for stage, seconds in self.timings_s.items()},
            "peaks": None if self.peaks is None else base64_of(self.peaks),
        }


@contextmanager
def timed(timings_s: dict[str, float], stage: str) -> Iterator[None]:
    """Note in ``timings_s`` how many seconds the block took."""
    start = time.perf_counter()
    yield
    timings_s[stage] = time.perf_counter() - start
