"""Window statistics and the time course."""

from __future__ import annotations

import torch
from pytest import approx

from vmr.pooling import pool, time_course, window_starts, with_neighbours


def test_windows_cover_every_row_and_overlap_by_about_half() -> None:
    for steps in range(1, 40):
        starts = window_starts(steps, 6)
        covered = {i for s in starts for i in range(s, min(s + 6, steps))}
        assert covered == set(range(steps))
        assert max(starts) + 6 <= max(steps, 6)
    assert window_starts(12, 6) == [0, 3, 6]
    assert window_starts(100, 0) == [0]


def test_pooling_gives_the_statistics_it_names() -> None:
    rows = torch.tensor([[1.0, 0.0], [3.0, 0.0], [2.0, 6.0]])
    names = ("mean", "std", "q50", "change")
    expected = [2, 2, (2 / 3) ** 0.5, 8**0.5, 2, 0, 1.5, 3]
    assert pool(rows, names).tolist() == approx(expected)
    assert pool(rows[:1], ("std", "change")).tolist() == [0, 0, 0, 0]


def test_the_time_course_samples_relative_positions_and_drops_the_mean() -> None:
    rows = torch.arange(12.0)[:, None]
    # three positions at rows 2, 6 and 10 (edges of their means of two rows): 1.5, 5.5, 9.5
    assert time_course(rows, 3, 2)[:, 0].tolist() == approx([-4, 0, 4])
    assert time_course(rows.repeat_interleave(5, 0), 3, 10)[:, 0].tolist() == approx([-4, 0, 4])
    assert time_course(rows[:1], 4, 3)[:, 0].tolist() == [0, 0, 0, 0]


def test_a_position_is_averaged_over_as_many_rows_whatever_the_length() -> None:
    noise = torch.randn(4000, 1, generator=torch.Generator().manual_seed(0))
    spread = [
        torch.stack([time_course(noise[s : s + n], 8, 4) for s in range(0, 3000, 50)]).std().item()
        for n in (100, 200, 400)
    ]
    assert spread == approx([spread[0]] * 3, rel=0.15)


def test_neighbours_stand_beside_each_position() -> None:
    course = torch.tensor([[1.0], [2.0], [3.0]])
    assert with_neighbours(course).tolist() == [[1, 1, 2], [1, 2, 3], [2, 3, 3]]
