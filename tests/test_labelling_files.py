"""labels.csv out and in: what is exported is what index --labels reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from vmr.catalogs.labelled import labelled
from vmr.catalogs.labels_table import read_labels
from vmr.catalogs.tracks_table import Track
from vmr.errors import VmrError
from vmr.labelling.label_files import import_labels, write_labels
from vmr.records.labels import Label, LabelStore

A, B = "a" * 64, "b" * 64
TRACKS = (
    Track("one", "One", audio="sub/one.mp3", mood=("sad", "calm"), sha256=A),
    Track("two", "Two", audio="two.mp3", genre=("rock",), sha256=B),
    Track("three", "Three", audio="three.mp3"),
)


def said(folder: Path) -> LabelStore:
    store = LabelStore(folder)
    store.add(
        "ann",
        [
            Label("track", A, "mood", "sad", -1),
            Label("track", A, "mood", "happy"),
            Label("track", A, "client a", "=cmd()|x".replace("|", " ")),
            Label("track", B, "client a", "静か"),
        ],
    )
    return store


def test_exported_labels_come_back_through_the_table_of_index(tmp_path):
    found = said(tmp_path).labels_of()
    assert write_labels(tmp_path / "labels.csv", TRACKS, found) == 2
    table = read_labels(tmp_path / "labels.csv", [track.audio for track in TRACKS])
    one, two, three = (table.apply(track) for track in TRACKS)
    assert one.mood == ("calm", "happy")
    assert one.facets == {"client a": ("'=cmd() x",)}  # no formula
    assert two.facets == {"client a": ("静か",)} and two.genre == ("rock",)
    assert three == TRACKS[2]
    assert labelled(TRACKS, found)[1].labels["client a"] == ("静か",)


def test_imported_labels_are_those_of_the_table_and_are_said_once(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("path,mood,client a\none.mp3,calm|epic,'=cmd\ntwo.mp3,,new\n", "utf-8")
    store = LabelStore(tmp_path / "data")
    assert import_labels(path, TRACKS, store, "bob") == 4
    assert import_labels(path, TRACKS, store, "bob") == 0
    assert store.labels_of() == {
        A: {"mood": {"calm": 1, "epic": 1}, "client a": {"=cmd": 1}},
        B: {"client a": {"new": 1}},
    }


def test_a_table_of_other_tracks_is_refused(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("id,mood\nelsewhere,calm\n", "utf-8")
    with pytest.raises(VmrError, match=r"labels\.csv is about a track"):
        import_labels(path, TRACKS, LabelStore(tmp_path), "bob")
