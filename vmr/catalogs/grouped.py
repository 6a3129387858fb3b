"""What many tracks have in common, asked once for all that share it.

A licence, a set of moods or a tempo is the same in thousands of rows: what follows from it is found
for one track of each kind and spread over the others by number.

Shapes: N tracks, G kinds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from vmr.catalogs.columns import TrackColumns
from vmr.catalogs.tracks_table import Track

Found = TypeVar("Found")
FIELDS = {field.name for field in fields(Track)}


@dataclass(frozen=True, eq=False)
class Kinds(Generic[Found]):
    """of (N,): which of the kinds each track is; found: what was found for each of the G."""

    of: NDArray[np.int64]
    found: list[Found]

    def array(self, dtype: type[np.generic]) -> NDArray:
        """What was found for each track: (N,), None as NaN."""
        return np.array(self.found, dtype=dtype)[self.of]


@dataclass(frozen=True, eq=False)
class JoinedTracks(Sequence[Track]):
    """The rows of several tables, one table after the other."""

    parts: tuple[Sequence[Track], ...]

    def __len__(self) -> int:
        return sum(map(len, self.parts))

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return tuple(self[i] for i in range(*index.indices(len(self))))
        i = range(len(self))[index]
        for part in self.parts:
            if i < len(part):
                return part[i]
            i -= len(part)
        raise IndexError(index)

    def __iter__(self) -> Iterator[Track]:
        return (track for part in self.parts for track in part)


def kinds(
    tracks: Sequence[Track], columns: Sequence[str], find: Callable[[Track], Found]
) -> Kinds[Found]:
    """``find`` of one track for each combination of cells of these columns; it may read no other
    field. Names that are no field of a Track are further facets."""
    if isinstance(tracks, JoinedTracks):
        return _joined([kinds(part, columns, find) for part in tracks.parts])
    if not isinstance(tracks, TrackColumns):
        cells = [tuple(_cell(track, name) for name in columns) for track in tracks]
        number = {cell: k for k, cell in enumerate(dict.fromkeys(cells))}
        one = dict(zip(cells, tracks, strict=True))
        of = np.array([number[cell] for cell in cells], dtype=np.int64)
        return Kinds(of, [find(one[cell]) for cell in number])
    code = np.zeros(len(tracks), dtype=np.int64)
    for name in columns:
        own = tracks.codes(name)
        code = _renumbered(code * (int(own.max(initial=0)) + 1) + own)
    rows = tracks.changed
    if rows:  # these follow no column
        changed = np.isin(np.arange(len(code)) if tracks.chosen is None else tracks.chosen, [*rows])
        code[changed] = code.max() + 1 + np.arange(int(changed.sum()))
    of = _renumbered(code)
    at = np.zeros(int(of.max(initial=-1)) + 1, dtype=np.int64)
    at[of] = np.arange(len(of))  # any one of its kind
    return Kinds(of, [find(tracks[int(i)]) for i in at])


def _renumbered(code: NDArray[np.int64]) -> NDArray[np.int64]:
    """The same kinds (N,), numbered without gaps; without sorting where the numbers are small."""
    if int(code.max(initial=0)) > 4 * len(code):
        return np.unique(code, return_inverse=True)[1].astype(np.int64)
    there = np.zeros(int(code.max(initial=0)) + 1, dtype=np.int64)
    there[code] = 1
    return np.asarray((np.cumsum(there) - 1)[code])


def _joined(each: Sequence[Kinds[Found]]) -> Kinds[Found]:
    of, found = list[NDArray[np.int64]](), list[Found]()
    for one in each:
        of.append(one.of + len(found))
        found += one.found
    return Kinds(np.concatenate(of), found)


def _cell(track: Track, name: str) -> object:
    return getattr(track, name) if name in FIELDS else track.facets.get(name, ())


def rows_of(tracks: Sequence[Track], index: NDArray[np.int64]) -> Sequence[Track]:
    """The tracks at the positions (K,), in the order given."""
    if isinstance(tracks, TrackColumns):
        return tracks.rows(index)
    return tuple(tracks[i] for i in index)


def ids_of(tracks: Sequence[Track]) -> list[str]:
    """Their ids."""
    column = tracks.cells("id") if isinstance(tracks, TrackColumns) else None
    return [track.id for track in tracks] if column is None else column.to_pylist()


def place_of(tracks: Sequence[Track], id: str) -> int | None:
    """Where the track with this id stands, None where there is none."""
    if isinstance(tracks, TrackColumns):
        found = tracks.places("id", [id])
        return int(found[0]) if len(found) else None
    return next((i for i, track in enumerate(tracks) if track.id == id), None)


def places_of_sound(tracks: Sequence[Track], name: str) -> list[int]:
    """Positions of the tracks whose address of sound ends with this file name."""
    if isinstance(tracks, TrackColumns):
        import pyarrow.compute as pc

        cells = tracks.cells("audio")
        return [] if cells is None else np.flatnonzero(pc.ends_with(cells, name)).tolist()
    return [i for i, track in enumerate(tracks) if track.audio.endswith(name)]


def texts_of(tracks: Sequence[Track], name: str) -> list[str]:
    """A field of text, as the table has it."""
    if isinstance(tracks, JoinedTracks):
        return [text for part in tracks.parts for text in texts_of(part, name)]
    if not isinstance(tracks, TrackColumns):
        return [str(getattr(track, name)) for track in tracks]
    if name == "catalog":
        return [tracks.catalog] * len(tracks)
    column = tracks.cells(name)
    return [""] * len(tracks) if column is None else column.to_pylist()


def facets_of(tracks: Sequence[Track]) -> tuple[str, ...]:
    """The facets that the tracks have labels of: genre, mood and those of further columns."""
    if isinstance(tracks, JoinedTracks):
        found = [name for part in tracks.parts for name in facets_of(part)]
    elif isinstance(tracks, TrackColumns):
        found = [name for name in tracks.table.column_names if name not in FIELDS]
        found += [name for track in tracks.changed.values() for name in track.facets]
    else:
        found = [name for track in tracks for name in track.facets]
    return tuple(dict.fromkeys(["genre", "mood", *found]))


def labels_of(tracks: Sequence[Track], facet: str) -> Kinds[tuple[str, ...]]:
    """The labels of a facet that each track carries."""
    return kinds(tracks, (facet,), lambda track: track.labels.get(facet, ()))


def labels_json(tracks: Sequence[Track], facets: Sequence[str]) -> Iterator[bytes]:
    """``json.dumps([[id, [labels], ...], ...])`` of these facets, some rows at a time."""
    said = kinds(
        tracks, facets, lambda t: "".join(f", {json.dumps(t.labels.get(f, ()))}" for f in facets)
    )
    yield b"["
    ids, of = ids_of(tracks), said.of.tolist()
    for start in range(0, len(ids), 50_000):
        part = slice(start, start + 50_000)
        rows = (f'["{id}"{said.found[k]}]' for id, k in zip(ids[part], of[part], strict=True))
        yield ((", " if start else "") + ", ".join(rows)).encode()
    yield b"]"
