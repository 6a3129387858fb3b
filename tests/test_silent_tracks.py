"""Tracks whose sound is not here: one rule for the page, the endpoints, the commands, notebooks."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from vmr.__main__ import main
from vmr.config import CATALOGS, Settings
from vmr.embedding import BranchEmbedding, unit
from vmr.knowledge.request import AS_SEEN, Request
from vmr.page.fits_all import fits_all
from vmr.page.rivals import Rivals
from vmr.page.service import Service
from vmr.query import Query
from vmr.retriever import Retriever


@pytest.fixture(autouse=True)
def nothing_fetched(tmp_path, monkeypatch) -> None:
    """The games' sound is nowhere, whatever was fetched on this machine."""
    monkeypatch.setenv("VMR_CACHE", str(tmp_path))


def page_order(payload, alpha: float, silent: bool) -> list[str]:
    """As ranking.js ranks: only what has an address of its sound, unless all are asked for."""
    w = np.array([1 - alpha, *(alpha * (b == "mood") for b in payload["branches"][1:])])
    rows = sorted(payload["tracks"], key=lambda row: -np.dot(row["parts"], w))
    return [row["id"] for row in rows if silent or row["audio"]]


@pytest.mark.parametrize("silent", [False, True])
def test_page_programs_and_checkpoints_side_by_side_rank_the_same(retriever, world_query, silent):
    payload = json.loads(json.dumps(retriever.payload(world_query, str)))
    shown = page_order(payload, 0.3, silent)
    hits = retriever.search(world_query, 0.3, "mood", 400, with_silent=silent)
    assert [hit["id"] for hit in hits] == shown
    assert len(hits) == (310 if silent else 28)
    assert {hit["playable"] for hit in hits} == ({True, False} if silent else {True})
    service = Service(retriever, str)
    service.memory.keep(world_query)
    (column,) = Rivals(service).compare(world_query.key)
    assert page_order(column, 0.3, silent) == shown


@pytest.mark.parametrize("silent", [False, True])
def test_one_track_for_all_videos_is_sought_among_the_same_tracks(retriever, world_query, silent):
    for alpha, facet in ((0.3, "mood"), (1.0, "instrument")):  # many are equal there
        request = Request(alpha, facet, 40, with_silent=silent)
        rows = fits_all(Service(retriever, str), {"a": world_query}, request)
        hits = retriever.search(world_query, alpha, facet, 40, with_silent=silent)
        assert [row["id"] for row in rows] == [hit["id"] for hit in hits]
        assert {bool(row["audio"]) for row in rows} == ({True, False} if silent else {True})


def test_the_command_says_and_does_the_same(capsys):
    asked = ["search", "--labels", "calm", "-k", "400", "--json"]
    assert main(asked) == 0
    printed = capsys.readouterr()
    assert len(json.loads(printed.out)) == 28
    assert "--with-silent" in printed.err
    assert main([*asked, "--with-silent"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 310


def test_the_command_says_which_label_no_ranked_track_carries(capsys):
    asked = ["search", "--labels", "calm,mysterious,-dark", "-k", "1"]
    assert main(asked) == 0
    said = capsys.readouterr().err
    assert "labelled mysterious" in said and said.count("is labelled") == 1
    assert main([*asked, "--with-silent"]) == 0
    assert "is labelled" not in capsys.readouterr().err


@pytest.fixture(scope="module")
def torn(retriever, world_query) -> Query:
    """The world's picture, had it been as calm as it is mysterious; nothing that is heard here is
    mysterious."""
    anchors = retriever.model.anchors("mood")
    values = world_query.embedding.values.copy()
    rows = [anchors.values[anchors.names.index(name)] for name in ("calm", "mysterious")]
    values[0, retriever.ranking.branches.index("mood")] = unit(rows[0] + rows[1])
    return replace(world_query, embedding=BranchEmbedding(values, world_query.embedding.branches))


def test_labels_tie_among_the_tracks_that_are_ranked(retriever, torn):
    payload = retriever.payload(torn, str)
    heard, every = payload["query"]["ties"], payload["with_silent"]["ties"]
    assert sorted(every["mood"]) == ["calm", "mysterious"]
    assert "mysterious" not in payload["offered"]["mood"]
    assert heard["mood"] is None or set(heard["mood"]) <= set(payload["offered"]["mood"])
    hits = retriever.search(torn, 1.0, "mood", 40)
    assert {hit["drawn"] for hit in hits} <= {None, *(heard["mood"] or ())}
    everything = retriever.search(torn, 1.0, "mood", 400, with_silent=True)
    brought = [hit["drawn"] for hit in everything[:5]]
    assert sorted(map(brought.count, ("calm", "mysterious"))) == [2, 3]
    assert all(hit["drawn"] in hit["mood"] for hit in everything[:5])
    assert not any(hit["drawn"] for hit in everything[5:])


def test_where_nothing_can_be_heard_all_are_ranked(retriever, world_query):
    games = Retriever.open(Settings(catalogs=(CATALOGS / "games",), device="cpu"))
    assert len(games.search(world_query, k=400)) == 282
    assert len(fits_all(Service(games, str), {"a": world_query}, Request(k=5))) == 5
    assert games.ranking.offered() == games.ranking.offered(with_silent=True)


def test_among_many_tracks_all_that_can_be_heard_first_is_there(world_query, tmp_path, monkeypatch):
    """28 tracks with sound among 1,156: the candidates of all would hold a few of them."""
    monkeypatch.setattr("vmr.search.union.LARGE", 1000)  # else some label reaches each of these
    copies = [shutil.copytree(CATALOGS / "games", tmp_path / name) for name in "abc"]
    folders = (CATALOGS / "starter", CATALOGS / "games", *copies)
    many = Retriever.open(Settings(catalogs=folders, device="cpu"))
    payload = many.payload(world_query, str, asked=replace(AS_SEEN, energy=4.0))
    assert not payload["whole"]
    assert len([row for row in payload["tracks"] if row["audio"]]) == 28
    assert len(many.search(world_query, k=40)) == 28
    assert len(many.search(world_query, k=40, with_silent=True)) == 40
