"""What --commercial forbids is no part of a collection: no way leads to it."""

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest

from vmr.__main__ import main
from vmr.catalogs.collection import open_collection, permitted
from vmr.catalogs.music import open_catalog
from vmr.catalogs.policy import Policy
from vmr.config import CATALOGS, Settings
from vmr.errors import CatalogError, VmrError
from vmr.page.evidence import Evidence
from vmr.page.service import Service
from vmr.page.take_away import TakeAway
from vmr.page.transient import TransientFolder
from vmr.query import silent
from vmr.retriever import Retriever

FORBIDDEN = {0: "CC-BY-NC-4.0", 5: "CC-BY-ND-4.0", 9: "", 27: "all rights reserved"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """The starter catalog with four tracks that may not earn money, first and last among them."""
    copy = tmp_path_factory.mktemp("catalogs") / "mixed"
    shutil.copytree(CATALOGS / "starter", copy)
    with (copy / "tracks.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for i, licence in FORBIDDEN.items():
        rows[i]["licence"] = licence
    with (copy / "tracks.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return copy


@pytest.fixture(scope="module")
def commercial(folder) -> Retriever:
    return Retriever.open(Settings(catalogs=(folder,), device="cpu", commercial=True))


@pytest.fixture(scope="module")
def forbidden(folder, retriever) -> set[str]:
    whole = open_catalog(folder, retriever.model)
    return {whole.tracks[i].id for i in FORBIDDEN}


def test_a_forbidden_track_has_no_position(commercial, forbidden):
    assert len(commercial.tracks) == 28 - len(FORBIDDEN)
    assert not forbidden & {track.id for track in commercial.tracks}


def test_the_tracks_that_stay_keep_their_embedding_features_and_waveform(
    commercial, folder, retriever
):
    whole = open_catalog(folder, retriever.model)
    by_id = {track.id: i for i, track in enumerate(whole.tracks)}
    for position, place in enumerate(commercial.music.places):
        i = by_id[place.track.id]
        given, stored = commercial.embeddings.values[position], whole.embeddings.values[i]
        np.testing.assert_array_equal(given, stored)
        np.testing.assert_array_equal(place.peaks, whole.peaks[i])
        np.testing.assert_array_equal(place.features, whole.features[i])
        assert place.audio() == whole.audio_path(i)


def test_it_is_ranked_by_no_way(commercial, forbidden, world_query):
    hits = commercial.search(world_query, 0.5, "mood", 100)
    assert len(hits) == len(commercial.tracks) and not forbidden & {hit["id"] for hit in hits}
    assert not forbidden & set(commercial.scores(world_query)["id"])
    assert not forbidden & {hit["id"] for hit in commercial.search(None, words="calm", k=100)}
    beside = commercial.payload(world_query, str, commercial.like(0))
    for payload in (commercial.payload(world_query, str), beside):
        assert not forbidden & {track["id"] for track in payload["tracks"]}


def test_it_is_given_no_address_and_no_rendering(commercial, forbidden, world_query, world_video):
    given: list[Path] = []

    def address_of(path: Path) -> str:
        given.append(path)
        return path.name

    service = Service(commercial, address_of)
    service.memory.keep(world_query)
    service.restore(world_query.sha256)
    service.words("", "calm")
    Evidence(service).map(world_query.key)
    Evidence(service).neighbours("track", 0, "ssl")
    names = {path.stem for path in given}
    assert len(names) == len(commercial.tracks) and not forbidden & names
    take_away = TakeAway(service, TransientFolder(keep_s=1000))
    for position in (len(commercial.tracks), 27):
        with pytest.raises(VmrError, match="no longer in the catalog"):
            take_away.render(world_video, position, {}, silent)
        with pytest.raises(VmrError, match="no longer in the catalog"):
            take_away.timeline(world_video, position, {}, silent)
        with pytest.raises(VmrError, match="no longer in the catalog"):
            service.like(world_query.sha256, position)
        with pytest.raises(VmrError, match="no longer in the catalog"):
            service.rank_videos_like(position)


def test_it_counts_in_no_licence_and_no_number(commercial):
    report = Evidence(Service(commercial, str)).report()
    assert [c["tracks"] for c in report["catalogs"]] == [len(commercial.tracks)]
    named = {name for row in report["licences"] for name, _ in row["licences"]}
    assert not named & set(FORBIDDEN.values())


def test_another_checkpoint_over_the_same_catalogs_leaves_it_out_too(commercial, forbidden):
    rival = commercial.rival(commercial.checkpoint)
    assert not forbidden & {track.id for track in rival.tracks}


def test_without_the_flag_all_are_there(folder, retriever):
    assert len(open_collection([folder], retriever.model)) == 28


def test_the_command_leaves_it_out(folder, capsys, forbidden):
    command = ["search", "--words", "calm", "-k", "50", "--json", "--catalog", str(folder)]
    assert main([*command, "--commercial"]) == 0
    said = capsys.readouterr()
    assert "4 tracks of mixed may not earn money" in said.err
    assert not any(f'"id": "{id}"' in said.out for id in forbidden)
    assert main(command) == 0
    said = capsys.readouterr()
    assert all(f'"id": "{id}"' in said.out for id in forbidden)


def test_a_catalog_of_which_nothing_may_earn_money_is_said(folder, retriever, tmp_path):
    whole = open_catalog(folder, retriever.model)
    assert len(permitted(whole, Policy(commercial=True))) == 24
    none = tmp_path / "none"
    shutil.copytree(folder, none)
    text = (none / "tracks.csv").read_text(encoding="utf-8").replace(",MIT,", ",CC-BY-NC-4.0,")
    (none / "tracks.csv").write_text(text, encoding="utf-8")
    with pytest.raises(CatalogError, match="No track of the catalogs may earn money"):
        open_collection([none], retriever.model, Policy(commercial=True))
