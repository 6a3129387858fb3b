"""Footage to measure with, and how long a call takes."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vmr.errors import MediaError
from vmr.media.ffmpeg import ffmpeg_path


def moving_1080p(path: Path, seconds: int = 30) -> Path:
    """A 1080p30 H.264 clip with motion all over, grain and a cut every 5 s: no easy case."""
    picture = (
        "mandelbrot=size=1920x1080:rate=30:maxiter=60:end_pts=400,"
        "hue=h='40*floor(t/5)',noise=alls=6:allf=t,format=yuv420p"
    )
    command = [ffmpeg_path(), "-v", "error", "-nostdin", "-y"]
    command += ["-f", "lavfi", "-i", picture, "-t", str(seconds)]
    command += ["-c:v", "libx264", "-preset", "veryfast", "-crf", "23", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise MediaError("benchmark.no_video", reason=done.stderr.strip()[-200:])
    return path


def seconds_of(call: Callable[[], Any]) -> float:
    """How long one call takes, by the wall clock."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
