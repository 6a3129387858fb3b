"""Runs one ffmpeg under the worker's limits, with progress, cancelling and plain errors."""

from __future__ import annotations

import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from vmr.errors import MediaError
from vmr.media.ffmpeg import ffmpeg_path
from vmr.media.limits import MediaLimits, StoppedError
from vmr.media.sandbox import kill, start_worker
from vmr.media.stopping import is_over

Progress = Callable[[float], None]
Cancel = Callable[[], bool]

# Encoding is slower than reading: the limits of a whole video, not of a look at it.
ENCODE_LIMITS = MediaLimits(wall_s=900.0, cpu_s=1800, result_bytes=4 * 1024**3)


@dataclass(frozen=True)
class Finished:
    """ffmpeg's messages, and the time in the result that it reached, seconds."""

    messages: str
    end_s: float


@dataclass(frozen=True)
class Run:
    """One run of ffmpeg: its arguments (inputs already made safe), and for what file it is.

    reads, writes   the files that it opens; cube: the transfer of HDR for vmr.media.tone, or ""
    """

    arguments: Sequence[str]
    name: str
    reads: tuple[Path, ...] = ()
    writes: tuple[Path, ...] = ()
    cube: str = ""


def part_of(progress: Progress | None, low: float, high: float) -> Progress | None:
    """For work that is the part from low to high of a whole whose progress is told."""
    if progress is None:
        return None
    told = progress
    return lambda done: told(low + (high - low) * done)


def run_ffmpeg(
    run: Run,
    duration_s: float = 0.0,
    limits: MediaLimits = ENCODE_LIMITS,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Finished:
    """Its messages, and how far it came.

    ``progress`` gets 0..1 if duration_s of the result is known; ``cancel`` is asked a few times a
    second, and a true answer ends the work with StoppedError. MediaError if ffmpeg fails.
    """
    over = is_over(cancel)
    job = {
        "job": "ffmpeg",
        "name": run.name,
        "ffmpeg": ffmpeg_path(),
        "arguments": ["-hide_banner", "-nostats", "-progress", "pipe:1", *run.arguments],
        "reads": [str(path) for path in run.reads],
        "writes": [str(path) for path in run.writes],
        "cube": run.cube,
    }
    with tempfile.TemporaryDirectory(prefix="vmr-") as folder:
        process = start_worker(job, Path(folder), limits, stdout=subprocess.PIPE)
        with _watched(process, limits.wall_s, over) as lines:
            end_s = _follow(process, duration_s, progress)
            process.wait()
    messages = "".join(lines)
    if over():
        raise StoppedError("media.stopped", name=run.name)
    if process.returncode != 0:
        raise MediaError("media.not_converted", name=run.name) from RuntimeError(
            f"ffmpeg ended with {process.returncode}: {messages[-2000:]}"
        )
    if progress is not None:
        progress(1.0)
    return Finished(messages, end_s)


def with_wall(limits: MediaLimits, duration_s: float) -> MediaLimits:
    """Limits that give a long video more time: at least twice real time."""
    wall_s = max(limits.wall_s, 2 * duration_s)
    return replace(limits, wall_s=wall_s, cpu_s=int(4 * wall_s))


def _follow(
    process: subprocess.Popen[bytes], duration_s: float, progress: Progress | None
) -> float:
    """Read ``-progress`` lines until ffmpeg closes its output; the last time it reached."""
    assert process.stdout is not None
    end_s = 0.0
    for line in process.stdout:
        key, _, value = line.decode("ascii", "replace").strip().partition("=")
        if key != "out_time_us" or not value.lstrip("-").isdigit():  # "N/A" at first
            continue
        end_s = int(value) / 1e6
        if progress is not None and duration_s > 0:
            progress(min(max(end_s / duration_s, 0.0), 0.999))
    return end_s


@contextmanager
def _watched(
    process: subprocess.Popen[bytes], wall_s: float, cancel: Cancel
) -> Iterator[list[str]]:
    """The lines of its messages, complete after the block; it ends with the block, if not before:
    after ``wall_s`` seconds, or when ``cancel`` says so."""
    lines: list[str] = []
    ended = threading.Event()
    threads = [
        threading.Thread(target=_watch, args=(process, ended, wall_s, cancel), daemon=True),
        threading.Thread(target=_collect, args=(process, lines), daemon=True),
    ]
    for thread in threads:
        thread.start()
    try:
        yield lines
    finally:
        ended.set()
        kill(process)
        for thread in threads:
            thread.join()


def _watch(
    process: subprocess.Popen[bytes], ended: threading.Event, wall_s: float, cancel: Cancel
) -> None:
    until = time.monotonic() + wall_s
    while not ended.wait(0.2):
        if time.monotonic() > until or cancel():
            kill(process)
            return


def _collect(process: subprocess.Popen[bytes], lines: list[str]) -> None:
    """Keep ffmpeg's messages, at most about a megabyte of them."""
    assert process.stderr is not None
    size = 0
    for line in process.stderr:
        if size < 1_000_000:
            lines.append(line.decode("utf-8", "replace"))
            size += len(line)
