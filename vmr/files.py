"""Small facts about files: hashes, the cache folder, and writing without half-written files."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs

# The one list of what counts as a video and as music by its name; what is in a file decides later.
VIDEO_ENDINGS = (
    *(".3gp", ".avi", ".flv", ".gif", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg"),
    *(".mts", ".ogv", ".ts", ".webm", ".wmv"),
)
MUSIC_ENDINGS = (
    *(".aac", ".aif", ".aiff", ".flac", ".m4a", ".mka", ".mp3", ".oga", ".ogg", ".opus", ".wav"),
    *(".wma", ".wv"),
)


def has_ending(name: str, endings: Collection[str]) -> bool:
    """Whether a file's name ends like one of ``endings``, in any capitals; not for ``.mp3``."""
    stem, dot, ending = name.rpartition(".")
    return bool(stem and dot) and f".{ending.lower()}" in endings


def files_with_ending(folder: Path, endings: Collection[str]) -> list[Path]:
    """The files under a folder, sorted, without hidden ones (._song.mp3 on a Mac's disk)."""
    return [
        path
        for path in sorted(folder.rglob("*"))
        if has_ending(path.name, endings)
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.is_file()
    ]


def sha256_file(path: Path) -> str:
    """Hex digest of the file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def cache_folder() -> Path:
    """Where features, fetched audio and transcoded videos are kept; may be deleted at any time.

    The environment variable VMR_CACHE moves it.
    """
    return Path(os.environ.get("VMR_CACHE") or platformdirs.user_cache_dir("vmr", appauthor=False))


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside ``path`` that takes its name when the block ends without an error.

    The data are flushed to disk first, so a crash leaves the old file or the new one, never half.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # The suffix stays: some writers choose the format by it.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
