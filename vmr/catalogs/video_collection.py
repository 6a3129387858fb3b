"""A video library opened for a model: what is ranked for a piece of music."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from vmr.catalogs.collection import Say, silence
from vmr.catalogs.numbers import Numbers
from vmr.catalogs.score_scale import ScoreScale, score_scale
from vmr.catalogs.videos import VIDEOS, VideoLibrary, open_videos
from vmr.embedding import BranchEmbedding, Calibration
from vmr.errors import CatalogError, plural
from vmr.search import Fusion

if TYPE_CHECKING:
    from vmr.model.two_tower import Model


@dataclass(frozen=True, eq=False)
class VideoCollection:
    """A video library with the calibration (V, B) or (1, B) that ranks it for music, and what
    browsers call its videos by; bank: typical music, None for a checkpoint without."""

    library: VideoLibrary
    for_music: Calibration
    numbers: Numbers
    bank: BranchEmbedding | None = None
    fusion: Fusion = "calibrated"

    @classmethod
    def of(cls, library: VideoLibrary, model: Model) -> VideoCollection:
        """The collection of a library that was opened for this model."""
        identities = [(library.name, v.id, v.video, v.sha256) for v in library.videos]
        calibration = model.calibration_of_video(library.embeddings)
        numbers, fusion = Numbers.of(identities), model.config.fusion
        return cls(library, calibration, numbers, model.music_bank, fusion)

    @cached_property
    def scale(self) -> ScoreScale | None:
        """What random pairs of music and these videos reach, None without typical music."""
        items, bank = self.library.embeddings, self.bank
        return score_scale(items, bank, self.for_music, self.fusion) if bank else None

    def following(self, earlier: VideoCollection) -> VideoCollection:
        """The same, to browsers that know the videos of an earlier one."""
        return replace(self, numbers=self.numbers.following(earlier.numbers))

    def opened_for(self, model: Model) -> VideoCollection:
        """The same library for another model. Raises CatalogError."""
        roots = [self.library.root] if self.library.root else []
        videos = open_videos(self.library.folder, model, roots)
        return VideoCollection.of(videos, model).following(self)


def open_video_collection(
    folder: Path, model: Model, say: Say = silence, roots: Sequence[Path] = ()
) -> VideoCollection:
    """The video library in this folder; ``roots`` as above. Raises CatalogError."""
    if not (folder / VIDEOS).is_file():
        raise CatalogError("library.none", folder=folder, table=VIDEOS)
    videos = open_videos(folder, model, roots)
    say(f"library {videos.name}, {plural(len(videos), 'video')}")
    return VideoCollection.of(videos, model)
