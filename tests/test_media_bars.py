"""Black bars around a picture are no part of it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from vmr.media.bars import inside_bars, of_pictures
from vmr.media.clip import VIDEO_STATS
from vmr.media.ffmpeg import ffmpeg_path
from vmr.media.read import read_video
from vmr.page.sample_films.films import sample_path

PADDED = {
    "letterbox": "pad=iw:iw:0:(oh-ih)/2",
    "pillarbox": "pad=ih*3:ih:(ow-iw)/2:0",
    "both": "pad=iw*1.4:ih*1.8:(ow-iw)/2:(oh-ih)/2",
}


def planes(high: int = 64, wide: int = 114, level: int = 120) -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.integers(level - 40, level + 40, (5, high, wide), dtype=np.uint8)


def barred(rows: tuple[int, int] = (0, 0), columns: tuple[int, int] = (0, 0), black: int = 6):
    found = planes()
    high, wide = found.shape[1:]
    found[:, : rows[0]] = found[:, high - rows[1] :] = black
    found[:, :, : columns[0]] = found[:, :, wide - columns[1] :] = black
    return found


def test_a_picture_without_bars_is_left_alone():
    assert inside_bars(planes()) is None
    assert inside_bars(planes(level=60) // 8) is None, "a dark picture has no bars"
    assert inside_bars(np.zeros((3, 64, 114), np.uint8)) is None


@pytest.mark.parametrize(
    ("rows", "columns"), [((9, 9), (0, 0)), ((0, 0), (30, 31)), ((6, 8), (20, 20))]
)
def test_straight_bars_on_both_sides_are_found(rows, columns):
    area = inside_bars(barred(rows, columns))
    assert area is not None
    for found, (before, after), count in zip(area, (rows, columns), (64, 114), strict=True):
        if before:
            assert found.start - before in (0, 1) and count - after - found.stop in (0, 1)
        else:
            assert found == slice(0, count)
    assert of_pictures(area)[0] == slice(area[0].start * 4, area[0].stop * 4)


def test_what_is_dark_by_itself_is_no_bar():
    assert inside_bars(barred(rows=(12, 0))) is None, "a night sky over a street"
    space = np.full((4, 64, 114), 2, np.uint8)
    y, x = np.ogrid[:64, :114]
    space[:, np.hypot(y - 32, x - 57) < 20] = 140
    assert inside_bars(space) is None, "a globe in front of black space"
    sometimes = barred(rows=(9, 9))
    sometimes[2] = planes()[2]
    assert inside_bars(sometimes) is None, "one shot of several has bars"
    nothing_left = barred(rows=(28, 28))
    assert inside_bars(nothing_left) is None


@pytest.fixture(scope="module")
def plain(tmp_path_factory) -> Path:
    return sample_path("confetti", tmp_path_factory.mktemp("plain"))


@pytest.mark.parametrize("kind", PADDED)
def test_a_film_with_bars_is_read_as_without(retriever, plain, tmp_path, kind):
    film = tmp_path / f"{kind}.mp4"
    command = [ffmpeg_path(), "-v", "error", "-i", str(plain), "-vf", PADDED[kind], str(film)]
    subprocess.run(command, check=True, timeout=120)
    bare, boxed = read_video(plain), read_video(film)
    ratio = bare.frames.shape[2] / bare.frames.shape[1]
    assert boxed.frames.shape[2] / boxed.frames.shape[1] == pytest.approx(ratio, rel=0.1)
    for name in ("brightness", "saturation", "motion", "dark"):
        column = VIDEO_STATS.index(name)
        was, now = bare.stats[:, column].mean(), boxed.stats[:, column].mean()
        assert now == pytest.approx(was, rel=0.35, abs=0.03), name
    both = [retriever.embed_video(path).embedding for path in (plain, film)]
    for branch in ("ssl", "mood", "genre"):
        a, b = (one.branch(branch)[0] for one in both)
        assert float(a @ b) > 0.9, branch
