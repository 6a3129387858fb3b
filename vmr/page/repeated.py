"""Work that is done again and again while the page is served."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

from vmr.errors import VmrError


class Repeated:
    """Does ``work`` at once and every ``every_s`` seconds in a thread, until ``close``."""

    def __init__(self, work: Callable[[], object], every_s: float) -> None:
        self.work = work
        self.every_s = every_s
        self._closed = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def close(self) -> None:
        """Begin no further round."""
        self._closed.set()

    def _run(self) -> None:
        while not self._closed.is_set():
            with contextlib.suppress(OSError, VmrError):  # the next round tries again
                self.work()
            self._closed.wait(self.every_s)
