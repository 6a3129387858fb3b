"""The process that touches untrusted files: ``python -m vmr.media.worker [FOLDER]``.

FOLDER, a line of standard input where it is not given, holds job.json; the answer is answer.json
beside it, {"value": ...} or {"error": notice}, and arrays as .npy or raw files. Limits are set
before any decoder sees a byte. Only numpy, decord and the ffmpeg binary are used here, so that it
starts in a quarter of a second.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from vmr.errors import MediaError, Notice
from vmr.media.confine import confine
from vmr.media.containers import Content
from vmr.media.ffmpeg import run, safe_input
from vmr.media.info import MediaInfo
from vmr.media.limits import MediaLimits, too_long
from vmr.media.packets import read_packets
from vmr.media.report import Input, inspect
from vmr.media.spare import awaited_folder

try:
    import resource
except ImportError:  # Windows: the parent's wall limit is what holds there
    resource = None  # type: ignore[assignment]


CPU_GRACE_S = 5  # from the signal for too much computing to being killed
NICENESS = 5  # an answer of milliseconds goes before a file that is read for seconds


def set_limits(limits: MediaLimits) -> None:
    """Bound this process and its children, and let answers go first; a system that cannot bound one
    thing bounds the rest."""
    if resource is None:
        return
    for what, amount in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_FSIZE, limits.result_bytes),
        (resource.RLIMIT_NOFILE, 128),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # macOS refuses RLIMIT_AS
            resource.setrlimit(what, (amount, amount))
    with contextlib.suppress(ValueError, OSError):  # first the signal that names the cause
        resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_s, limits.cpu_s + CPU_GRACE_S))
    os.nice(NICENESS)


def read_video(job: dict[str, Any], folder: Path, limits: MediaLimits) -> dict[str, Any]:
    """Arrays of a clip into FOLDER/<field>.npy, the rest as the value."""
    import numpy as np

    from vmr.media.look import look, look_at_copy

    path, content, info = _inspected(job, folder, limits)
    if not info.has_video:
        raise MediaError(
            "media.only_sound" if info.has_audio else "media.nothing_readable", name=job["name"]
        )
    source = Input(path, content, job["ffmpeg"], job["name"], info)
    if job["copy"]:
        value: dict[str, Any] | None = look_at_copy(source, folder, limits)
    else:
        value = look(source, folder, limits, with_first=job["with_first"])
    if value is None:  # another process makes a copy: this one can start nothing any more
        return {"copy": True}
    for field in ("frames", "times_s", "stats", "cuts_s"):
        np.save(folder / f"{field}.npy", value.pop(field), allow_pickle=False)
    notes = [note.as_json() for note in value["notes"]]
    return value | {"info": info.to_json(), "notes": notes}


def read_audio(job: dict[str, Any], folder: Path, limits: MediaLimits) -> dict[str, Any]:
    """Float32 samples into FOLDER/samples.raw."""
    from vmr.media.sound import Part, decode_audio

    path, content, info = _inspected(job, folder, limits)
    if not info.has_audio:
        raise MediaError("media.no_sound", name=job["name"])
    length_s = min(job["max_s"] or limits.max_duration_s, limits.max_duration_s)
    part = Part(job["rate_hz"], job["start_s"], length_s)
    source = [job["ffmpeg"], *safe_input(path, content)]
    notes = decode_audio(source, info, job["name"], part, folder / "samples.raw")
    return {"notes": [note.as_json() for note in notes]}


def probe(job: dict[str, Any], folder: Path, limits: MediaLimits) -> dict[str, Any]:
    """MediaInfo as JSON."""
    return _inspected(job, folder, limits)[2].to_json()


def timeline(job: dict[str, Any], folder: Path, limits: MediaLimits) -> dict[str, Any]:
    """MediaInfo as JSON, and the length by the packets of the picture or of the sound."""
    from vmr.media.edits import is_spliced

    path, content, info = _inspected(job, folder, limits)
    stream = info.video_stream if info.has_video else info.audio_stream
    source = [job["ffmpeg"], *safe_input(path, content)]
    found = read_packets(source, [stream], limits.max_duration_s + 60)[stream]
    if info.has_video and found.length_s > limits.max_duration_s:
        raise too_long(job["name"], found.length_s, limits)
    edited = found.hidden > 0 or (content.container == "mp4" and is_spliced(path))
    is_edited = info.has_video and edited
    return {"info": info.to_json(), "length_s": found.length_s, "is_edited": is_edited}


def lay_bed(job: dict[str, Any], folder: Path, limits: MediaLimits) -> dict[str, Any]:
    """The music of a video into the file ``out``; see vmr.media.bed."""
    import numpy as np

    from vmr.media import bed

    track = folder / "track.f32"
    command = [job["ffmpeg"], "-loglevel", "error", "-y"]
    command += [*safe_input(Path(job["path"]), Content(*job["content"])), "-map"]
    command += [f"0:{job['stream']}", "-t", f"{job['part_s']:.3f}", "-ac", "2"]
    command += ["-af", f"aresample={bed.RATE_HZ}:resampler=soxr", "-f", "f32le", str(track)]
    if b"No space left" in run(command)[1]:
        raise MediaError("media.disk_full")
    if not track.exists() or track.stat().st_size < 16:
        raise MediaError("media.music_undecodable", name=job["name"])
    count = track.stat().st_size // 8
    samples = np.memmap(track, np.float32, "r", shape=(count, 2))
    length = round(job["length_s"] * bed.RATE_HZ)
    bed.lay_bed(samples, length, bed.MixSettings(**job["settings"]), Path(job["out"]))
    return {}


def run_ffmpeg(job: dict[str, Any], folder: Path, limits: MediaLimits) -> dict[str, Any]:
    """Become ffmpeg with the job's arguments, under the limits that were set; never returns."""
    if job["cube"]:
        from vmr.media.tone import write_cube

        write_cube(folder, job["cube"])
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
    "timeline": timeline,
    "bed": lay_bed,
    "ffmpeg": run_ffmpeg,
}


