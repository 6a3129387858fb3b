"""Mono samples of one sound track, with ffmpeg. Runs inside the worker process."""

from __future__ import annotations

import subprocess
from pathlib import Path

from vmr.errors import MediaError, Notice
from vmr.media.ffmpeg import SAFE_INPUT


def decode_audio(
    path: Path,
    name: str,
    exe: str,
    rate_hz: int,
    start_s: float,
    length_s: float,
    stated_s: float,
    out: Path,
) -> list[Notice]:
    """Write float32 samples to ``out``: the mean of the channels, resampled; the list holds notes.

    stated_s is how long the file says that its sound is, 0 if it does not. Any sound that was
    readable is kept; MediaError if there is none.
    """
    command = [exe, "-hide_banner", "-loglevel", "error", "-y", *SAFE_INPUT]
    if start_s > 0:
        command += ["-ss", f"{start_s:.6f}"]
    command += ["-i", str(path), "-map", "0:a:0", "-t", f"{length_s:.6f}", "-ac", "1"]
    command += [
        "-af",
        f"aresample={rate_hz}:resampler=soxr:rematrix_maxval=1",
        "-f",
        "f32le",
        str(out),
    ]
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    size = out.stat().st_size if out.exists() else 0
    if size < 4:
        if start_s > 0 and done.returncode == 0:
            raise MediaError("media.no_sound_after", name=name, seconds=start_s)
        raise MediaError("media.sound_undecodable", name=name)
    got_s = size / 4 / rate_hz
    expected_s = min(length_s, stated_s - start_s)
    if done.returncode != 0 or expected_s > 1.1 * got_s + 1:
        end_s = start_s + got_s
        return [Notice("media.sound_cut_off", name=name, seconds=end_s)]
    return []
