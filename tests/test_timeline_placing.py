"""Frames, tracks and levels of cues; ducking measured from a film's own sound."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from tests.timeline_files import DAWN, NTSC, timeline
from vmr.timeline.ducking import DEPTH_DB, RATE_HZ, ducking_points, loud_parts
from vmr.timeline.placing import SILENT_DB, frames, gain_points, lanes, placed
from vmr.timeline.project import Cue


def test_cues_that_overlap_lie_on_two_tracks_and_others_share_one():
    pieces = placed(timeline())
    assert [(p.lane, p.start, p.end, p.first) for p in pieces] == [
        (0, 25, 150, 100),
        (1, 125, 225, 50),
        (0, 225, 275, 0),
    ]
    assert [len(lane) for lane in lanes(pieces)] == [2, 1]


def test_frames_are_those_of_the_exact_rate():
    assert frames(3600, NTSC) == 107892  # an hour at 29.97 has 108 frames less than at 30
    assert frames(3600, Fraction(24000, 1001)) == 86314
    assert frames(1.0, Fraction(25)) == 25


def test_a_cue_longer_than_its_track_begins_it_again():
    film = timeline(seconds=60)
    cue = Cue(0, 50, DAWN, 15.0)
    pieces = placed(replace(film, cues=(cue,)))
    assert [(p.start, p.end, p.first) for p in pieces] == [
        (0, 125, 375),
        (125, 625, 0),
        (625, 1125, 0),
        (1125, 1250, 0),
    ]
    unknown = replace(cue, music=replace(DAWN, seconds=0.0))
    assert len(placed(replace(film, cues=(unknown,)))) == 1


def level(points, at):
    times, values = zip(*points, strict=True)
    return float(np.interp(at, times, values))


def test_levels_are_gain_and_fades_and_ducking_added():
    film = timeline()
    points = gain_points(film, film.cues[0])  # from 1 s, -3 dB, ducked from 3.1 to 4
    assert points[0] == (0.0, SILENT_DB) and points[-1] == (5.0, SILENT_DB)
    assert level(points, 1.0) == pytest.approx(-3)
    assert level(points, 2.5) == pytest.approx(-13)  # at 3.5 s of the film
    assert level(points, 3.6) == pytest.approx(-3)
    assert level(points, 0.25) == pytest.approx(-3 - 6.02, abs=0.7)  # half of the fade in
    free = gain_points(film, film.cues[1])
    assert level(free, 2.0) == pytest.approx(0)


def test_a_cue_without_fades_is_there_at_once():
    cue = replace(timeline().cues[1], fade_in_s=0.0, fade_out_s=0.0)
    assert set(gain_points(timeline(), cue)) == {(0.0, 0.0), (4.0, 0.0)}


def speech(*parts: tuple[float, float], length_s: float = 10.0, gain: float = 0.3) -> np.ndarray:
    times = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
    sound = np.random.default_rng(0).standard_normal(len(times)) * 0.001
    for start, end in parts:
        inside = (times >= start) & (times < end)
        sound += inside * gain * np.sin(2 * np.pi * 440 * times)
    return sound.astype(np.float32)


def test_music_yields_where_somebody_speaks_and_not_in_silence():
    points = ducking_points(speech((2, 4), (7, 8)))
    assert level(points, 3.0) == DEPTH_DB and level(points, 7.5) == DEPTH_DB
    assert level(points, 1.5) == 0 and level(points, 5.5) == 0 and level(points, 9.5) == 0
    assert [db for _, db in points] == [0, DEPTH_DB, DEPTH_DB, 0] * 2
    assert ducking_points(np.zeros(RATE_HZ * 5, np.float32)) == ()
    assert ducking_points(np.zeros(0, np.float32)) == ()


def test_short_pauses_are_not_filled_and_clicks_are_not_speech():
    assert len(loud_parts(speech((2, 3), (3.6, 5)))) == 1
    assert len(loud_parts(speech((2, 3), (2.5, 2.6), (6, 6.04)))) == 1


def test_a_film_that_speaks_from_its_first_moment_is_ducked_from_there():
    assert level(ducking_points(speech((0, 2))), 0.0) == DEPTH_DB
