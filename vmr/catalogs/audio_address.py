"""Where the sound of a track is: the column ``audio`` of tracks.csv, which may come from anyone.

    sub/song.opus                  under the catalog's audio folder
    package:distribution/a/b.opus  a file that the installed Python package carries
    cache:games/x.opus             under the cache folder, where ``vmr catalog fetch`` puts it

No other place can be named: no absolute path, no ``..``, and only names that end like audio. The
audio folder is the catalog's own, or one outside that the operator indexed or named.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from importlib import metadata
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vmr.errors import CatalogError
from vmr.files import MUSIC_ENDINGS, cache_folder, has_ending, replacing

DISTRIBUTION = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
ROOTS = "music_roots.json"  # in the cache folder, where no catalog can write
DRIVE = re.compile(r"[A-Za-z]:")  # C:song.mp3 is no relative path on Windows


def check_audio(audio: str) -> tuple[str, str]:
    """("", "package" or "cache", relative path); ValueError for anything that could lead away."""
    scheme, colon, rest = audio.partition(":")
    if not colon or scheme not in ("package", "cache"):
        scheme, rest = "", audio
    relative_path(rest, MUSIC_ENDINGS)
    distribution, slash, _ = rest.partition("/")
    if scheme == "package" and not (slash and DISTRIBUTION.fullmatch(distribution)):
        raise ValueError(f"audio {audio!r} must be package:<distribution>/<path>")
    return scheme, rest


def relative_path(path: str, endings: Collection[str]) -> str:
    """The path itself; ValueError unless it is relative, plain, and ends like ``endings``."""
    if (
        any(part in ("", ".", "..") for part in path.split("/"))
        or set(path) & {"\\", "\0"}
        or DRIVE.match(path)
    ):
        raise ValueError(f"{path!r} must be a relative path with / and without ..")
    if not has_ending(path.rpartition("/")[2], endings):
        raise ValueError(f"{path!r} does not end like a file of that kind")
    return path


def locate_audio(audio: str, folder: Path | None) -> Path | None:
    """The audio file, or None where it is not there; links that lead out count as not there.

    ``folder`` is where relative paths start, None where nobody allowed it. ValueError as for
    ``check_audio``.
    """
    if not audio:
        return None
    scheme, rest = check_audio(audio)
    if scheme == "package":
        distribution, _, inside = rest.partition("/")
        root, files = package_files(distribution)
        path = root / inside if inside in files else None
    else:
        start = cache_folder() if scheme == "cache" else folder
        if start is None:
            return None
        root, path = start, start / rest
    if path is None or not path.is_file():
        return None
    return path if path.resolve().is_relative_to(root.resolve()) else None


def are_there(audio: Sequence[str], folder: Path | None) -> NDArray[np.bool_]:
    """``locate_audio(...) is not None`` of each address: (N,). Folders are listed once each, which
    is faster by far than asking for file after file."""
    root = None if folder is None else folder.resolve()
    known: dict[str, dict[str, bool]] = {}

    def is_there(address: str) -> bool:
        if not address or ":" in address or root is None:  # a package's, the cache's, or none
            return locate_audio(address, folder) is not None
        parent, _, name = address.rpartition("/")
        files = known.get(parent)
        if files is None:
            files = known[parent] = _files(root / parent, root)
        plain = files.get(name) if files else None
        return bool(plain) or (plain is False and locate_audio(address, folder) is not None)

    return np.array([is_there(address) for address in audio], dtype=bool)


def _files(folder: Path, root: Path) -> dict[str, bool]:
    """{name: whether it is a plain file, False for a link} of a folder that lies in the root."""
    try:
        if not folder.resolve().is_relative_to(root):
            return {}
        with os.scandir(folder) as entries:
            return {e.name: not e.is_symlink() for e in entries if e.is_file()}
    except OSError:
        return {}


@lru_cache(maxsize=32)
def package_files(distribution: str) -> tuple[Path, frozenset[str]]:
    """(root, the paths under it) that an installed Python package says are its own."""
    try:
        found = metadata.distribution(distribution)
    except metadata.PackageNotFoundError:
        return Path(), frozenset()
    names = frozenset(file.as_posix() for file in found.files or () if ".." not in file.parts)
    return Path(str(found.locate_file(""))), names


def write_root(folder: Path, root: Path) -> None:
    """Note in catalog.toml where relative paths start, and that whoever runs this allowed it."""
    if root.resolve() == folder.resolve():
        (folder / "catalog.toml").unlink(missing_ok=True)  # of an earlier run
        return
    # A JSON string of plain text is a TOML string too.
    line = f"audio_root = {json.dumps(str(root.resolve()), ensure_ascii=False)}\n"
    with replacing(folder / "catalog.toml") as temporary:
        temporary.write_text(line, encoding="utf-8")
    if not root.resolve().is_relative_to(folder.resolve()):
        allow_root(root)


def audio_folder(folder: Path, roots: Iterable[Path] = ()) -> Path | None:
    """Where relative audio paths start: the catalog, or ``audio_root`` of its catalog.toml.

    A catalog may come from anyone, so a root outside of it counts only under one of ``roots``, or
    under a folder that was indexed here; None otherwise. Raises CatalogError for a damaged file.
    """
    path = folder / "catalog.toml"
    if not path.is_file():
        return folder
    try:
        root = folder / Path(tomllib.loads(path.read_text(encoding="utf-8")).get("audio_root", "."))
        place = root.resolve()
    except (OSError, ValueError, TypeError) as error:
        raise CatalogError("catalog.unreadable", path=path, reason=error) from error
    within = (allowed.resolve() for allowed in (folder, *roots, *allowed_roots()))
    return root if any(place.is_relative_to(allowed) for allowed in within) else None


def allow_root(root: Path) -> None:
    """Remember that music and videos under this folder may be used by catalogs elsewhere."""
    named = {str(allowed) for allowed in allowed_roots()} | {str(root.resolve())}
    with replacing(cache_folder() / ROOTS) as temporary:
        temporary.write_text(json.dumps(sorted(named), ensure_ascii=False), encoding="utf-8")


def allowed_roots() -> tuple[Path, ...]:
    """The folders of ``allow_root``; none where the cache folder was emptied."""
    try:
        named = json.loads((cache_folder() / ROOTS).read_text(encoding="utf-8"))
        return tuple(Path(str(root)) for root in named if Path(str(root)).is_absolute())
    except (OSError, ValueError, TypeError):
        return ()
