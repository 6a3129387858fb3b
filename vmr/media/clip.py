"""What is read from a media file: plain arrays with their times. numpy only."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vmr.errors import Notice

# Columns of VideoClip.stats, one row per sampled frame. All are about 0 to 1 on ordinary footage.
VIDEO_STATS = (
    "brightness",  # mean luma
    "contrast",  # spread of luma
    "saturation",  # mean HSV saturation
    "warmth",  # red against blue, 0.5 is neutral
    "colourfulness",  # Hasler and Suesstrunk 2003, scaled
    "detail",  # share of strong edges
    "dark",  # share of pixels that are nearly black
    "motion",  # change between frames 80 ms apart relative to contrast, cuts left out; small
    # fast subjects and flashes count for a little
    "flow",  # length of local displacement in frame widths per second, cuts left out
    "camera",  # length of global displacement (pan, shake) in frame widths per second
    "cut_rate",  # cuts per second around this frame
    "moving",  # share of the picture that moves
    "flicker",  # change of mean luma per second: flashes, strobe, fire
)


@dataclass(frozen=True)
class VideoClip:
    """Sampled frames of one video, rotation applied.

    frames   (T, H, W, 3) uint8 RGB, shorter side 256, or less where black bars were taken off
    times_s  (T,) float32, presentation time of each frame
    stats    (T, S) float32, columns VIDEO_STATS, measured between source frames where they move
    cuts_s   (C,) float32, times of the cuts that were seen
    width, height  of the source after rotation, pixels; fps of the source, frames per second
    notes    what the person should know, such as that the file is cut off after 12 s
    """

    frames: NDArray[np.uint8]
    times_s: NDArray[np.float32]
    stats: NDArray[np.float32]
    cuts_s: NDArray[np.float32]
    duration_s: float
    width: int
    height: int
    fps: float
    has_audio: bool
    notes: tuple[Notice, ...] = field(default=())

    def __len__(self) -> int:
        return int(self.frames.shape[0])


@dataclass(frozen=True)
class AudioClip:
    """Mono sound. samples (S,) float32 in [-1, 1] at rate_hz; notes as in VideoClip."""

    samples: NDArray[np.float32]
    rate_hz: int
    notes: tuple[Notice, ...] = field(default=())

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.rate_hz
