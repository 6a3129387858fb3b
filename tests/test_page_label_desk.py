"""Labelling on the page over the bundled catalogs: who gets which track, what is written down."""

from dataclasses import replace

import pytest

from vmr.catalogs.collection import open_collection
from vmr.config import CATALOGS
from vmr.errors import VmrError
from vmr.page.label_desk import LabelDesk, Seat
from vmr.page.label_table import LabelTable
from vmr.page.service import Service
from vmr.records.labels import Label, LabelStore

ANN, BEN = Seat("Ann", False, "visit-a"), Seat("Ben", False, "visit-b")


@pytest.fixture(scope="module")
def starter(retriever):
    """28 tracks, all of them with sound and a mood."""
    return replace(retriever, music=open_collection([CATALOGS / "starter"], retriever.model))


@pytest.fixture
def desk(starter, tmp_path) -> LabelDesk:
    service = Service(starter, lambda path: f"media/{path.name}")
    return LabelDesk(service, LabelStore(tmp_path), allowed=True)


def fits(label: str, facet: str = "place") -> dict:
    return {"facet": facet, "label": label, "value": 1, "source": "labelled", "shown": None}


def test_what_the_tables_say_is_what_the_tracks_say(retriever):
    table, tracks = LabelTable(retriever.music), retriever.music.tracks
    genres = {track.sha256 for track in tracks if track.genre and track.sha256}
    assert table.labelled("genre") == genres and not table.labelled("place")
    assert set(table.labels["mood"]) == {name for track in tracks for name in track.mood}
    one = tracks[300]
    (place,) = table.places([one.sha256, "of no track"]).values()
    assert place.track == one
    here = {p.track.sha256 for p in retriever.music.places if p.audio() and p.track.sha256}
    assert table.heard() == here


def test_two_people_get_different_tracks_that_can_be_heard(desk):
    has: dict[str, list[int]] = {"Ann": [], "Ben": []}
    for seat in (ANN, BEN, ANN, BEN):
        cards = desk.next(seat, "place", 3, has[seat.who])
        has[seat.who] += [card["number"] for card in cards]
    assert len({*has["Ann"], *has["Ben"]}) == 12
    assert all(card["audio"].startswith("media/") for card in cards)


def test_how_many_more_help_most_is_said_where_that_is_fewer_than_all(desk):
    card, *_ = desk.next(ANN, "place", 4)
    state = desk.save(ANN, [(card["number"], [fits("bar")], "random")])
    assert state["tally"]["place"] == {"labelled": 1, "left": 27, "useful": 19}  # to 20 of a label


def test_what_is_said_stands_with_who_and_when_and_is_taken_back_by_the_one_who_said_it(desk):
    (card,) = desk.next(ANN, "place", 1)
    state = desk.save(ANN, [(card["number"], [fits("bar"), fits("lobby")], "random")])
    assert state["recent"][0]["who"] == "Ann"
    assert {one["label"] for one in state["recent"][0]["labels"]} == {"bar", "lobby"}
    assert state["facets"]["place"] == ["bar", "lobby"]
    assert state["tally"]["place"] == {"labelled": 1, "left": 27, "useful": None}
    (said, _) = desk.store.current()
    assert (said.label.reason, said.label.source) == ("random", "labelled")
    assert desk.undo(BEN)["card"] is None
    undone = desk.undo(ANN)
    assert undone["card"]["number"] == card["number"] and not undone["card"]["said"]
    assert undone["state"]["recent"] == []


def test_a_labelled_track_is_not_asked_about_again(desk):
    numbers = []
    for _ in range(28):
        (card,) = desk.next(ANN, "place", 1)
        numbers.append(card["number"])
        desk.save(ANN, [(card["number"], [fits("bar")], card["reason"])])
    assert len(set(numbers)) == 28
    assert desk.next(ANN, "place", 1) == []
    assert len(desk.next(ANN, "season", 1)) == 1


def test_labels_of_files_that_are_not_here_are_shown_to_nobody(desk):
    desk.store.add("Eve", [Label("track", "0" * 64, "place", "secret")])
    state = desk.state(ANN)
    assert state["recent"] == [] and desk.undo(Seat("Eve", False, "e"))["card"] is None


@pytest.mark.parametrize(
    "statements",
    [
        [fits("")],
        [fits("a" * 500)],
        [fits("x", "title")],
        [fits("\u202ex")],
        [fits("x") | {"value": 7}],
        [fits("x") | {"value": float("inf")}],
        [fits("x") | {"source": "rumour"}],
        [fits("x") | {"shown": float("nan")}] * 2000,
        [],
        None,
        ["x"],
    ],
)
def test_what_is_no_label_is_refused_in_words(desk, statements):
    number = desk.next(ANN, "place", 1)[0]["number"]
    with pytest.raises(VmrError):
        desk.save(ANN, [(number, statements, "random")])
    assert desk.store.state == 0


def test_one_letter_that_is_no_label_keeps_all_others_unwritten(desk):
    (card,) = desk.next(ANN, "place", 1)
    letters = [(card["number"], [fits("bar")], ""), (card["number"], [fits("")], "")]
    with pytest.raises(VmrError):
        desk.save(ANN, letters)
    assert desk.store.state == 0


def test_a_number_that_no_track_has_is_refused(desk):
    for number in (-1, 10**6):
        with pytest.raises(VmrError):
            desk.card(number)


def test_where_labelling_is_not_allowed_nothing_is_told(desk):
    closed = LabelDesk(desk.service, desk.store, allowed=False)
    for ask in (
        lambda: closed.state(ANN),
        lambda: closed.next(ANN, "place", 1),
        lambda: closed.card(0),
        lambda: closed.save(ANN, [(0, [fits("bar")], "")]),
        lambda: closed.undo(ANN),
        lambda: closed.doubtful("mood"),
    ):
        with pytest.raises(VmrError, match="--label"):
            ask()


def test_the_login_is_who_said_it_whatever_was_typed():
    assert Seat.of("ann", "Ben", "v").who == "ann"
    assert Seat.of(None, "  Ben ", "v").who == "Ben"
    assert Seat.of(None, None, 3) == Seat("session", False, "3")


def test_labels_that_look_wrong_come_with_the_one_that_looks_right(desk):
    found = desk.doubtful("mood")
    assert all(one["given"] in one["table"]["mood"] for one in found)
    assert all(one["instead"] not in one["table"]["mood"] and one["audio"] for one in found)
    assert desk.doubtful("no such facet") == []
