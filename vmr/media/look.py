"""Which reader looks at a video: decord at the file, at one stream of it, or at a small copy.

Runs inside the worker process.
"""

from __future__ import annotations

import subprocess
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from vmr.errors import MediaError, Notice
from vmr.media.decode import UndecodableError, decode_video, frame_size
from vmr.media.edits import is_spliced
from vmr.media.limits import MediaLimits
from vmr.media.report import Input
from vmr.media.tone import cube_filter, write_cube


def look(source: Input, folder: Path, limits: MediaLimits) -> dict[str, Any]:
    """Arrays and facts of a VideoClip by their field names. MediaError in a sentence."""
    scan = cache(source.packets)
    spliced = source.content.container == "mp4" and is_spliced(source.path)
    try:
        if spliced or source.content.offset:
            raise UndecodableError("only ffmpeg reads this right")
        path = source.path if source.info.pictures == 1 else _one_stream(source, folder, limits)
        return decode_video(path, source.info, source.name, limits, scan)
    except UndecodableError:
        return _look_at_copy(source, folder, limits)


def _one_stream(source: Input, folder: Path, limits: MediaLimits) -> Path:
    """A file with the moving picture alone: decord would choose among several by size."""
    if source.info.bytes > limits.result_bytes:
        raise UndecodableError("too large to copy")
    out = folder / "picture.mkv"
    command = [*source.arguments, "-map", f"0:{source.info.video_stream}", "-c", "copy", str(out)]
    subprocess.run(
        [command[0], "-loglevel", "error", "-y", *command[1:]],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    if not out.exists():
        raise UndecodableError("ffmpeg wrote nothing")
    return out


def _look_at_copy(source: Input, folder: Path, limits: MediaLimits) -> dict[str, Any]:
    """Read a small H.264 copy that ffmpeg makes: GIF, spliced, damaged and live recordings.

    decord refuses whole files for one bad packet, and knows one edit at most.
    """
    info = source.info
    wide, high = (side // 2 * 2 for side in frame_size(info.width, info.height))
    small = folder / "small.mp4"
    filters = f"scale={wide}:{high},setsar=1,format=yuv420p"
    if info.is_hdr:
        write_cube(folder, info.transfer)
        filters = f"scale={wide}:{high},setsar=1,{cube_filter()}"
    command = [source.exe, "-loglevel", "error", "-y", *source.arguments[1:]]
    command += ["-t", f"{limits.max_duration_s + 60:.0f}", "-map", f"0:{info.video_stream}", "-an"]
    command += ["-vf", filters, "-fps_mode", "vfr"]
    command += ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "18", "-g", "50"]
    command += ["-threads", "2", str(small)]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False, cwd=folder
    )
    try:
        if not small.exists():
            raise UndecodableError("ffmpeg wrote nothing")
        size = small.stat().st_size
        copied = replace(
            info, width=wide, height=high, bytes=size, duration_s=0.0, transfer="", pictures=1
        )
        value = decode_video(small, copied, source.name, limits)
    except UndecodableError as error:
        raise MediaError(
            "media.picture_undecodable", name=source.name, codec=info.video_codec
        ) from error
    if done.returncode != 0 or b"partial file" in done.stderr or b"nvalid data" in done.stderr:
        got_s = value["duration_s"]
        whole_s = max(info.duration_s, got_s)
        value["notes"].append(Notice("media.cut_off", name=source.name, got=got_s, whole=whole_s))
    return value
