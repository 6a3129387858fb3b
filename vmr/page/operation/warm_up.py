"""One video through everything before the first visitor's, who would wait for what loads late."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

from vmr.errors import MediaError
from vmr.media.ffmpeg import ffmpeg_path

if TYPE_CHECKING:
    from vmr.retriever import Retriever

PICTURE = "testsrc2=duration=1:size=128x72:rate=10"


def warm_up(retriever: Retriever, folder: Path) -> float:
    """Match a second of test picture, made in ``folder``; the seconds that it took. Raises
    MediaError where no video can be read here, which visitors would be told too."""
    begun = time.monotonic()
    path = folder / "first.mp4"
    command = [ffmpeg_path(), "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", PICTURE]
    done = subprocess.run([*command, str(path)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise MediaError("benchmark.no_video", reason=done.stderr.strip()[-200:])
    try:
        retriever.payload(retriever.embed_video(path), str)
    finally:
        path.unlink(missing_ok=True)
    return time.monotonic() - begun
