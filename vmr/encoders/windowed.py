"""What the encoders that read samples share: windows side by side, their statistics."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from vmr.encoders.audio_stats import AUDIO_STATS, window_stats
from vmr.encoders.base import Array, adjacent_starts, numbered
from vmr.media.clip import AudioClip


def windowed_columns(group: str, count: int) -> tuple[str, ...]:
    """Names of the columns of ``encode_windows``: ``group:0`` and on, then ``stats:...``."""
    return numbered(group, count) + tuple(f"stats:{name}" for name in AUDIO_STATS)


def encode_windows(
    clip: AudioClip, size: int, batch: int, embed: Callable[[Array], Array]
) -> Array:
    """(T, E + S) float32, a row per window of ``size`` samples: what ``embed`` makes of up to
    ``batch`` windows (B, size) at once, (B, E), then AUDIO_STATS. A shorter sound is repeated."""
    samples = np.resize(clip.samples, max(size, len(clip.samples)))
    starts = adjacent_starts(len(samples), size)
    windows = np.stack([samples[start : start + size] for start in starts])
    rows = [embed(windows[i : i + batch]) for i in range(0, len(windows), batch)]
    stats = window_stats(samples, clip.rate_hz, starts, size)
    return np.concatenate([np.concatenate(rows), stats], axis=1)
