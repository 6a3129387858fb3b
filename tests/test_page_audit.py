"""What the page logs: who, what, once where once is enough, and nothing that is not there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from starlette.requests import Request as HttpRequest

from vmr.errors import VmrError
from vmr.knowledge.request import Request, Turned
from vmr.page.audit import Audit, Shown
from vmr.page.label_desk import LabelDesk, Seat
from vmr.page.project_desk import ProjectDesk
from vmr.page.service import Service, changed
from vmr.page.take_away import TakeAway
from vmr.page.transient import TransientFolder
from vmr.page.visitors import VISIT, new_visit, who_asks, who_requests
from vmr.records.audit_check import verify
from vmr.records.audit_entry import Action, Entry
from vmr.records.audit_log import AuditLog
from vmr.records.labels import LabelStore


@pytest.fixture
def service(retriever, tmp_path) -> Service:
    audit = Audit(AuditLog(tmp_path / "data"), lambda: "ann")
    return Service(retriever, str, audit=audit)


def rows(service) -> list[dict]:
    assert verify(service.audit.log).is_whole
    return list(service.audit.log.rows())


def shown(service, **fields) -> dict:
    track = service.retriever.tracks[0]
    return {"alpha": 0.7, "facet": "mood", "tracks": [[track.catalog, track.id]], **fields}


def test_a_search_is_logged_with_what_was_asked_and_its_hits(service):
    labels = {"calm": 1.0}
    hits = service.search(None, Request(alpha=1.0, k=3, labels=labels, energy=2, words="piano"))
    (row,) = rows(service)
    assert (row["action"], row["who"], row["alpha"], row["facet"]) == ("matched", "ann", 1, "mood")
    assert json.loads(row["labels"]) == {"mood": labels}
    assert (row["energy"], row["words"]) == (2, "piano")
    assert json.loads(row["tracks"]) == [[hit["catalog"], hit["id"]] for hit in hits]
    assert row["checkpoint"] == service.retriever.model.fingerprint
    assert json.loads(row["catalogs"]) == [c.name for c in service.retriever.catalogs]


def test_a_video_is_logged_by_its_hash_and_never_by_its_name(service, world_query):
    service.memory.keep(world_query)
    service.restore(world_query.sha256, Turned({"mood": {"sad": -1.0}}))
    service.words(world_query.sha256, "calm")
    service.like(world_query.sha256, service.retriever.music.numbers[0])
    found = rows(service)
    assert [row["action"] for row in found] == ["matched"] * 3
    assert {row["video"] for row in found} == {world_query.sha256}
    assert json.loads(found[2]["detail"]) == {"reference": service.retriever.tracks[0].sha256}
    assert world_query.name not in json.dumps(found)


def test_a_page_says_what_it_shows_once(service):
    said = Shown.parse(shown(service, filters={"genre": ["rock"]}))
    for _ in range(3):
        service.audit.said(service.retriever, "shown", said)
    service.audit.said(service.retriever, "shown", Shown.parse(shown(service, alpha=0.8)))
    found = rows(service)
    assert [row["alpha"] for row in found] == [0.7, 0.8]
    assert json.loads(found[0]["filters"]) == {"genre": ["rock"]}


def test_a_track_counts_as_played_once_for_a_visitor_and_a_query(service):
    audit, retriever = service.audit, service.retriever
    sound = next(path for place in retriever.music.places if (path := place.audio()))
    for _ in range(3):  # byte ranges
        audit.heard(retriever, sound, "ann")
    audit.heard(retriever, sound, "bob")
    audit.heard(retriever, Path(__file__), "bob")  # no track
    found = rows(service)
    assert [(row["action"], row["who"]) for row in found] == [("played", "ann"), ("played", "bob")]
    audit.said(retriever, "played", Shown.parse(shown(service)))
    audit.heard(retriever, sound, "ann")
    assert len(rows(service)) == 2
    audit.said(retriever, "played", Shown.parse(shown(service, video="c" * 64)))
    assert rows(service)[2]["video"] == "c" * 64


def test_tracks_that_are_not_there_are_not_logged_as_shown(service):
    known = shown(service)["tracks"]
    said = Shown.parse(shown(service, tracks=[*known, ["starter", "no such"], ["x", "y"]]))
    service.audit.said(service.retriever, "exported", said, "exportCsv")
    (row,) = rows(service)
    assert json.loads(row["tracks"]) == known
    assert json.loads(row["detail"]) == {"kind": "exportCsv"}


@pytest.mark.parametrize(
    "sent",
    [
        {"video": "../etc/passwd"},
        {"alpha": 2},
        {"alpha": "x"},
        {"asked": {"choices": [1]}},
        {"filters": ["a"]},
        {"filters": {"a": "b" * 5000}},
        {"tracks": "abc"},
        {"tracks": [[1]]},
        {"tracks": [1]},
    ],
)
def test_what_cannot_have_been_shown_is_refused(service, sent):
    with pytest.raises(VmrError):
        Shown.parse(shown(service, **sent))


def test_a_page_may_not_say_what_only_the_server_knows(service):
    for action in ("downloaded", "labelled", "pruned", "nonsense"):
        with pytest.raises(VmrError):
            service.audit.said(service.retriever, action, Shown())
    assert not service.audit.log.path.exists()


def test_what_cannot_be_logged_is_not_answered(service, world_query, short_video, tmp_path):
    service.memory.keep(world_query)
    service.log(Entry(Action.PLAYED))
    service.audit.log.head_path.write_text("[]")
    sound = next(path for place in service.retriever.music.places if (path := place.audio()))
    folder = TransientFolder(60)
    number = service.retriever.music.numbers[0]
    try:
        for act in (
            lambda: service.restore(world_query.sha256),
            lambda: service.search(None, Request(words="piano")),
            lambda: service.audit.said(service.retriever, "exported", Shown()),
            lambda: service.audit.heard(service.retriever, sound, "ann"),
            lambda: TakeAway(service, folder).render(short_video, number, {}, lambda *_: None),
        ):
            with pytest.raises(VmrError, match="audit verify"):
                act()
        assert not list(folder.path.glob("*.mp4"))
    finally:
        folder.close()


@pytest.mark.thorough
def test_one_address_does_not_fill_the_log(retriever, tmp_path):
    audit = Audit(AuditLog(tmp_path), lambda: "ann", lambda: "203.0.113.7")
    audit.log.write = lambda entry: None  # as fast as it goes
    with pytest.raises(VmrError, match="at once"):
        for _ in range(601):
            audit.write(retriever, Entry(Action.PLAYED))
    audit.write(retriever, Entry(Action.PLAYED), "203.0.113.8")
    audit.write(retriever, Entry(Action.PLAYED), "127.0.0.1")


def test_a_film_that_is_taken_away_is_logged(service, short_video):
    folder = TransientFolder(60)
    place = service.retriever.music.places[0]
    try:
        TakeAway(service, folder).render(short_video, place.number, {}, lambda *_: None)
    finally:
        folder.close()
    (row,) = rows(service)
    assert row["action"] == "downloaded"
    assert len(row["video"]) == 64
    assert json.loads(row["tracks"]) == [[place.track.catalog, place.track.id]]


def test_what_is_done_with_a_project_is_logged_without_its_key(service, tmp_path):
    desk = ProjectDesk(service, tmp_path / "data", 30)
    key = desk.open("")["key"]
    desk.apply(key, [["name", "film"], ["notes/a", "x"]], "ann", "step-0001", 0)
    desk.export(key)
    desk.remove(key)
    found = rows(service)
    assert [json.loads(row["detail"])["what"] for row in found] == [
        *("new", "change", "export", "remove")
    ]
    assert [row["action"] for row in found] == ["changed", "changed", "exported", "changed"]
    assert json.loads(found[1]["detail"])["fields"] == ["name", "notes/a"]
    assert key not in json.dumps(found)


def test_a_label_is_logged_before_it_is_kept(service, tmp_path):
    desk = LabelDesk(service, LabelStore(tmp_path / "data"), allowed=True)
    seat, place = Seat("kim", False, "page"), service.retriever.music.places[0]
    said = [{"facet": "mood", "label": "calm", "value": 1}]
    desk.save(seat, [(place.number, said, "")])
    desk.undo(seat)
    first, second = rows(service)
    assert first["action"] == second["action"] == "labelled"
    assert json.loads(first["labels"]) == {"mood": {"calm": 1}}
    assert json.loads(first["tracks"]) == [[place.track.catalog, place.track.id]]
    assert json.loads(first["detail"]) == {"name": "kim"}
    assert json.loads(second["detail"]) == {"name": "kim", "what": "undone"}
    service.audit.log.head_path.write_text("[]")
    with pytest.raises(VmrError, match="audit verify"):
        desk.save(seat, [(place.number, said, "")])
    assert desk.store.current() == ()


def test_without_a_log_nothing_is_asked_and_nothing_written(retriever, tmp_path):
    service = Service(retriever, str)
    service.search(None, Request(words="piano"))
    service.log(changed("started", retriever))
    assert not service.audit.is_on


def request(cookies: str) -> HttpRequest:
    class App:
        cookie_id, tokens = "1", {"secret": "ann"}

    headers = [(b"cookie", cookies.encode())]
    return HttpRequest({"type": "http", "headers": headers, "app": App, "method": "GET"})


def test_a_visitor_has_the_login_or_a_name_that_tells_nothing():
    assert who_requests(request("access-token-1=secret; vmr-visit=a")) == "ann"
    name = who_requests(request(f"{VISIT}=abcdef"))
    assert name.startswith("visitor-") and "abcdef" not in name
    assert name == who_requests(request(f"{VISIT}=abcdef")) != who_requests(request(f"{VISIT}=b"))
    assert who_requests(request("")) == "unknown"
    assert who_asks() == ""


def test_a_browser_gets_a_name_once():
    made = new_visit("other=1", is_secure=False)
    assert "HttpOnly" in made and "SameSite=Strict" in made and "Secure" not in made
    assert "Secure" in new_visit("", is_secure=True)
    assert new_visit("", is_secure=False) != new_visit("", is_secure=False)
    assert new_visit(f"{VISIT}=abc", is_secure=True) == ""
