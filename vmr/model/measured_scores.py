"""How surely a label of a measured facet holds, from tempo and tags, and how a vector says it.

A measured facet's vector has a column for each label and one for none of them:

    unit(s_1, ..., s_L, 1 - max s, 0, ...)       s scores, 0 to 1

so a label alone is one column, and the scores can be read back from the cosines with the labels.
numpy only. Shapes: N tracks, L labels, D columns of a branch. float32.
"""

from __future__ import annotations

import numpy as np

from vmr.embedding import Array, unit

# Beats a minute at which a track is no longer slow, and from which it is fast, each with the
# width of the passage between the two; and onsets a second, which settle halved and doubled beats.
SLOW_BPM, FAST_BPM, PASSAGE_BPM = 95.0, 125.0, 20.0
SLOW_ONSETS, FAST_ONSETS, PASSAGE_ONSETS = 3.0, 6.0, 2.0
ONSET_SHARE = 0.4  # what the onsets count beside the beats
ONSETS_PER_UNIT = 8.0  # of the statistic onset_rate, see vmr.encoders.audio_stats
CARRIED = 0.5  # a track carries a label that holds at least as surely


def tempo_scores(bpm: Array, onsets: Array | None) -> Array:
    """Beats a minute and onsets a second (N,), NaN where unknown -> (N, 3): slow, medium, fast,
    0 to 1, sum 1; rows of zeros where the tempo is unknown."""
    share = three(bpm, SLOW_BPM, FAST_BPM, PASSAGE_BPM)
    if onsets is not None:
        events = three(onsets, SLOW_ONSETS, FAST_ONSETS, PASSAGE_ONSETS)
        share = np.where(
            np.isfinite(onsets)[:, None], (1 - ONSET_SHARE) * share + ONSET_SHARE * events, share
        )
    return np.nan_to_num(share).astype(np.float32)


def three(x: Array, slow: float, fast: float, passage: float) -> Array:
    """Shares of below ``slow``, between, and above ``fast``, with straight passages of that width:
    (N,) -> (N, 3), sum 1."""
    above_slow = ramp(x, slow - passage / 2, slow + passage / 2)
    above_fast = ramp(x, fast - passage / 2, fast + passage / 2)
    return np.stack([1 - above_slow, above_slow - above_fast, above_fast], axis=1)


def ramp(x: Array, start: float, full: float) -> Array:
    """(N,) -> (N,): 0 up to ``start``, 1 from ``full`` on, straight in between."""
    return np.asarray(np.clip((x - start) / (full - start), 0, 1), dtype=np.float32)


def rows_of(scores: Array, width: int) -> Array:
    """Scores (N, L) as unit rows (N, D) with D the ``width``."""
    count, labels = scores.shape
    rows = np.zeros((count, width), dtype=np.float32)
    rows[:, :labels] = scores
    rows[:, labels] = 1 - scores.max(axis=1)
    return unit(rows)


def scores_of(cosines: Array) -> Array:
    """What ``rows_of`` was made of, from its cosines with the labels: (N, L) -> (N, L)."""
    most = np.maximum(cosines.max(axis=1, keepdims=True), 1e-9)
    none = np.sqrt(np.maximum(1 - np.square(cosines).sum(axis=1, keepdims=True), 0))
    return np.asarray(np.clip(cosines / (most + none), 0, 1), dtype=np.float32)
