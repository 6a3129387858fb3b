"""A track begins where its course meets the picture's, and ends with the cue."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.cue_films import QUIET_S, loud_from, make_halves
from vmr.cues.borders import Span
from vmr.cues.course import read_course
from vmr.cues.starts import along, best_starts, ending, snapped
from vmr.cues.track_sound import sound_of
from vmr.errors import Notice

LOUD_S = 31.0


@pytest.fixture(scope="module")
def course(retriever, tmp_path_factory):
    folder = tmp_path_factory.mktemp("starts")
    return read_course(make_halves(folder / "halves.mp4"), retriever)


@pytest.fixture(scope="module")
def sound():
    return sound_of(loud_from(LOUD_S, 60.0))


def whole(course) -> Span:
    return Span(0.0, course.duration_s, 2.0, "calm", 0.0, Notice("cues.begins"))


def test_the_loud_part_of_a_track_meets_the_jump_of_the_picture(course, sound):
    starts = best_starts(course, whole(course), sound)
    assert starts[0].in_s + QUIET_S == pytest.approx(LOUD_S, abs=1.0)
    assert str(starts[0].why) == "the beat enters at the cut at 0:14"
    assert starts[0].score > starts[1].score


def test_three_starts_are_proposed_that_differ_and_leave_room_for_the_cue(course, sound):
    starts = best_starts(course, whole(course), sound)
    places = sorted(start.in_s for start in starts)
    assert len(starts) == 3 and np.diff(places).min() > 2
    assert places[0] >= 0 and places[-1] <= 60 - course.duration_s + 0.3


def test_a_cut_is_laid_onto_an_onset_to_the_frame(course, sound):
    """The strokes come every half second from 31 s on: the only cut is at 14 s of the film."""
    start = best_starts(course, whole(course), sound)[0]
    assert start.hits == 1 and start.cuts == 1
    off = (start.in_s + float(course.cuts_s[0]) - LOUD_S) % 0.5
    assert min(off, 0.5 - off) <= 0.08


def test_several_cuts_are_snapped_to_the_beats_that_they_meet(sound):
    cuts = np.array([1.0, 2.5, 4.0], np.float32)
    in_s, hits = snapped(40.2, cuts, sound)
    assert hits == 3
    off = in_s % 0.5
    assert min(off, 0.5 - off) <= 0.08 + 1e-6


def test_without_cuts_a_start_lies_on_an_onset_but_a_beginning_stays(sound):
    none = np.zeros(0, np.float32)
    in_s, _ = snapped(40.2, none, sound)
    assert np.abs(sound.onsets_s - in_s).min() == 0
    assert snapped(0.0, none, sound)[0] == 0.0


def test_a_flat_picture_begins_with_the_track(course, sound):
    flat = replace(course, energy=np.full_like(course.energy, 2.0), stats=course.stats * 0)
    flat = replace(flat, cuts_s=np.zeros(0, np.float32))
    start = best_starts(flat, whole(course), sound)[0]
    assert start.in_s == 0 and start.why == Notice("cues.start_begin")


def test_a_track_that_is_shorter_than_the_cue_goes_round():
    energy = np.array([0, 0, 1, 0], np.float32)
    picture = np.array([0, 0, 0, 1, 0, 0], np.float32) - 1 / 6
    assert int(along(picture, energy).argmax()) == 3


def test_an_ending_lands_at_the_tracks_end_on_a_beat_or_by_a_fade(sound):
    assert ending(36.0, 24.0, sound).kind == "own"
    on_beat = ending(36.0, 10.0, sound)
    assert on_beat.kind == "beat" and on_beat.fade_out_s < 0.1 and not on_beat.loops
    between = ending(36.0, 10.25, sound)
    assert between.kind == "fade" and between.fade_out_s == 2.0
    assert ending(36.0, 60.0, sound).loops


def test_silence_has_neither_beats_nor_starts_that_are_won():
    silent = sound_of(np.zeros(16_000 * 5, np.float32))
    assert silent.beat_s == 0 and len(silent.onsets_s) == 0
    assert np.abs(silent.energy).max() == 0
