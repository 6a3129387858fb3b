"""The process that touches untrusted files: ``python -m vmr.media.worker FOLDER``.

FOLDER holds job.json; the answer is answer.json beside it, {"value": ...} or {"error": notice},
and arrays as .npy or raw files. Limits are set before any decoder is loaded. Only numpy, decord
and the ffmpeg binary are used here, so that it starts in a quarter of a second.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vmr.errors import MediaError, Notice
from vmr.media.limits import MediaLimits, too_long

try:
    import resource
except ImportError:  # Windows: the parent's wall limit is what holds there
    resource = None  # type: ignore[assignment]


def set_limits(limits: MediaLimits) -> None:
    """Bound this process and its children; a system that cannot bound one thing bounds the rest."""
    if resource is None:
        return
    for what, amount in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.cpu_s),
        (resource.RLIMIT_FSIZE, limits.result_bytes),
        (resource.RLIMIT_NOFILE, 128),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # macOS refuses RLIMIT_AS
            resource.setrlimit(what, (amount, amount))


def read_video(job: dict[str, Any], folder: Path, limits: MediaLimits) -> dict[str, Any]:
    """Arrays of a clip into FOLDER/<field>.npy, the rest as the value."""
    import numpy as np

    from vmr.media.decode import UndecodableError, decode_video

    path, info = _inspected(job, folder, limits)
    if not info.has_video:
        raise MediaError(
            "media.only_sound" if info.has_audio else "media.nothing_readable", name=job["name"]
        )
    try:
        value = decode_video(path, info, job["name"], limits)
    except UndecodableError:
        value = _decode_copy(job, path, info, folder, limits)
    for field in ("frames", "times_s", "stats", "cuts_s"):
        np.save(folder / f"{field}.npy", value.pop(field), allow_pickle=False)
    notes = [note.as_json() for note in value["notes"]]
    return value | {"info": info.to_json(), "notes": notes}


def read_audio(job: dict[str, Any], folder: Path, limits: MediaLimits) -> dict[str, Any]:
    """Float32 samples into FOLDER/samples.raw."""
    from vmr.media.sound import decode_audio

    path, info = _inspected(job, folder, limits)
    if not info.has_audio:
        raise MediaError("media.no_sound", name=job["name"])
    length_s = min(job["max_s"] or limits.max_duration_s, limits.max_duration_s)
    notes = decode_audio(
        path,
        job["name"],
        job["ffmpeg"],
        job["rate_hz"],
        job["start_s"],
        length_s,
        0.0 if info.has_video else info.duration_s,  # a picture may outlast its sound
        folder / "samples.raw",
    )
    return {"notes": [note.as_json() for note in notes]}


def probe(job: dict[str, Any], folder: Path, limits: MediaLimits) -> dict[str, Any]:
    """MediaInfo as JSON."""
    return _inspected(job, folder, limits)[1].to_json()


def run_ffmpeg(job: dict[str, Any], folder: Path, limits: MediaLimits) -> dict[str, Any]:
    """Become ffmpeg with the job's arguments, under the limits that were set; never returns."""
    command = [job["ffmpeg"], *job["arguments"]]
    if os.name == "nt":  # where exec would end this process and leave ffmpeg alone
        sys.exit(subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode)
    os.execv(job["ffmpeg"], command)


def read_tags(job: dict[str, Any], folder: Path, limits: MediaLimits) -> dict[str, Any]:
    """The file's tags as {name: text}, {} for a kind that has none or is damaged."""
    from tinytag import TinyTag, TinyTagException

    try:
        found = TinyTag.get(job["path"], duration=False).as_dict()
    except (TinyTagException, OSError):
        return {}
    texts = {key: "; ".join(v) for key, v in found.items() if isinstance(v, list)}
    return {key: text[:2000] for key, text in list(texts.items())[:100]}


JOBS: dict[str, Callable[[dict[str, Any], Path, MediaLimits], dict[str, Any]]] = {
    "video": read_video,
    "audio": read_audio,
    "probe": probe,
    "tags": read_tags,
    "ffmpeg": run_ffmpeg,
}


def _inspected(job: dict[str, Any], folder: Path, limits: MediaLimits) -> tuple[Path, Any]:
    """The file under a neutral name, and what it holds; checked against the duration limits."""
    from vmr.media.ffmpeg import inspect

    path = Path(job["path"])
    neutral = folder / "input.media"
    # Some decoders read meaning into names ("concat:", "%d", ".m3u8"); this one has none.
    with contextlib.suppress(OSError):  # Windows lets only some users make links
        neutral.symlink_to(path)
        path = neutral
    info = inspect(path, job["ffmpeg"], job["name"])
    if info.duration_s > limits.max_duration_s and not job.get("max_s"):
        raise too_long(job["name"], info.duration_s, limits)
    if info.width * info.height > limits.max_pixels:
        raise MediaError(
            "media.too_many_pixels",
            name=job["name"],
            width=info.width,
            height=info.height,
            millions=limits.max_pixels / 1000000.0,
        )
    return path, info


def _decode_copy(
    job: dict[str, Any], path: Path, info: Any, folder: Path, limits: MediaLimits
) -> dict[str, Any]:
    """Read a small H.264 copy that ffmpeg makes: AV1, GIF, damaged files, live recordings.

    decord 0.6 bundles an FFmpeg of 2020, and refuses whole files for one bad packet.
    """
    import dataclasses

    from vmr.media.decode import UndecodableError, decode_video, frame_size
    from vmr.media.ffmpeg import SAFE_INPUT

    wide, high = (side // 2 * 2 for side in frame_size(info.width, info.height))
    small = folder / "small.mp4"
    command = [job["ffmpeg"], "-loglevel", "error", "-y", *SAFE_INPUT, "-i", str(path)]
    command += ["-t", f"{limits.max_duration_s + 60:.0f}", "-map", "0:v:0", "-an"]
    command += ["-vf", f"scale={wide}:{high},setsar=1,format=yuv420p", "-fps_mode", "vfr"]
    command += ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "18", "-g", "50"]
    command += ["-threads", "2", str(small)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    try:
        if not small.exists():
            raise UndecodableError("ffmpeg wrote nothing")
        copied = dataclasses.replace(
            info, width=wide, height=high, bytes=small.stat().st_size, duration_s=0.0
        )
        value = decode_video(small, copied, job["name"], limits)
    except UndecodableError as error:
        raise MediaError(
            "media.picture_undecodable", name=job["name"], codec=info.video_codec
        ) from error
    if done.returncode != 0 or b"partial file" in done.stderr or b"nvalid data" in done.stderr:
        got_s = value["duration_s"]
        whole_s = max(info.duration_s, got_s)
        value["notes"].append(Notice("media.cut_off", name=job["name"], got=got_s, whole=whole_s))
    return value


def main(folder: Path) -> int:
    """Do the job of the folder; exit status 0 also when the answer is an error."""
    job = json.loads((folder / "job.json").read_text("utf-8"))
    limits = MediaLimits(**job["limits"])
    set_limits(limits)
    answer: dict[str, Any]
    try:
        answer = {"value": JOBS[job["job"]](job, folder, limits)}
    except MediaError as error:
        answer = {"error": error.notice.as_json()}
    except MemoryError:
        answer = {"error": Notice("media.memory", name=job["name"]).as_json()}
    (folder / "answer.json").write_text(json.dumps(answer), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
