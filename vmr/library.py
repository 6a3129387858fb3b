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
import hashlib
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vmr.catalog import EMBEDDINGS, FEATURES, audio_folder, write_root
from vmr.embedding import BranchEmbedding
from vmr.errors import CatalogError
from vmr.files import cache_folder, replacing, sha256_file
from vmr.indexing import IndexReport, files_named, first_reason
from vmr.listen import spread
from vmr.rows import slug, text, unused
from vmr.store import (
    FeatureTable,
    feature_table,
    read_arrays,
    read_embeddings,
    read_features,
    write_arrays,
    write_embeddings,
    write_features,
)
from vmr.tracks import ID, SHA256, VIDEO_NAME, clean, number, read_rows, relative_path
from vmr.workers import Clock, Pace, run_on_files

if TYPE_CHECKING:
    from vmr.encoders.base import VideoEncoder
    from vmr.media.clip import VideoClip
    from vmr.model import Model

VIDEOS = "videos.csv"
COLUMNS = ("id", "title", "video", "seconds", "sha256")
ROWS = 40  # feature rows kept per video, spread over the whole of it
POSTER_WIDTH = 320


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
    """N videos as one model sees them. embeddings (N, B, E)."""

    name: str
    folder: Path
    videos: tuple[Video, ...]
    embeddings: BranchEmbedding
    fingerprint: str
    root: Path

    def __len__(self) -> int:
        return len(self.videos)

    def video_path(self, i: int) -> Path | None:
        """The file to play for video i, or None where it is not there."""
        return inside(self.root, self.videos[i].video)

    def poster_path(self, i: int) -> Path | None:
        """A JPEG of one frame of video i, or None."""
        return inside(self.folder, f"posters/{self.videos[i].id}.jpg")


def inside(root: Path, relative: str) -> Path | None:
    """The file under ``root``, or None where it is not there or a link leads out."""
    path = root / relative
    if not path.is_file() or not path.resolve().is_relative_to(root.resolve()):
        return None
    return path


def open_videos(folder: Path, model: Model) -> VideoLibrary:
    """Open a library for a model, embedding again from the features where it must.

    Raises CatalogError.
    """
    videos = read_videos(folder / VIDEOS)
    if not videos:
        raise CatalogError(f"{folder / VIDEOS} has no videos.")
    ids = [video.id for video in videos]
    embeddings = read_embeddings(folder / EMBEDDINGS, ids, model.fingerprint, "")
    if embeddings is None:
        embeddings = model.embed_video(list(_features(folder, ids, model)))
    name, root = folder.resolve().name, audio_folder(folder)
    return VideoLibrary(name, folder, videos, embeddings, model.fingerprint, root)


def embed_videos(folder: Path, model: Model) -> int:
    """Embed the videos again from their features; returns how many there are."""
    ids = [video.id for video in read_videos(folder / VIDEOS)]
    embeddings = model.embed_video(list(_features(folder, ids, model)))
    write_embeddings(folder / EMBEDDINGS, ids, embeddings, model.fingerprint, "")
    return len(ids)


def _features(folder: Path, ids: Sequence[str], model: Model) -> FeatureTable:
    again = f"Run: python -m vmr index --videos DIR --catalog {folder}"
    table = read_features(folder / FEATURES)
    wanted, width = model.config.video_encoder, model.config.video_dim
    if table.encoder != wanted or table.values.shape[1] != width:
        raise CatalogError(
            f"{folder} was indexed with {table.encoder}, the checkpoint sees with {wanted}. {again}"
        )
    try:
        return table.of(ids)
    except KeyError as error:
        raise CatalogError(f"{error.args[0]!r} of {folder} is not indexed. {again}") from error


def read_videos(path: Path) -> tuple[Video, ...]:
    """Read videos.csv; CatalogError names the line and what is wrong with it."""
    videos: dict[str, Video] = {}
    for line, row in read_rows(path, required=COLUMNS):
        try:
            cells = {name: clean(name, row[name]) for name in COLUMNS}
            video = Video(
                cells["id"],
                cells["title"],
                relative_path(cells["video"], VIDEO_NAME),
                number("seconds", cells["seconds"], 0, 86400) or 0.0,
                cells["sha256"],
            )
            if not ID.fullmatch(video.id) or video.id in videos:
                raise ValueError(f"{video.id!r} is no id, or is there twice")
            if not SHA256.fullmatch(video.sha256):
                raise ValueError("sha256 must be 64 hex digits")
        except ValueError as error:
            raise CatalogError(f"{path}, line {line}: {error}. Correct the table.") from error
        videos[video.id] = video
    return tuple(videos.values())


def write_videos(path: Path, videos: Sequence[Video]) -> None:
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows((v.id, v.title, v.video, f"{v.seconds:g}", v.sha256) for v in videos)


