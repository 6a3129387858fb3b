"""Large tables as columns: the same tracks, masks and digests as the same table read at once."""

import csv
import hashlib
import json
from dataclasses import replace

import numpy as np
import pytest

from vmr.catalogs import columns
from vmr.catalogs.columns import ARROW, TrackColumns, arrow_of, open_tracks, write_arrow
from vmr.catalogs.grouped import (
    JoinedTracks,
    facets_of,
    ids_of,
    kinds,
    labels_json,
    place_of,
    places_of_sound,
    rows_of,
    texts_of,
)
from vmr.catalogs.labelled import labelled
from vmr.catalogs.policy import Policy, allowed, allowed_mask
from vmr.catalogs.tracks_table import Track, read_tracks, write_tracks
from vmr.errors import CatalogError
from vmr.knowledge.energy import track_energies, track_energy

LICENCES = ("CC0-1.0", "CC-BY-NC-4.0", "", "CC-BY-4.0")
MOODS = ((), ("calm",), ("calm", "sad"))


@pytest.fixture
def table(tmp_path, monkeypatch):
    """A catalog's table of 60 tracks that is taken for a large one."""
    tracks = [
        Track(
            id=f"t{n}",
            title=f"Ö {n}, “quoted”",
            artist="x|y" if n % 2 else "",
            audio=f"{n % 3}/{n}.mp3",
            seconds=n / 2,
            mood=MOODS[n % 3],
            bpm=None if n % 5 == 0 else 80.5 + n,
            energy=None if n % 4 else 3.5,
            licence=LICENCES[n % 4],
            sha256=f"{n:064x}",
            facets={"client": ("a",)} if n % 7 == 0 else {},
            valid_until="2020-01-01" if n % 11 == 0 else "",
        )
        for n in range(60)
    ]
    path = tmp_path / "mine" / "tracks.csv"
    path.parent.mkdir()
    write_tracks(path, tracks)
    monkeypatch.setattr(columns, "LARGE_BYTES", 0)
    monkeypatch.setattr(columns, "ROWS_AT_ONCE", 7)
    return path


@pytest.fixture
def both(table) -> tuple[tuple[Track, ...], TrackColumns]:
    opened = open_tracks(table, "mine")
    assert isinstance(opened, TrackColumns)
    return read_tracks(table, "mine"), opened


def test_a_row_is_the_track_that_the_table_gives(both):
    at_once, large = both
    assert tuple(large) == at_once and large[3:5] == at_once[3:5] and large[-1] == at_once[-1]
    chosen = np.array([5, 2, 59])
    assert tuple(rows_of(large, chosen)) == rows_of(at_once, chosen)
    assert ids_of(large) == ids_of(at_once) and facets_of(large) == facets_of(at_once)
    for name in ("title", "catalog", "audio"):
        assert texts_of(large, name) == texts_of(at_once, name)
    assert place_of(large, "t7") == 7 and place_of(large, "none") is None
    assert places_of_sound(large, "7.mp3") == places_of_sound(at_once, "7.mp3")


def test_what_follows_from_cells_is_the_same_for_each_track(both):
    at_once, large = both
    for policy in (Policy(), Policy(commercial=True)):
        for use in ("rank", "export"):
            expected = [allowed(track, policy, use) for track in at_once]
            assert allowed_mask(large, policy, use).tolist() == expected
            assert allowed_mask(at_once, policy, use).tolist() == expected
    energies = np.array([track_energy(t) for t in at_once], dtype=np.float32)
    assert track_energies(large) == pytest.approx(energies, nan_ok=True)
    joined = JoinedTracks((large, at_once))
    clients = kinds(joined, ("client",), lambda t: t.facets.get("client", ()))
    assert [clients.found[k] for k in clients.of] == 2 * [t.facets["client"] for t in at_once]


def test_the_digest_of_labels_is_that_of_all_rows_as_json(both):
    at_once, large = both
    facets = ("genre", "mood", "client")
    rows = [[t.id, *(t.labels.get(f, ()) for f in facets)] for t in at_once]
    expected = hashlib.sha256(json.dumps(rows).encode()).hexdigest()
    for tracks in both:
        assert hashlib.sha256(b"".join(labels_json(tracks, facets))).hexdigest() == expected
    assert json.loads(b"".join(labels_json(large, ()))) == [[t.id] for t in at_once]


def test_labels_that_people_gave_change_those_tracks_alone(both):
    at_once, large = both
    said = {at_once[4].sha256: {"mood": {"epic": 1}}, "0" * 63 + "z": {"mood": {"sad": 1}}}
    now = labelled(large, said)
    assert tuple(now) == labelled(at_once, said)
    assert isinstance(now, TrackColumns) and list(now.changed) == [4]
    moods = kinds(now, ("mood",), lambda track: track.mood)
    assert [moods.found[k] for k in moods.of] == [track.mood for track in now]
    assert now.rows(np.array([4, 5]))[0].mood == now[4].mood


def test_the_columns_are_made_again_when_the_table_is_another(table, both):
    kept = (table.parent / ARROW).stat().st_mtime_ns
    open_tracks(table, "mine")
    assert (table.parent / ARROW).stat().st_mtime_ns == kept
    write_tracks(table, [replace(both[0][0], title="Another")])
    assert [track.title for track in open_tracks(table, "mine")] == ["Another"]
    (table.parent / ARROW).write_bytes(b"no columns at all")
    assert len(open_tracks(table, "mine")) == 1


def test_a_row_that_somebody_slipped_in_beside_the_table_is_still_checked(table, both):
    cells = arrow_of(table).to_pydict()
    cells["audio"][0] = "../../secret.mp3"
    import pyarrow as pa

    slipped = pa.table(cells).replace_schema_metadata(both[1].table.schema.metadata)
    write_arrow(table.parent / ARROW, slipped)
    opened = open_tracks(table, "mine")
    with pytest.raises(CatalogError, match=r"\.\."):
        opened[0]


def test_a_wrong_cell_is_named_by_its_line_also_in_a_large_table(table):
    rows = list(csv.reader(table.open(encoding="utf-8")))
    rows[31][0] = "t0"
    with table.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    with pytest.raises(CatalogError, match="32"):
        open_tracks(table, "mine")
