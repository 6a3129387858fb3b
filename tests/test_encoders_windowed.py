"""Windows of a sound side by side, with what an encoder makes of them and their statistics."""

from __future__ import annotations

import numpy as np
import pytest

from vmr.encoders.audio_stats import AUDIO_STATS
from vmr.encoders.windowed import encode_windows, windowed_columns
from vmr.media.clip import AudioClip

RATE_HZ, SIZE = 16_000, 16_000


def encoded(seconds: float, batches: list[int] | None = None) -> np.ndarray:
    """A sound whose first second is silent, the others noise; embedded: first and last sample."""
    samples = np.random.default_rng(0).normal(0, 0.1, int(seconds * RATE_HZ)).astype(np.float32)
    samples[:RATE_HZ] = 0

    def embed(windows: np.ndarray) -> np.ndarray:
        assert windows.shape[1] == SIZE
        if batches is not None:
            batches.append(len(windows))
        return windows[:, [0, -1]]

    rows = encode_windows(AudioClip(samples, RATE_HZ), SIZE, 2, embed)
    for i in range(1, 3):
        assert rows[i, :2].tolist() == [samples[i * SIZE], samples[(i + 1) * SIZE - 1]]
    return rows


def test_every_window_has_its_own_row_and_its_own_statistics() -> None:
    batches: list[int] = []
    rows = encoded(3.4, batches)  # the rest is under half a window
    assert rows.shape == (3, 2 + len(AUDIO_STATS)) and rows.dtype == np.float32
    assert batches == [2, 1]
    loudness = rows[:, 2 + AUDIO_STATS.index("loudness")]
    assert loudness[0] < 0 < loudness[1], "the first second is silent"


def test_a_rest_of_half_a_window_gets_a_last_window_that_ends_with_the_sound() -> None:
    assert len(encoded(3.5)) == 4


def test_a_shorter_sound_is_repeated_until_it_fills_a_window() -> None:
    short = np.arange(1, 5, dtype=np.float32) / 10
    rows = encode_windows(AudioClip(short, RATE_HZ), SIZE, 4, lambda windows: windows[:, 2:6])
    assert len(rows) == 1 and rows[0, :4].tolist() == pytest.approx([0.3, 0.4, 0.1, 0.2])


def test_the_columns_are_named_in_the_order_of_the_row() -> None:
    names = windowed_columns("mert", 2)
    assert names[:3] == ("mert:0", "mert:1", f"stats:{AUDIO_STATS[0]}")
    assert len(names) == 2 + len(AUDIO_STATS)
