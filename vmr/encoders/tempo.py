"""Onsets and tempo from mel bands. numpy only; times in frames of 16 ms unless said otherwise.

The onset envelope is the mean rise of the log mel bands (spectral flux, as in Bello et al., "A
tutorial on onset detection in music signals", 2005). The tempo is the lag at which the envelope
repeats itself, summed over the lag's multiples, with a log-normal prior over tempi that settles the
octave (Ellis, "Beat tracking by dynamic programming", 2007).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vmr.encoders.logmel import HOP, RATE_HZ

Array = NDArray[np.float32]

FRAME_HZ = RATE_HZ / HOP  # 62.5 frames per second

SLOWEST_BPM, FASTEST_BPM = 50.0, 210.0
PRIOR_BPM = 120.0  # centre of the prior
PRIOR_OCTAVES = 1.0  # its standard deviation
BEATS = 8  # multiples of the lag that are summed


@dataclass(frozen=True)
class Tempo:
    """bpm within SLOWEST_BPM to FASTEST_BPM; clarity 0 (no pulse) to 1 (repeats exactly)."""

    bpm: float
    clarity: float


def onset_envelope(mel: Array) -> Array:
    """(F, M) mel power -> (F,) rise in decades per 32 ms, mean over the bands, 0 or more.

    Loudness does not matter: the power is taken relative to the loud parts of the sound.
    """
    loud = float(np.percentile(mel.max(axis=1), 95))
    level = np.log10(mel * np.float32(1e4 / max(loud, 1e-9)) + 1)
    envelope = np.zeros(len(mel), np.float32)
    envelope[2:] = np.maximum(level[2:] - level[:-2], 0).mean(axis=1)
    return envelope


def onset_frames(envelope: Array, above: float = 0.06, apart: int = 3) -> NDArray[np.int64]:
    """Frames where the envelope (F,) peaks by ``above`` over its mean of the second around it."""
    if len(envelope) == 0:
        return np.zeros(0, np.int64)
    width = min(int(FRAME_HZ), len(envelope))
    local = np.convolve(envelope, np.full(width, 1 / width, np.float32), mode="same")
    padded = np.pad(envelope, apart, constant_values=-1)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * apart + 1)
    is_peak = (envelope >= windows.max(axis=1)) & (envelope > local + above)
    frames = np.flatnonzero(is_peak)
    return frames[np.diff(frames, prepend=-apart - 1) > apart]


def tempo(envelope: Array) -> Tempo:
    """The tempo of an envelope (F,) of onsets; PRIOR_BPM with clarity 0 where nothing repeats."""
    if not envelope.any():
        return Tempo(PRIOR_BPM, 0.0)
    similarity = _autocorrelation(envelope)
    bpm = np.geomspace(SLOWEST_BPM, FASTEST_BPM, 600)
    lags = 60 * FRAME_HZ / bpm
    lags, bpm = lags[lags < len(similarity) - 1], bpm[lags < len(similarity) - 1]
    if len(lags) == 0:
        return Tempo(PRIOR_BPM, 0.0)
    support = np.zeros(len(lags))
    for beat in range(1, BEATS + 1):
        inside = np.minimum(beat * lags, len(similarity) - 1)
        at = np.interp(inside, np.arange(len(similarity)), similarity)
        support += np.where(beat * lags < len(similarity) - 1, at, 0) / BEATS
    prior = np.exp(-0.5 * (np.log2(bpm / PRIOR_BPM) / PRIOR_OCTAVES) ** 2)
    best = int(np.argmax(np.maximum(support, 0) * prior))
    return Tempo(float(bpm[best]), float(np.clip(support[best], 0, 1)))


def _autocorrelation(envelope: Array, longest_s: float = 10.0) -> NDArray[np.float64]:
    """Correlation of the envelope with itself at lags of 0 to ``longest_s``, lag 0 is 1."""
    width = min(2 * int(FRAME_HZ) + 1, len(envelope))
    local = np.convolve(envelope, np.full(width, 1 / width), mode="same")
    centred = envelope - local
    size = 2 * len(centred)
    power = np.abs(np.fft.rfft(centred, size)) ** 2
    lags = min(len(centred) * 3 // 4, int(longest_s * FRAME_HZ))
    sums = np.fft.irfft(power, size)[:lags]
    sums *= len(centred) / (len(centred) - np.arange(lags))  # as many products at every lag
    return sums / max(sums[0], 1e-12) if lags else np.ones(1)
