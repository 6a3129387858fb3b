"""Loudness of a mix by EBU R 128, as ffmpeg's meter reads it, and the filters that correct it."""

from __future__ import annotations

import re
from dataclasses import dataclass

METER = "ebur128=peak=true:framelog=quiet"
QUIETEST_LUFS = -69.0  # the meter's floor is -70
MOST_DRIVE_DB = 6.0  # how much harder a limiter is driven to make up for what it takes away


@dataclass(frozen=True)
class Loudness:
    """Integrated loudness in LUFS and highest true peak in dB of full scale."""

    integrated: float
    peak_db: float


def read_meter(messages: str) -> Loudness | None:
    """What METER said at the end; None for silence, which has no loudness."""
    integrated = re.findall(r"^ +I: +(\S+) LUFS", messages, re.MULTILINE)
    peak = re.findall(r"^ +Peak: +(\S+) dBFS", messages, re.MULTILINE)
    if not integrated or not peak or float(integrated[-1]) <= QUIETEST_LUFS:
        return None
    return Loudness(float(integrated[-1]), float(peak[-1]))


def correction(gain_db: float, peak_db: float | None, rate_hz: int) -> str:
    """Filters for one gain, and for a limiter at ``peak_db`` unless that is None."""
    text = f"volume={gain_db:.3f}dB"
    if peak_db is not None:
        # At four times the rate the limiter sees the peaks between samples.
        limit = 10 ** (peak_db / 20)
        text += f",aresample={4 * rate_hz},alimiter=limit={limit:.4f}:level=false:release=80"
    return f"{text},aresample={rate_hz}"


def limiter_gain_db(gain_db: float, wanted: float, reached: Loudness | None) -> float:
    """The gain before the limiter that makes up for the loudness that the limiter took."""
    if reached is None:
        return gain_db
    # A limiter passes on only a part of what it is driven harder.
    return gain_db + min(max(1.5 * (wanted - reached.integrated), 0.0), MOST_DRIVE_DB)
