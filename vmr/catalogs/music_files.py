"""Which music there is to index: a folder or a table, and which of it has not changed since.

``content.json`` of a catalog remembers of each file its size, its time and the sha256 of its
content, so that a file is not read again while the first two stay.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from vmr.catalogs.audio_address import audio_folder, check_audio, locate_audio
from vmr.catalogs.tracks_table import Track, clean, read_tracks_table, tracks_of
from vmr.errors import CatalogError, Notice
from vmr.files import MUSIC_ENDINGS, files_with_ending, replacing, sha256_file

CONTENT = "content.json"
LABELS = "labels.csv"
READERS = 4  # files whose content is hashed at once


@dataclass(frozen=True)
class MusicFile:
    """One file to analyse, and the row that is known of it (the id may still be empty)."""

    path: Path
    track: Track


@dataclass(frozen=True)
class MusicSource:
    """files to go through; skipped (name, reason) of others; root: where relative paths start;
    is_table: the rows of a table, whose cells win over an earlier catalog; how it was read."""

    files: tuple[MusicFile, ...]
    skipped: tuple[tuple[str, str | Notice], ...]
    root: Path
    is_table: bool = False
    how: Notice | None = None


def find_music(source: Path) -> MusicSource:
    """The music files of a folder, or the tracks of a table. Raises CatalogError."""
    if source.is_dir():
        return _folder(source)
    if source.suffix.lower() != ".csv":
        raise CatalogError("index.no_music_source", source=source)
    return _table(source)


def _table(source: Path) -> MusicSource:
    root = audio_folder(source.parent)
    if root is None:
        raise CatalogError("catalog.foreign_root", path=source.with_name("catalog.toml"))
    table = read_tracks_table(source)
    files: list[MusicFile] = []
    skipped: list[tuple[str, str | Notice]] = []
    for track in tracks_of(table, source):
        path = locate_audio(track.audio, root)
        if path is None:
            skipped.append((track.title, Notice("index.no_sound", audio=track.audio or "-")))
        else:
            files.append(MusicFile(path, track))
    return MusicSource(tuple(files), tuple(skipped), root, is_table=True, how=table.how)


def _folder(source: Path) -> MusicSource:
    files: list[MusicFile] = []
    skipped: list[tuple[str, str | Notice]] = []
    for path in files_with_ending(source, MUSIC_ENDINGS):
        audio = path.relative_to(source).as_posix()
        try:
            clean("audio", audio)
            usable = check_audio(audio) == ("", audio) and locate_audio(audio, source) is not None
        except ValueError as error:
            skipped.append((path.name, str(error)))
            continue
        if usable:
            files.append(MusicFile(path, Track(id="", title="", audio=audio)))
        else:
            skipped.append((path.name, Notice("index.link_out")))
    return MusicSource(tuple(files), tuple(skipped), source)


# ---- what has not changed -------------------------------------------------------------------

Stamp = tuple[int, int]  # size in bytes, time of the last change in ns


def read_content(folder: Path) -> dict[str, tuple[Stamp, str]]:
    """{audio: (stamp, sha256)} of a catalog; {} where it has none that can be read."""
    try:
        rows = json.loads((folder / CONTENT).read_text(encoding="utf-8"))
        return {str(audio): ((int(a), int(b)), str(sha)) for audio, (a, b, sha) in rows.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def write_content(folder: Path, files: Mapping[str, tuple[Stamp, str]]) -> None:
    """Write what ``read_content`` reads."""
    rows = {audio: [*stamp, sha256] for audio, (stamp, sha256) in files.items()}
    with replacing(folder / CONTENT) as temporary:
        temporary.write_text(json.dumps(rows), encoding="utf-8")


def stamp_of(path: Path) -> Stamp:
    """OSError where the file has gone."""
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def content_of(
    files: Sequence[MusicFile], before: Mapping[str, tuple[Stamp, str]]
) -> dict[int, str]:
    """{position: sha256} of the files; only those with a new name, size or time are read.

    A file that cannot be read is left out: its analysis will say why.
    """
    found: dict[int, str] = {}
    new: list[int] = []
    for i, file in enumerate(files):
        stamp, sha256 = before.get(file.track.audio, ((-1, -1), ""))
        if sha256 and stamp == stamp_of(file.path):
            found[i] = sha256
        else:
            new.append(i)
    with ThreadPoolExecutor(READERS) as pool:
        for i, sha256 in zip(new, pool.map(_hash, (files[i].path for i in new)), strict=True):
            if sha256:
                found[i] = sha256
    return found


def _hash(path: Path) -> str:
    try:
        return sha256_file(path)
    except OSError:
        return ""
