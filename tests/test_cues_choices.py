"""Neighbouring cues take tracks that go together, unless that is turned off."""

from __future__ import annotations

import pytest

from vmr.catalogs.tracks_table import Track
from vmr.cues.choices import Choice, clash, fifths, key_distance, tempo_distance, together


class Place:
    """Where a track stands, as far as neighbours ask."""

    def __init__(self, track: Track) -> None:
        self.track = track


def choice(id: str, score: float, bpm: float, key: str) -> Choice:
    track = Track(id=id, title=id, catalog="c", bpm=bpm, key=key)
    return Choice(Place(track), {"score": score})


FIRST = [choice("a", 1.0, 120, "C major"), choice("b", 0.2, 120, "C major")]
CLASHING = [choice("x", 1.0, 170, "F# major"), choice("y", 0.9, 60, "A minor")]


def test_the_second_takes_another_track_where_the_first_two_clash():
    assert together([FIRST, CLASHING]) == [0, 1]
    assert together([FIRST, CLASHING], neighbours=False) == [0, 0]


def test_a_much_better_track_stays_in_spite_of_a_clash():
    much = [choice("x", 2.0, 170, "F# major"), choice("y", 0.9, 60, "A minor")]
    assert together([FIRST, much]) == [0, 0]


def test_neighbours_share_a_track_only_where_they_may():
    same = [choice("a", 1.0, 120, "C major"), choice("z", 0.9, 120, "C major")]
    assert together([FIRST, same]) == [0, 1]
    assert together([FIRST, same], share=True) == [0, 0]


def test_the_path_is_the_best_of_all_and_not_the_best_step_by_step():
    third = [choice("k", 1.0, 170, "F# major")]
    middle = [choice("m", 1.0, 120, "C major"), choice("n", 0.95, 170, "F# major")]
    before = [choice("o", 0.3, 170, "F# major"), choice("p", 0.35, 120, "C major")]
    assert together([before, middle, third]) == [0, 1, 0]
    assert together([]) == []


@pytest.mark.parametrize(
    ("before", "after", "distance"),
    [(120, 120, 0), (60, 120, 0), (121, 240, 0), (100, 141.4, 1), (None, 90, 0), (100, 110, 0.41)],
)
def test_tempi_are_near_by_halves_and_doubles(before, after, distance):
    assert tempo_distance(before, after) == pytest.approx(distance, abs=0.02)


@pytest.mark.parametrize(
    ("before", "after", "steps"),
    [
        ("C major", "A minor", 0),
        ("C major", "G major", 1),
        ("C major", "F major", 1),
        ("C major", "F# major", 6),
        ("D minor", "Bb major", 1),
        ("Db major", "C# major", 0),
        ("E minor", "C minor", 4),
        ("C major", "", 0),
        ("C major", "H dorian", 0),
    ],
)
def test_keys_are_as_far_as_on_the_circle_of_fifths(before, after, steps):
    assert key_distance(before, after) == pytest.approx(steps / 6)


def test_a_key_has_its_place():
    assert [fifths(key) for key in ("C major", "A minor", "G", "Eb major", None)] == [
        0,
        0,
        1,
        9,
        None,
    ]


def test_nothing_known_costs_nothing():
    silent = Track(id="s", title="s", catalog="c")
    assert clash(silent, FIRST[0].place.track) == 0