STARTING = ("video", "audio", "probe", "timeline", "bed")  # of JOBS: those that start ffmpeg


def _inspected(
    job: dict[str, Any], folder: Path, limits: MediaLimits
) -> tuple[Path, Content, MediaInfo]:
    """The file under a neutral name, and what it holds; checked against the duration limits."""
    path, content = Path(job["path"]), Content(*job["content"])
    neutral = folder / "input.media"
    # Some decoders read meaning into names ("concat:", "%d", ".m3u8"); this one has none.
    with contextlib.suppress(OSError):  # Windows lets only some users make links
        neutral.symlink_to(path)
        path = neutral
    info = inspect(path, content, job["ffmpeg"], job["name"], bool(job.get("sound")))
    if info.duration_s > limits.max_duration_s and not job.get("max_s"):
        info = _read_through(job, path, content, info, limits)
    if info.width * info.height > limits.max_pixels:
        raise MediaError(
            "media.too_many_pixels",
            name=job["name"],
            width=info.width,
            height=info.height,
            millions=limits.max_pixels / 1000000.0,
        )
    return path, content, info


def _read_through(
    job: dict[str, Any], path: Path, content: Content, info: MediaInfo, limits: MediaLimits
) -> MediaInfo:
    """The real length of a file that claims to be too long; MediaError if it is."""
    stream = info.video_stream if info.has_video else info.audio_stream
    source = [job["ffmpeg"], *safe_input(path, content)]
    found = read_packets(source, [stream], limits.max_duration_s + 60)[stream]
    if found.length_s > limits.max_duration_s:
        raise too_long(job["name"], max(info.duration_s, found.length_s), limits)
    return dataclasses.replace(info, duration_s=found.length_s, estimated=True)


def main(arguments: Sequence[str]) -> int:
    """Do the job of the folder; exit status 0 also when the answer is an error."""
    folder = Path(arguments[0]) if arguments else awaited_folder()
    job = json.loads((folder / "job.json").read_text("utf-8"))
    limits = MediaLimits(**job["limits"])
    set_limits(limits)
    kind = job["job"]
    reads = [job["path"]] if "path" in job else []
    missing = confine(
        folder,
        [*reads, *job.get("reads", ())],
        job.get("writes", ()),
        [job["ffmpeg"]] if "ffmpeg" in job else [],
        may_start=kind in STARTING,
    )
    answer: dict[str, Any]
    try:
        done = {"missing": missing} if kind == "protection" else JOBS[kind](job, folder, limits)
        answer = {"value": done}
    except MediaError as error:
        answer = {"error": error.notice.as_json()}
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        answer = {"error": Notice("media.disk_full").as_json()}
    except MemoryError:
        sound = job.get("sound")
        advice = Notice("media.convert_sound") if sound else Notice("media.export_video")
        notice = Notice("media.too_much_memory", name=job["name"], advice=advice)
        answer = {"error": notice.as_json()}
    (folder / "answer.json").write_text(json.dumps(answer), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
