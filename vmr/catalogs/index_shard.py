"""Index one shard of the music or the videos: find, and leave the catalog to the run that merges.

The run without ``--shard`` merges: what the shards found is recalled by content, whatever they did
not come to is done there, and running it again changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from vmr.catalogs import index_videos
from vmr.catalogs.file_pool import Done, Pace, run_on_files
from vmr.catalogs.heard_music import hear_all
from vmr.catalogs.index_run import Found, IndexReport, gone_through
from vmr.catalogs.music_files import find_music, stamp_of
from vmr.catalogs.shards import STORE, NamedFile, Shard, begin_shard, known_content
from vmr.errors import CatalogError
from vmr.files import VIDEO_ENDINGS, files_with_ending

Progress = Callable[[Pace], None]


def shard_music(
    source: Path,
    folder: Path,
    shard: Shard,
    *,
    encoder: str,
    device: str = "cpu",
    jobs: int | None = None,
    progress: Progress = lambda pace: None,
) -> IndexReport:
    """Analyse this shard's part of the music for the catalog ``folder``. Raises CatalogError."""
    files = [(file.track.audio, file.path) for file in find_music(source).files]
    run = partial(hear_all, encoder=encoder, device=device, store=folder / STORE, jobs=jobs)
    return _go_through(files, folder, shard, run, lambda one: one.facts.sha256, progress)


def shard_videos(
    source: Path,
    folder: Path,
    shard: Shard,
    *,
    encoder: str,
    device: str = "cpu",
    jobs: int | None = None,
    progress: Progress = lambda pace: None,
) -> IndexReport:
    """The same for videos."""
    if not source.is_dir():
        raise CatalogError("index.no_video_source", source=source)
    paths = files_with_ending(source, VIDEO_ENDINGS)
    files = [(path.relative_to(source).as_posix(), path) for path in paths]
    task = partial(index_videos.analyse_with, encoder=encoder, device=device, store=folder / STORE)
    run = partial(run_on_files, task, jobs=jobs)
    return _go_through(files, folder, shard, run, lambda one: one.sha256, progress)


def _go_through(
    files: Sequence[NamedFile],
    folder: Path,
    shard: Shard,
    run: Callable[[Sequence[Path]], Iterator[Done[Found]]],
    content: Callable[[Found], str],
    progress: Progress,
) -> IndexReport:
    """Do what of the shard is not done; count: files of the shard that are through."""
    own = [file for file in files if shard.takes(file[0])]
    with begin_shard(folder, shard) as stamps:
        known = known_content(own, folder / STORE)
        todo = [file for i, file in enumerate(own) if i not in known]
        before = [stamp_of(path) for _, path in todo]  # one that changes meanwhile is done again

        def note(i: int, found: Found) -> None:
            stamps.add(todo[i][0], before[i], content(found))

        paths = [path for _, path in todo]
        found, failed, pace = gone_through(run(paths), paths, progress, note)
    return IndexReport(len(known) + len(found), tuple(failed), (), pace, unchanged=len(known))
