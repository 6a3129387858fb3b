"""Starts for one track and one film, or a part of it, as the page is told them."""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tests.cue_films import QUIET_S, make_halves, write_loud_from
from vmr.cues.course import read_course
from vmr.cues.proposals import percents, proposals, whole_or_part
from vmr.cues.track_sound import listen
from vmr.errors import VmrError
from vmr.page.best_start import BestStart, span_of
from vmr.page.film_courses import MOST_COURSES, FilmCourses

LOUD_S = 31.0


class Service:
    """What the page's has of it."""

    def __init__(self, retriever):
        self.retriever = retriever


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return make_halves(tmp_path_factory.mktemp("film") / "halves.mp4")


@pytest.fixture(scope="module")
def course(retriever, film):
    return read_course(film, retriever)


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sound")
    return listen(write_loud_from(folder / "a.wav", LOUD_S, 60.0))


def test_three_starts_with_reasons_and_all_that_is_drawn_beside_them(course, sound):
    told = proposals(course, whole_or_part(course, 0, None), sound)
    first, *others = told["starts"]
    assert len(others) == 2 and all(set(s["why"]) == {"en", "ja"} for s in told["starts"])
    assert first["why"]["en"] == "the beat enters at the cut at 0:14"
    assert first["in"] + QUIET_S == pytest.approx(LOUD_S, abs=1.0)
    assert told["cuts"] == pytest.approx([QUIET_S], abs=0.1)
    beats = np.array(told["beats"])
    assert np.abs(beats - (first["in"] + told["cuts"][0])).min() <= 0.08
    assert set(told["bars"]) <= set(told["beats"])
    at = np.array(told["cuts"])[:, None] + first["in"]
    assert (np.abs(at - np.array(told["onsets"])).min(axis=1) <= 0.08).sum() == first["hits"]
    assert len(told["levels"]) == pytest.approx(60 / told["step"], abs=1)
    assert len(told["energy"]) == pytest.approx(told["length"] / told["step"], abs=1)
    assert told["levels"][-8] > told["levels"][8]
    assert {s["ending"] for s in told["starts"]} <= {"cut", "fade", "loop"}


def test_times_of_a_part_are_counted_from_where_it_begins(course, sound):
    told = proposals(course, whole_or_part(course, 10, 20), sound)
    assert (told["start"], told["length"]) == (10, 10)
    assert told["cuts"] == pytest.approx([QUIET_S - 10], abs=0.1)
    assert told["starts"][0]["why"]["en"].endswith("at the cut at 0:14")


def test_a_track_that_is_shorter_than_the_film_loops(course, tmp_path):
    short = listen(write_loud_from(tmp_path / "b.wav", 1.0, 8.0))
    told = proposals(course, whole_or_part(course, 0, None), short)
    assert {s["ending"] for s in told["starts"]} == {"loop"}


@pytest.mark.parametrize(("start", "end"), [(30, 40), (5, 5.1), (7, 3), (-1, 4)])
def test_a_part_that_the_film_does_not_have_is_refused_with_a_sentence(course, start, end):
    with pytest.raises(VmrError, match="no music can be laid under that part"):
        whole_or_part(course, start, end)


def test_percents_stay_between_0_and_100():
    assert percents(np.array([-1, 0, 0.504, 2], np.float32)) == [0, 0, 50, 100]


def test_what_a_browser_sends_as_a_span():
    assert span_of(None) == (0.0, None) and span_of([1]) == (0.0, None)
    assert span_of([1, "2.5"]) == (1.0, 2.5)
    for wrong in (["x", 1], [0, float("nan")], [-1, 2], [0, 1e300], [[], {}]):
        with pytest.raises(VmrError):
            span_of(wrong)


def test_a_film_is_read_once_and_a_silent_track_is_said(retriever, short_video, monkeypatch):
    courses = FilmCourses(Service(retriever))
    best, steps = BestStart(courses), []
    number = retriever.music.places[0].number
    told = best.propose(short_video, number, (0.0, None), lambda step, done: steps.append(step))
    assert len(told["starts"]) == 3 and steps == ["read", "look", "listen"]
    monkeypatch.setattr("vmr.page.film_courses.read_course", None)  # may not be read again
    again = best.propose(short_video, number, (1.0, 4.0), lambda step, done: None)
    assert again["length"] == 3
    with pytest.raises(VmrError):
        best.propose(short_video, 10**9, (0.0, None), lambda step, done: None)
    monkeypatch.setattr(type(retriever.music.places[0]), "audio", lambda self: None)
    with pytest.raises(VmrError, match="not on the server"):
        best.propose(short_video, number, (0.0, None), lambda step, done: None)


def test_two_who_ask_for_a_film_at_the_same_time_have_it_read_once(
    retriever, short_video, monkeypatch
):
    read = []

    def slowly(path, *_, **__):
        time.sleep(0.2)
        read.append(path)
        return path

    monkeypatch.setattr("vmr.page.film_courses.read_course", slowly)
    courses = FilmCourses(Service(retriever))
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(courses.of, [short_video] * 3))
    assert read == [short_video] and found == [short_video] * 3


def test_only_the_last_films_are_remembered(retriever, tmp_path, monkeypatch):
    courses = FilmCourses(Service(retriever))
    read = []
    monkeypatch.setattr(
        "vmr.page.film_courses.read_course", lambda path, *_, **__: read.append(path.name) or path
    )
    films = [tmp_path / f"{i}.mp4" for i in range(MOST_COURSES + 1)]
    for path in films:
        path.write_bytes(path.name.encode())
        courses.of(path)
    courses.of(films[-1])
    courses.of(films[0])
    assert read == [path.name for path in films] + ["0.mp4"]
