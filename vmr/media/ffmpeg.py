"""The ffmpeg binary of the package imageio-ffmpeg, and how an input is named to it.

It is only run inside the worker process, so under its limits, and may open nothing but files.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import IO, Any

from vmr.errors import MediaError
from vmr.media.containers import DEMUXERS, SOUND, VIDEO, Content
from vmr.media.limits import MediaLimits

# Demuxers that read their own bytes only. A playlist that got past vmr.media.sniff ends here.
ALLOWED = ",".join(["mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", *VIDEO, *DEMUXERS, *SOUND])
# Pixels of a frame as it is decoded, whatever the header says.
LARGEST = str(MediaLimits.max_pixels)
SAFE_INPUT = (
    *("-nostdin", "-protocol_whitelist", "file,pipe"),
    *("-format_whitelist", ALLOWED, "-max_pixels", LARGEST),
)


def ffmpeg_path() -> str:
    """Path of the ffmpeg binary; MediaError names the package where it is missing."""
    import imageio_ffmpeg

    try:
        path = str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise MediaError("media.no_ffmpeg") from error
    if shutil.which(path) is None:  # IMAGEIO_FFMPEG_EXE may name anything
        raise MediaError("media.no_ffmpeg")
    return path


def safe_input(path: Path, content: Content) -> list[str]:
    """Arguments that open ``path`` as what it was found to be, and as nothing else."""
    skipped = ["-skip_initial_bytes", str(content.offset)] if content.offset else []
    return [*SAFE_INPUT, "-f", content.demuxer, *skipped, "-i", str(path)]


def start(
    command: list[str],
    stdout: int | IO[Any] = subprocess.DEVNULL,
    stderr: int | IO[Any] = subprocess.DEVNULL,
    cwd: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start ffmpeg from the worker: it can start nothing itself and ends with the worker."""
    from vmr.media.confine import hold_child

    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        cwd=cwd,
        preexec_fn=hold_child if sys.platform == "linux" else None,
    )


def run(command: list[str], cwd: Path | None = None) -> tuple[int, bytes]:
    """Run ffmpeg from the worker to its end: exit status and messages."""
    process = start(command, stderr=subprocess.PIPE, cwd=cwd)
    _, messages = process.communicate()
    return process.returncode, messages
