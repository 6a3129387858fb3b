"""The service behind the page on real parts: what is kept of a visitor, and how long."""

from dataclasses import replace

import pytest

from vmr.errors import VmrError
from vmr.page.query_memory import QueryMemory
from vmr.page.service import Service
from vmr.page.take_away import TakeAway
from vmr.page.transient import TransientFolder
from vmr.query import silent


@pytest.fixture
def service(retriever):
    return Service(retriever, lambda path: f"media/{path.name}")


def test_a_matched_video_comes_back_by_its_hash_alone(service, world_query):
    service.memory.keep(world_query)
    payload = service.restore(world_query.sha256)
    assert payload["query"]["name"] == "world.mp4"
    assert {track["audio"].split("/")[0] for track in payload["tracks"] if track["audio"]} == {
        "media"
    }


def test_an_unknown_hash_is_refused_in_words(service):
    with pytest.raises(VmrError, match="no longer remembers"):
        service.restore("0" * 64)


@pytest.mark.parametrize("bound", ["number", "bytes"])
def test_the_query_not_asked_for_the_longest_is_forgotten_first(world_query, bound):
    most_bytes = 2 * world_query.size_bytes if bound == "bytes" else 10**9
    memory = QueryMemory(2 if bound == "number" else 10**9, most_bytes)
    for name in "abc":
        memory.keep(replace(world_query, sha256=name))
        if name == "b":
            memory.get("video-a")
    memory.get("video-a")
    with pytest.raises(VmrError, match="no longer remembers"):
        memory.get("video-b")


def test_the_same_file_as_music_changes_nobodys_link(service, world_query, retriever):
    """A video's own sound track, dropped under Reverse, has the same bytes."""
    service.memory.keep(world_query)
    before = service.restore(world_query.sha256)
    music = replace(retriever.like(3), sha256=world_query.sha256, of_catalog=False)
    service.memory.keep(music)
    service.memory.keep(replace(world_query, name="somebody else's name.mp4"))
    assert service.restore(world_query.sha256) == before
    assert service.memory.get(music.key) is music


def test_a_track_of_the_catalog_can_stand_beside_the_video(service, world_query):
    service.memory.keep(world_query)
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
def test_a_track_that_is_not_there_is_not_rendered(service, world_video, position):
    """-1 would be the last track of the last catalog."""
    take_away = TakeAway(service, TransientFolder(keep_s=1000))
    with pytest.raises(VmrError, match="no longer in the catalog"):
        take_away.render(world_video, position, {}, silent)
