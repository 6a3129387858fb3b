"""Sample videos: drawn the same way every time, in two languages, each with a mood of its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vmr.media.clip import VIDEO_STATS
from vmr.media.read import probe, read_video
from vmr.page.sample_films.canvas import HEIGHT, WIDTH
from vmr.page.sample_films.films import (
    SAMPLES,
    available_samples,
    draw_video,
    sample_path,
    sample_poster,
)

DRAWN = [s for s in SAMPLES if s.scene is not None]


def test_every_sample_has_a_key_and_two_titles() -> None:
    assert len({s.key for s in SAMPLES}) == len(SAMPLES) >= 8
    for sample in SAMPLES:
        assert sample.title("en").isascii() and sample.title("en")
        assert not sample.title("ja").isascii()
        assert sample.title("fr") == sample.title_en


@pytest.mark.parametrize("sample", DRAWN, ids=lambda s: s.key)
def test_a_scene_is_drawn_the_same_way_every_time_and_moves(sample) -> None:
    assert sample.scene is not None
    scene = sample.scene()
    first, later = scene(0.5), scene(1.5)
    assert first.shape == (HEIGHT, WIDTH, 3) and np.isfinite(first).all()
    assert np.array_equal(sample.scene()(0.5), first)
    shown, shown_later = np.clip(first, 0, 1), np.clip(later, 0, 1)
    assert shown.std() > 0.05
    assert np.abs(shown - shown_later).mean() > 0.002


@pytest.mark.thorough
def test_the_scenes_differ_in_what_is_measured(tmp_path: Path) -> None:
    found = {}
    for sample in DRAWN:
        if sample.key in ("night-sky", "neon-tunnel", "confetti"):
            path = tmp_path / f"{sample.key}.mp4"
            draw_video(sample.scene(), 0.6, path)
            stats = read_video(path).stats.mean(0)
            found[sample.key] = dict(zip(VIDEO_STATS, stats.tolist(), strict=True))
    assert found["neon-tunnel"]["motion"] > 5 * found["night-sky"]["motion"]
    assert found["confetti"]["brightness"] > 3 * found["night-sky"]["brightness"]


@pytest.mark.thorough
def test_a_sample_is_drawn_once_and_kept(tmp_path: Path) -> None:
    path = sample_path("falling-snow", tmp_path)
    info = probe(path)
    assert (info.width, info.height, info.video_codec) == (640, 360, "h264")
    assert info.duration_s == pytest.approx(8.0, abs=0.05)
    made = path.stat().st_mtime_ns
    assert sample_path("falling-snow", tmp_path) == path and path.stat().st_mtime_ns == made


def test_the_gradio_package_gives_its_own_under_their_titles_and_posters_are_small(
    tmp_path: Path,
) -> None:
    keys = [s.key for s in available_samples()]
    assert "earth" in keys
    assert sample_path("earth", tmp_path).name == "Earth at night.mp4"
    for key in ("earth", "confetti"):
        poster = sample_poster(key, tmp_path)
        assert poster.read_bytes()[:2] == b"\xff\xd8" and poster.stat().st_size < 40_000
