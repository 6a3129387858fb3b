"""Which frames of a video are decoded: all of a short one, the beginnings of groups of a long one.

A compressed video can only be entered at a keyframe, and a frame costs as much as all frames
between its keyframe and itself. So, when the whole is too expensive, every group of pictures gives
its first frames: the keyframe nearly free, then a burst that is long enough for measuring motion,
then as much as the budget allows. Nothing here depends on the speed or load of the machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vmr.media.info import MediaInfo

GRID_HZ = 12.5  # motion is measured between frames about this far apart, whatever the frame rate
LONGEST_GAP_S = 12.0  # a longer hole is decoded even if the budget is spent
KEYFRAME_FRAMES = 4  # what entering at a keyframe costs, in frames


@dataclass(frozen=True)
class Segment:
    """Frames start (a keyframe) to stop, stop excluded, decoded one after the other."""

    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start


def frame_cost_s(width: int, height: int, bytes_per_frame: float) -> float:
    """Processor seconds for one frame with decord 0.6 on one core of a 2020s server.

    Fitted on H.264, HEVC and VP9 from 176x144 to 3840x2160 and 1 to 230 kB a frame: within a
    third of the measured 0.3 to 37 ms.
    """
    return 0.3e-3 + 2.3e-3 * width * height / 1e6 + 0.1e-3 * bytes_per_frame / 1e3


def whole_cost_s(info: MediaInfo) -> float:
    """The same for all frames of a file, by its header."""
    frames = max(info.duration_s * (info.fps or 25.0), 1.0)
    return frames * frame_cost_s(info.width, info.height, info.bytes / frames)


def grid_stride(fps: float) -> int:
    """Every how many frames the picture is looked at: 24 fps -> 2, 60 -> 5, 12 -> 1."""
    return max(1, round(fps / GRID_HZ))


def target_times(duration_s: float, max_frames: int) -> NDArray[np.float64]:
    """(T,) seconds: one a second, at most ``max_frames``, in the middle of equal parts."""
    count = int(np.clip(round(duration_s), 1, max_frames))
    return (np.arange(count) + 0.5) * duration_s / count


def plan_segments(
    times_s: NDArray[np.float64],
    keyframes: Sequence[int],
    targets_s: NDArray[np.float64],
    fps: float,
    cost_s: float,
    budget_s: float,
) -> list[Segment]:
    """Segments in order. times_s (N,) of all frames; cost_s of one frame; see the module."""
    total = len(times_s)
    if total * cost_s <= budget_s:
        return [Segment(0, total)]
    groups = _groups(keyframes, total)
    burst = 2 * grid_stride(fps) + 1
    affordable = max(16, int(budget_s / (cost_s * (burst + KEYFRAME_FRAMES))))
    groups = _nearest_groups(groups, times_s, targets_s, affordable)
    lengths = np.array([len(g) for g in groups])
    spacing_s = float(targets_s[1] - targets_s[0]) if len(targets_s) > 1 else 0.0
    gap = int(max(LONGEST_GAP_S, 2 * spacing_s) * max(fps, 1.0))
    least = np.minimum(lengths, np.maximum(burst, lengths - gap))
    frames = int(budget_s / cost_s) - KEYFRAME_FRAMES * len(groups)
    prefixes = np.maximum(least, np.minimum(lengths, _water_level(lengths, frames)))
    return [Segment(g.start, g.start + int(p)) for g, p in zip(groups, prefixes, strict=True)]


def plan_first_look(
    times_s: NDArray[np.float64],
    keyframes: Sequence[int],
    targets_s: NDArray[np.float64],
    fps: float,
    cost_s: float,
    budget_s: float,
) -> list[Segment]:
    """The beginnings of a few groups near the targets, each just long enough to see motion; at
    least one."""
    burst = grid_stride(fps) + 1
    affordable = max(1, int(budget_s / (cost_s * (burst + KEYFRAME_FRAMES))))
    groups = _groups(keyframes, len(times_s))
    groups = _nearest_groups(groups, times_s, targets_s, min(affordable, len(targets_s)))
    return [Segment(g.start, min(g.start + burst, g.stop)) for g in groups]


def split_evenly(segments: list[Segment], keyframes: Sequence[int]) -> list[list[Segment]]:
    """Two lists of about equal work, in order of time; one where it cannot be divided."""
    if len(segments) == 1:
        whole = segments[0]
        middle = whole.start + len(whole) / 2
        inner = [k for k in keyframes if whole.start < k < whole.stop]
        if not inner:
            return [segments]
        cut = min(inner, key=lambda k: abs(k - middle))
        return [[Segment(whole.start, cut)], [Segment(cut, whole.stop)]]
    work = np.cumsum([len(s) + KEYFRAME_FRAMES for s in segments])
    cut = int(np.searchsorted(work, work[-1] / 2)) + 1
    return [part for part in (segments[:cut], segments[cut:]) if part]


def _groups(keyframes: Sequence[int], total: int) -> list[Segment]:
    starts = sorted({0, *(k for k in keyframes if 0 < k < total)})
    return [Segment(a, b) for a, b in zip(starts, [*starts[1:], total], strict=True)]


def _nearest_groups(
    groups: list[Segment],
    times_s: NDArray[np.float64],
    targets_s: NDArray[np.float64],
    affordable: int,
) -> list[Segment]:
    """All groups if that many may be entered, else those that hold evenly spread targets."""
    if len(groups) <= affordable:
        return groups
    count = min(affordable, len(targets_s))
    wanted = targets_s[np.linspace(0, len(targets_s) - 1, count).round().astype(int)]
    starts_s = times_s[[g.start for g in groups]]
    right = np.clip(np.searchsorted(starts_s, wanted), 1, len(groups) - 1)
    nearer_left = wanted - starts_s[right - 1] <= starts_s[right] - wanted
    return [groups[i] for i in np.unique(np.where(nearer_left, right - 1, right))]


def _water_level(lengths: NDArray[np.int64], budget: int) -> int:
    """The prefix length p for which sum(min(p, lengths)) just stays within the budget."""
    low, high = 0, int(lengths.max())
    while low < high:
        middle = (low + high + 1) // 2
        if int(np.minimum(lengths, middle).sum()) <= budget:
            low = middle
        else:
            high = middle - 1
    return low
