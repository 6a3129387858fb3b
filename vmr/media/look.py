"""Which reader looks at a video: decord at the file, at one stream of it, or at a small copy.

Runs inside the worker process. Everything that ffmpeg has to do is begun before decord sees a byte:
from then on the process can start no other.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from vmr.errors import MediaError, Notice
from vmr.media.confine import start_no_more
from vmr.media.decode import UndecodableError, decode_video, frame_size
from vmr.media.dense_cuts import start_dense_cuts
from vmr.media.edits import is_spliced
from vmr.media.ffmpeg import run
from vmr.media.film import Film
from vmr.media.first_look import look_first
from vmr.media.limits import MediaLimits
from vmr.media.report import Input
from vmr.media.tone import cube_filter, write_cube


def look(
    source: Input, folder: Path, limits: MediaLimits, with_first: bool = False
) -> dict[str, Any] | None:
    """Arrays and facts of a VideoClip by their field names; None if only a copy can be read.

    with_first: leave those of vmr.media.first_look in the folder as soon as they are there.
    MediaError in a sentence.
    """
    spliced = source.content.container == "mp4" and is_spliced(source.path)
    if spliced or source.content.offset:
        return None
    scan = source.start_scan()
    path = source.path if source.info.pictures == 1 else _one_stream(source, folder, limits)
    if path is None:
        return None
    dense = start_dense_cuts(source, folder, limits)
    start_no_more()

    def opened(film: Film, reader: Any) -> bool:
        return with_first and look_first(film, reader, folder)

    try:
        value = decode_video(path, source.info, source.name, limits, scan, opened)
    except UndecodableError:
        return None
    if dense is not None:
        dense.put_into(value)
    return value


def look_at_copy(source: Input, folder: Path, limits: MediaLimits) -> dict[str, Any]:
    """Read a small H.264 copy that ffmpeg makes: GIF, spliced, damaged and live recordings.

    decord refuses whole files for one bad packet, and knows one edit at most.
    """
    info = source.info
    wide, high = (side // 2 * 2 for side in frame_size(info.width, info.height))
    small = folder / "small.mp4"
    status, messages = run(_copying(source, small, wide, high, folder, limits), cwd=folder)
    start_no_more()
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
    if status != 0 or b"partial file" in messages or b"nvalid data" in messages:
        got_s = value["duration_s"]
        whole_s = max(info.duration_s, got_s)
        value["notes"].append(Notice("media.cut_off", name=source.name, got=got_s, whole=whole_s))
    return value


def _one_stream(source: Input, folder: Path, limits: MediaLimits) -> Path | None:
    """A file with the moving picture alone: decord would choose among several by size."""
    if source.info.bytes > limits.result_bytes:
        return None
    out = folder / "picture.mkv"
    command = [source.exe, "-loglevel", "error", "-y", *source.arguments[1:]]
    run([*command, "-map", f"0:{source.info.video_stream}", "-c", "copy", str(out)])
    return out if out.exists() else None


def _copying(
    source: Input, out: Path, wide: int, high: int, folder: Path, limits: MediaLimits
) -> list[str]:
    """ffmpeg's command for a copy of ``wide`` by ``high`` pixels in ordinary colours."""
    filters = f"scale={wide}:{high},setsar=1,format=yuv420p"
    if source.info.is_hdr:
        write_cube(folder, source.info.transfer)
        filters = f"scale={wide}:{high},setsar=1,{cube_filter()}"
    command = [source.exe, "-loglevel", "error", "-y", *source.arguments[1:]]
    command += ["-t", f"{limits.max_duration_s + 60:.0f}"]
    command += ["-map", f"0:{source.info.video_stream}", "-an", "-vf", filters]
    command += ["-fps_mode", "vfr", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "18"]
    return [*command, "-g", "50", "-threads", "2", str(out)]
