"""Mono samples of one sound track, with ffmpeg. Runs inside the worker process."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vmr.errors import MediaError, Notice
from vmr.media.ffmpeg import start
from vmr.media.info import MediaInfo

Float = NDArray[np.float32]

MOST_CHANNELS = 16  # more are mixed down by ffmpeg
BLOCK_S = 0.25  # of sound, for which one way of mixing down is chosen
CROSSING_S = 0.02  # from one way to the next
CANCELS = 0.25  # a sum below this part of the loudest channel is not what is heard
# Shares of the speakers in one channel, as in the downmix of ITU-R BS.775 and then the mean of its
# two sides, by the number of channels in the order that ffmpeg gives them; the bass one counts 0.
FRONT, CENTRE, BACK = 0.5, 0.707, 0.354
SHARES = {
    3: (FRONT, FRONT, 0),
    4: (FRONT, FRONT, CENTRE, BACK),
    5: (FRONT, FRONT, CENTRE, BACK, BACK),
    6: (FRONT, FRONT, CENTRE, 0, BACK, BACK),
    7: (FRONT, FRONT, CENTRE, 0, BACK, BACK, BACK),
    8: (FRONT, FRONT, CENTRE, 0, BACK, BACK, BACK, BACK),
}
LEAST_OFFSET = 1e-3  # a constant below it is left as it is


@dataclass(frozen=True)
class Part:
    """What is wanted of a sound: ``length_s`` from ``start_s``, at ``rate_hz``."""

    rate_hz: int
    start_s: float
    length_s: float


def decode_audio(
    source: list[str], info: MediaInfo, name: str, part: Part, out: Path
) -> list[Notice]:
    """Write float32 samples to ``out``: one channel, resampled; the list holds notes.

    source: ffmpeg and its arguments up to the input. Time 0 is the first picture of a video, so
    sound that starts later is preceded by silence and what comes before it is left away. Any sound
    that was readable is kept; MediaError if there is none.
    """
    count = min(max(info.channels, 1), MOST_CHANNELS)
    process = start(_command(source, info, part, count), stdout=subprocess.PIPE)
    assert process.stdout is not None
    size = 4 * count * round(part.rate_hz * BLOCK_S)
    mixing = Mixing(count, part.rate_hz)
    total, written = 0.0, 0
    with out.open("wb") as file:
        while data := process.stdout.read(size):
            block = np.frombuffer(data[: len(data) // (4 * count) * 4 * count], np.float32)
            mono = mixing.add(np.nan_to_num(block.reshape(-1, count), posinf=1.0, neginf=-1.0))
            total += float(mono.sum(dtype=np.float64))
            written += len(mono)
            file.write(mono.tobytes())
    status = process.wait()
    if written == 0:
        if part.start_s > 0 and status == 0:
            raise MediaError("media.no_sound_after", name=name, seconds=part.start_s)
        raise MediaError("media.sound_undecodable", name=name)
    _take_offset(out, total / written)
    return _notes(status, written / part.rate_hz, info, name, part)


def _command(source: list[str], info: MediaInfo, part: Part, channels: int) -> list[str]:
    """ffmpeg's command; the sound begins ``start_s`` after the first picture, if there is one."""
    command = [source[0], "-hide_banner", "-loglevel", "error", "-y"]
    *before, flag, path = source[1:]
    zero = "asetpts=PTS-STARTPTS"
    if info.has_video:
        zero = f"asetpts=PTS-({info.sound_before_s:.6f})/TB"
    if part.start_s > 0:
        seek_s = part.start_s + (info.video_start_s if info.has_video else info.audio_start_s)
        before += ["-ss", f"{seek_s:.6f}"]
        late_s = max(info.audio_start_s - seek_s, 0.0) if info.restarts else 0.0
        zero = f"asetpts=PTS+{late_s:.6f}/TB"
    filters = [zero, "aresample=async=1:first_pts=0"]
    if channels > 2:  # by place: another layout of as many channels would mix some of them
        filters += ["|".join([f"pan={channels}c", *(f"c{i}=c{i}" for i in range(channels))])]
    filters += [f"aresample={part.rate_hz}:resampler=soxr"]
    command += [*before, flag, path, "-map", f"0:{info.audio_stream}"]
    command += ["-t", f"{part.length_s:.6f}", "-ac", str(channels), "-af", ",".join(filters)]
    return [*command, "-f", "f32le", "pipe:1"]


class Mixing:
    """Several channels to one: their sum by SHARES, the mean of two; where that cancels what is
    heard, the loudest.

    Left and right in opposite phase, or the bass speaker alone, are sound to the ear and nothing
    to a sum. The choice is made for a moment at a time, with a short crossing.
    """

    def __init__(self, channels: int, rate_hz: int) -> None:
        shares = SHARES.get(channels, (1 / channels,) * channels)
        self.shares = np.array(shares, np.float32)
        self.crossing = max(round(CROSSING_S * rate_hz), 1)
        self.weights: Float | None = None

    def add(self, block: Float) -> Float:
        """(S, C) float32 -> (S,) float32."""
        weights = self._weights(block)
        before = weights if self.weights is None else self.weights
        self.weights = weights
        mono = block @ weights
        if before is not weights and len(block):
            count = min(self.crossing, len(block))
            rise = (np.arange(count, dtype=np.float32) + 0.5) / count
            mono[:count] = (1 - rise) * (block[:count] @ before) + rise * mono[:count]
        return np.asarray(mono, np.float32)

    def _weights(self, block: Float) -> Float:
        if block.shape[1] == 1 or not len(block):
            return self.shares
        spread = block.std(0)
        if (block @ self.shares).std() >= CANCELS * spread.max():
            return self.shares
        loudest = np.zeros(block.shape[1], np.float32)
        loudest[int(spread.argmax())] = 1
        return loudest


def _take_offset(out: Path, offset: float) -> None:
    """Take a constant offset from the samples of a file, which is no sound."""
    if abs(offset) < LEAST_OFFSET:
        return
    samples = np.fromfile(out, np.float32)
    samples -= np.float32(offset)
    samples.tofile(out)


def _notes(status: int, got_s: float, info: MediaInfo, name: str, part: Part) -> list[Notice]:
    """The note for sound that ends early: a picture may outlast it, and a guess is no claim."""
    claimed_s = 0.0 if info.has_video or info.estimated else info.duration_s
    expected_s = min(part.length_s, claimed_s - part.start_s)
    if status != 0 or expected_s > 1.1 * got_s + 1:
        return [Notice("media.sound_cut_off", name=name, seconds=part.start_s + got_s)]
    return []
