"""When frames are shown, by a reader made plausible, and which are nearest to given times."""

from __future__ import annotations

import numpy as np
import pytest

from vmr.media.frame_times import (
    UndecodableError,
    are_plausible,
    choose_frames,
    frame_times,
)
from vmr.media.packets import Packets
from vmr.media.plan import Segment


class Reader:
    """The part of decord's VideoReader that says when frames begin and end."""

    def __init__(self, starts_s: list[float]) -> None:
        self.starts_s = starts_s

    def __len__(self) -> int:
        return len(self.starts_s)

    def get_frame_timestamp(self, frames: range) -> np.ndarray:
        return np.array([[self.starts_s[i], self.starts_s[i] + 0.04] for i in frames])


def no_scan() -> Packets:
    raise AssertionError("these times make sense, nothing else needs to be read")


def shown(starts_s: list[float], fps: float = 25.0, scan=no_scan) -> tuple[list[float], int]:
    times_s, first = frame_times(Reader(starts_s), fps, scan)
    return [round(t, 6) for t in times_s.tolist()], first


def test_times_run_from_the_first_frame_and_keep_a_variable_rate() -> None:
    assert shown([5.0, 5.1, 5.5, 5.6]) == ([0.0, 0.1, 0.5, 0.6], 0)


def test_frames_before_zero_belong_to_an_edit_and_are_not_shown() -> None:
    assert shown([-0.2, -0.1, 0.0, 0.1]) == ([-0.2, -0.1, 0.0, 0.1], 2)
    assert shown([-0.0005, 0.1, 0.2])[1] == 0, "half a millisecond is a rounding"
    assert shown([-3.0, -2.0, -1.0]) == ([0.0, 1.0, 2.0], 0), "all before 0 is a shifted clock"


def test_times_that_go_back_stand_still_instead() -> None:
    assert shown([0.0, 0.2, 0.1, 0.3]) == ([0.0, 0.2, 0.2, 0.3], 0)


def test_a_clock_that_jumps_where_recordings_were_joined_goes_on_as_usual() -> None:
    assert shown([0.0, 0.1, 0.2, 5000.2, 5000.3]) == ([0.0, 0.1, 0.2, 0.3, 0.4], 0)
    slides_s = [0.0, 700.0, 2100.0]
    assert shown(slides_s) == (slides_s, 0), "pictures that stand for minutes are no jump"


@pytest.mark.parametrize(
    ("times_s", "plausible"),
    [
        ([], False),
        ([0.0], True),
        ([0.0, 0.04], True),
        ([3.0, 3.0, 3.0], False),
        ([0.0, float("nan")], False),
        ([0.0, 1e8], False),
    ],
)
def test_times_are_plausible_if_finite_earthly_and_not_all_the_same(times_s, plausible) -> None:
    assert are_plausible(np.array(times_s)) is plausible


def test_times_without_sense_are_replaced_by_the_packets_then_by_the_frame_rate() -> None:
    still = [0.0, 0.0, 0.0]
    packets = Packets(times_s=[0.4, 0.0, 0.1])
    assert shown(still, scan=lambda: packets) == ([0.0, 0.1, 0.4], 0)
    assert shown(still, 10.0, scan=lambda: Packets(times_s=[0.0, 0.1])) == ([0.0, 0.1, 0.2], 0)
    with pytest.raises(UndecodableError):
        shown(still, 90_000.0, scan=Packets)


def choose(segments: list[Segment], targets_s: list[float], stride: int = 1) -> list[int]:
    return choose_frames(segments, np.arange(100) / 10, np.array(targets_s), stride)


def test_the_frame_nearest_to_each_target_is_chosen_once() -> None:
    whole = [Segment(0, 100)]
    assert choose(whole, [0.0, 0.14, 0.16, 9.9]) == [0, 1, 2, 99]
    assert choose(whole, [0.31, 0.32, 0.33]) == [3]
    assert choose(whole, [-5.0, 50.0]) == [0, 99]


def test_a_target_between_two_frames_takes_the_first_however_their_times_are_rounded() -> None:
    exact = np.arange(31) / 30
    for times_s in (exact, np.float32(exact).astype(float), exact.round(3), exact + 0.0004):
        assert choose_frames([Segment(0, 31)], times_s, np.array([0.5]), stride=2) == [14]


def test_only_frames_that_are_looked_at_can_be_chosen() -> None:
    assert choose([Segment(0, 100)], [0.3, 0.7], stride=4) == [4, 8]
    assert choose([Segment(10, 12), Segment(50, 52)], [2.0, 4.0]) == [11, 50]
    assert choose([Segment(7, 8)], [0.0, 5.0]) == [7]
