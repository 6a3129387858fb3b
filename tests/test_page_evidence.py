"""The answers of the tab Evidence: axes of the map, neighbours, cards and measurements."""

import json

import numpy as np
import pytest

from vmr.embedding import unit
from vmr.errors import CheckpointError, VmrError
from vmr.page.card import metrics_of, reports, text_beside
from vmr.page.evidence import Evidence, main_axes, thinned
from vmr.page.service import Service


@pytest.fixture(scope="module")
def evidence(film_retriever):
    return Evidence(Service(film_retriever, str))


def test_the_axes_are_the_directions_of_most_variance():
    rng = np.random.default_rng(0)
    spread = np.diag([5.0, 3.0, 1.0, 0.1])
    turn = np.linalg.qr(rng.normal(size=(4, 4)))[0]
    points = (rng.normal(size=(4000, 4)) @ spread @ turn + 7).astype(np.float32)
    axes = main_axes(points)
    for found, wanted in zip(axes.directions, turn, strict=False):
        assert abs(float(found @ wanted)) == pytest.approx(1, abs=0.01)
    assert axes.explained == pytest.approx((25 / 35, 9 / 35), abs=0.02)
    placed = np.array(axes.place(points))
    assert placed.mean(axis=0) == pytest.approx([0, 0], abs=1e-3)
    assert placed.std(axis=0) == pytest.approx([5, 3], abs=0.2)


def test_the_same_points_give_the_same_picture_whatever_their_order():
    points = unit(np.random.default_rng(1).normal(size=(50, 8)).astype(np.float32))
    a, b = main_axes(points), main_axes(points[::-1].copy())
    np.testing.assert_allclose(a.directions, b.directions, atol=1e-3)


def test_one_point_lies_in_the_middle():
    assert main_axes(np.ones((1, 4), np.float32)).place(np.ones((1, 4), np.float32)) == [[0, 0]]


def test_the_map_places_every_track_and_video_in_every_branch(evidence, film_retriever):
    found = json.loads(json.dumps(evidence.map("")))
    assert found["branches"] == list(film_retriever.model.config.branches)
    for plane in found["planes"].values():
        assert len(plane["tracks"]) == len(found["tracks"]) == len(film_retriever.tracks)
        assert len(plane["videos"]) == len(found["videos"]) == 4 and plane["query"] is None
        assert 0 < plane["explained"][1] <= plane["explained"][0] <= 1


def test_a_kept_query_stands_on_the_map_where_its_track_does(evidence):
    service = evidence.service
    query = service.retriever.like(3)
    service.memory.keep(query)
    found = evidence.map(query.key)
    for plane in found["planes"].values():
        assert plane["query"] == pytest.approx(plane["tracks"][3], abs=1e-3)


def test_neighbours_are_the_nearest_by_cosine_without_the_point_itself(evidence, film_retriever):
    rows = evidence.neighbours("track", 3, "mood")
    values = film_retriever.embeddings.branch("mood")
    cosines = values @ values[3]
    cosines[3] = -2
    assert [row["position"] for row in rows] == np.argsort(-cosines, kind="stable")[:8].tolist()
    assert rows[0]["cosine"] == pytest.approx(float(cosines.max()), abs=1e-4)
    films = film_retriever.videos.embeddings.branch("ssl")
    near = evidence.neighbours("video", 1, "ssl")
    wanted = np.argmax(film_retriever.embeddings.branch("ssl") @ films[1])
    assert near[0]["position"] == wanted


@pytest.mark.parametrize("point", [("track", -1, "ssl"), ("video", 4, "ssl"), ("track", 0, "x")])
def test_a_point_that_is_not_there_is_said(evidence, point):
    with pytest.raises(VmrError, match="no longer on the map"):
        evidence.neighbours(*point)


def test_a_large_catalog_is_thinned_evenly():
    assert thinned(3).tolist() == [0, 1, 2] and thinned(0).size == 0
    many = thinned(100_000)
    assert len(many) == 2000 and many[0] == 0 and many[-1] == 99_999
    assert set(np.diff(many)) <= {50, 51}


def test_the_report_names_parts_and_licences(evidence):
    report = json.loads(json.dumps(evidence.report()))
    assert report["checkpoint"]["fingerprint"] == evidence.retriever.model.fingerprint
    assert all(encoder["licence"] for encoder in report["encoders"])
    starter = next(c for c in report["licences"] if c["name"] == "starter")
    assert starter["licences"] == [["MIT", 28]]
    assert report["library"] == {"name": "films", "videos": 4}
    # the probabilities of the bundled beliefs saw both halves of the judged clips
    assert report["beliefs_fitted_on"] == sum(one["clips"] for one in report["evidence"]["sets"])


def test_card_and_measurements_beside_the_checkpoint_are_found(tmp_path):
    checkpoint = tmp_path / "mine.safetensors"
    assert text_beside(checkpoint, ".md") is None and metrics_of(checkpoint, {}) == []
    (tmp_path / "mine.md").write_text("# Mine", encoding="utf-8")
    assert text_beside(checkpoint, ".md") == "# Mine"
    report = {"facet": "mood", "sweep": [{"alpha": 0}]}
    assert metrics_of(checkpoint, {"metrics": json.dumps({"test": report})}) == [report]
    (tmp_path / "mine.metrics.json").write_text(json.dumps([report, report]), encoding="utf-8")
    assert metrics_of(checkpoint, {"metrics": "{}"}) == [report, report]


def test_measurements_that_are_no_json_are_named(tmp_path):
    (tmp_path / "mine.metrics.json").write_text("R@1 0.2", encoding="utf-8")
    with pytest.raises(CheckpointError, match=r"mine\.safetensors are not JSON"):
        metrics_of(tmp_path / "mine.safetensors", {})


def test_reports_are_found_at_any_depth():
    one, two = {"sweep": [1]}, {"sweep": [2]}
    assert reports({"a": {"b": one}, "c": [two, 3, "x"]}) == [one, two]
    assert reports({"sweep": "no list"}) == []


def test_a_library_that_comes_later_is_seen_by_the_tab(retriever, film_retriever):
    """There is one retriever, which the service replaces when the samples become a library."""
    service = Service(retriever, str)
    evidence = Evidence(service)
    assert evidence.status()["library"]["videos"] == 0
    service.use_library(film_retriever.videos)
    assert evidence.status()["library"]["videos"] == 4
    assert service.rank_videos_like(0)["videos"]
