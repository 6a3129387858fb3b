"""Everything that a server writes for its visitors: one folder, soon emptied, never left behind.

Uploads, copies that a browser can play, rendered videos and what the work on them needs lie in it.
A server holds a lock in its folder; a folder that nobody holds was left by one that was killed.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

PREFIX = "vmr-page-"
LOCK = "lock"
LOOK_S = 30.0  # between two sweeps
WORK_S = 7200.0  # the longest that one job may take
BEGUN_S = 10.0  # within which a new folder has its lock


class TransientFolder:
    """A folder of its own in the system's temporary folder; gone when the program ends.

    ``path`` is for what visitors are given, ``uploads`` for what they send, ``work`` for the rest.
    Files older than ``keep_s`` are deleted by a thread, which also looks for folders of servers
    that were killed.
    """

    def __init__(self, keep_s: float) -> None:
        self.keep_s = keep_s
        self.base = Path(tempfile.gettempdir())
        self._root, self._lock = _locked_folder(self.base)
        self.path, self.uploads, self.work = (
            self._root / name for name in ("given", "uploads", "work")
        )
        for folder in (self.path, self.uploads, self.work):
            folder.mkdir()
        self._before = tempfile.tempdir, os.environ.get("GRADIO_TEMP_DIR")
        self._closed = threading.Event()
        self._measured = self._added = 0
        sweep_dead(self.base)
        atexit.register(self.close)
        threading.Thread(target=self._watch, daemon=True).start()

    def hold_all(self) -> None:
        """From now on everything temporary of this process lies here, Gradio's uploads too."""
        os.environ["GRADIO_TEMP_DIR"] = str(self.uploads)
        tempfile.tempdir = str(self.work)

    def size_bytes(self) -> int:
        """Bytes that visitors have on the disk: as last measured, and what was added since."""
        return self._measured + self._added

    def add(self, count: int) -> None:
        """Count bytes that have just been written, until the next measurement finds them."""
        self._added += count

    def measure(self) -> None:
        """Look through all files; the thread does so, as it takes a while where there are many."""
        self._added = 0  # what is added from here on may be found too: rather twice than never
        self._measured = sum(_facts(path)[1] for path in _all(self._root))

    def sweep(self, now: float | None = None) -> int:
        """Delete what is too old; how many files that were."""
        limit = (time.time() if now is None else now) - self.keep_s
        busy = limit - WORK_S  # a running job's own folder
        own = list(self.work.iterdir())
        places = [(self.path, limit), (self.uploads, limit)]
        places += [(folder, busy) for folder in own if folder.is_dir()]
        old = [path for path in own if path.is_file() and _facts(path)[0] < limit]
        for place, before in places:
            found = [path for path in _all(place) if _facts(path)[0] < before]
            old += [path for path in found if not path.is_dir()]
            for folder in sorted((path for path in found if path.is_dir()), reverse=True):
                _remove_empty(folder)
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def close(self) -> None:
        """Delete everything. The program's temporary folder is the one from before."""
        if self._closed.is_set():
            return
        self._closed.set()
        tempfile.tempdir = self._before[0]
        if self._before[1] is None:
            os.environ.pop("GRADIO_TEMP_DIR", None)
        else:
            os.environ["GRADIO_TEMP_DIR"] = self._before[1]
        shutil.rmtree(self._root, ignore_errors=True)
        self._lock.release()
        shutil.rmtree(self._root, ignore_errors=True)

    def _watch(self) -> None:
        while not self._closed.wait(min(LOOK_S, self.keep_s)):
            for step in (self.sweep, self.measure, lambda: sweep_dead(self.base)):
                with contextlib.suppress(OSError):  # the next round tries again
                    step()


def sweep_dead(base: Path) -> int:
    """Delete the folders of servers that ended without doing it; how many there were."""
    count = 0
    for root in base.glob(f"{PREFIX}*"):
        if root.is_symlink() or not root.is_dir() or not _is_ours(root):
            continue
        if not (root / LOCK).exists() and time.time() - _facts(root)[0] < BEGUN_S:
            continue  # it is just being made
        lock = FileLock(root / LOCK)
        try:
            lock.acquire(timeout=0)
        except (Timeout, OSError):
            continue
        shutil.rmtree(root, ignore_errors=True)
        lock.release()
        shutil.rmtree(root, ignore_errors=True)
        count += 1
    return count


def _locked_folder(base: Path) -> tuple[Path, FileLock]:
    while True:
        root = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
        lock = FileLock(root / LOCK)
        try:
            lock.acquire(timeout=0)
        except (Timeout, OSError):  # another server took it for one that was left
            continue
        return root, lock


def _is_ours(folder: Path) -> bool:
    return not hasattr(os, "getuid") or folder.stat().st_uid == os.getuid()


def _all(place: Path) -> Iterator[Path]:
    """Every file and folder under a place; what vanishes meanwhile is passed over."""
    for folder, folders, files in os.walk(place):
        for name in (*folders, *files):
            yield Path(folder, name)


def _facts(path: Path) -> tuple[float, int]:
    """(when it was written, seconds of the clock; bytes); now and 0 for what just vanished."""
    try:
        facts = path.lstat()
    except FileNotFoundError:
        return time.time(), 0
    return facts.st_mtime, facts.st_size if not path.is_dir() else 0


def _remove_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:  # something new is in it
        return
