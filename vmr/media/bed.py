"""The music under a video, exact to the sample: looped with a crossfade or cut, and faded.

Written piece by piece, so that an hour takes no more memory than a minute. Runs inside the worker
process.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float32]

RATE_HZ = 48000
PIECE = 10 * RATE_HZ  # samples written at once
SHORTEST = RATE_HZ // 10  # a shorter track is repeated up to this before it is looped


@dataclass(frozen=True)
class MixSettings:
    """How music is laid under a video.

    music_start_s   where in the track the video begins
    fit             "loop": a short track begins again, crossfaded; "cut": then it is silent
    crossfade_s     of the loop; fade_in_s, fade_out_s of the whole sound, seconds
    original        the video's own sound: "off", "duck" (music yields to speech) or "mix"
    music_volume, original_volume   1 leaves the level as it is; 0 to 2
    loudness_lufs   integrated loudness of the result; peak_db its highest true peak
    """

    music_start_s: float = 0.0
    fit: Literal["loop", "cut"] = "loop"
    crossfade_s: float = 1.5
    fade_in_s: float = 0.3
    fade_out_s: float = 2.0
    original: Literal["off", "duck", "mix"] = "off"
    music_volume: float = 1.0
    original_volume: float = 1.0
    loudness_lufs: float = -14.0
    peak_db: float = -1.0

    def __post_init__(self) -> None:
        seconds = (self.music_start_s, self.crossfade_s, self.fade_in_s, self.fade_out_s)
        if not all(math.isfinite(s) and s >= 0 for s in seconds):
            raise ValueError("start, crossfade and fades must be seconds of 0 or more")
        if self.fit not in ("loop", "cut") or self.original not in ("off", "duck", "mix"):
            raise ValueError(f"unknown fit {self.fit!r} or original {self.original!r}")
        if not all(0 <= v <= 2 for v in (self.music_volume, self.original_volume)):
            raise ValueError("volumes are from 0 to 2")
        if not -40 <= self.loudness_lufs <= -6 or not -9 <= self.peak_db <= 0:
            raise ValueError("loudness is from -40 to -6 LUFS and the peak from -9 to 0 dB")


def lay_bed(track: Float, length: int, settings: MixSettings, out: Path) -> None:
    """Write ``length`` samples of music, float32 stereo at 48 kHz, to ``out``.

    track (S, 2) float32. A loop crosses from the end of the track to its beginning with equal
    power; what is missing in the mode "cut" is silence after a fade. OSError on a full disk.
    """
    if settings.fit == "loop" and len(track) < SHORTEST:
        track = np.tile(track, (math.ceil(SHORTEST / len(track)), 1))
    start = min(round(settings.music_start_s * RATE_HZ), max(len(track) - 1, 0))
    end = length if settings.fit == "loop" else min(length, len(track) - start)
    with out.open("wb") as file:
        writer = _Writer(file, end, settings)
        pieces = _loop(track, start, settings) if settings.fit == "loop" else iter([track[start:]])
        while writer.position < end:
            writer.write(next(pieces))
        for silent in range(end, length, PIECE):
            file.write(bytes(8 * min(PIECE, length - silent)))


def _loop(track: Float, start: int, settings: MixSettings) -> Iterator[Float]:
    """The track from ``start``, then again and again, each time crossed with the end before."""
    cross = min(round(settings.crossfade_s * RATE_HZ), len(track) // 3)
    angle = (np.arange(cross, dtype=np.float32)[:, None] + 0.5) / max(cross, 1) * (np.pi / 2)
    played = track[start:]
    while True:
        over = min(cross, len(played))  # the first pass may be shorter than the crossfade
        yield played[: len(played) - over]
        fading = angle[cross - over :]
        yield played[len(played) - over :] * np.cos(fading) + track[:over] * np.sin(fading)
        played = track[over:]


class _Writer:
    """Writes music up to ``end`` samples, faded in at the start and out before the end."""

    def __init__(self, file: BinaryIO, end: int, settings: MixSettings) -> None:
        self.file = file
        self.end = end
        self.position = 0
        self.rise = min(round(settings.fade_in_s * RATE_HZ), end)
        self.fall = min(round(settings.fade_out_s * RATE_HZ), end)

    def write(self, music: Float) -> None:
        music = music[: self.end - self.position]
        for first in range(0, len(music), PIECE):
            piece = np.nan_to_num(np.array(music[first : first + PIECE], np.float32))
            self.file.write((piece * self._gain(len(piece))[:, None]).tobytes())
            self.position += len(piece)

    def _gain(self, count: int) -> Float:
        """(count,) for the samples from ``position``; the ends of both fades are 0 and 1."""
        at = np.arange(self.position, self.position + count, dtype=np.float64)
        gain = np.ones(count)
        if self.rise:
            gain *= np.clip(at / max(self.rise - 1, 1), 0, 1)
        if self.fall:
            gain *= np.clip((self.end - 1 - at) / max(self.fall - 1, 1), 0, 1)
        return gain.astype(np.float32)
