"""Index videos: analyse every file with several processes, write a library."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from vmr.catalogs.analyse_video import VideoFeatures, analyse_video
from vmr.catalogs.arrays import (
    feature_table,
    write_features,
)
from vmr.catalogs.audio_address import relative_path, write_root
from vmr.catalogs.file_pool import Pace
from vmr.catalogs.index_run import IndexReport, exclusive, first_reason, gone_through
from vmr.catalogs.music import FEATURES
from vmr.catalogs.track_from_file import slug, text, unused
from vmr.catalogs.tracks_table import clean
from vmr.catalogs.videos import VIDEOS, Video, embed_videos, inside, write_videos
from vmr.encoders import load_video_encoder
from vmr.errors import CatalogError, Notice
from vmr.files import VIDEO_ENDINGS, files_with_ending, replacing

if TYPE_CHECKING:
    from vmr.model.two_tower import Model

worker_encoder = lru_cache(maxsize=1)(load_video_encoder)  # once per worker process


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
    """Make the library ``folder`` of the videos under ``source``; otherwise as ``index_music``."""
    if not source.is_dir():
        raise CatalogError("index.no_video_source", source=source)
    paths = files_with_ending(source, VIDEO_ENDINGS)
    task = partial(analyse_with, encoder=encoder, device=device)
    with exclusive(folder):
        found, skipped, pace = gone_through(task, paths, jobs, progress)
        rows = tabulate(source, paths, found, skipped)
        if not rows:
            reason = first_reason(skipped, Notice("index.no_video"))
            raise CatalogError("index.nothing", source=source, reason=reason)
        write_library(source, folder, rows, encoder)
        if model is not None:
            embed_videos(folder, model)
    notes = [(video.title, note) for video, one in rows for note in one.notes]
    return IndexReport(len(rows), tuple(skipped), tuple(notes), pace)


def tabulate(
    source: Path,
    paths: Sequence[Path],
    found: Mapping[int, VideoFeatures],
    skipped: list[tuple[str, str | Notice]],
) -> list[tuple[Video, VideoFeatures]]:
    """The rows of the table; ``skipped`` gets what the table could not hold."""
    rows: list[tuple[Video, VideoFeatures]] = []
    for i, one in found.items():
        try:
            rows.append((video_row(paths[i], source, one, {v.id for v, _ in rows}), one))
        except ValueError as error:
            skipped.append((paths[i].name, str(error)))
    return rows


def write_library(
    source: Path, folder: Path, rows: Sequence[tuple[Video, VideoFeatures]], encoder: str
) -> None:
    """Write a library's files, the table last."""
    for video, one in rows:
        with replacing(folder / "posters" / f"{video.id}.jpg") as temporary:
            temporary.write_bytes(one.poster)
    videos = [video for video, _ in rows]
    table = feature_table([v.id for v in videos], [one.features for _, one in rows], encoder)
    write_features(folder / FEATURES, table)
    write_root(folder, source)
    write_videos(folder / VIDEOS, videos)


def analyse_with(path: Path, encoder: str, device: str) -> VideoFeatures:
    """What a worker process does."""
    return analyse_video(path, worker_encoder(encoder, device))


def video_row(path: Path, source: Path, seen: VideoFeatures, ids: set[str]) -> Video:
    """ValueError for a path that the table could not hold."""
    relative = relative_path(clean("audio", path.relative_to(source).as_posix()), VIDEO_ENDINGS)
    if inside(source, relative) is None:
        raise ValueError("it is a link that leads out of the folder")
    title = text("title", path.stem.replace("_", " ")) or seen.sha256[:12]
    id = unused(slug(relative) or seen.sha256[:12], seen.sha256, ids)
    return Video(id, title, relative, round(seen.seconds, 2), seen.sha256)
