"""Where music yields to a film's own sound: points of its gain, measured from that sound.

Speech is what is loud between 150 and 3,900 Hz, against the loudest of it in the same film. Pauses
of less than a second are not filled with music.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 8000
HOP_S = 0.05
DEPTH_DB = -10.0
BELOW_LOUDEST_DB, QUIETEST_DB = 20.0, -50.0
PAUSE_S, SHORTEST_S = 1.0, 0.15
ATTACK_S, RELEASE_S = 0.1, 0.5


def ducking_points(samples: NDArray[np.float32]) -> tuple[tuple[float, float], ...]:
    """(seconds, dB) from sound (S,) float32 at RATE_HZ; none where nothing is to yield to."""
    points: list[tuple[float, float]] = []
    for start, end in loud_parts(samples):
        points += [(max(start - ATTACK_S, 0.0), 0.0), (start, DEPTH_DB)]
        points += [(end, DEPTH_DB), (end + RELEASE_S, 0.0)]
    if points and points[0] == (0.0, 0.0) and points[1][0] == 0.0:
        points = points[1:]  # it speaks from the first moment
    return tuple((round(at, 3), db) for at, db in points)


def loud_parts(samples: NDArray[np.float32]) -> list[tuple[float, float]]:
    """(start, end) in seconds of the parts of a sound (S,) in which somebody speaks."""
    from scipy.signal import butter, sosfilt

    hop = round(HOP_S * RATE_HZ)
    count = len(samples) // hop
    if not count:
        return []
    band = butter(4, (150, 3900), "bandpass", fs=RATE_HZ, output="sos")
    power = np.square(sosfilt(band, samples.astype(np.float64))[: count * hop])
    level = 10 * np.log10(power.reshape(count, hop).mean(axis=1) + 1e-12)
    threshold = max(float(np.percentile(level, 95)) - BELOW_LOUDEST_DB, QUIETEST_DB)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], level > threshold, [False]])))
    parts: list[tuple[float, float]] = []
    for start, end in zip(edges[::2] * HOP_S, edges[1::2] * HOP_S, strict=True):
        if parts and start - parts[-1][1] < PAUSE_S:
            parts[-1] = (parts[-1][0], float(end))
        elif end - start >= SHORTEST_S:
            parts.append((float(start), float(end)))
    return parts
