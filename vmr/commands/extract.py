"""``python -m vmr extract``: compute the frozen features of media files and keep them.

What is finished is kept, so a run that was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from vmr.catalogs.shards import Shard
from vmr.commands.progress import progress_bar
from vmr.encoders import DEFAULT_MUSIC, DEFAULT_VIDEO
from vmr.errors import ManifestError, MediaError, VmrError, worded
from vmr.files import MUSIC_ENDINGS, VIDEO_ENDINGS, cache_folder, files_with_ending
from vmr.tables import read_table


@dataclass(frozen=True)
class MediaFile:
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
    parser.add_argument(
        "--shard", metavar="I/N", help="only this part of the files, on one of N machines"
    )
    parser.add_argument("--commercial", action="store_true", help="refuse non-commercial weights")


def run(args: argparse.Namespace) -> int:
    """0 when every file has its features, 1 when some could not be read; those are named."""
    files = list(dict.fromkeys(find_files(args)))
    if not files:
        raise VmrError("extract.nothing")
    if args.shard is not None:
        files = part_of(files, Shard.parse(args.shard))
    extract = extractor(args, {file.kind for file in files})
    failed = extract_all(files, extract)
    for file, reason in failed:
        print(f"not extracted: {file.path}: {reason}", file=sys.stderr)
    done = "{n} of {all} {all:file|files} {n:has its|have their} features"
    print(worded(done, n=len(files) - len(failed), all=len(files)))
    return 1 if failed else 0


def find_files(args: argparse.Namespace) -> Iterator[MediaFile]:
    """The files that the arguments name, in order, possibly more than once."""
    if args.videos:
        for path in _files(args.videos, VIDEO_ENDINGS):
            yield MediaFile("video", path)
            if args.soundtracks:
                yield MediaFile("music", path)
    if args.music:
        for path in _files(args.music, MUSIC_ENDINGS):
            yield MediaFile("music", path)
    if args.pairs:
        yield from _files_of_pairs(args.pairs)


def part_of(files: list[MediaFile], shard: Shard) -> list[MediaFile]:
    """The files of one shard: by their paths below the folder that holds them all, which may have
    another name on each machine."""
    paths = [file.path.resolve() for file in files]
    top = Path(os.path.commonpath([path.parent for path in paths]))
    own = [shard.takes(path.relative_to(top).as_posix()) for path in paths]
    return [file for file, is_own in zip(files, own, strict=True) if is_own]


def extractor(args: argparse.Namespace, kinds: set[str]) -> Callable[[MediaFile], object]:
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

    def extract(file: MediaFile) -> object:
        if file.kind == "video" and video:
            return cache.video(file.path, video)
        if file.kind == "music" and music:
            return cache.music(file.path, music)
        raise ValueError(f"no encoder was loaded for {file.kind}")

    return extract


def extract_all(
    files: list[MediaFile], extract: Callable[[MediaFile], object]
) -> list[tuple[MediaFile, str]]:
    """Extract every file; returns those that cannot be read, with the reason."""
    failed = []
    with progress_bar(len(files)) as bar:
        for file in files:
            bar.set_postfix_str(file.path.name)
            try:
                extract(file)
            except MediaError as error:
                failed.append((file, str(error)))
            bar.update()
    return failed


def _files(folder: Path, endings: tuple[str, ...]) -> list[Path]:
    if not folder.is_dir():
        raise VmrError("extract.no_folder", folder=folder)
    return files_with_ending(folder, endings)


def _files_of_pairs(table: Path) -> Iterator[MediaFile]:
    """Video and music of every row; arrays are features already, an empty music is the video's."""
    rows = read_table(table, ("video", "music"), paths={"video", "music"})
    if rows.how:
        print(rows.how, file=sys.stderr)
    if not len(rows):
        raise ManifestError("extract.no_rows", table=table)
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
                yield MediaFile(kind, path)
    if missing:
        raise ManifestError(
            "extract.missing",
            table=table,
            missing="; ".join(missing[:5]),
            more=f" and {len(missing) - 5} more" if len(missing) > 5 else "",
        )
