"""The ffmpeg binary of the package imageio-ffmpeg: where it is, and what it says of a file.

It is only run inside the worker process, so under its limits, and may open nothing but files.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vmr.errors import MediaError

# Demuxers that read their own bytes only. A playlist that got past vmr.media.sniff ends here.
DEMUXERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,wav,aiff,mpegts,mpeg,mpegvideo,flv,asf,ogg,gif,"
    "flac,mp3,aac,au"
)
SAFE_INPUT = ("-nostdin", "-protocol_whitelist", "file,pipe", "-format_whitelist", DEMUXERS)

_DURATION = re.compile(r"Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)")
_VIDEO = re.compile(r"Stream #0:\d+.*?: Video: (\w+)(.*)")
_AUDIO = re.compile(r"Stream #0:\d+.*?: Audio: (\w+)(.*)")
_SIZE = re.compile(r"[, ](\d{2,5})x(\d{1,5})[, \n]")
_ASPECT = re.compile(r"SAR (\d+):(\d+)")
_FPS = re.compile(r"([\d.]+)(k?) fps")
_TURN = re.compile(r"rotation of (-?[\d.]+) degrees")


@dataclass(frozen=True)
class MediaInfo:
    """What a file holds. Sizes in pixels after rotation; an absent stream has codec "".

    plain_pixels: whether the picture is 8-bit 4:2:0, which is all that browsers decode.
    """

    container: str
    duration_s: float
    video_codec: str
    width: int
    height: int
    fps: float
    audio_codec: str
    bytes: int
    plain_pixels: bool = True

    @property
    def has_video(self) -> bool:
        return self.video_codec != ""

    @property
    def has_audio(self) -> bool:
        return self.audio_codec != ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def ffmpeg_path() -> str:
    """Path of the ffmpeg binary; MediaError names the package where it is missing."""
    import imageio_ffmpeg

    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise MediaError("media.no_ffmpeg") from error


def inspect(path: Path, exe: str, name: str) -> MediaInfo:
    """Streams and duration of a file, by ``ffmpeg -i``; MediaError if it has neither."""
    done = subprocess.run(
        [exe, "-hide_banner", *SAFE_INPUT, "-i", str(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    return parse_report(done.stderr.decode("utf-8", "replace"), name, path.stat().st_size)


def parse_report(report: str, name: str, size_bytes: int) -> MediaInfo:
    """MediaInfo from the text of ``ffmpeg -i``; a cover picture is not taken for a video."""
    if "Input #0" not in report:
        raise MediaError(_why_unreadable(report), name=name)
    video = next((m for m in _VIDEO.finditer(report) if "(attached pic)" not in m[2]), None)
    audio = _AUDIO.search(report)
    width, height = _displayed_size(video[2] + "\n", report) if video else (0, 0)
    rate = _FPS.search(video[2]) if video else None
    fps = float(rate[1]) * (1000 if rate[2] else 1) if rate else 0.0
    clock = _DURATION.search(report)
    duration_s = int(clock[1]) * 3600 + int(clock[2]) * 60 + float(clock[3]) if clock else 0.0
    container = report.split("Input #0, ", 1)[1].split(", from", 1)[0]
    return MediaInfo(
        container=container,
        duration_s=duration_s,
        video_codec=video[1] if video and width else "",
        width=width,
        height=height,
        fps=fps,
        audio_codec=audio[1] if audio else "",
        bytes=size_bytes,
        plain_pixels=bool(video and re.search(r"yuvj?420p[,( ]", video[2])),
    )


def _displayed_size(line: str, report: str) -> tuple[int, int]:
    size = _SIZE.search(line)
    if size is None:
        return 0, 0
    width, height = int(size[1]), int(size[2])
    aspect = _ASPECT.search(line)
    if aspect and int(aspect[1]) and int(aspect[2]):
        width = max(1, round(width * int(aspect[1]) / int(aspect[2])))
    turn = _TURN.search(report)
    if turn and round(float(turn[1])) % 180 == 90:
        width, height = height, width
    return width, height


def _why_unreadable(report: str) -> str:
    """The key of the sentence that says why."""
    if "moov atom not found" in report:
        return "media.incomplete"
    if "ermission denied" in report:
        return "media.forbidden"
    return "media.no_video"
