"""Where the beats of a track are, and which of them begin a bar.

Beats are the sequence of onsets that is strong and keeps near one period, found by dynamic
programming (Ellis, "Beat tracking by dynamic programming", 2007). Bars are taken to have four
beats; the first is the one on which onsets are strongest.
"""

from __future__ import annotations

import numpy as np

from vmr.embedding import Array
from vmr.encoders.tempo import FRAME_HZ

TIGHTNESS = 100.0  # what a beat costs that comes at another time than the period says
IN_A_BAR = 4
WEAK = 0.5  # of the typical beat: weaker ones at both ends are not heard as beats


def beats_of(envelope: Array, beat_s: float) -> Array:
    """Onset envelope (F,) and the period -> (B,) seconds of beats; none where the period is 0."""
    period = round(beat_s * FRAME_HZ)
    if period < 2 or len(envelope) <= period or not envelope.any():
        return np.zeros(0, np.float32)
    onsets = _blurred(envelope / max(float(envelope.std()), 1e-9), period)
    reach = np.arange(-2 * period, -(period // 2) + 1)
    costs = -TIGHTNESS * np.log(-reach / period) ** 2
    scores, before = onsets.copy(), np.full(len(onsets), -1)
    for frame in range(-int(reach[0]), len(onsets)):
        tries = costs + scores[frame + reach]
        best = int(tries.argmax())
        scores[frame] += tries[best]
        before[frame] = frame + reach[best]
    frames = [len(scores) - period + int(scores[-period:].argmax())]
    while before[frames[-1]] >= 0:
        frames.append(int(before[frames[-1]]))
    found = np.array(frames[::-1])
    return np.asarray(_trimmed(found, onsets) / FRAME_HZ, np.float32)


def bars_of(beats_s: Array, strength: Array) -> Array:
    """(B,) beats and (F,) strength of the onsets -> seconds of the beats that begin a bar, about
    (B / 4,)."""
    if len(beats_s) == 0:
        return beats_s
    frames = np.minimum((beats_s * FRAME_HZ).round().astype(int), len(strength) - 1)
    means = [
        strength[frames[first::IN_A_BAR]].mean() for first in range(min(IN_A_BAR, len(frames)))
    ]
    return beats_s[int(np.argmax(means)) :: IN_A_BAR]


def _blurred(envelope: Array, period: int) -> Array:
    """(F,) -> (F,): smoothed over a thirty-second of the period, so that near misses count."""
    width = np.arange(-period, period + 1)
    window = np.exp(-0.5 * (width * 32 / period) ** 2)
    return np.asarray(np.convolve(envelope, window, "same"), np.float32)


def _trimmed(frames: Array, onsets: Array) -> Array:
    """(B,) without the beats before the first and after the last that can be heard."""
    heard = onsets[frames]
    strong = np.flatnonzero(heard >= WEAK * np.sqrt(np.square(heard).mean()))
    return frames[strong[0] : strong[-1] + 1] if len(strong) else frames[:0]
