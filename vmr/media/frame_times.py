"""When the frames of a video are shown, made plausible, and which frames are wanted by their time.
numpy only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vmr.media.packets import LONGEST_S, Packets
from vmr.media.plan import Segment

JUMP_S = 600.0  # a hole between frames that is none
HIDDEN_S = 1e-3  # a frame earlier than this before 0 is not shown
EQUAL_S = 2e-3  # containers round times: of two frames as near as this to a target the first counts


class UndecodableError(Exception):
    """decord cannot read this file; ffmpeg may. Its text is for the log, not for people."""


def frame_times(
    reader: Any, fps: float, scan: Callable[[], Packets]
) -> tuple[NDArray[np.float64], int]:
    """(N,) seconds of the reader's frames and the number of the first one that is shown.

    Times run from 0 at that frame and never fall: what variable frame rate really does. Frames
    before it, of an edit that begins between keyframes, have negative times and are not shown.
    """
    count = len(reader)
    times_s = np.asarray(reader.get_frame_timestamp(range(count)), dtype=np.float64)[:, 0]
    if not are_plausible(times_s):
        times_s = np.sort(np.asarray(scan().times_s, dtype=np.float64))
        if len(times_s) != count or not are_plausible(times_s):
            if not 1 <= fps <= 1000:
                raise UndecodableError("no times")
            times_s = np.arange(count) / fps
    first = int(np.searchsorted(times_s, -HIDDEN_S)) if times_s[-1] > 0 else 0
    times_s = _without_jumps(np.maximum.accumulate(times_s))
    return times_s - times_s[first], first


def are_plausible(times_s: NDArray[np.float64]) -> bool:
    """Whether times (T,) of frames can be true: finite, not absurd, and not all the same."""
    if len(times_s) == 0 or not np.isfinite(times_s).all() or np.abs(times_s).max() > LONGEST_S:
        return False
    return len(times_s) == 1 or bool(times_s.max() > times_s.min())


def _without_jumps(times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Clocks that jump far ahead, where recordings were joined, go on as if they had not."""
    gaps_s = np.diff(times_s)
    usual_s = float(np.median(gaps_s)) if len(gaps_s) else 0.0
    jumps = (gaps_s > JUMP_S) & (usual_s < 1.0)
    return np.concatenate([times_s[:1], times_s[0] + np.cumsum(np.where(jumps, usual_s, gaps_s))])


def choose_frames(
    segments: Sequence[Segment],
    times_s: NDArray[np.float64],
    targets_s: NDArray[np.float64],
    stride: int,
) -> list[int]:
    """Of the frames that are looked at, every ``stride`` of the segments, the numbers of those
    nearest to the targets (K,) by the times (N,) of all frames, each once."""
    grid = np.concatenate([np.arange(s.start, s.stop, stride) for s in segments])
    seconds = times_s[grid]
    right = np.clip(np.searchsorted(seconds, targets_s), 1, max(len(grid) - 1, 1))
    if len(grid) == 1:
        return [int(grid[0])]
    nearer_left = targets_s - seconds[right - 1] <= seconds[right] - targets_s + EQUAL_S
    return [int(i) for i in np.unique(grid[np.where(nearer_left, right - 1, right)])]
