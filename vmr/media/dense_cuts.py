"""The cuts of a film that is too long to be decoded whole, each at its time.

One pass of ffmpeg, beside the reader that takes the few whole frames: frames that no other frame
needs are left out, edges of blocks are not smoothed, and of what is left about twelve a second come
out as 64 lines of grey and sixteen colours, as vmr.media.cuts compares them. Only where the picture
changes much is it looked at closely. Runs inside the worker process.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vmr.media.clip import VIDEO_STATS
from vmr.media.cuts import CUT_AROUND, Looked, cut_rate, find_cuts, may_be_cuts
from vmr.media.decode import frame_size
from vmr.media.ffmpeg import start
from vmr.media.info import MediaInfo
from vmr.media.limits import MediaLimits
from vmr.media.motion import compare_pairs
from vmr.media.packets import packets_told
from vmr.media.plan import whole_cost_s
from vmr.media.report import Input
from vmr.media.video_stats import LUMA_SHRINK

APART_S = 0.06  # frames nearer than this are one look: every second one at 25 a second
FAST = ("-threads", "2", "-skip_frame", "noref", "-skip_loop_filter", "all")
SHARE = 0.4  # of what reading the same frame costs
FROM = 0.9  # of the reader's budget: what takes less is decoded whole
GREY, COLOURS, TIMES = "cuts-grey.raw", "cuts-colours.raw", "cuts-times.txt"
AROUND = 2 * CUT_AROUND + 2  # frames on either side that a pair is judged with
AT_ONCE = 512


@dataclass(frozen=True)
class DenseCuts:
    """A pass that has begun; its frames come into files of the worker's folder."""

    process: subprocess.Popen[bytes]
    folder: Path
    high: int
    wide: int
    zero_s: float  # where the first picture is in its times

    def put_into(self, clip: dict[str, Any]) -> None:
        """Replace ``cuts_s`` and the rate of cuts in a clip's arrays, as far as the pass came."""
        self.process.wait()
        with (self.folder / TIMES).open("rb") as lines:
            packets = packets_told(lines, [0])[0]
        times_s = np.asarray(packets.times_s, np.float64) - self.zero_s
        lumas = _frames(self.folder / GREY, (self.high, self.wide))
        colours = _frames(self.folder / COLOURS, (4, 4, 3))
        count = min(len(times_s), len(lumas), len(colours))
        if count < 2:
            return
        found_s = cuts_of(lumas[:count], colours[:count], times_s[:count])
        before = clip["cuts_s"]
        cuts_s = np.concatenate([found_s, before[before > times_s[count - 1]]])
        clip["cuts_s"] = cuts_s[cuts_s < clip["duration_s"]].astype(np.float32)
        rates = cut_rate(clip["times_s"].astype(np.float64), clip["cuts_s"], clip["duration_s"])
        clip["stats"][:, VIDEO_STATS.index("cut_rate")] = rates


def start_dense_cuts(source: Input, folder: Path, limits: MediaLimits) -> DenseCuts | None:
    """Begin the pass where a film will not be decoded whole, and the limits allow what it costs."""
    info = source.info
    if dense_cuts_s(info, limits) == 0:
        return None
    wide, high = (side // LUMA_SHRINK for side in frame_size(info.width, info.height))
    apart = f"isnan(prev_selected_t)+gte(t-prev_selected_t,{APART_S})"
    filters = (
        f"[0:{info.video_stream}]select='{apart}',scale={wide}:{high}:flags=area,format=yuv444p,"
        "split[one][other];[one]format=gray,split[grey][times];"
        "[other]scale=4:4:flags=area,format=rgb24[colours]"
    )
    command = [source.exe, "-loglevel", "error", *FAST, *source.arguments[1:]]
    command += ["-filter_complex", filters]
    for name, out in (("grey", GREY), ("colours", COLOURS)):
        command += ["-map", f"[{name}]", "-fps_mode", "passthrough", "-f", "rawvideo"]
        command += [str(folder / out)]
    command += ["-map", "[times]", "-fps_mode", "passthrough", "-f", "framecrc", "pipe:1"]
    with (folder / TIMES).open("wb") as times:  # a pipe fills while nobody reads it
        process = start(command, stdout=times)
    return DenseCuts(process, folder, high, wide, info.picture_at_s)


def dense_cuts_s(info: MediaInfo, limits: MediaLimits) -> float:
    """Processor seconds that the pass should take, 0 where it is not begun."""
    whole_s = whole_cost_s(info)
    is_begun = whole_s > FROM * limits.budget_s and SHARE * whole_s <= limits.cuts_s
    return SHARE * whole_s if is_begun else 0.0


def cuts_of(
    lumas: NDArray[np.uint8], colours: NDArray[np.uint8], times_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(C,) seconds of the cuts between frames (G, h, w) and (G, 4, 4, 3) at times_s (G,)."""
    may_be = np.concatenate(
        [
            may_be_cuts(lumas[i : i + AT_ONCE + 1], colours[i : i + AT_ONCE + 1])
            for i in range(0, len(lumas) - 1, AT_ONCE)
        ]
    )
    found = np.zeros(len(may_be), bool)
    for first, last in _stretches(np.flatnonzero(may_be), len(lumas)):
        part = np.asarray(lumas[first:last])
        runs = np.zeros(len(part), np.int64)
        looked = Looked(part, np.asarray(colours[first:last]), times_s[first:last], runs)
        found[first : last - 1] |= find_cuts(compare_pairs(part), looked)
    return np.asarray(times_s[1:][found])


def _stretches(candidates: NDArray[np.int64], count: int) -> Iterator[tuple[int, int]]:
    """First and last frame, excluded, of the parts that hold candidates and what is around."""
    groups = np.split(candidates, np.flatnonzero(np.diff(candidates) > 2 * AROUND) + 1)
    for group in groups:
        if len(group):
            yield max(int(group[0]) - AROUND, 0), min(int(group[-1]) + AROUND + 2, count)


def _frames(path: Path, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """The whole frames in a file: (G, *shape)."""
    size = int(np.prod(shape))
    count = path.stat().st_size // size if path.exists() else 0
    if count == 0:
        return np.zeros((0, *shape), np.uint8)
    return np.memmap(path, np.uint8, "r", shape=(count, *shape))
