"""Files made for one visitor: copies that a browser can play, and rendered videos. Soon deleted."""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path


class TransientFolder:
    """A folder of its own in the system's temporary folder; gone when the program ends.

    Files older than ``keep_s`` are deleted by a thread that looks every few minutes, so a video is
    not kept because nobody came after it.
    """

    def __init__(self, keep_s: float) -> None:
        self.keep_s = keep_s
        self._folder = tempfile.TemporaryDirectory(prefix="vmr-page-")
        self.path = Path(self._folder.name)
        threading.Thread(target=self._watch, daemon=True).start()

    def sweep(self, now: float | None = None) -> int:
        """Delete what is too old; how many files that were."""
        limit = (time.time() if now is None else now) - self.keep_s
        old = [path for path in self.path.rglob("*") if path.is_file() and born(path) < limit]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def _watch(self) -> None:
        while self.path.is_dir():
            time.sleep(min(300.0, self.keep_s))
            self.sweep()


def born(path: Path) -> float:
    """When the file was written, seconds of the clock; now for one that just vanished."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return time.time()
