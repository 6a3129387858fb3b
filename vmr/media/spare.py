"""One worker that is there before its job: started, its libraries loaded, waiting for a folder."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

REST_S = 2.0  # after a job, before the next worker is started: what follows the job goes first


class SpareWorker:
    """Keeps one process of ``start`` waiting. It reads the folder of its job from its standard
    input, and ends where that is closed; safe to use from several threads."""

    def __init__(
        self, start: Callable[[], subprocess.Popen[bytes]], rest_s: float = REST_S
    ) -> None:
        self._start = start
        self._rest_s = rest_s
        self.waiting: subprocess.Popen[bytes] | None = None  # still, where one is there
        self._lock = threading.Lock()
        self._wanted = threading.Event()
        # It never ends, for a worker ends with the thread that started it.
        threading.Thread(target=self._keep, name="spare worker", daemon=True).start()

    def take(self, folder: Path) -> subprocess.Popen[bytes] | None:
        """The process, at work on the folder from now on; None where none is waiting."""
        with self._lock:
            process, self.waiting = self.waiting, None
        if process is None:
            return None
        assert process.stdin is not None
        try:
            process.stdin.write(os.fsencode(folder) + b"\n")
            process.stdin.close()
        except OSError:  # it has ended, for whatever reason
            with contextlib.suppress(OSError):
                process.stdin.close()
            process.wait()
            return None
        return process

    def renew(self) -> None:
        """A job is over: start another process where none is waiting, a little later."""
        self._wanted.set()

    def _keep(self) -> None:
        while True:
            with self._lock:
                is_there = self.waiting is not None
            if not is_there:
                process = self._start()
                with self._lock:
                    self.waiting = process
            self._wanted.wait()
            time.sleep(self._rest_s)
            self._wanted.clear()


def awaited_folder() -> Path:
    """In the worker: load what a video needs, then wait for the folder of the job and go there.
    Where standard input ends before, so does this process."""
    from vmr.media.decode import load_decord

    with contextlib.suppress(ImportError):  # where there is none, vmr.media.confine says so
        import py_landlock  # noqa: F401
    load_decord()
    line = sys.stdin.buffer.readline()
    if not line:
        sys.exit(0)
    folder = Path(os.fsdecode(line.rstrip(b"\n")))
    os.chdir(folder)
    nothing = os.open(os.devnull, os.O_RDONLY)
    words = os.open("words.txt", os.O_WRONLY | os.O_APPEND)
    for there, here in ((nothing, 0), (words, 2)):
        os.dup2(there, here)
        os.close(there)
    return folder
