"""Cuts of a film that is not decoded whole: each is found at its time, and nothing else changes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.cue_films import make_cuts
from vmr.cues.course import FILM_LIMITS
from vmr.media.dense_cuts import dense_cuts_s
from vmr.media.limits import MediaLimits
from vmr.media.read import probe, read_video

SECONDS = 48.0
CUTS_S = (2.48, 4.0, 7.32, 8.6, 13.24, 17.76, 19.0, 24.44, 30.2, 31.72, 38.96, 44.4)
TWO_FRAMES_S = 0.081
SPARSE = MediaLimits(max_frames=16, budget_s=0.15)
DENSE = replace(SPARSE, cuts_s=10.0)


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return make_cuts(tmp_path_factory.mktemp("cuts") / "film.mp4", CUTS_S, SECONDS)


def test_every_cut_is_found_within_two_frames_and_no_other(film):
    sparse, dense = read_video(film, SPARSE), read_video(film, DENSE)
    from_sparse = [np.abs(sparse.cuts_s - cut_s).min() for cut_s in CUTS_S]
    assert max(from_sparse) > 0.5  # it sees a few frames after each keyframe
    assert len(dense.cuts_s) == len(CUTS_S)
    assert np.abs(dense.cuts_s - CUTS_S).max() <= TWO_FRAMES_S
    assert np.array_equal(dense.frames, sparse.frames)
    assert np.array_equal(dense.times_s, sparse.times_s)


def test_what_takes_more_than_is_allowed_or_is_decoded_whole_has_no_second_pass(film):
    info = probe(film)
    assert dense_cuts_s(info, DENSE) > 0
    assert dense_cuts_s(info, SPARSE) == 0
    assert dense_cuts_s(info, FILM_LIMITS) == 0
    ten_minutes = replace(info, duration_s=600.0, width=1280, height=720, bytes=150_000_000)
    assert 0 < dense_cuts_s(ten_minutes, FILM_LIMITS) < FILM_LIMITS.cuts_s
    assert dense_cuts_s(ten_minutes, MediaLimits()) == 0
    assert dense_cuts_s(replace(ten_minutes, duration_s=36000.0), FILM_LIMITS) == 0
