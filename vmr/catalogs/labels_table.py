"""labels.csv: what a person knows of tracks, joined to an indexed folder by path or by id.

    path,genre,mood,licence,...      a path below the folder, or a file name that is there once
    id,genre,mood,...                the id in the catalog

A filled cell wins over the file's own tags, over what is measured and over the earlier catalog. All
columns of tracks.csv may stand here, and further ones are further facets.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from vmr.catalogs.tracks_table import COLUMNS, NUMBERS, RIGHTS, Track, parse_track
from vmr.errors import CatalogError, Notice
from vmr.tables import read_table

PATH_COLUMNS = ("path", "audio", "file", "filename")
FIELDS = (*COLUMNS, *RIGHTS)
NOT_JOINED = ("id", "audio", "sha256")  # they say which track it is, not what is known of it


@dataclass(frozen=True)
class Labels:
    """cells by key: {field of Track: value}; keys are paths or ids, ``lines`` where they stand."""

    by_path: Mapping[str, Mapping[str, Any]]
    by_id: Mapping[str, Mapping[str, Any]]
    lines: Mapping[str, int]
    how: Notice | None = None

    def apply(self, track: Track) -> Track:
        """The track with the cells of its row, if it has one."""
        cells = {**self.by_id.get(track.id, {}), **self.by_path.get(plain(track.audio), {})}
        if not cells:
            return track
        facets = {**track.facets, **cells.get("facets", {})}
        return replace(track, **{**cells, "facets": facets})

    def unused(self, tracks: Iterable[Track]) -> list[tuple[int, str]]:
        """(line, key) of the rows that no track answers to."""
        keys = {key for track in tracks for key in (track.id, plain(track.audio))}
        return sorted((line, key) for key, line in self.lines.items() if key not in keys)


def read_labels(path: Path, audio: Iterable[str]) -> Labels:
    """Read the table for the files ``audio``, paths below the folder. Raises CatalogError."""
    table = read_table(
        path,
        optional=(*PATH_COLUMNS, *FIELDS),
        numbers=NUMBERS,
        paths=set(PATH_COLUMNS),
        error=CatalogError,
    )
    if not set(table.columns) & {"id", *PATH_COLUMNS}:
        raise CatalogError("labels.no_key", name=path.name)
    paths = [plain(name) for name in audio]
    names = Counter(PurePosixPath(name).name for name in paths)
    once = {
        PurePosixPath(name).name: name for name in paths if names[PurePosixPath(name).name] == 1
    }
    addresses = set(paths)
    by_path: dict[str, Mapping[str, Any]] = {}
    by_id: dict[str, Mapping[str, Any]] = {}
    lines: dict[str, int] = {}
    for line, row in table:
        place = next((row[name] for name in PATH_COLUMNS if row.get(name)), "")
        key = plain(place) or row.get("id", "")
        key = once.get(key, key) if place and key not in addresses else key
        if not key or key in lines:
            reason = Notice("labels.twice", key=key) if key else Notice("labels.empty")
            raise CatalogError("table.row", path=path, line=line, reason=reason)
        lines[key] = line
        (by_path if place else by_id)[key] = cells_of(path, line, row)
    return Labels(by_path, by_id, lines, table.how)


def cells_of(path: Path, line: int, row: Mapping[str, str]) -> dict[str, Any]:
    """The filled cells as values of a Track's fields. Raises CatalogError for a bad one."""
    cells = {name: text for name, text in row.items() if name not in PATH_COLUMNS and text}
    try:
        track = parse_track({**cells, "id": "x", "title": cells.get("title", "x"), "audio": ""})
    except ValueError as error:
        raise CatalogError("table.row", path=path, line=line, reason=error) from error
    filled = {
        name: getattr(track, name) for name in cells if name in FIELDS and name not in NOT_JOINED
    }
    further = {name: labels for name, labels in track.facets.items() if labels}
    return filled | ({"facets": further} if further else {})


def plain(path: str) -> str:
    """One spelling of a path: composed letters, no ``./`` in front."""
    return unicodedata.normalize("NFC", path).removeprefix("./")
