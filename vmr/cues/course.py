"""How a film goes: cuts, energy and what the model makes of the picture, over time.

T looked-at frames, B branches of D columns. The frames around each are embedded as a clip is, so
that what is felt of a moment stands on the same scale as what is felt of a video.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vmr.embedding import Array, BranchEmbedding
from vmr.errors import Notice
from vmr.files import sha256_file
from vmr.knowledge.describe import Reading, read_frames
from vmr.knowledge.energy import felt_energies
from vmr.knowledge.request import Part
from vmr.media.clip import VIDEO_STATS, VideoClip
from vmr.media.limits import MediaLimits
from vmr.media.read import read_video
from vmr.query import Query, StageProgress, silent

if TYPE_CHECKING:
    from vmr.retriever import Retriever

# Of a film more frames are looked at than of a clip, and every cut is found.
FILM_LIMITS = MediaLimits(max_frames=300, budget_s=5.0, cuts_s=30.0, cpu_s=300, wall_s=300.0)
BESIDE = 1  # frames on either side that are embedded with a frame
LIVELY = 0.25  # mean motion of a picture whose energy is 5, where no catalog spans the dial


@dataclass(frozen=True, eq=False)
class Course:
    """A film over time.

    times_s (T,), cuts_s (C,) and stats (T, S) as in VideoClip; features (T, Dv) of the encoder;
    moments: (T, B, D) of the frames around each; energy (T,) 1 to 5; reading: what the tables see
    in each frame.
    """

    path: Path
    sha256: str
    duration_s: float
    times_s: Array
    cuts_s: Array
    stats: Array
    features: Array
    moments: BranchEmbedding
    energy: Array
    reading: Reading
    notes: tuple[Notice, ...] = ()

    @property
    def edges_s(self) -> Array:
        """Where the time of one frame ends and that of the next begins: (T + 1,), 0 to the end."""
        middle = (self.times_s[1:] + self.times_s[:-1]) / 2
        return np.concatenate([[0.0], middle, [self.duration_s]]).astype(np.float32)

    @property
    def motion(self) -> Array:
        """(T,) of VIDEO_STATS."""
        return np.asarray(self.stats[:, VIDEO_STATS.index("motion")], np.float32)

    def frames(self, start_s: float, end_s: float) -> slice:
        """The frames of a span, one at least."""
        first, last = np.searchsorted(self.times_s, [start_s, end_s])
        first = min(int(first), len(self.times_s) - 1)
        return slice(first, max(int(last), first + 1))

    def cuts(self, start_s: float, end_s: float) -> Array:
        """Cuts inside a span, (C,) seconds of the film."""
        inside = (self.cuts_s > start_s) & (self.cuts_s < end_s)
        return np.asarray(self.cuts_s[inside], np.float32)

    def cuts_per_minute(self, start_s: float, end_s: float) -> float:
        """How often a span is cut."""
        return 60 * len(self.cuts(start_s, end_s)) / max(end_s - start_s, 1.0)

    def query(self, start_s: float, end_s: float, retriever: Retriever) -> Query:
        """A span as a query, like a video of its own."""
        span = self.frames(start_s, end_s)
        reading = self.reading
        classes = None if reading.classes is None else reading.classes[span]
        seen = Reading(classes, reading.held[span], reading.stats[span])
        part = Part(self.sha256, start_s, end_s)
        return Query(
            modality="video",
            embedding=retriever.model.embed_video([self.features[span]]),
            name=self.path.name,
            sha256=part.sha256,
            duration_s=end_s - start_s,
            part=part,
            concepts=seen.words(),
            stats={"cuts_per_minute": self.cuts_per_minute(start_s, end_s)},
        )


def read_course(
    path: Path,
    retriever: Retriever,
    limits: MediaLimits = FILM_LIMITS,
    progress: StageProgress = silent,
) -> Course:
    """Read a film. Raises MediaError with a sentence for the person."""
    progress("read", 0.0)
    clip = read_video(path, limits)
    progress("look", 0.5)
    return course_of(path, clip, retriever)


def course_of(path: Path, clip: VideoClip, retriever: Retriever) -> Course:
    """The course of a film that was read."""
    features = retriever.video_encoder.encode(clip)
    around = [features[max(0, i - BESIDE) : i + BESIDE + 1] for i in range(len(features))]
    moments = retriever.model.embed_video(around)
    return Course(
        path=path,
        sha256=sha256_file(path),
        duration_s=clip.duration_s,
        times_s=clip.times_s,
        cuts_s=clip.cuts_s,
        stats=clip.stats,
        features=features,
        moments=moments,
        energy=_energy(moments, clip, retriever),
        reading=read_frames(features, retriever.video_encoder, clip),
        notes=clip.notes,
    )


def _energy(moments: BranchEmbedding, clip: VideoClip, retriever: Retriever) -> Array:
    """(T,) energies 1 to 5: by the dial of the catalogs, by motion where they span none."""
    controls = retriever.ranking.controls
    if controls.energy is not None and controls.bank is not None:
        return felt_energies(moments, controls.energy, controls.bank)
    motion = clip.stats[:, VIDEO_STATS.index("motion")]
    return np.asarray(1 + 4 * np.clip(motion / LIVELY, 0, 1), np.float32)
