"""From music to video, below the browser: payload, hits, the sample library, what is refused."""

import json

import numpy as np
import pytest

from vmr.catalogs.score_scale import FITS_FROM
from vmr.catalogs.video_collection import open_video_collection
from vmr.embedding import alpha_weights, parts
from vmr.errors import CatalogError, VmrError
from vmr.page import reverse as reverse_module
from vmr.page.reverse import Reverse
from vmr.page.sample_films.films import Sample
from vmr.page.service import Service
from vmr.query import silent
from vmr.search import calibrate_on


@pytest.fixture(scope="module")
def reverse(film_retriever, tmp_path_factory):
    folder = tmp_path_factory.mktemp("reverse")
    return Reverse(Service(film_retriever, lambda path: f"media/{path.name}"), folder, folder)


@pytest.fixture(scope="module")
def payload(reverse, calm_track):
    return json.loads(json.dumps(reverse.service.rank_videos(calm_track, silent)))


def test_every_video_of_the_library_is_there_with_its_film_and_poster(payload):
    assert len(payload["videos"]) == 4 and "tracks" not in payload
    for video in payload["videos"]:
        assert video["film"].startswith("media/") and video["poster"].endswith(".jpg")
        assert video["seconds"] == pytest.approx(3, abs=0.3)


@pytest.mark.parametrize("alpha", [0.0, 0.6, 1.0])
def test_the_payload_ranks_videos_as_the_endpoint_does(reverse, film_retriever, payload, alpha):
    query = reverse.service.memory.get(payload["query"]["key"])
    hits = film_retriever.search_videos(query, alpha, "mood", 4)
    w = alpha_weights(alpha, payload["branches"], "mood")
    scores = np.array([np.dot(video["parts"], w) for video in payload["videos"]])
    order = [payload["videos"][i]["id"] for i in np.argsort(-scores, kind="stable")]
    assert order == [hit["id"] for hit in hits]
    assert [hit["rank"] for hit in hits] == [1, 2, 3, 4]
    fits = film_retriever.films.scale.percent(np.sort(scores)[::-1].astype(np.float32), w)
    assert [hit["fit"] for hit in hits] == pytest.approx(fits.tolist(), abs=0.1)
    assert payload["scale"]["fits_from"] == FITS_FROM
    assert payload["scale"]["mean"] == pytest.approx(film_retriever.films.scale.mean, abs=1e-4)


def test_a_fit_is_the_share_of_typical_tracks_and_videos_of_the_library_that_are_beaten(
    film_retriever,
):
    films, bank = film_retriever.films, film_retriever.model.music_bank
    items, w = films.library.embeddings, film_retriever.weights(0.5, "mood")
    every = np.array([parts(row, items.values, films.for_music) @ w for row in bank.values])
    fits = films.scale.percent(every.ravel().astype(np.float32), w)
    assert np.quantile(fits, [0.1, 0.5, 0.9]) == pytest.approx([10, 50, 90], abs=6)


def test_videos_are_put_on_one_scale_by_typical_music(film_retriever):
    """The hubness correction of this direction comes from the bank of music, not of videos."""
    model, items = film_retriever.model, film_retriever.videos.embeddings
    bank = model.music_bank
    assert bank is not None
    config, given = model.config, film_retriever.films.for_music
    by_music = calibrate_on(items, bank, config.hub_shares, config.own_spread)
    np.testing.assert_allclose(given.offset, by_music.offset, atol=1e-5)
    by_videos = calibrate_on(items, model.video_bank, config.hub_shares, config.own_spread)
    assert np.abs(given.offset - by_videos.offset).max() > 0.01


def test_a_track_of_the_catalog_asks_as_its_own_sound_would(reverse, film_retriever):
    answer = reverse.service.rank_videos_like(0)
    track = film_retriever.tracks[0]
    assert answer["query"]["name"] == track.title and answer["query"]["peaks"]
    for position in (-1, 10**6):
        with pytest.raises(VmrError, match="no longer in the catalog"):
            reverse.service.rank_videos_like(position)


def test_what_was_heard_is_said_in_words(payload):
    heard = dict(payload["query"]["concepts"])
    assert "guitar" in heard and all(0 < weight <= 1 for weight in heard.values())
    assert 0 <= payload["query"]["stats"]["energy"] < 0.6  # a calm acoustic piece


def test_a_query_is_kept_for_the_map(reverse, payload):
    assert reverse.service.memory.get(payload["query"]["key"]).modality == "music"


def test_a_video_is_no_query_for_videos(film_retriever, world_query):
    with pytest.raises(ValueError, match="ranked for music"):
        film_retriever.search_videos(world_query, 0.5, "mood")


def test_a_film_that_no_browser_plays_gets_a_copy_that_they_do(
    reverse, payload, monkeypatch, tmp_path
):
    monkeypatch.setenv("VMR_CACHE", str(tmp_path))
    odd = next(v for v in payload["videos"] if v["video"].endswith(".mkv"))
    assert reverse.film(odd["position"], silent).endswith(".mp4")
    plain = next(v for v in payload["videos"] if v["video"] == "deep_zoom.mp4")
    assert reverse.film(plain["position"], silent) == plain["film"]
    for position in (-1, 99):
        with pytest.raises(VmrError, match="no longer in the library"):
            reverse.film(position, silent)


def test_without_a_library_the_way_to_one_is_said(retriever, calm_track, tmp_path):
    lone = Reverse(Service(retriever, str), tmp_path, tmp_path)
    with pytest.raises(VmrError, match=r"index --videos FOLDER"):
        lone.service.rank_videos(calm_track, silent)
    with pytest.raises(VmrError, match=r"index --videos FOLDER"):
        lone.service.rank_videos_like(0)


def test_a_folder_that_is_no_library_is_named(retriever, tmp_path):
    with pytest.raises(CatalogError, match=r"no video library.*index --videos"):
        open_video_collection(tmp_path, retriever.model, print)


@pytest.mark.thorough
def test_the_sample_videos_become_a_library_once(retriever, calm_track, tmp_path, monkeypatch):
    """Two of the samples that need no drawing, looked at by a real worker process."""
    two = tuple(Sample(k, k.title(), k, asset=f"{k}.mp4") for k in ("a", "b"))
    monkeypatch.setattr(reverse_module, "available_samples", lambda: two)
    assets = tmp_path / "assets"
    monkeypatch.setattr(reverse_module, "sample_path", lambda key, folder: real_sample(key))
    monkeypatch.setenv("VMR_CACHE", str(tmp_path / "cache"))
    reverse = Reverse(Service(retriever, str), assets, tmp_path / "library")
    steps: list[tuple[str, float]] = []
    answer = reverse.use_samples(lambda step, fraction: steps.append((step, fraction)))
    assert answer["videos"] == 2
    assert {step for step, _ in steps} == {"draw", "look"} and steps[-1][1] == 1.0
    titles = {video["title"] for video in reverse.service.rank_videos(calm_track, silent)["videos"]}
    assert titles == {"A", "B"}
    steps.clear()
    again = Reverse(Service(retriever, str), assets, tmp_path / "library")
    assert again.use_samples(lambda step, fraction: steps.append((step, fraction))) == answer
    assert steps == []  # it lies ready


def real_sample(key: str):
    from vmr.page.sample_films.films import _asset_folder

    return _asset_folder() / f"{key}.mp4"
