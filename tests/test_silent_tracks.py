"""Tracks whose sound is not here: one rule for the page, the endpoints, the commands, notebooks."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from vmr.__main__ import main
from vmr.config import CATALOGS, Settings
from vmr.knowledge.request import AS_SEEN
from vmr.page.rivals import Rivals
from vmr.page.service import Service
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


def test_the_command_says_and_does_the_same(capsys):
    asked = ["search", "--labels", "calm", "-k", "400", "--json"]
    assert main(asked) == 0
    printed = capsys.readouterr()
    assert len(json.loads(printed.out)) == 28
    assert "--with-silent" in printed.err
    assert main([*asked, "--with-silent"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 310


def test_where_nothing_can_be_heard_all_are_ranked(retriever, world_query):
    games = Retriever.open(Settings(catalogs=(CATALOGS / "games",), device="cpu"))
    assert len(games.search(world_query, k=400)) == 282


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