# ---- indexing -------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Seen:
    """What is kept of one video: features (T, D) float32, T <= ROWS; poster: a JPEG's bytes."""

    sha256: str
    features: NDArray[np.float32]
    poster: bytes
    seconds: float
    notes: tuple[str, ...]


def index_videos(
    source: Path,
    folder: Path,
    *,
    encoder: str,
    device: str = "cpu",
    model: Model | None = None,
    jobs: int | None = None,
    progress: Callable[[Pace], None] = lambda pace: None,
) -> IndexReport:
    """Make the library ``folder`` of the videos under ``source``. As ``index_music``."""
    if not source.is_dir():
        raise CatalogError(f"{source} is not a folder of videos.")
    paths = files_named(VIDEO_NAME, source)
    skipped: list[tuple[str, str]] = []
    seen: dict[int, Seen] = {}
    clock, pace = Clock(len(paths)), Pace("", 0, len(paths), 0.0, 0.0)
    for done in run_on_files(partial(look_with, encoder=encoder, device=device), paths, jobs):
        if done.result is None:
            skipped.append((paths[done.index].name, done.reason))
        else:
            seen[done.index] = done.result
        pace = clock.tick(paths[done.index].name, done.result.seconds if done.result else 0.0)
        progress(pace)
    videos: dict[str, Video] = {}
    rows: list[NDArray[np.float32]] = []
    notes: list[tuple[str, str]] = []
    for i in sorted(seen):
        try:
            video = row_of(paths[i], source, seen[i], set(videos))
        except ValueError as error:
            skipped.append((paths[i].name, str(error)))
            continue
        videos[video.id] = video
        rows.append(seen[i].features)
        notes += [(video.title, note) for note in seen[i].notes]
        with replacing(folder / "posters" / f"{video.id}.jpg") as temporary:
            temporary.write_bytes(seen[i].poster)
    if not rows:
        raise CatalogError(f"No video in {source} could be indexed. {first_reason(skipped)}")
    write_features(folder / FEATURES, feature_table(list(videos), rows, encoder))
    write_root(folder, source)
    write_videos(folder / VIDEOS, list(videos.values()))
    if model is not None:
        embed_videos(folder, model)
    return IndexReport(len(rows), tuple(skipped), tuple(notes), pace)


def row_of(path: Path, source: Path, seen: Seen, ids: set[str]) -> Video:
    """ValueError for a path that the table could not hold."""
    relative = relative_path(clean("audio", path.relative_to(source).as_posix()), VIDEO_NAME)
    if inside(source, relative) is None:
        raise ValueError("it is a link that leads out of the folder")
    title = text("title", path.stem.replace("_", " ")) or seen.sha256[:12]
    id = unused(slug(relative) or seen.sha256[:12], seen.sha256, ids)
    return Video(id, title, relative, round(seen.seconds, 2), seen.sha256)


def look_with(path: Path, encoder: str, device: str) -> Seen:
    """What a worker process does: look at one video, or recall what was seen."""
    from vmr.media.read import read_video

    sha256 = sha256_file(path)
    eyes = hashlib.sha256(f"1 {encoder}".encode()).hexdigest()[:12]
    kept = cache_folder() / "seen" / eyes / sha256[:2] / f"{sha256}.safetensors"
    if kept.is_file():
        try:
            arrays, header = read_arrays(kept)
            facts = json.loads(header["facts"])
            poster = arrays["poster"].tobytes()
            return Seen(sha256, arrays["features"], poster, facts[0], tuple(facts[1]))
        except (CatalogError, KeyError, ValueError):
            kept.unlink()
    clip = read_video(path)
    features = spread(worker_encoder(encoder, device).encode(clip), ROWS)
    seen = Seen(sha256, features, poster_of(clip), clip.duration_s, clip.notes)
    arrays = {"features": features, "poster": np.frombuffer(seen.poster, np.uint8)}
    write_arrays(kept, arrays, {"facts": json.dumps([seen.seconds, seen.notes])})
    return seen


@lru_cache(maxsize=1)
def worker_encoder(id: str, device: str) -> VideoEncoder:
    """Loaded once per worker process."""
    from vmr.encoders import load_video_encoder

    return load_video_encoder(id, device)


def poster_of(clip: VideoClip) -> bytes:
    """The most lively of the frames in the middle half as a JPEG: titles and black are dull."""
    from PIL import Image

    first, last = len(clip) // 4, max(len(clip) // 4 + 1, 3 * len(clip) // 4)
    spreads = [float(clip.frames[i, ::4, ::4].std()) for i in range(first, last)]
    image = Image.fromarray(clip.frames[first + int(np.argmax(spreads))])
    height = max(1, round(image.height * POSTER_WIDTH / image.width))
    out = io.BytesIO()
    image.resize((POSTER_WIDTH, height)).save(out, "JPEG", quality=82)
    return out.getvalue()
