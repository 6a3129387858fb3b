"""A library of videos, indexed for the direction from music to video.

    videos.csv               id, title, video, seconds, sha256
    features.safetensors     the video encoder's rows per video
    embeddings.safetensors   unit vectors of one model, with its fingerprint
    posters/<id>.jpg         one frame each
    catalog.toml             ``audio_root``: where the paths in the column ``video`` start

The paths are as hostile as those of tracks.csv and are held to the same rules.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vmr.catalogs.arrays import (
    FeatureTable,
    read_embeddings,
    read_features,
    write_embeddings,
)
from vmr.catalogs.audio_address import audio_folder, relative_path
from vmr.catalogs.music import EMBEDDINGS, FEATURES
from vmr.catalogs.tracks_table import ID, SHA256, clean, number
from vmr.embedding import BranchEmbedding
from vmr.encoders import same_encoder
from vmr.errors import CatalogError
from vmr.files import VIDEO_ENDINGS, replacing
from vmr.tables import read_table

if TYPE_CHECKING:
    from vmr.model.two_tower import Model

VIDEOS = "videos.csv"
COLUMNS = ("id", "title", "video", "seconds", "sha256")


@dataclass(frozen=True)
class Video:
    """One row of videos.csv; ``video`` is a path relative to the library's root."""

    id: str
    title: str
    video: str
    seconds: float
    sha256: str


@dataclass(frozen=True, eq=False)
class VideoLibrary:
    """N videos as one model sees them. embeddings (N, B, E); root: None where nobody allowed it."""

    name: str
    folder: Path
    videos: tuple[Video, ...]
    embeddings: BranchEmbedding
    fingerprint: str
    root: Path | None

    def __len__(self) -> int:
        return len(self.videos)

    def video_path(self, i: int) -> Path | None:
        """The file to play for video i, or None where it is not there."""
        return inside(self.root, self.videos[i].video)

    def poster_path(self, i: int) -> Path | None:
        """A JPEG of one frame of video i, or None."""
        return inside(self.folder, f"posters/{self.videos[i].id}.jpg")


def inside(root: Path | None, relative: str) -> Path | None:
    """The file under ``root``, or None where it is not there or a link leads out."""
    if root is None:
        return None
    path = root / relative
    if not path.is_file() or not path.resolve().is_relative_to(root.resolve()):
        return None
    return path


def open_videos(folder: Path, model: Model, roots: Iterable[Path] = ()) -> VideoLibrary:
    """Open a library for a model, embedding again from the features where it must.

    ``roots`` are folders outside of it that its videos may be in. Raises CatalogError.
    """
    videos = read_videos(folder / VIDEOS)
    if not videos:
        raise CatalogError("library.no_videos", table=folder / VIDEOS)
    ids = [video.id for video in videos]
    embeddings = read_embeddings(folder / EMBEDDINGS, ids, model.fingerprint, "")
    if embeddings is None:
        embeddings = model.embed_video(list(_features(folder, ids, model)))
    name, root = folder.resolve().name, audio_folder(folder, roots)
    return VideoLibrary(name, folder, videos, embeddings, model.fingerprint, root)


def embed_videos(folder: Path, model: Model) -> int:
    """Embed the videos again from their features; returns how many there are."""
    ids = [video.id for video in read_videos(folder / VIDEOS)]
    embeddings = model.embed_video(list(_features(folder, ids, model)))
    write_embeddings(folder / EMBEDDINGS, ids, embeddings, model.fingerprint, "")
    return len(ids)


def _features(folder: Path, ids: Sequence[str], model: Model) -> FeatureTable:
    table = read_features(folder / FEATURES)
    expected, width = model.config.video_encoder, model.config.video_dim
    if not same_encoder(table.encoder, expected) or table.values.shape[1] != width:
        raise CatalogError(
            "library.encoder", folder=folder, encoder=table.encoder, expected=expected
        )
    try:
        return table.of(ids)
    except KeyError as error:
        raise CatalogError("library.not_indexed", id=error.args[0], folder=folder) from error


def read_videos(path: Path) -> tuple[Video, ...]:
    """Read videos.csv; CatalogError names the line and what is wrong with it."""
    videos: dict[str, Video] = {}
    table = read_table(path, COLUMNS, numbers={"seconds"}, paths={"video"}, error=CatalogError)
    for line, row in table:
        try:
            cells = {name: clean(name, row[name]) for name in COLUMNS}
            video = Video(
                cells["id"],
                cells["title"],
                relative_path(cells["video"], VIDEO_ENDINGS),
                number("seconds", cells["seconds"], 0, 86400) or 0.0,
                cells["sha256"],
            )
            if not ID.fullmatch(video.id) or video.id in videos:
                raise ValueError(f"{video.id!r} is no id, or is there twice")
            if not SHA256.fullmatch(video.sha256):
                raise ValueError("sha256 must be 64 hex digits")
        except ValueError as error:
            raise CatalogError("table.row", path=path, line=line, reason=error) from error
        videos[video.id] = video
    return tuple(videos.values())


def write_videos(path: Path, videos: Sequence[Video]) -> None:
    """Write the table that ``read_videos`` reads back."""
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows((v.id, v.title, v.video, f"{v.seconds:g}", v.sha256) for v in videos)
