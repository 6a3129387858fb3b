"""Teaching from the page: nothing changes before somebody says so, and one call goes back."""

from dataclasses import replace

import pytest

from vmr.adaptation.versions import Versions
from vmr.catalogs.collection import open_collection
from vmr.config import CATALOGS, Settings
from vmr.errors import VmrError
from vmr.page.label_desk import LabelDesk
from vmr.page.service import Service
from vmr.page.teaching import Teaching
from vmr.query import silent
from vmr.records.labels import Label, LabelStore


@pytest.fixture
def teaching(retriever, tmp_path) -> Teaching:
    music = open_collection([CATALOGS / "starter"], retriever.model)
    starter = replace(retriever, music=music, keeps_features=True)
    settings = Settings(catalogs=(CATALOGS / "starter",), data=tmp_path)
    desk = LabelDesk(Service(starter, str), LabelStore(tmp_path), allowed=True)
    return Teaching(desk, settings)


def test_a_run_keeps_a_version_that_is_used_when_somebody_says_so(teaching, world_video):
    service, store = teaching.service, teaching.desk.store
    before = service.retriever
    numbers = [place.number for place in before.music.places]
    loud = ("energetic", "happy")
    store.add(
        "Ann",
        [
            Label("track", t.sha256, "room", "club" if t.mood[0] in loud else "lobby")
            for t in before.tracks
        ],
    )
    query = before.embed_video(world_video)
    service.memory.keep(query)
    state = teaching.run(silent)
    assert state["report"]["offered"] == 1 and state["used"] == 0
    assert state["labels"] == {"room": 28} and set(state["report"]["facets"][0]["others"]) == {
        "genre",
        "mood",
    }
    assert service.retriever is before
    told = []
    teaching.changed = lambda: told.append(service.retriever.facets)
    assert teaching.use(1)["used"] == 1
    assert told == [("genre", "mood", "tempo", "instrument", "room")]
    assert [place.number for place in service.retriever.music.places] == numbers
    kept = service.memory.get(query.key)
    assert kept.embedding.branches == ("ssl", "genre", "mood", "tempo", "instrument", "room")
    hits = service.retriever.search(kept, alpha=1, facet="room", labels={"club": 1}, k=8)
    assert {hit["mood"][0] for hit in hits} <= set(loud)
    assert teaching.use(0)["used"] == 0
    assert service.retriever.facets == before.facets


def test_a_version_that_the_command_puts_in_use_is_taken_up(teaching):
    service = teaching.service
    loud = ("energetic", "happy")
    said = {t.sha256: "club" if t.mood[0] in loud else "lobby" for t in service.retriever.tracks}
    teaching.desk.store.add(
        "Ann", [Label("track", sha, "room", name) for sha, name in said.items()]
    )
    teaching.run(silent)
    told = []
    teaching.changed = lambda: told.append(service.retriever.facets)
    assert not teaching.follow()
    Versions(teaching.settings.data, teaching.settings.checkpoint).use(1)  # as another process does
    assert teaching.follow() and told == [("genre", "mood", "tempo", "instrument", "room")]
    assert not teaching.follow()
    Versions(teaching.settings.data, teaching.settings.checkpoint).back()
    assert teaching.follow() and "room" not in service.retriever.facets


def test_without_labels_or_for_no_version_the_answer_is_a_sentence(teaching):
    with pytest.raises(VmrError, match="Nobody has labelled"):
        teaching.run(silent)
    with pytest.raises(VmrError, match="no version 7"):
        teaching.use(7)
    teaching.desk.allowed = False
    for ask in (teaching.state, lambda: teaching.run(silent), lambda: teaching.use(0)):
        with pytest.raises(VmrError, match="--label"):
            ask()


def test_two_runs_at_once_are_one(teaching):
    with teaching._busy, pytest.raises(VmrError, match="learning already"):
        teaching.run(silent)
