"""How far the reading of a film has come, by the clock: a worker process says nothing meanwhile.

What is expected is the planned work of vmr.media.plan, and what this machine took beyond that for
the films before.
"""

from __future__ import annotations

import contextvars
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from vmr.media.dense_cuts import dense_cuts_s
from vmr.media.limits import MediaLimits
from vmr.media.plan import whole_cost_s
from vmr.media.read import probe

TELL_S = 0.5
START_S = 1.5  # a process, a model's first frames
FRAME_S = 0.012  # what a network takes for one frame on one core
SURE = 0.95  # of the way at the expected time; the rest is crept through


class ReadingTime:
    """One for a server; safe to use from several threads."""

    def __init__(self) -> None:
        self.pace = 1.0

    def expected_s(self, video: Path, limits: MediaLimits) -> float:
        """Seconds that reading should take. Raises MediaError."""
        info = probe(video, limits)
        looked_at = min(info.duration_s, limits.max_frames)
        work_s = min(whole_cost_s(info), limits.budget_s) + dense_cuts_s(info, limits)
        work_s += FRAME_S * looked_at
        return self.pace * (START_S + work_s / min(2, os.cpu_count() or 1))

    @contextmanager
    def telling(
        self, video: Path, limits: MediaLimits, tell: Callable[[float], None]
    ) -> Iterator[None]:
        """Tell from 0 to 1 how far the block should be, every half second until it ends."""
        expected_s = self.expected_s(video, limits)
        ended, begun = threading.Event(), time.monotonic()

        def follow() -> None:
            while not ended.wait(TELL_S):
                tell(share_at((time.monotonic() - begun) / expected_s))

        thread = threading.Thread(target=contextvars.copy_context().run, args=(follow,))
        thread.start()
        try:
            yield
            took_s = time.monotonic() - begun
            self.pace = min(max(self.pace * took_s / expected_s, 0.2), 20.0)
        finally:
            ended.set()
            thread.join()


def share_at(spent: float) -> float:
    """Share of the way that is told at a multiple of the expected time: it never stands still."""
    return SURE * spent if spent < 1 else 1 - (1 - SURE) / spent
