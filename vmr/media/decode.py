"""Frames and their statistics from one video, with decord. Runs inside the worker process."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vmr.errors import Notice
from vmr.media import video_stats
from vmr.media.bars import inside_bars, of_pictures
from vmr.media.cuts import Looked
from vmr.media.film import Film, Looking
from vmr.media.frame_times import UndecodableError, choose_frames, frame_times
from vmr.media.info import MediaInfo
from vmr.media.limits import MediaLimits, too_long
from vmr.media.packets import Packets
from vmr.media.plan import (
    Segment,
    frame_cost_s,
    grid_stride,
    plan_segments,
    split_evenly,
    target_times,
)

SHORTER_SIDE = 256
LONGEST_SIDE = 1024  # a panorama is squeezed to this
MOST_BREAKS = 8  # damaged places after which the rest of a file is given up
SECOND_READER_FROM_S = 0.6  # estimated work below which a second reader is not worth opening


@dataclass
class Decoded:
    """What one reader gave: small planes of the frames it looked at, and the chosen pictures."""

    indices: list[int] = field(default_factory=list)
    lumas: list[NDArray[np.uint8]] = field(default_factory=list)
    colours: list[NDArray[np.uint8]] = field(default_factory=list)
    pictures: dict[int, NDArray[np.uint8]] = field(default_factory=dict)
    first: tuple[int, NDArray[np.uint8]] | None = None
    broken_at: list[int] = field(default_factory=list)


def frame_size(width: int, height: int) -> tuple[int, int]:
    """Width and height with the shorter side 256 and the longer one at most 1024."""
    scale = SHORTER_SIDE / min(width, height)
    wide, high = round(width * scale), round(height * scale)
    return min(wide, LONGEST_SIDE), min(high, LONGEST_SIDE)


def load_decord() -> Any:
    """The module decord, without what it does not need."""
    # decord2 loads every CUDA library of the environment if it finds one: 4 GB of address space.
    sys.modules.setdefault("nvidia", None)  # type: ignore[arg-type]
    import decord

    return decord


def open_reader(path: Path, width: int, height: int) -> Any:
    """A decord VideoReader with frames of ``frame_size``; UndecodableError if it cannot."""
    decord = load_decord()
    wide, high = frame_size(width, height)
    try:
        reader = decord.VideoReader(str(path), num_threads=1, width=wide, height=high)
    except (RuntimeError, decord.DECORDError) as error:
        raise UndecodableError(str(error)) from error
    if len(reader) == 0:
        raise UndecodableError("no frames")
    return reader


def decode_video(
    path: Path,
    info: MediaInfo,
    name: str,
    limits: MediaLimits,
    scan: Callable[[], Packets] = Packets,
    opened: Callable[[Film, Any], bool] = lambda film, reader: False,
) -> dict[str, Any]:
    """Arrays and facts of a VideoClip, by their field names.

    scan: asked for the packets of the file where decord's times or the header's make no sense.
    opened: is told what is known before the frames are read, and may use the reader: then another
    one, which nobody has used, reads the whole.
    MediaError with one sentence, or UndecodableError if decord cannot make anything of the file.
    """
    reader = open_reader(path, info.width, info.height)
    times_s, first = frame_times(reader, info.fps, scan)
    later = len(times_s) - first - 1  # frames that are shown, without the first
    duration_s = float(times_s[-1] + (times_s[-1] / later if later > 0 else 0))
    if duration_s > limits.max_duration_s:
        raise too_long(name, duration_s, limits)
    keys = [int(k) for k in reader.get_key_indices() if k > first]
    cost_s = frame_cost_s(info.width, info.height, info.bytes / len(times_s))
    film = Film(path, info, name, times_s, first, keys, duration_s, cost_s, 0.0)
    targets_s = target_times(duration_s, limits.max_frames)
    shown = [
        Segment(s.start + first, s.stop + first)
        for s in plan_segments(
            times_s[first:], [k - first for k in keys], targets_s, film.fps, cost_s, limits.budget_s
        )
    ]
    film = replace(film, work_s=cost_s * sum(len(s) for s in shown))
    if opened(film, reader):
        reader = open_reader(path, info.width, info.height)
    parts = split_evenly(shown, keys) if film.work_s > SECOND_READER_FROM_S else [shown]
    segments = [s for part in parts for s in part]
    looking = film.looking(choose_frames(segments, times_s, targets_s, grid_stride(film.fps)))
    readers = [reader, *(open_reader(path, info.width, info.height) for _ in parts[1:])]
    done = read_parts(readers, parts, looking)
    readers.clear()  # for they decode ahead until they go, beside all that follows
    del reader
    whole_s = info.duration_s
    if whole_s > 1.1 * duration_s + 1 and not scan().is_cut_off:
        whole_s = duration_s  # sound that outlasts the picture, or a header that is wrong
    return assemble(done, film, looking, whole_s)


def read_parts(readers: Sequence[Any], parts: list[list[Segment]], looking: Looking) -> Decoded:
    """Each reader its part, in threads: decord leaves Python alone while it decodes."""
    results = [Decoded() for _ in parts]
    threads = [
        threading.Thread(target=_read_segments, args=(reader, part, looking, result))
        for reader, part, result in zip(readers, parts, results, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    whole = Decoded()
    for result in results:
        whole.indices += result.indices
        whole.lumas += result.lumas
        whole.colours += result.colours
        whole.pictures |= result.pictures
        whole.broken_at += result.broken_at
        whole.first = whole.first or result.first
    if not whole.pictures and whole.first is not None:  # damaged before the first one wanted
        whole.pictures = dict([whole.first])
    return whole


def _read_segments(reader: Any, segments: list[Segment], looking: Looking, result: Decoded) -> None:
    """Fill ``result``; where decoding fails go on at the next keyframe, a few times."""
    import decord

    waiting = list(reversed(segments))
    while waiting and len(result.broken_at) < MOST_BREAKS:
        segment = waiting.pop()
        index = segment.start
        try:
            if index != looking.keys[0]:  # where a reader begins by itself
                reader.seek_accurate(index)
            for index in range(segment.start, segment.stop, looking.stride):
                picture = looking.seen(reader.next().asnumpy())
                luma, colours = video_stats.small_planes(picture)
                result.lumas.append(luma)
                result.colours.append(colours)
                result.indices.append(index)
                if result.first is None:
                    result.first = index, picture
                if index in looking.chosen:
                    result.pictures[index] = picture
                between = min(looking.stride, segment.stop - index) - 1
                if between > 0:
                    reader.skip_frames(between)
        except (decord.DECORDError, StopIteration, RuntimeError):
            result.broken_at.append(index)
            after = [k for k in looking.keys if index < k < segment.stop]
            if after:
                waiting.append(Segment(after[0], segment.stop))


def assemble(done: Decoded, film: Film, looking: Looking, whole_s: float) -> dict[str, Any]:
    """The arrays and facts of what was read. UndecodableError where that is nothing."""
    if not done.indices:
        raise UndecodableError("no frame of it can be decoded")
    times_s = film.times_s
    note, duration_s = _damage(done, times_s, film.name, film.duration_s, whole_s)
    kept = sorted(done.pictures)
    frames, lumas = np.stack([done.pictures[i] for i in kept]), np.stack(done.lumas)
    if area := inside_bars(lumas):
        frames, lumas = frames[:, *of_pictures(area)], lumas[:, *area]
    looked = Looked(
        lumas=lumas,
        colours=np.stack(done.colours),
        times_s=times_s[done.indices],
        runs=np.cumsum(np.diff(done.indices, prepend=done.indices[0]) > looking.stride),
    )
    stats, cuts_s = video_stats.measure(frames, times_s[kept], looked, duration_s)
    return {
        "frames": frames,
        "times_s": times_s[kept].astype(np.float32),
        "stats": stats,
        "cuts_s": cuts_s,
        "duration_s": duration_s,
        "fps": film.fps,
        "notes": [note] if note else [],
    }


def _damage(
    done: Decoded, times_s: NDArray[np.float64], name: str, duration_s: float, whole_s: float
) -> tuple[Notice | None, float]:
    """The note for a file that was not readable in full (None for a sound one), and its length."""
    whole_s = max(whole_s, duration_s)
    last = max(done.indices)
    if done.broken_at and last < max(done.broken_at):
        end_s = float(times_s[last])
    elif whole_s > 1.1 * duration_s + 1:
        end_s = duration_s
    elif done.broken_at:
        at_s = float(times_s[min(done.broken_at)])
        return Notice("media.damaged_at", name=name, at=at_s), duration_s
    else:
        return None, duration_s
    note = Notice("media.cut_off", name=name, got=end_s, whole=whole_s)
    return note, max(end_s, float(times_s[1]) if len(times_s) > 1 else end_s)
