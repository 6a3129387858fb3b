"""Video and sound files in, arrays out. Every byte of a file is decoded in a limited process.

All functions raise MediaError with one or two plain sentences: what is wrong with which file, and
what to do. What could be read of a damaged file is returned, with a note.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vmr.errors import Notice
from vmr.media.clip import VIDEO_STATS, AudioClip, VideoClip
from vmr.media.containers import Content
from vmr.media.ffmpeg import ffmpeg_path, safe_input
from vmr.media.first_look import BEGINNING, FACTS
from vmr.media.info import MediaInfo
from vmr.media.limits import MediaLimits
from vmr.media.sandbox import paused, run_job, shown_name
from vmr.media.sniff import check_content, check_file

__all__ = ["MediaInfo", "probe", "read_audio", "read_video"]

DEFAULT_LIMITS = MediaLimits()


def probe(path: Path, limits: MediaLimits = DEFAULT_LIMITS, sound: bool = False) -> MediaInfo:
    """Streams, size and duration of a video or sound file; ``sound``: music is wanted."""
    with tempfile.TemporaryDirectory(prefix="vmr-") as folder:
        return MediaInfo(**_run("probe", path, Path(folder), limits, sound=sound))


@dataclass(frozen=True)
class Timeline:
    """A checked file and how long it really is, by its packets and not by its header.

    length_s   of the moving picture, of the sound where there is none
    is_edited  whether decoding begins before the first picture that is shown, or skips parts
    """

    path: Path
    name: str
    content: Content
    info: MediaInfo
    length_s: float
    limit_s: float
    is_edited: bool

    @property
    def container(self) -> str:
        """The container by content."""
        return self.content.container

    @property
    def arguments(self) -> list[str]:
        """ffmpeg's arguments that open the file as what it is."""
        return safe_input(self.path, self.content)

    def job(self, kind: str) -> dict[str, Any]:
        """A job of the worker on this file."""
        content = [self.content.container, self.content.offset]
        job = {"job": kind, "path": str(self.path), "content": content, "ffmpeg": ffmpeg_path()}
        return job | {"stream": self.info.audio_stream}


def read_timeline(
    path: Path, limits: MediaLimits = DEFAULT_LIMITS, sound: bool = False
) -> Timeline:
    """What a file holds and how long it is, read through; ``sound``: music is wanted."""
    with tempfile.TemporaryDirectory(prefix="vmr-") as folder:
        value = _run("timeline", path, Path(folder), limits, sound=sound)
    name = shown_name(Path(path))
    real = check_file(Path(path), name, limits)
    return Timeline(
        path=real,
        name=name,
        content=check_content(real, name, sound=sound),
        info=MediaInfo(**value["info"]),
        length_s=float(value["length_s"]),
        limit_s=limits.max_duration_s,
        is_edited=bool(value["is_edited"]),
    )


def read_video(
    path: Path,
    limits: MediaLimits = DEFAULT_LIMITS,
    first: Callable[[VideoClip], Callable[[], None]] | None = None,
) -> VideoClip:
    """About one frame a second, spread over the whole video, with statistics between frames.

    The same file always gives the same clip; see vmr.media.plan for which frames are decoded.
    ``first`` is given a clip of a few frames before, where reading the whole takes a while, which
    waits for it meanwhile, and not for what it returns to be called: see vmr.media.first_look. It
    changes nothing of the clip that follows.
    """
    with tempfile.TemporaryDirectory(prefix="vmr-") as name:
        folder = Path(name)
        meanwhile = None if first is None else FirstClip(folder, first).look
        more = {"with_first": first is not None}
        value = _run("video", path, folder, limits, meanwhile=meanwhile, copy=False, **more)
        if value.get("copy"):
            for file in folder.iterdir():
                file.unlink()
            value = _run("video", path, folder, limits, copy=True, with_first=False)
        info = MediaInfo(**value["info"])
        facts: dict[str, Any] = {
            "width": info.width,
            "height": info.height,
            "has_audio": info.has_audio,
        }
        facts |= {"duration_s": float(value["duration_s"]), "fps": float(value["fps"])}
        return _clip(folder, "", facts, _notes(value))


class FirstClip:
    """Hands on the clip in a folder, once, as soon as it is whole."""

    def __init__(self, folder: Path, give: Callable[[VideoClip], Callable[[], None]]) -> None:
        self.folder = folder
        self.give = give
        self.is_given = False

    def look(self, process: subprocess.Popen[bytes]) -> None:
        """Look whether it is there."""
        path = self.folder / FACTS
        if self.is_given or not path.exists():
            return
        try:
            facts = json.loads(path.read_text("utf-8"))
        except json.JSONDecodeError:  # it is just being written
            return
        self.is_given = True
        with paused(process):
            then = self.give(_clip(self.folder, BEGINNING, facts, ()))
        then()


def _clip(
    folder: Path, beginning: str, facts: dict[str, Any], notes: tuple[Notice, ...]
) -> VideoClip:
    def load(field: str, dtype: type[np.generic]) -> NDArray[Any]:
        return _load(folder / f"{beginning}{field}.npy", dtype)

    frames = load("frames", np.uint8)
    return VideoClip(
        frames=frames,
        times_s=load("times_s", np.float32),
        stats=load("stats", np.float32).reshape(len(frames), len(VIDEO_STATS)),
        cuts_s=load("cuts_s", np.float32),
        notes=notes,
        **facts,
    )


def read_audio(
    path: Path,
    rate_hz: int,
    limits: MediaLimits = DEFAULT_LIMITS,
    start_s: float = 0.0,
    max_s: float | None = None,
) -> AudioClip:
    """The sound of a music file or of a video, mono at ``rate_hz``, from start_s for max_s."""
    if rate_hz <= 0 or start_s < 0 or (max_s is not None and max_s <= 0):
        raise ValueError("rate_hz and max_s must be positive and start_s not negative")
    more: dict[str, Any] = {"rate_hz": rate_hz, "start_s": start_s, "max_s": max_s}
    with tempfile.TemporaryDirectory(prefix="vmr-") as name:
        folder = Path(name)
        value = _run("audio", path, folder, limits, sound=True, **more)
        samples = np.fromfile(folder / "samples.raw", dtype=np.float32)
    np.nan_to_num(samples, copy=False, nan=0.0, posinf=1.0, neginf=-1.0)
    return AudioClip(np.clip(samples, -1, 1), rate_hz, _notes(value))


def _run(
    job: str,
    path: Path,
    folder: Path,
    limits: MediaLimits,
    sound: bool = False,
    meanwhile: Callable[[subprocess.Popen[bytes]], None] | None = None,
    **more: Any,
) -> dict[str, Any]:
    path = Path(path)
    name = shown_name(path)
    real = check_file(path, name, limits)
    content = check_content(real, name, sound=sound)
    found = [content.container, content.offset]
    request: dict[str, Any] = {"job": job, "path": str(real), "content": found}
    request |= {"ffmpeg": ffmpeg_path(), "sound": sound, **more}
    return run_job(request, name, folder, limits, meanwhile=meanwhile)


def _load(path: Path, dtype: type[np.generic]) -> NDArray[Any]:
    array = np.load(path, allow_pickle=False)
    if array.dtype != dtype:
        raise ValueError(f"{path.name} from the worker is {array.dtype}")
    return np.asarray(array)


def _notes(value: dict[str, Any]) -> tuple[Notice, ...]:
    return tuple(Notice.from_json(note) for note in value["notes"])
