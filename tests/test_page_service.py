"""The service behind the page on real parts: what is kept of a visitor, and how long."""

import pytest

from vmr.errors import VmrError
from vmr.page import service as module
from vmr.page.service import Service
from vmr.page.take_away import TakeAway
from vmr.page.transient import TransientFolder
from vmr.query import silent


@pytest.fixture
def service(retriever):
    return Service(retriever, lambda path: f"media/{path.name}")


def test_a_matched_video_comes_back_by_its_hash_alone(service, world_query):
    service.keep(world_query)
    payload = service.payload(world_query.sha256)
    assert payload["query"]["name"] == "world.mp4"
    assert {track["audio"].split("/")[0] for track in payload["tracks"] if track["audio"]} == {
        "media"
    }


def test_an_unknown_hash_is_refused_in_words(service):
    with pytest.raises(VmrError, match="no longer remembers"):
        service.payload("0" * 64)


def test_the_oldest_query_is_forgotten_first(service, world_query, monkeypatch):
    from dataclasses import replace

    monkeypatch.setattr(module, "KEPT_QUERIES", 2)
    for name in "abc":
        service.keep(replace(world_query, sha256=name * 64))
        service.kept("a" * 64) if name == "b" else None
    service.kept("a" * 64)
    with pytest.raises(VmrError):
        service.kept("b" * 64)


def test_a_track_of_the_catalog_can_stand_beside_the_video(service, world_query):
    service.keep(world_query)
    payload = service.like(world_query.sha256, 3)
    title = service.retriever.tracks[3].title
    assert payload["reference"]["name"] == title
    assert all(
        len(track["reference"]["parts"]) == len(payload["branches"]) for track in payload["tracks"]
    )
    for position in (-1, len(service.retriever.tracks)):
        with pytest.raises(VmrError, match="no longer in the catalog"):
            service.like(world_query.sha256, position)


@pytest.mark.parametrize("position", [-1, 10**6])
def test_a_track_that_is_not_there_is_not_rendered(retriever, world_video, position):
    """-1 would be the last track of the last catalog."""
    take_away = TakeAway(retriever, TransientFolder(keep_s=1000), str)
    with pytest.raises(VmrError, match="no longer in the catalog"):
        take_away.render(world_video, position, {}, silent)
