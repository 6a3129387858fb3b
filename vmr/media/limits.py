"""How much one media file may cost. Every default of that kind is written here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass

from vmr.errors import MediaError

GIB = 1024**3


@dataclass(frozen=True)
class MediaLimits:
    """Limits of one worker process and of the file it reads.

    memory_bytes   address space of the worker; where the system cannot limit it, not held
    cpu_s          processor time of the worker; the same
    wall_s         time after which the worker is killed, on every system
    result_bytes   largest file the worker may write
    max_bytes, max_duration_s, max_pixels   of the upload; pixels of one frame (4096 x 2304)
    max_frames     sampled frames per video, spread over the whole of it
    budget_s       processor time that decoding a video should take. Short videos are decoded
                   whole; of longer ones only the beginning of each group of pictures, as much of
                   it as this allows. Estimated from size and bit rate, so a file always gives
                   the same frames, however busy the machine is.
    cuts_s         processor time that finding every cut of a video which is not decoded whole may
                   take beside; where it would take more, or 0 is allowed, cuts are found among
                   what is decoded
    """

    memory_bytes: int = 3 * GIB
    cpu_s: int = 120
    wall_s: float = 90.0
    result_bytes: int = GIB
    max_bytes: int = 2 * GIB
    max_duration_s: float = 3600.0
    max_pixels: int = 4096 * 2304
    max_frames: int = 120
    budget_s: float = 4.0
    cuts_s: float = 0.0


class StoppedError(MediaError):
    """The person stopped the work."""


def too_long(name: str, duration_s: float, limits: MediaLimits) -> MediaError:
    """The error of a file that lasts longer than the limit."""
    return MediaError(
        "media.too_long", name=name, minutes=duration_s / 60, most=limits.max_duration_s / 60
    )
