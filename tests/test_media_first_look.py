"""A few frames before all others: which, how they reach the caller; they change nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.media_files import ffmpeg, picture
from vmr.media import first_look
from vmr.media.decode import decode_video
from vmr.media.ffmpeg import ffmpeg_path
from vmr.media.limits import MediaLimits
from vmr.media.plan import Segment, plan_first_look
from vmr.media.read import read_video
from vmr.media.report import inspect
from vmr.media.sniff import check_content
from vmr.page.audit import Audit
from vmr.page.kept_frames import KeptFrames
from vmr.page.service import Service
from vmr.records.audit_log import AuditLog

LIMITS = MediaLimits()
FIELDS = ("frames", "times_s", "stats", "cuts_s")


def make_film(path: Path, codec: str, size: str = "320x180", seconds: int = 8) -> Path:
    """A film with a keyframe every second."""
    speed = ["-preset", "ultrafast"] if codec == "libx264" else ["-deadline", "realtime"]
    ffmpeg(
        *picture(seconds, size),
        "-c:v",
        codec,
        *speed[: 2 * (codec != "mpeg4")],
        "-g",
        "25",
        "-pix_fmt",
        "yuv420p",
        str(path),
    )
    return path


def test_each_burst_begins_at_a_keyframe_near_its_target():
    times = np.arange(900) / 30
    bursts = plan_first_look(times, [200, 400, 600, 800], np.array([5.0, 20.0]), 30, 0.01, 1.0)
    assert bursts == [Segment(200, 203), Segment(600, 603)]


def test_where_a_frame_is_dear_fewer_places_are_looked_at():
    times, keys = np.arange(900) / 30, list(range(30, 900, 30))
    targets = np.arange(0.5, 30, 1)
    cheap = plan_first_look(times, keys, targets, 30, 0.001, 0.1)
    dear = plan_first_look(times, keys, targets, 30, 0.004, 0.1)
    assert len(cheap) == 14 and len(dear) == 3


def decoded(film: Path, folder: Path | None, limits: MediaLimits = LIMITS):
    """The film's clip, and what was left in the folder, by the worker's own functions."""
    info = inspect(film, check_content(film, film.name), ffmpeg_path(), film.name)

    def opened(opened_film, reader):
        return folder is not None and first_look.look_first(opened_film, reader, folder)

    return decode_video(film, info, film.name, limits, opened=opened)


@pytest.mark.parametrize("codec", ["libx264", "mpeg4", "libvpx-vp9"])
def test_what_is_read_afterwards_is_what_would_be_read_without(tmp_path, monkeypatch, codec):
    film = make_film(tmp_path / ("film.webm" if "vpx" in codec else "film.mp4"), codec)
    monkeypatch.setattr(first_look, "FROM_S", 0.0)
    monkeypatch.setattr(first_look, "BUDGET_S", 10.0)
    left = tmp_path / "left"
    left.mkdir()
    limits = replace(LIMITS, budget_s=0.02)  # so that only groups' beginnings are read
    for held in (LIMITS, limits):
        alone, after = decoded(film, None, held), decoded(film, left, held)
        for field in FIELDS:
            assert np.array_equal(alone[field], after[field]), field
    frames = np.load(left / "first-frames.npy")
    times = np.load(left / "first-times_s.npy")
    assert len(frames) == len(times) == first_look.FRAMES
    assert json.loads((left / "first-facts.json").read_text())["duration_s"] == pytest.approx(
        8, 0.02
    )
    assert times.min() < 2 and times.max() >= 6  # of the whole film


def test_a_film_that_is_soon_read_has_no_first_look(tmp_path):
    decoded(make_film(tmp_path / "film.mp4", "libx264"), tmp_path)
    assert not list(tmp_path.glob("first-*"))


@pytest.fixture(scope="module")
def long_film(tmp_path_factory) -> Path:
    """Large enough that reading it is work of 1.5 s by the plan's reckoning."""
    return make_film(tmp_path_factory.mktemp("film") / "large.mp4", "libx264", "1920x1080", 14)


@pytest.mark.thorough
def test_the_first_rows_come_before_all_and_are_nobodys_result(retriever, long_film, tmp_path):
    log = AuditLog(tmp_path / "log")
    frames = KeptFrames(tmp_path, lambda path: f"media/{path.name}")
    service = Service(retriever, str, frames=frames, audit=Audit(log))
    steps: list[str] = []

    def progress(step: str, fraction: float) -> None:
        if step.startswith("first "):
            assert not list(log.rows()) and not service.memory._queries
            steps.append(step)

    payload = service.match(long_film, progress)
    (step,) = steps
    first = json.loads((tmp_path / step.removeprefix("first media/")).read_text())
    assert first["provisional"] and "provisional" not in payload
    assert first["query"]["sha256"] == payload["query"]["sha256"]
    same = [[track["id"] for track in answer["tracks"]] for answer in (first, payload)]
    assert same[0] == same[1]
    assert first["query"]["gram"] != payload["query"]["gram"]
    assert [row["action"] for row in log.rows()] == ["matched"]


@pytest.mark.thorough
def test_the_limited_worker_hands_the_first_look_on(long_film):
    given, told = [], []

    def first(clip):
        given.append(clip)
        return lambda: told.append(clip)

    clip = read_video(long_film, first=first)
    (early,) = given
    assert told == given
    alone = read_video(long_film)
    assert len(early) == first_look.FRAMES < len(clip)
    assert (early.width, early.height, early.has_audio) == (1920, 1080, False)
    for field in FIELDS:
        assert np.array_equal(getattr(clip, field), getattr(alone, field)), field
