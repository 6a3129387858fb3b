"""A large table of tracks as columns on the disk: a Track is made of a row when it is asked for.

``tracks.arrow`` beside tracks.csv holds the cells as text, mapped into memory, with the sha256 of
the table that it was made of: of another table it is made again, and it may be deleted. A catalog
may come from anyone, so the cells are checked when they are written there, and once more when a row
becomes a Track.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vmr.catalogs.tracks_table import COLUMNS, RIGHTS, Track, as_text, parse_track, read_tracks
from vmr.errors import CatalogError
from vmr.files import replacing, sha256_file

if TYPE_CHECKING:
    import pyarrow as pa

ARROW = "tracks.arrow"
MADE_OF = b"sha256 of tracks.csv"
LARGE_BYTES = 8 << 20  # of a table, from which on it is read as columns: about 20,000 tracks
ROWS_AT_ONCE = 20_000
OWN_IN_EACH_ROW = {"id", "title", "audio", "sha256"}  # the others repeat, and are kept once each


@dataclass(frozen=True, eq=False)
class TrackColumns(Sequence[Track]):
    """Tracks of a table; chosen: rows of it in the order given, None for all; changed: tracks that
    are another than their row says, by row; catalog: the name that they carry."""

    table: pa.Table
    catalog: str
    chosen: NDArray[np.int64] | None = None
    changed: Mapping[int, Track] = field(default_factory=dict)

    def __len__(self) -> int:
        return self.table.num_rows if self.chosen is None else len(self.chosen)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return tuple(self[i] for i in range(*index.indices(len(self))))
        i = range(len(self))[index]
        row = i if self.chosen is None else int(self.chosen[i])
        if row in self.changed:
            return self.changed[row]
        cells = {name: self.table.column(name)[row].as_py() for name in self.table.column_names}
        try:
            return replace(parse_track(cells), catalog=self.catalog)
        except ValueError as error:
            raise CatalogError("table.row", path=ARROW, line=row + 2, reason=error) from error

    def __iter__(self) -> Iterator[Track]:
        return (self[i] for i in range(len(self)))

    def rows(self, index: NDArray[np.int64]) -> TrackColumns:
        """Those at the positions (K,), in the order given."""
        return replace(self, chosen=index if self.chosen is None else self.chosen[index])

    def with_changed(self, tracks: Mapping[int, Track]) -> TrackColumns:
        """The same with other tracks at some positions."""
        rows = {i if self.chosen is None else int(self.chosen[i]): t for i, t in tracks.items()}
        return replace(self, changed={**self.changed, **rows})

    def cells(self, name: str) -> pa.ChunkedArray | None:
        """A column as text, None where the table has none of that name."""
        if name not in self.table.column_names:
            return None
        column = self.table.column(name)
        return column if self.chosen is None else column.take(self.chosen)

    def codes(self, name: str) -> NDArray[np.int64]:
        """A number for each track (N,), the same for equal cells of the column, 0 to N - 1."""
        cells = self.cells(name)
        if cells is None:
            return np.zeros(len(self), dtype=np.int64)
        plain = cells.combine_chunks()
        coded = plain if hasattr(plain, "indices") else plain.dictionary_encode()
        return np.asarray(coded.indices.to_numpy(zero_copy_only=False), dtype=np.int64)

    def places(self, name: str, values: Sequence[str]) -> NDArray[np.int64]:
        """Positions of the tracks whose cell is one of the values: (K,), rising."""
        import pyarrow as pa
        import pyarrow.compute as pc

        cells = self.cells(name)
        if cells is None or not values:
            return np.zeros(0, dtype=np.int64)
        text = cells.cast(pa.string())
        found = pc.is_in(text, value_set=pa.array(list(values), pa.string()))
        return np.flatnonzero(found.to_numpy()).astype(np.int64)


def open_tracks(path: Path, catalog: str = "") -> Sequence[Track]:
    """The tracks of a table: at once where it is small, as columns where it is large. Raises
    CatalogError that names the row and what is wrong with it."""
    try:
        large = path.stat().st_size >= LARGE_BYTES
    except OSError:
        large = False  # the reader says what is wrong
    if not large:
        return read_tracks(path, catalog)
    digest = sha256_file(path).encode()
    beside = path.with_name(ARROW)
    table = _kept(beside, digest)
    if table is None:
        table = arrow_of(path).replace_schema_metadata({MADE_OF: digest})
        try:
            write_arrow(beside, table)
        except OSError:  # a folder that may not be written: in memory, then
            return TrackColumns(table, catalog)
        table = _kept(beside, digest) or table
    return TrackColumns(table, catalog)


def _kept(path: Path, digest: bytes) -> pa.Table | None:
    """The columns on the disk, None where they are of another table or damaged."""
    import pyarrow as pa

    try:
        table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
        table.validate(full=True)
    except (OSError, pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None
    metadata = table.schema.metadata or {}
    return table if metadata.get(MADE_OF) == digest and table.num_rows else None


def write_arrow(path: Path, table: pa.Table) -> None:
    """Write the columns, which ``open_tracks`` maps."""
    import pyarrow as pa

    with (
        replacing(path) as temporary,
        pa.OSFile(str(temporary), "wb") as file,
        pa.ipc.new_file(file, table.schema) as writer,
    ):
        writer.write_table(table.combine_chunks())


def arrow_of(path: Path) -> pa.Table:
    """The checked cells of a table of tracks, each column as text. Raises CatalogError."""
    import pyarrow as pa

    blocks, seen = [], set[str]()
    for tracks in _parsed(path):
        for line, track in tracks:
            if track.id in seen:
                raise CatalogError("table.id_twice", path=path, line=line, id=track.id)
            seen.add(track.id)
        blocks.append(_block([track for _, track in tracks]))
    table = pa.concat_tables(blocks, promote_options="default")
    encoded = {}
    for name in table.column_names:
        column = table.column(name).fill_null("").combine_chunks()
        encoded[name] = column if name in OWN_IN_EACH_ROW else column.dictionary_encode()
    return pa.table(encoded)


def _block(tracks: Sequence[Track]) -> pa.Table:
    import pyarrow as pa

    cells = {n: [as_text(getattr(t, n)) for t in tracks] for n in (*COLUMNS, *RIGHTS)}
    further = dict.fromkeys(name for track in tracks for name in track.facets)
    cells |= {name: [as_text(t.facets.get(name, ())) for t in tracks] for name in further}
    return pa.table({name: pa.array(column, pa.string()) for name, column in cells.items()})


def _parsed(path: Path) -> Iterator[list[tuple[int, Track]]]:
    """(line, track) of all rows, some at a time. A table that this program wrote is never in memory
    whole; others are read as people save them."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        try:
            columns = next(reader, [])
            own = tuple(columns[: len(COLUMNS)]) == COLUMNS and len(set(columns)) == len(columns)
        except UnicodeDecodeError:
            own = False
        if own:
            numbered = enumerate(reader, start=2)
            while rows := list(islice(numbered, ROWS_AT_ONCE)):
                yield [(line, _checked(path, line, columns, row)) for line, row in rows]
            return
    tracks = read_tracks(path)
    for start in range(0, len(tracks), ROWS_AT_ONCE):
        yield list(enumerate(tracks[start : start + ROWS_AT_ONCE], start=start + 2))


def _checked(path: Path, line: int, columns: Sequence[str], row: Sequence[str]) -> Track:
    try:
        return parse_track(dict(zip(columns, row, strict=True)))
    except ValueError as error:
        raise CatalogError("table.row", path=path, line=line, reason=error) from error
