"""MediaInfo of a file, from what ``ffmpeg -i`` reports of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from vmr.errors import MediaError, Notice
from vmr.media.containers import RESTARTING, Content
from vmr.media.ffmpeg import run, safe_input
from vmr.media.info import HDR, MediaInfo
from vmr.media.packets import Packets, collect_packets, read_packets, start_packets

MOVING = 0.1  # a stream with less of the busiest one's frames is a cover or a slide
_DURATION = re.compile(r"^ +Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)", re.MULTILINE)
_START = re.compile(r"^ +Duration: .*, start: (-?[\d.]+)", re.MULTILINE)
_STREAM = re.compile(
    r"^ +Stream #0:(\d+).*?: (Video|Audio): (\w+)(.*(?:\n {4}(?! *Stream).*)*)", re.M
)
_SIZE = re.compile(r"[, ](\d{2,5})x(\d{1,5})[, \n]")
_ASPECT = re.compile(r"SAR (\d+):(\d+)")
_FPS = re.compile(r"([\d.]+)(k?) fps")
_TURN = re.compile(r"rotation of (-?[\d.]+) degrees")
_CHANNELS = re.compile(r" Hz, (?:(\d+) channels|([\w.]+))")
_LAYOUTS = {"mono": 1, "stereo": 2, "downmix": 2, "quad": 4, "hexagonal": 6, "octagonal": 8}
_STREAM_START = re.compile(r", start (-?[\d.]+)")


@dataclass(frozen=True)
class Input:
    """A file in the worker: where it is, what it is, and the name it has for people."""

    path: Path
    content: Content
    exe: str
    name: str
    info: MediaInfo

    @property
    def arguments(self) -> list[str]:
        """ffmpeg and its arguments up to the input."""
        return [self.exe, *safe_input(self.path, self.content)]

    def start_scan(self) -> Callable[[], Packets]:
        """Begin to read the file through; what is called for the packets of the moving picture.

        They are cut off if those of any stream that is used are.
        """
        streams = [self.info.video_stream]
        streams += [self.info.audio_stream] if self.info.has_audio else []
        process = start_packets(self.arguments, streams)

        @cache
        def packets() -> Packets:
            found = collect_packets(process, streams)
            first = found[self.info.video_stream]
            return replace(first, is_cut_off=any(p.is_cut_off for p in found.values()))

        return packets


@dataclass(frozen=True)
class _Stream:
    """One line of the report, with the side data below it."""

    index: int
    codec: str
    words: str

    @property
    def size(self) -> tuple[int, int]:
        return _displayed_size(self.words + "\n")

    @property
    def is_attached(self) -> bool:
        return "(attached pic)" in self.words

    @property
    def start_s(self) -> float | None:
        found = _STREAM_START.search(self.words)
        return float(found[1]) if found else None


def inspect(path: Path, content: Content, exe: str, name: str, sound: bool = False) -> MediaInfo:
    """Streams and duration of a file, by ``ffmpeg -i``; MediaError if it has neither, MemoryError
    if there is no room for ffmpeg itself."""
    source = safe_input(path, content)
    status, messages = run([exe, "-hide_banner", *source])
    report = messages.decode("utf-8", "replace")
    no_room = "Cannot allocate memory" in report and "Input #0" not in report
    if no_room or (status < 0 and run([exe, "-version"])[0] < 0):
        raise MemoryError
    pictures = _pictures(report)
    chosen = pictures[0].index if pictures else 0
    if len(pictures) > 1:
        chosen = moving_picture(pictures, [exe, *source])
    info = parse_report(report, name, path.stat().st_size, chosen, sound)
    return replace(info, restarts=content.container in RESTARTING)


def moving_picture(pictures: Sequence[_Stream], source: list[str]) -> int:
    """Index of the moving picture among several: no cover, and not the slower slides."""
    found = read_packets(source, [p.index for p in pictures])
    most = max(found[p.index].count for p in pictures)
    moving = [p for p in pictures if found[p.index].count >= max(MOVING * most, min(most, 2))]
    default = [p for p in moving if "(default)" in p.words]
    return (default or moving or list(pictures))[0].index


def parse_report(
    report: str, name: str, size_bytes: int, video_stream: int | None = None, sound: bool = False
) -> MediaInfo:
    """MediaInfo from the text of ``ffmpeg -i``; a cover picture is not taken for a video."""
    if "Input #0" not in report:
        raise _unreadable(report, name, sound)
    pictures = _pictures(report)
    video = next((p for p in pictures if video_stream in (None, p.index)), None)
    audio = next((s for s in _streams(report, "Audio")), None)
    clock = _DURATION.search(report)
    container = report.split("Input #0, ", 1)[1].split(", from", 1)[0]
    info = MediaInfo(
        container=container,
        duration_s=_seconds(clock) if clock else 0.0,
        video_codec=video.codec if video else "",
        width=video.size[0] if video else 0,
        height=video.size[1] if video else 0,
        fps=_rate(video.words) if video else 0.0,
        audio_codec=audio.codec if audio else "",
        bytes=size_bytes,
        pictures=len(_streams(report, "Video")),
        estimated="Estimating duration from bitrate" in report,
    )
    if video:
        info = replace(
            info,
            video_stream=video.index,
            plain_pixels=bool(re.search(r"yuvj?420p[,( ]", video.words)),
            interlaced=bool(re.search(r"\b(top|bottom) (first|coded first)", video.words)),
            transfer=next((t for t in HDR if f"/{t}" in video.words), ""),
        )
    if audio:
        info = replace(info, audio_stream=audio.index, channels=_channels(audio.words))
    return _with_starts(info, report, video, audio)


def _with_starts(
    info: MediaInfo, report: str, video: _Stream | None, audio: _Stream | None
) -> MediaInfo:
    """Starts of the streams; those that make no sense are taken for the file's own."""
    zero = _START.search(report)
    start_s = float(zero[1]) if zero else 0.0
    starts = []
    for stream in (video, audio):
        # A stream that starts at 0 has no word of it.
        own_s = 0.0 if stream is None else stream.start_s or 0.0
        late_s = own_s - start_s
        starts.append(late_s if 0 <= late_s <= max(info.duration_s, 1.0) else 0.0)
    return replace(info, video_start_s=starts[0], audio_start_s=starts[1])


