"""Labels as files: out to the labels.csv that ``index --labels`` reads, and in from one."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from vmr.catalogs.labelled import Signs, labelled
from vmr.catalogs.labels_table import read_labels
from vmr.catalogs.tracks_table import Track, as_text
from vmr.errors import VmrError
from vmr.files import replacing
from vmr.records.labels import Label, LabelStore
from vmr.text.cells import as_cell

AT_ONCE = 500


def write_labels(path: Path, tracks: Sequence[Track], found: Signs) -> int:
    """Write labels.csv of the tracks that somebody labelled; returns how many those are."""
    chosen = [track for track in labelled(tracks, found) if track.sha256 in found]
    facets = sorted({facet for track in chosen for facet in found[track.sha256]})
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", *facets])
        for track in chosen:
            cells = (as_text(track.labels.get(facet, ())) for facet in facets)
            writer.writerow([track.id, *map(as_cell, cells)])
    return len(chosen)


def import_labels(path: Path, tracks: Sequence[Track], store: LabelStore, who: str) -> int:
    """Say of the tracks what a labels.csv says of them; returns how many labels were new.

    Raises CatalogError for the table, VmrError where a label is none or no row is of a track.
    """
    table = read_labels(path, (track.audio for track in tracks))
    known, new = store.labels_of(), []
    for track in tracks:
        given = table.apply(replace(track, genre=(), mood=(), facets={})).labels
        for facet, labels in given.items():
            said = known.get(track.sha256, {}).get(facet, {})
            names = [label.removeprefix("'") for label in labels]
            new += [Label("track", track.sha256, facet, n) for n in names if said.get(n) != 1]
    if not new and len(table.unused(tracks)) == len(table.lines):
        raise VmrError("labels.none_of_these", name=path.name)
    for start in range(0, len(new), AT_ONCE):
        store.add(who, new[start : start + AT_ONCE])
    return len(new)
