"""Videos of projects: kept under their hash, found again, gone when their time is over."""

from __future__ import annotations

import numpy as np
import pytest

from vmr.records.project_videos import DAY_S, ProjectVideos, Terms

KEY, OTHER = "k" * 22, "o" * 22
FILM, SECOND = "a" * 64, "b" * 64


@pytest.fixture
def videos(tmp_path) -> ProjectVideos:
    return ProjectVideos(tmp_path / "data")


@pytest.fixture
def film(tmp_path):
    path = tmp_path / "my film.MP4"
    path.write_bytes(b"film")
    return path


def test_a_film_and_its_findings_are_found_again_after_the_upload_is_gone(videos, film):
    videos.keep_film(KEY, FILM, film)
    videos.keep_findings(KEY, FILM, {"features": np.ones((2, 3), np.float16)}, {"query": "{}"})
    film.unlink()
    assert videos.film(KEY, FILM).read_bytes() == b"film"
    assert videos.film(KEY, FILM).suffix == ".mp4"
    tensors, header = videos.findings(KEY, FILM)
    assert tensors["features"].shape == (2, 3) and header["query"] == "{}"
    assert videos.film(OTHER, FILM) is None and videos.findings(KEY, SECOND) is None


@pytest.mark.parametrize("key", ["", "../../etc", "x" * 21, "k" * 21 + "/"])
def test_what_is_no_key_has_no_files(videos, film, key):
    with pytest.raises(ValueError, match="no project"):
        videos.keep_film(key, FILM, film)
    assert videos.film(key, FILM) is None and videos.findings(key, FILM) is None
    videos.remove(key)
    assert film.is_file()


@pytest.mark.parametrize("sha256", ["", "../" + "a" * 61, "*" * 64, "A" * 64])
def test_what_is_no_hash_has_no_files(videos, film, sha256):
    with pytest.raises(ValueError, match="no hash"):
        videos.keep_findings(KEY, sha256, {}, {})
    assert videos.film(KEY, sha256) is None


def test_videos_go_when_their_days_are_over(videos, film):
    for key, sha256 in ((KEY, FILM), (KEY, SECOND), (OTHER, FILM)):
        videos.keep_film(key, sha256, film)
    now = 1e9

    def terms_of(key):
        return Terms(now - 2 * DAY_S, 30, frozenset([FILM])) if key == KEY else None

    assert videos.sweep(terms_of, now) == 2  # taken out two days ago; a project that is gone
    assert videos.film(KEY, FILM) and not videos.film(KEY, SECOND) and not videos.film(OTHER, FILM)
    assert videos.sweep(terms_of, now + 27.9 * DAY_S) == 0
    assert videos.sweep(terms_of, now + 28.1 * DAY_S) == 1
    assert videos.film(KEY, FILM) is None


def test_what_was_just_taken_out_can_still_be_put_back(videos, film):
    videos.keep_film(KEY, FILM, film)
    now = 1e9
    assert videos.sweep(lambda key: Terms(now - 0.5 * DAY_S, 30, frozenset()), now) == 0


def test_removing_a_project_removes_its_videos_and_no_others(videos, film):
    videos.keep_film(KEY, FILM, film)
    videos.keep_film(OTHER, FILM, film)
    videos.remove(KEY)
    assert videos.film(KEY, FILM) is None and videos.film(OTHER, FILM)