def _streams(report: str, kind: str) -> list[_Stream]:
    own = report.split("Input #0", 1)[-1]
    return [_Stream(int(m[1]), m[3], m[4]) for m in _STREAM.finditer(own) if m[2] == kind]


def _pictures(report: str) -> list[_Stream]:
    return [s for s in _streams(report, "Video") if not s.is_attached and all(s.size)]


def _seconds(clock: re.Match[str]) -> float:
    return int(clock[1]) * 3600 + int(clock[2]) * 60 + float(clock[3])


def _rate(words: str) -> float:
    rate = _FPS.search(words)
    return float(rate[1]) * (1000 if rate[2] else 1) if rate else 0.0


def _channels(words: str) -> int:
    """Channels of a layout such as "stereo", "5.1(side)" or "12 channels"."""
    found = _CHANNELS.search(words)
    if found is None:
        return 2
    if found[1]:
        return int(found[1])
    if re.fullmatch(r"\d\.\d(\.\d)?", found[2]):
        return sum(int(part) for part in found[2].split("."))
    return _LAYOUTS.get(found[2], 2)


def _displayed_size(words: str) -> tuple[int, int]:
    size = _SIZE.search(words)
    if size is None:
        return 0, 0
    width, height = int(size[1]), int(size[2])
    aspect = _ASPECT.search(words)
    if aspect and int(aspect[1]) and int(aspect[2]):
        width = max(1, round(width * int(aspect[1]) / int(aspect[2])))
    turn = _TURN.search(words)
    if turn and round(float(turn[1])) % 180 == 90:
        width, height = height, width
    return width, height


def _unreadable(report: str, name: str, sound: bool) -> MediaError:
    if "moov atom not found" in report:
        return MediaError("media.incomplete", name=name)
    if "ermission denied" in report:
        return MediaError("media.forbidden", name=name)
    wanted = Notice("media.a_music") if sound else Notice("media.a_video")
    return MediaError("media.no_video", name=name, wanted=wanted)
