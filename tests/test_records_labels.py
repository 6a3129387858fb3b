"""Labels as events: what holds, undo, several people and processes at once, bounds."""

from __future__ import annotations

import sqlite3
import subprocess
import sys

import numpy as np
import pytest

from vmr.catalogs.tracks_table import COLUMNS, RIGHTS
from vmr.errors import VmrError
from vmr.records.label_checks import FACETS_MOST, LABELS_MOST, TAKEN
from vmr.records.labels import Label, LabelStore, Pair, signs
from vmr.records.video_features import ROWS_MOST, keep_features, read_features

A, B = "a" * 64, "b" * 64


def calm(value=1, item=A, label="calm", **others):
    return Label("track", item, "mood", label, value, **others)


def test_the_last_event_of_a_label_holds(tmp_path):
    store = LabelStore(tmp_path)
    store.add("ann", [calm(), calm(label="sad")])
    store.add("bob", [calm(-1), calm(0, label="sad"), calm(item=B, shown=1.7, reason="random")])
    assert store.labels_of() == {A: {"mood": {"calm": -1}}, B: {"mood": {"calm": 1}}}
    one, two = store.current()
    assert (one.who, one.label.value) == ("bob", -1)
    assert (two.label.shown, two.label.reason) == (1.0, "random")
    assert store.facets() == {"mood": {"calm": 1}}
    assert [s.label.label for s in store.history()] == ["calm", "sad", "calm", "sad", "calm"]
    assert store.current(items=[B]) == (two,)
    assert store.current("video") == () and store.current(facet="genre") == ()


def test_undo_gives_back_what_was_said_before_and_only_ones_own(tmp_path):
    store = LabelStore(tmp_path)
    store.add("ann", [calm()])
    store.add("bob", [calm(label="sad")])
    store.add("ann", [calm(-1), calm(label="epic")], [Pair(B, A, 1, "picked")])
    assert store.undo("ann") == (calm(1), calm(0, label="epic"))
    assert store.labels_of() == {A: {"mood": {"sad": 1, "calm": 1}}}
    assert store.pairs() == ()
    assert store.undo("ann") == (calm(0),)
    assert store.undo("ann") == ()
    assert store.labels_of() == {A: {"mood": {"sad": 1}}}


def test_undo_leaves_what_somebody_has_said_since(tmp_path):
    store = LabelStore(tmp_path)
    store.add("ann", [calm(), calm(label="sad")])
    store.add("bob", [calm(-1)])
    assert store.undo("ann") == (calm(0, label="sad"),)
    assert store.labels_of() == {A: {"mood": {"calm": -1}}}


def test_what_somebody_else_took_back_does_not_stand_in_the_way(tmp_path):
    store = LabelStore(tmp_path)
    store.add("ann", [calm()])
    store.add("bob", [calm(-1)])
    assert store.undo("bob") == (calm(1),)
    assert store.undo("ann") == (calm(0),)
    assert store.labels_of() == {}


def test_two_processes_at_once_lose_nothing(tmp_path):
    code = (
        "import sys; from pathlib import Path\n"
        "from vmr.records.labels import Label, LabelStore\n"
        "store = LabelStore(Path(sys.argv[1]))\n"
        "for i in range(60):\n"
        "    store.add(sys.argv[2], [Label('track', f'{i:064x}', 'mood', sys.argv[2])])\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path), who]) for who in ("ann", "bob")
    ]
    assert [process.wait() for process in running] == [0, 0]
    found = LabelStore(tmp_path).labels_of()
    assert found == {f"{i:064x}": {"mood": {"ann": 1, "bob": 1}} for i in range(60)}
    assert LabelStore(tmp_path).state == 120


def test_no_event_can_be_changed_or_deleted(tmp_path):
    store = LabelStore(tmp_path)
    store.add("ann", [calm()])
    connection = sqlite3.connect(store.path)
    for statement in ("UPDATE event SET value = -1", "DELETE FROM event"):
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(statement)


@pytest.mark.parametrize(
    ("facet", "label", "key"),
    [
        ("mood", "", "labels.label"),
        ("mood", "a|b", "labels.label"),
        ("mood", "x" * 61, "labels.label"),
        ("mood", "a\x00b", "labels.hidden"),
        ("mood", "exe\u202etxt", "labels.hidden"),
        ("Title", "x", "labels.taken"),
        ("valid from", "x", "labels.taken"),
        ("ssl", "x", "labels.taken"),
        ("a.b", "x", "labels.facet"),
        ("=cmd", "x", "labels.facet"),
        ("y" * 41, "x", "labels.facet"),
    ],
)
def test_what_is_no_label_is_refused_and_leaves_nothing(tmp_path, facet, label, key):
    store = LabelStore(tmp_path)
    with pytest.raises(VmrError) as caught:
        store.add("ann", [calm(), Label("track", A, facet, label)])
    assert caught.value.notice.key == key
    assert store.current() == ()


def test_facets_and_labels_are_counted(tmp_path):
    store = LabelStore(tmp_path)
    store.add("ann", [calm(label=str(i)) for i in range(LABELS_MOST)])
    with pytest.raises(VmrError, match="already has 200 labels"):
        store.add("ann", [calm(label="one more")])
    store.add("ann", [Label("track", A, f"own {i}", "x") for i in range(FACETS_MOST - 1)])
    with pytest.raises(VmrError, match="already 40 groups"):
        store.add("ann", [Label("track", A, "too much", "x")])
    with pytest.raises(VmrError, match="a name is needed"):
        store.add(" \u200b", [calm(0)])
    with pytest.raises(VmrError, match="no content hash"):
        store.add("ann", [calm(0, item="")])
    with pytest.raises(VmrError, match="between 1 and 1000"):
        store.add("ann")


def test_no_facet_can_be_a_fixed_column_of_the_table():
    assert {*COLUMNS, *RIGHTS} - {"genre", "mood"} <= TAKEN


def test_a_tables_labels_and_the_stores_are_one():
    assert signs({"calm": -1, "sad": 1, "happy": 1}, ("happy", "calm")) == ("happy", "sad")


def test_rows_of_a_video_are_kept_thinned_and_for_their_encoder(tmp_path):
    rows = np.arange(3 * ROWS_MOST, dtype=np.float32)[:, None] * np.ones((1, 4), np.float32)
    keep_features(tmp_path, A, "net", rows)
    keep_features(tmp_path, B, "net", np.full((1, 4), 1e6, np.float32))
    found = read_features(tmp_path, "net", [A, B, "c" * 64])
    assert found[A].shape == (ROWS_MOST, 4) and found[A].dtype == np.float32
    assert found[A][0, 0] == 0 and found[A][-1, 0] == 3 * ROWS_MOST - 1
    assert np.isfinite(found[B]).all()
    assert read_features(tmp_path, "other", [A]) == {}
    with pytest.raises(ValueError, match="finite"):
        keep_features(tmp_path, A, "net", np.full((1, 4), np.nan, np.float32))
