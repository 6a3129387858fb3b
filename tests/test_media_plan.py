"""Which frames are decoded: everything that is cheap, the beginnings of groups otherwise."""

from __future__ import annotations

import numpy as np
import pytest

from vmr.media.plan import (
    KEYFRAME_FRAMES,
    Segment,
    frame_cost_s,
    grid_stride,
    plan_segments,
    split_evenly,
    target_times,
)


def plan(frames: int, keys: list[int], fps: float, cost_s: float, budget_s: float = 4.0):
    times_s = np.arange(frames) / fps
    return plan_segments(times_s, keys, target_times(frames / fps, 120), fps, cost_s, budget_s)


def test_a_cheap_video_is_decoded_whole() -> None:
    assert plan(900, [0, 250, 500], 30, 0.004) == [Segment(0, 900)]


def test_an_expensive_one_begins_at_every_keyframe_and_stays_in_the_budget() -> None:
    keys = list(range(0, 900, 100))
    segments = plan(900, keys, 30, 0.010)
    assert [s.start for s in segments] == keys
    assert all(5 <= len(s) <= 100 for s in segments)
    work_s = 0.010 * sum(len(s) + KEYFRAME_FRAMES for s in segments)
    assert 0.8 * 4.0 < work_s <= 4.0


def test_short_groups_are_taken_whole_before_long_ones_grow() -> None:
    segments = plan(900, [0, 20, 40, 60], 30, 0.010)
    assert [len(s) for s in segments[:3]] == [20, 20, 20]
    assert len(segments[3]) > 300


def test_an_hour_is_entered_at_keyframes_spread_over_all_of_it() -> None:
    segments = plan(108_000, list(range(0, 108_000, 60)), 30, 0.008)
    starts_s = np.array([s.start for s in segments]) / 30
    assert len(segments) <= 120
    assert starts_s[0] < 60 and starts_s[-1] > 3500
    assert np.diff(starts_s).max() < 150
    assert all(len(s) >= 5 for s in segments)


def test_a_hole_longer_than_twelve_seconds_is_decoded_even_over_budget() -> None:
    (segment,) = plan(3000, [0], 30, 0.02)
    assert 3000 - segment.stop <= 12 * 30


def test_the_grid_is_about_eighty_milliseconds_at_any_rate() -> None:
    assert [grid_stride(fps) for fps in (1, 12, 24, 25, 30, 50, 60, 120)] == [
        1,
        1,
        2,
        2,
        2,
        4,
        5,
        10,
    ]


def test_targets_are_one_a_second_in_the_middle_of_equal_parts() -> None:
    assert target_times(4.0, 120) == pytest.approx([0.5, 1.5, 2.5, 3.5])
    assert len(target_times(3600, 120)) == 120
    assert target_times(3600, 120)[[0, -1]] == pytest.approx([15, 3585])
    assert len(target_times(0.04, 120)) == 1


def test_two_halves_meet_at_a_keyframe_and_share_the_work() -> None:
    first, second = split_evenly([Segment(0, 900)], [0, 250, 500, 750])
    assert (first, second) == ([Segment(0, 500)], [Segment(500, 900)])
    assert split_evenly([Segment(0, 900)], [0]) == [[Segment(0, 900)]]
    many = [Segment(i * 100, i * 100 + 10) for i in range(8)]
    assert [len(part) for part in split_evenly(many, [])] == [4, 4]


def test_the_cost_grows_with_pixels_and_bytes() -> None:
    # Measured with decord 0.6 on one core, milliseconds: see the docstring.
    for width, height, kilobytes, measured in (
        (1920, 1080, 6.4, 5.6),
        (3840, 2160, 229, 37.4),
        (1920, 1080, 100, 15.0),
        (640, 360, 2.7, 1.3),
    ):
        estimate = 1e3 * frame_cost_s(width, height, 1e3 * kilobytes)
        assert estimate == pytest.approx(measured, rel=0.35)
