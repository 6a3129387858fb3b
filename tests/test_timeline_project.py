"""A project file is read back as it was written; what means harm is refused or made harmless."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from tests.timeline_files import DAWN, NTSC, timeline
from vmr.catalogs.tracks_table import Track
from vmr.errors import VmrError
from vmr.timeline.project import Music, exact_rate
from vmr.timeline.project_file import as_json, film_of, read_project, timeline_of


@pytest.mark.parametrize("fps", [Fraction(25), NTSC, Fraction(24000, 1001)])
def test_a_timeline_is_the_same_after_it_was_written_and_read(fps, tmp_path):
    made = timeline(fps)
    path = tmp_path / "film.json"
    path.write_text(json.dumps(as_json(made)), encoding="utf-8")
    stored = read_project(path)
    assert timeline_of(stored, film_of(stored)) == made


@pytest.mark.parametrize(
    ("shown", "exact"),
    [
        (23.98, Fraction(24000, 1001)),
        (29.97, NTSC),
        (59.94, Fraction(60000, 1001)),
        (25.0, Fraction(25)),
        (30.0, Fraction(30)),
        (24.0, Fraction(24)),
        (12.5, Fraction(25, 2)),
    ],
)
def test_a_rate_as_a_program_shows_it_is_the_exact_one(shown, exact):
    assert exact_rate(shown) == exact


def changed(**changes):
    stored = as_json(timeline())
    for place, value in changes.items():
        *path, last = place.split("__")
        table = stored
        for name in path:
            table = table[int(name)] if name.isdigit() else table[name]
        table[last] = value
    return stored


@pytest.mark.parametrize(
    "changes",
    [
        {"original": "loud"},
        {"cues": {}},
        {"cues": [{}] * 1001},
        {"cues": [[]]},
        {"ducking": [[1]]},
        {"ducking": [[1, float("nan")]]},
        {"ducking": [[1, 20]]},
        {"name": "a\x00b"},
        {"name": "\u202egpj.exe"},
        {"cues__0__start": float("inf")},
        {"cues__0__start": -1},
        {"cues__0__start": "0"},
        {"cues__0__start": True},
        {"cues__0__end": 0.5},
        {"cues__0__gain_db": 40},
        {"cues__0__music": "dawn.wav"},
        {"cues__0__music__title": 7},
        {"cues__0__music__title": "x" * 501},
        {"cues__0__music__valid_until": "tomorrow"},
        {"film__fps": "0"},
        {"film__fps": "1/0"},
        {"film__fps": "9" * 100},
        {"film__seconds": 0},
        {"film__width": 10**9},
        {"film": None},
    ],
)
def test_a_value_that_is_none_is_refused_in_words(changes):
    stored = changed(**changes)
    with pytest.raises(ValueError):
        timeline_of(stored, film_of(stored))


def test_a_wrong_cue_is_named_by_its_number():
    stored = changed(cues__1__gain_db=99)
    with pytest.raises(ValueError, match="cue 2: gain_db"):
        timeline_of(stored, film_of(stored))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 2}', "[" * 100_000, "\x00"])
def test_what_is_no_project_is_said_with_its_path(text, tmp_path):
    path = tmp_path / "film.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(VmrError, match=r"film\.json"):
        read_project(path)
    with pytest.raises(VmrError):
        read_project(tmp_path / "missing.json")


def test_a_file_of_many_megabytes_is_not_read(tmp_path):
    path = tmp_path / "film.json"
    path.write_text('{"version": 1, "name": "' + "x" * 5_000_000 + '"}', encoding="utf-8")
    with pytest.raises(VmrError, match="larger"):
        read_project(path)


def test_a_cue_ends_with_the_film_and_its_fades_with_the_cue():
    stored = changed(cues__2__end=500, cues__2__fade_in=100)
    cue = timeline_of(stored, film_of(stored)).cues[2]
    assert cue.end_s == 12.0 and cue.fade_in_s == cue.length_s == 3.0


def test_a_track_of_a_catalog_keeps_its_rights(tmp_path):
    track = Track("a", "Dawn", "A. Person", licence="CC-BY-4.0", valid_until="2020-01-01")
    music = Music.of(track, tmp_path / "dawn.wav")
    assert music.composer == DAWN.composer
    assert music.as_track().valid_until == "2020-01-01"
    assert music.as_track().licence == "CC-BY-4.0"
