"""Index videos: analyse every file with several processes, write a library."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from vmr.catalogs.analyse_video import (
    VideoFeatures,
    analyse_video,
    recall_video,
    video_cache,
)
from vmr.catalogs.arrays import (
    feature_table,
    write_features,
)
from vmr.catalogs.audio_address import relative_path, write_root
from vmr.catalogs.file_pool import Pace, run_on_files
from vmr.catalogs.index_run import IndexReport, exclusive, first_reason, gone_through
from vmr.catalogs.music import FEATURES
from vmr.catalogs.shards import known_content, no_shard_runs, store_of
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
    store = store_of(folder)
    named = [(path.relative_to(source).as_posix(), path) for path in paths]
    known = {paths[i]: sha256 for i, sha256 in known_content(named, store).items()}
    task = partial(analyse_with, encoder=encoder, device=device, store=store)
    with exclusive(folder), no_shard_runs(folder):
        seen = recall_shards(known, encoder, store)
        rest = [path for path in paths if path not in seen]
        found, skipped, pace = gone_through(run_on_files(task, rest, jobs), rest, progress)
        seen |= {rest[i]: one for i, one in found.items()}
        rows = tabulate(source, [path for path in paths if path in seen], seen, skipped)
        if not rows:
            reason = first_reason(skipped, Notice("index.no_video"))
            raise CatalogError("index.nothing", source=source, reason=reason)
        write_library(source, folder, rows, encoder)
        if model is not None:
            embed_videos(folder, model)
    notes = [(video.title, note) for video, one in rows for note in one.notes]
    return IndexReport(
        len(rows), tuple(skipped), tuple(notes), pace, recalled=len(seen) - len(found)
    )


def tabulate(
    source: Path,
    paths: Sequence[Path],
    seen: Mapping[Path, VideoFeatures],
    skipped: list[tuple[str, str | Notice]],
) -> list[tuple[Video, VideoFeatures]]:
    """The rows of the table; ``skipped`` gets what the table could not hold."""
    rows: list[tuple[Video, VideoFeatures]] = []
    for path in paths:
        one = seen[path]
        try:
            rows.append((video_row(path, source, one, {v.id for v, _ in rows}), one))
        except ValueError as error:
            skipped.append((path.name, str(error)))
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


def analyse_with(path: Path, encoder: str, device: str, store: Path | None = None) -> VideoFeatures:
    """What a worker process does."""
    return analyse_video(path, worker_encoder(encoder, device), store)


def recall_shards(
    known: Mapping[Path, str], encoder: str, store: Path | None
) -> dict[Path, VideoFeatures]:
    """What shards found in files of known content."""
    if store is None or not known:
        return {}
    cache = video_cache(worker_encoder(encoder, "cpu"), store)
    found = {path: recall_video(cache, sha256) for path, sha256 in known.items()}
    return {path: one for path, one in found.items() if one is not None}


def video_row(path: Path, source: Path, seen: VideoFeatures, ids: set[str]) -> Video:
    """ValueError for a path that the table could not hold."""
    relative = relative_path(clean("audio", path.relative_to(source).as_posix()), VIDEO_ENDINGS)
    if inside(source, relative) is None:
        raise ValueError("it is a link that leads out of the folder")
    title = text("title", path.stem.replace("_", " ")) or seen.sha256[:12]
    id = unused(slug(relative) or seen.sha256[:12], seen.sha256, ids)
    return Video(id, title, relative, round(seen.seconds, 2), seen.sha256)
