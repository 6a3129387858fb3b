"""``python -m vmr extract``: compute the frozen features of media files and keep them.

What is finished is kept, so a run that was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from vmr.encoders import DEFAULT_MUSIC, DEFAULT_VIDEO
from vmr.errors import ManifestError, MediaError, VmrError
from vmr.files import cache_folder
from vmr.tables import read_table

VIDEO_SUFFIXES = (".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi", ".mpg", ".mpeg", ".ogv", ".ts")
MUSIC_SUFFIXES = (".wav", ".mp3", ".flac", ".ogg", ".opus", ".m4a", ".aac", ".aif", ".aiff")


@dataclass(frozen=True)
class Job:
    """One file to extract, as picture or as sound."""

    kind: str  # "video" or "music"
    path: Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """At least one source of files; the encoders and the cache folder have defaults."""
    parser.add_argument("--videos", type=Path, metavar="DIR", help="pictures of these videos")
    parser.add_argument("--music", type=Path, metavar="DIR", help="sound of these music files")
    parser.add_argument("--soundtracks", action="store_true", help="the sound of --videos too")
    parser.add_argument("--pairs", type=Path, metavar="CSV", help="the files of a table of pairs")
    parser.add_argument("--video-encoder", default=DEFAULT_VIDEO, metavar="ID")
    parser.add_argument("--music-encoder", default=DEFAULT_MUSIC, metavar="ID")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="where the features are kept")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--commercial", action="store_true", help="refuse non-commercial weights")


def run(args: argparse.Namespace) -> int:
    """0 when every file has its features, 1 when some could not be read; those are named."""
    jobs = list(dict.fromkeys(find_jobs(args)))
    if not jobs:
        raise VmrError("there is nothing to extract; give --videos, --music or --pairs with files")
    extract = extractor(args, {job.kind for job in jobs})
    failed = extract_all(jobs, extract, Progress(len(jobs)))
    for job, reason in failed:
        print(f"not extracted: {job.path}: {reason}", file=sys.stderr)
    print(f"{len(jobs) - len(failed)} of {len(jobs)} files have their features")
    return 1 if failed else 0


def find_jobs(args: argparse.Namespace) -> Iterator[Job]:
    """The files that the arguments name, in order, possibly more than once."""
    if args.videos:
        for path in _files(args.videos, VIDEO_SUFFIXES):
            yield Job("video", path)
            if args.soundtracks:
                yield Job("music", path)
    if args.music:
        for path in _files(args.music, MUSIC_SUFFIXES):
            yield Job("music", path)
    if args.pairs:
        yield from _jobs_of_pairs(args.pairs)


def extractor(args: argparse.Namespace, kinds: set[str]) -> Callable[[Job], object]:
    """A function that brings one file's features into the cache, with only the encoders needed."""
    from vmr.encoders import load_music_encoder, load_video_encoder
    from vmr.training.feature_cache import FeatureCache

    options = {"device": args.device, "commercial": args.commercial}
    cache = FeatureCache(args.cache or cache_folder() / "features")
    video = load_video_encoder(args.video_encoder, **options) if "video" in kinds else None
    music = load_music_encoder(args.music_encoder, **options) if "music" in kinds else None
    for encoder in (video, music):
        if encoder:
            print(f"{encoder.id}: {encoder.licence}", file=sys.stderr)

    def extract(job: Job) -> object:
        if job.kind == "video" and video:
            return cache.video(job.path, video)
        if job.kind == "music" and music:
            return cache.music(job.path, music)
        raise ValueError(f"no encoder was loaded for {job.kind}")

    return extract


def extract_all(
    jobs: list[Job], extract: Callable[[Job], object], progress: Progress
) -> list[tuple[Job, str]]:
    """Extract every file; returns those that cannot be read, with the reason."""
    failed = []
    for job in jobs:
        progress.show(job.path.name)
        begin = time.monotonic()
        try:
            extract(job)
        except MediaError as error:
            failed.append((job, str(error)))
        progress.add(time.monotonic() - begin)
    progress.end()
    return failed


class Progress:
    """One line on the console: how many, how long still, which file now.

    Files that were kept from an earlier run take almost no time. They are left out of the mean, or
    the time left would be promised far too short after a restart.
    """

    KEPT_S = 0.1
    LINE_S = 1.0  # between two lines in a log file

    def __init__(self, total: int) -> None:
        self._total, self._done = total, 0
        self._slow_s: list[float] = []
        self._live = sys.stderr.isatty()
        self._shown_s = -self.LINE_S

    def add(self, took_s: float) -> None:
        self._done += 1
        if took_s > self.KEPT_S:
            self._slow_s.append(took_s)

    def text(self, name: str) -> str:
        """Such as ``12 of 340, about 14 min left: clip.mp4``."""
        left = ""
        if self._slow_s:
            mean_s = sum(self._slow_s) / len(self._slow_s)
            left_s = mean_s * (self._total - self._done)
            left = f", about {left_s / 60:.0f} min left" if left_s >= 90 else ", soon done"
        return f"{self._done + 1} of {self._total}{left}: {name}"

    def show(self, name: str) -> None:
        now_s = time.monotonic()
        if not self._live and now_s - self._shown_s < self.LINE_S:
            return
        self._shown_s = now_s
        width = shutil.get_terminal_size().columns - 1
        text = self.text(name)
        print(f"\r{text[:width]:{width}}" if self._live else text, end="", file=sys.stderr)
        print("" if self._live else "\n", end="", flush=True, file=sys.stderr)

    def end(self) -> None:
        if self._live:
            print(file=sys.stderr)


def _files(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    if not folder.is_dir():
        raise VmrError(f"there is no folder {folder}; check the name and try again")
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in suffixes and p.is_file())


def _jobs_of_pairs(table: Path) -> Iterator[Job]:
    """Video and music of every row; arrays are features already, an empty music is the video's."""
    rows = read_table(table, ("video", "music"), paths={"video", "music"})
    if rows.how:
        print(rows.how, file=sys.stderr)
    if not len(rows):
        raise ManifestError(f"{table} has no rows; name a video and its music in each")
    missing = []
    for number, row in rows:
        video, music = row["video"], row["music"] or row["video"]
        for kind, name in (("video", video), ("music", music)):
            path = table.parent / name
            if path.suffix.lower() == ".npy":
                continue
            if not name or not path.is_file():
                missing.append(f"row {number}: {kind} {name!r}")
            else:
                yield Job(kind, path)
    if missing:
        raise ManifestError(
            f"{table} names files that are not there: {'; '.join(missing[:5])}"
            f"{f' and {len(missing) - 5} more' if len(missing) > 5 else ''}; "
            "paths are relative to the table's folder"
        )
