"""Projects over a real service: a video is ranked for again after everything else forgot it."""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import quote

import numpy as np
import pytest

from vmr.errors import VmrError
from vmr.page.files import MediaFiles
from vmr.page.project_desk import ProjectDesk, change_of, hashes_of
from vmr.page.service import Service


@pytest.fixture
def media() -> MediaFiles:
    return MediaFiles()


def desk_of(retriever, media, folder) -> ProjectDesk:
    return ProjectDesk(Service(replace(retriever, keeps_features=True), media.url), folder, 30.0)


@pytest.fixture
def desk(retriever, media, tmp_path) -> ProjectDesk:
    return desk_of(retriever, media, tmp_path / "data")


def match(desk, video) -> dict:
    return desk.service.match(video, lambda step, fraction: None)


def scores(payload) -> dict:
    return {track["id"]: track["parts"] for track in payload["tracks"]}


def test_after_a_restart_a_kept_video_is_ranked_for_as_before(
    desk, retriever, media, short_video, tmp_path
):
    key = desk.open("")["key"]
    before = match(desk, short_video)
    sha256 = before["query"]["sha256"]
    assert desk.keep(key, sha256, short_video)["film"]
    again = desk_of(retriever, media, tmp_path / "data")
    with pytest.raises(VmrError):
        again.service.restore(sha256)
    told = again.show(key, sha256)
    after = again.service.restore(sha256)
    assert media._found(told["film"].split("/")[1].split(".")[0]).read_bytes() == (
        short_video.read_bytes()
    )
    assert scores(after).keys() == scores(before).keys()
    for track, parts in scores(after).items():
        np.testing.assert_allclose(parts, scores(before)[track], atol=2e-3)  # features are halved
    for name in ("name", "duration_s", "concepts", "stats", "notes"):
        assert after["query"][name] == before["query"][name]


def test_a_video_whose_time_is_over_is_gone_and_the_decisions_are_there(desk, short_video):
    key = desk.open("")["key"]
    sha256 = match(desk, short_video)["query"]["sha256"]
    desk.keep(key, sha256, short_video)
    path = f"videos/{sha256}/notes"
    desk.apply(key, [[path, "no voices"], ["keep_days", 0]], "ann", "step-0001", 0)
    assert desk.sweep() == 2
    with pytest.raises(VmrError, match="keeps this video no more"):
        desk.show(key, sha256)
    with pytest.raises(VmrError):
        desk.film(key, sha256)
    assert desk.open(key)["fields"][path] == "no voices"


def test_what_is_made_of_a_kept_video_has_the_name_that_it_has_in_the_project(desk, short_video):
    key = desk.open("")["key"]
    sha256 = match(desk, short_video)["query"]["sha256"]
    desk.keep(key, sha256, short_video)
    assert desk.film_name(key, sha256, ".mp4") == f"{sha256}.mp4"  # nobody named it
    names = {"夏 1.MP4": "夏 1.MP4", "a/../b": "a .. b.mp4", "Evening": "Evening.mp4"}
    for i, (name, named) in enumerate(names.items()):
        desk.apply(key, [[f"videos/{sha256}/name", name]], "ann", f"step-{i:04}", 0)
        assert desk.film_name(key, sha256, ".mp4") == named


def test_a_video_that_nobody_matched_is_not_kept(desk, short_video):
    key = desk.open("")["key"]
    with pytest.raises(VmrError):
        desk.keep(key, "0" * 64, short_video)


def test_what_belongs_to_another_project_is_not_given_out(desk, short_video):
    key, other = desk.open("")["key"], desk.open("")["key"]
    sha256 = match(desk, short_video)["query"]["sha256"]
    desk.keep(key, sha256, short_video)
    for call in (desk.show, desk.film):
        with pytest.raises(VmrError):
            call(other, sha256)


def test_removing_a_project_removes_its_videos(desk, short_video):
    key = desk.open("")["key"]
    sha256 = match(desk, short_video)["query"]["sha256"]
    desk.keep(key, sha256, short_video)
    desk.remove(key)
    assert desk.videos.film(key, sha256) is None
    with pytest.raises(VmrError):
        desk.open(key)


def test_a_project_is_carried_to_another_server_as_a_file(desk, tmp_path):
    key = desk.open("")["key"]
    desk.apply(key, [["name", "春"]], "ann", "step-0001", 0)
    file = tmp_path / "project.json"
    file.write_text(desk.export(key), encoding="utf-8")
    assert desk.take_in(file, "bob")["fields"] == {"name": "春"}
    for content in (b"\xff\xfe", b"", json.dumps({"format": "other"}).encode()):
        file.write_bytes(content)
        with pytest.raises(VmrError):
            desk.take_in(file, "bob")


@pytest.mark.parametrize("value", [None, 1, "name", ["name"], ["name", 1, 2], [1, 2], {"a": 1}])
def test_what_a_browser_sends_as_a_change_is_looked_at(value):
    with pytest.raises(VmrError):
        change_of(value)


@pytest.mark.parametrize("days", ["x", None, float("nan"), [], {}, True], ids=repr)
def test_days_that_are_none_mean_the_servers(desk, days):
    assert desk._days({"keep_days": days}) == (1.0 if days is True else 30.0)
    assert desk._days({"keep_days": 1e9}) == 3650.0 and desk._days({"keep_days": -5}) == 0.0


def test_a_findings_file_of_another_encoder_is_said_to_be_gone(desk, short_video):
    key = desk.open("")["key"]
    sha256 = match(desk, short_video)["query"]["sha256"]
    _, header = desk.service.memory.get(f"video-{sha256}").stored()
    desk.videos.keep_findings(key, sha256, {"features": np.zeros((3, 7), np.float16)}, header)
    with pytest.raises(VmrError, match="keeps this video no more"):
        desk.show(key, sha256)


def test_picks_can_be_heard_where_their_sound_may_be_played(desk, retriever):
    key = desk.open("")["key"]
    places = retriever.music.places
    with_sound = next(place.track for place in places if place.audio())
    without = next(place.track for place in places if not place.audio())
    tracks = [with_sound, without]
    changes = [[f"videos/-/picks/{t.catalog}/{quote(t.id, safe='')}/state", "idea"] for t in tracks]
    changes.append(["videos/-/picks/none/%2Fetc%2Fpasswd/state", "idea"])
    told = desk.apply(key, changes, "ann", "step-0001", 0)
    assert set(told["sounds"]) == {f"{with_sound.catalog}/{with_sound.id}"}
    assert desk.open(key)["sounds"] == told["sounds"]
    assert desk.news(key, told["number"])["sounds"] == {}


def test_hashes_are_read_from_the_fields():
    assert hashes_of({"name": 1, "videos/ab/notes": 2, "videos/ab/alpha": 0, "videos/c": 1}) == {
        "ab",
        "c",
    }
