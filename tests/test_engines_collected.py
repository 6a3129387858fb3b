"""Engines over the bundled catalogs: the retriever's answers do not depend on who finds them."""

import argparse
import shutil
from dataclasses import replace

import numpy as np
import pytest

import app
from vmr.catalogs.collection import open_collection
from vmr.catalogs.policy import Policy, Rule
from vmr.catalogs.write_music import embed_folder
from vmr.commands import index as index_command
from vmr.config import CATALOGS
from vmr.engines.address import read_address
from vmr.engines.build import code_catalog, send_catalog
from vmr.engines.collected import codes_path, engines_of
from vmr.errors import CatalogError
from vmr.knowledge.track_search import TrackSearch

POLICIES = (Policy(), Policy(rules={"rank": Rule(never=("GPL-*",))}))


def nothing(done: int, total: int) -> None:
    """Progress that nobody sees."""


@pytest.fixture(scope="module")
def games(tmp_path_factory, retriever):
    folder = tmp_path_factory.mktemp("engines") / "games"
    shutil.copytree(CATALOGS / "games", folder)
    embed_folder(folder, retriever.model)
    return folder


def assert_same_lists(engines, music, model, columns) -> None:
    """At every alpha, for a typical query: what an engine finds is what all tracks give."""
    plain, coded = TrackSearch(model, music, columns), TrackSearch(model, music, columns)
    coded.__dict__["engines"] = engines
    query = model.video_bank.rows([200])
    every, found = plain.candidates(query, "video"), coded.candidates(query, "video")
    for facet in ("mood", "genre"):
        for alpha in np.linspace(0, 1, 1001).tolist():
            w = plain.weights(alpha, facet)
            expected = every.index[every.order(w)][:50].tolist()
            assert found.index[found.order(w)][:50].tolist() == expected


@pytest.mark.parametrize("policy", POLICIES)
def test_codes_beside_a_catalog_find_the_first_fifty_of_all(games, retriever, policy):
    model, columns = retriever.model, retriever.music_encoder.columns
    assert code_catalog(games, model, nothing) == (282, 190)
    music = open_collection([games, CATALOGS / "starter"], model, policy)
    engines = engines_of(music, "calibrated", None, least=300 if policy == Policy() else 100)
    assert len(engines.rest) == 28
    assert_same_lists(engines, music, model, columns)


def test_a_database_finds_the_first_fifty_that_the_policy_allows(games, retriever, tmp_path):
    model, columns = retriever.model, retriever.music_encoder.columns
    address = f"edge:{tmp_path}#house"
    assert send_catalog(games, model, address, None, nothing) == (282, 282)
    assert send_catalog(games, model, address, None, nothing) == (282, 0)
    music = open_collection([games, CATALOGS / "starter"], model, POLICIES[1])
    assert_same_lists(engines_of(music, "calibrated", address), music, model, columns)
    with pytest.raises(CatalogError, match="holds no tracks under other"):
        engines_of(music, "calibrated", f"edge:{tmp_path}#other")


def test_codes_are_made_again_for_other_vectors_and_damage_is_said(games, retriever, tmp_path):
    folder = tmp_path / "games"
    shutil.copytree(games, folder)
    model = retriever.model
    code_catalog(folder, model, nothing)
    path = codes_path(folder, "video")
    written = path.stat().st_mtime_ns
    code_catalog(folder, model, nothing)
    assert path.stat().st_mtime_ns == written
    music = open_collection([folder], model)
    others = replace(music.catalogs[0], fingerprint="another")
    assert engines_of(replace(music, catalogs=(others,)), "calibrated", None, least=1) is None
    path.write_bytes(path.read_bytes()[:-200] + bytes(200))
    with pytest.raises(CatalogError, match="codes-video"):
        engines_of(music, "calibrated", None, least=1)


def test_small_catalogs_are_ranked_whole_whatever_lies_beside_them(games, retriever):
    code_catalog(games, retriever.model, nothing)
    music = open_collection([games], retriever.model)
    assert engines_of(music, "calibrated", None) is None


def test_the_index_command_makes_codes_and_says_how_large(games, capsys):
    parser = argparse.ArgumentParser()
    index_command.add_arguments(parser)
    args = parser.parse_args(["--catalog", str(games), "--engine", "faiss"])
    assert index_command.run(args) == 0
    assert capsys.readouterr().out == "282 tracks coded, 190 bytes each\n"
    args.engine = "milvus"
    with pytest.raises(CatalogError, match="--index takes the address"):
        index_command.run(args)


def test_an_address_of_an_engine_is_told_from_a_folder_of_videos():
    args = app.parser().parse_args(["--index", "qdrant://host", "--videos", "films"])
    assert (args.index, args.videos.name) == ("qdrant://host", "films")
    assert str(read_address(args.index)) == "qdrant://host:6333/tracks"
    assert str(read_address("qdrants://[::1]:99/a.b")) == "qdrants://[::1]:99/a.b"
    assert str(read_address("edge:some/where#x")) == "edge:some/where#x"


@pytest.mark.parametrize(
    "text",
    [
        "qdrant://me:secret@host/x",
        "qdrant://host/x?key=secret",
        "qdrant://host:port/secret",
        "qdrant:///secret",
        "qdrant://host/../secret",
        "edge:",
    ],
)
def test_a_bad_address_is_a_sentence_that_repeats_no_secret(text):
    with pytest.raises(CatalogError) as caught:
        read_address(text)
    for language in ("en", "ja"):
        assert "secret" not in caught.value.sentence(language)
