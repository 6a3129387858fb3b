"""Reading, encoding and indexing media, each beside the naive way of the same run."""

from __future__ import annotations

import statistics
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vmr.catalogs.heard_music import hear_all
from vmr.errors import MediaError, VmrError, plural
from vmr.media.ffmpeg import ffmpeg_path
from vmr.media.read import probe, read_video
from vmr.planning.described import Measure
from vmr.planning.stopwatch import seconds_of

if TYPE_CHECKING:
    from vmr.media.clip import VideoClip
    from vmr.retriever import Retriever

INDEXED = 12  # pieces of music


def clip_measures(video: Path, retriever: Retriever, repeat: int) -> list[Measure]:
    """A clip decoded and encoded; the naive decoding takes every frame. Raises MediaError."""
    clip = read_video(video, retriever.limits)
    info = probe(video, retriever.limits)
    frames = 0

    def every_frame() -> None:
        nonlocal frames
        frames = sum(1 for _ in all_frames(video, info.width, info.height))

    encoder, taken = retriever.video_encoder, plural(len(clip), "frame")
    read_s = _median_s(partial(read_video, video, retriever.limits), repeat)
    all_s = seconds_of(every_frame)
    together_s = _median_s(partial(encoder.encode, clip), repeat)
    apart_s = _median_s(lambda: [encoder.encode(one) for one in _each(clip)], repeat)
    return [
        Measure(
            *(f"decode, {taken} in the limited worker", read_s, all_s, "s"),
            f"all {plural(frames, 'frame')} at {info.width} x {info.height} as RGB, "
            "in this process",
        ),
        Measure(f"encode {taken}", together_s, apart_s, "s", "frame by frame"),
    ]


def all_frames(video: Path, width: int, height: int) -> Iterator[NDArray[np.uint8]]:
    """Every frame of a video at its own size, (H, W, 3) RGB. Raises MediaError."""
    command = [ffmpeg_path(), "-v", "error", "-nostdin", "-i", str(video)]
    command += ["-s", f"{width}x{height}", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    size = width * height * 3
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        pipe = process.stdout
        while pipe is not None and len(data := pipe.read(size)) == size:
            yield np.frombuffer(data, np.uint8).reshape(height, width, 3)
    if process.returncode:
        raise MediaError("benchmark.no_video", reason=f"ffmpeg {process.returncode}")


def index_measures(retriever: Retriever) -> list[Measure]:
    """Some of the catalogs' music analysed for an index; files that are there. Raises VmrError."""
    here = np.flatnonzero(retriever.music.audible())[:INDEXED]
    places = [retriever.music.places[int(i)] for i in here]
    paths = [path for place in places if (path := place.audio()) is not None]
    if not paths:
        raise VmrError("plan.no_sound")
    encoder = retriever.music_encoder.id

    def index(jobs: int | None) -> None:
        with tempfile.TemporaryDirectory(prefix="vmr-") as store:  # nothing is known of them
            for done in hear_all(paths, encoder, "cpu", Path(store), jobs):
                if done.result is None:
                    raise VmrError("plan.no_sound")

    minutes = sum(place.track.seconds for place in places) / 60
    what = (
        f"index {plural(len(paths), 'track')}, {minutes:.0f} min, with the start of its processes"
    )
    together_s = seconds_of(partial(index, None))
    return [Measure(what, together_s, seconds_of(partial(index, 1)), "s", "one file after another")]


def _each(clip: VideoClip) -> Iterator[VideoClip]:
    for i in range(len(clip)):
        part = slice(i, i + 1)
        yield replace(
            clip, frames=clip.frames[part], times_s=clip.times_s[part], stats=clip.stats[part]
        )


def _median_s(call: Callable[[], object], repeat: int) -> float:
    return statistics.median(seconds_of(call) for _ in range(repeat))
