"""The videos of projects and what was found in them: files of the data folder, for a time.

Each project has a folder; a video in it is named by the hash of its bytes. Videos go when their
project has not been used for as many days as it says, decisions about them stay.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vmr.files import read_tensors, replacing, write_tensors

if TYPE_CHECKING:
    from numpy.typing import NDArray

FOLDER = "projects"
SHA256 = re.compile(r"[0-9a-f]{64}")
NAME = re.compile(r"[A-Za-z0-9_-]{22}")  # a project's key
DAY_S = 86400.0
UNDO_DAYS = 1.0  # within which a video that was taken out can be put back
FINDINGS = ".safetensors"


@dataclass(frozen=True)
class Terms:
    """How long a project keeps its videos: days after ``used``, seconds of the clock."""

    used: float
    days: float
    videos: frozenset[str]


NO_TERMS = Terms(0.0, 0.0, frozenset())


class ProjectVideos:
    """The folder of all projects' videos. Keys and hashes that are none have no files."""

    def __init__(self, data: Path) -> None:
        self.folder = data / FOLDER

    def keep_film(self, key: str, sha256: str, film: Path) -> None:
        """Keep a video; its name only lends it the ending. ValueError for what is no hash."""
        place = self._place(key, sha256)
        if place is None:
            raise ValueError(f"{key!r} is no project or {sha256!r} no hash")
        kept = place.with_suffix(film.suffix.lower()[:8])
        if kept.is_file():
            return
        with replacing(kept) as temporary:
            temporary.unlink()
            try:
                os.link(film, temporary)
            except OSError:  # another disk, or one that has no links
                shutil.copyfile(film, temporary)

    def keep_findings(
        self, key: str, sha256: str, tensors: Mapping[str, NDArray], header: Mapping[str, str]
    ) -> None:
        """Keep what was found in a video. ValueError for what is no hash."""
        place = self._place(key, sha256)
        if place is None:
            raise ValueError(f"{key!r} is no project or {sha256!r} no hash")
        write_tensors(place.with_suffix(FINDINGS), tensors, header)

    def film(self, key: str, sha256: str) -> Path | None:
        """The video, None where it is kept no more."""
        place = self._place(key, sha256)
        if place is None or not place.parent.is_dir():
            return None
        found = [path for path in place.parent.glob(f"{sha256}.*") if path.suffix != FINDINGS]
        return found[0] if found else None

    def findings(self, key: str, sha256: str) -> tuple[dict[str, Any], dict[str, str]] | None:
        """(arrays, header) of ``keep_findings``, None where there are none that can be read."""
        place = self._place(key, sha256)
        if place is None:
            return None
        try:
            return read_tensors(place.with_suffix(FINDINGS))
        except (OSError, ValueError):
            return None

    def remove(self, key: str) -> None:
        """Delete all videos of a project."""
        if NAME.fullmatch(key):
            shutil.rmtree(self.folder / key, ignore_errors=True)

    def sweep(self, terms_of: Callable[[str], Terms | None], now: float | None = None) -> int:
        """Delete what is kept no longer, by the terms of each project's key, None for one that
        there is no more; how many files that were."""
        now = time.time() if now is None else now
        old: list[Path] = []
        for folder in self.folder.iterdir() if self.folder.is_dir() else ():
            terms = terms_of(folder.name) or NO_TERMS
            unused = (now - terms.used) / DAY_S
            for path in folder.iterdir():
                days = terms.days if path.stem in terms.videos else min(terms.days, UNDO_DAYS)
                if unused > days:
                    old.append(path)
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def _place(self, key: str, sha256: str) -> Path | None:
        if not NAME.fullmatch(key) or not SHA256.fullmatch(sha256):
            return None
        return self.folder / key / sha256
