"""Tables that people write, as their spreadsheets save them: any usual encoding and separator.

One reader for every CSV file that a person may have touched. A table is text cells under named
columns; what the cells mean is for the caller. Rows are numbered as a spreadsheet numbers them:
the names of the columns stand in row 1 (below a line such as ``sep=;``, which spreadsheets hide).

pandas is loaded when a table is read, not before.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vmr.errors import ManifestError, Notice, VmrError
from vmr.text.legacy import NAMES, encodings_of

SEPARATORS = (",", ";", "\t")
SPELLINGS = {"license": "licence", "licences": "licence", "licenses": "licence"}
MARKS = {  # what a file may begin with, the longer first
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe\0\0": "utf-32",
    b"\0\0\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
ENCODINGS = {
    **NAMES,
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32": "UTF-32",
}
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # of Excel, new and old
COLUMNS_MOST = 500
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
UNCLEAR_COMMA = re.compile(r"[+-]?\d{1,3},\d{3}")  # 1,234 is a thousand here and one there


@dataclass(frozen=True)
class Table:
    """columns: their names; rows: (number as a spreadsheet counts, {column: stripped text});

    how: how the file was read, None for plain UTF-8 with commas.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]
    how: Notice | None = None

    def __iter__(self) -> Iterator[tuple[int, dict[str, str]]]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def read_table(
    path: Path,
    required: Sequence[str] = (),
    optional: Sequence[str] = (),
    *,
    numbers: Collection[str] = (),
    paths: Collection[str] = (),
    error: type[VmrError] = ManifestError,
) -> Table:
    """Read a table. The names in ``required`` and ``optional`` are found in any capitals.

    numbers: columns in which a decimal comma becomes a point; paths: columns in which ``a\\b`` is
    ``a/b``. Other columns are kept as they are. Raises ``error`` for a file that is missing, that
    is no table, that lacks a required column, or whose row has more cells than there are columns.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError as cause:
        raise error("table.none", path=path) from cause
    except OSError as cause:
        raise error("table.unreadable", path=path, reason=cause.strerror) from cause
    text, encoding = decode(data, path.name, error)
    body, declared = without_declaration(text)
    blank = len(body) - len(body.lstrip("\r\n"))
    above = len(body[:blank].splitlines())
    body = body[blank:]
    names = [*required, *optional]
    separator = declared or find_separator(body, required, names)
    lines = cells_of(body, separator, path.name, error)
    columns = column_names(lines[0] if lines else [], names)
    check_columns(columns, required, path.name, error)
    rows = []
    for number, cells in enumerate(lines[1:], start=above + 2):
        if not any(cells):
            continue
        extra = [cell for name, cell in zip(columns, cells, strict=True) if cell and not name]
        if extra:
            raise error("table.cells", name=path.name, line=number)
        row = {name: cell for name, cell in zip(columns, cells, strict=True) if name}
        rows.append((number, tidy(row, separator, numbers, paths)))
    how = reading(path.name, encoding, separator)
    return Table(tuple(name for name in columns if name), tuple(rows), how)


def decode(data: bytes, name: str, error: type[VmrError]) -> tuple[str, str]:
    """(text, name of the encoding). Raises ``error`` for what is no text in any of the usual."""
    if data.startswith(WORKBOOKS):
        raise error("table.workbook", name=name)
    mark = next((code for start, code in MARKS.items() if data.startswith(start)), "")
    wide = "utf-16-le" if data[1:2] == b"\0" else "utf-16-be" if data[:1] == b"\0" else ""
    for encoding in filter(None, (mark, wide, "utf-8", *likely(data, mark or wide))):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, encoding
    raise error("table.encoding", name=name)


def likely(data: bytes, marked: str) -> Iterator[str]:
    """Encodings before Unicode that the bytes may be in, the likeliest first."""
    if marked or b"\0" in data:
        return
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        yield from encodings_of(data)


def without_declaration(text: str) -> tuple[str, str]:
    """(the table, its separator) where the first line declares one, as ``sep=;``."""
    match = re.match(r'"?sep=([,;\t])"?[^\S\r\n]*\r?\n', text, re.IGNORECASE)
    return (text[match.end() :], match[1]) if match else (text, "")


def find_separator(text: str, required: Sequence[str], names: Sequence[str]) -> str:
    """The one under which the first line names most of what is sought, then most columns."""
    first = text.splitlines()[0] if text else ""

    def merit(separator: str) -> tuple[bool, int, int]:
        found = column_names(first.split(separator), names)
        sought = len(set(found) & set(names))
        return set(required) <= set(found), sought, len(found)

    return max(SEPARATORS, key=merit)


def cells_of(text: str, separator: str, name: str, error: type[VmrError]) -> list[list[str]]:
    """Stripped cells by row, as many in each as in the widest."""
    import pandas as pd

    width: int | None = None  # that of the first row, until a wider one is met
    while True:
        try:
            frame = pd.read_csv(
                io.StringIO(text, newline=""),
                sep=separator,
                header=None,
                names=None if width is None else list(range(width)),
                dtype=str,
                na_filter=False,
                skip_blank_lines=False,
                skipinitialspace=True,
            )
            break
        except pd.errors.EmptyDataError:
            return []
        except pd.errors.ParserError as cause:
            wider = re.search(r"Expected \d+ fields in line \d+, saw (\d+)", str(cause))
            if wider is None or int(wider[1]) > COLUMNS_MOST:
                raise error("table.quotes", name=name, reason=cause) from cause
            width = int(wider[1])
    return [
        [cell.strip() if isinstance(cell, str) else "" for cell in row]
        for row in frame.itertuples(index=False, name=None)
    ]


def column_names(cells: Sequence[str], names: Sequence[str]) -> list[str]:
    """The names sought under their own spelling, the others as they stand, stripped."""
    by_shape = {shape(name): name for name in names}
    return [
        by_shape.get(shape(cell), " ".join(cell.strip().strip('"').split())) if cell else ""
        for cell in cells
    ]


def shape(name: str) -> str:
    """``" Moods Fit"`` and ``moods_fit`` are one name, and so are license and licence."""
    plain = unicodedata.normalize("NFKC", name).strip().strip('"').casefold()
    plain = re.sub(r"[\s_-]+", "_", plain.strip())
    return SPELLINGS.get(plain, plain)


def check_columns(
    columns: Sequence[str], required: Sequence[str], name: str, error: type[VmrError]
) -> None:
    """Each required column is there and none is there twice, otherwise ``error``."""
    present = [column for column in columns if column]
    lacking = [column for column in required if column not in present]
    if lacking:
        raise error(
            "table.lacks_one" if len(lacking) == 1 else "table.lacks",
            name=name,
            lacking=", ".join(lacking),
            found=", ".join(present) or "nothing",
        )
    doubled = sorted({column for column in present if present.count(column) > 1})
    if doubled:
        raise error("table.columns_twice", name=name, columns=", ".join(doubled))


def tidy(
    row: dict[str, str], separator: str, numbers: Collection[str], paths: Collection[str]
) -> dict[str, str]:
    """Decimal commas as points, backslashes as slashes, in the columns named."""
    for column in numbers:
        cell = row.get(column, "")
        clear = separator == ";" or not UNCLEAR_COMMA.fullmatch(cell)
        if clear and DECIMAL_COMMA.fullmatch(cell):
            row[column] = cell.replace(",", ".")
    for column in paths:
        cell = row.get(column, "")
        if "/" not in cell:  # a name with both is one that a slash already parts
            row[column] = cell.replace("\\", "/")
    return row


def reading(name: str, encoding: str, separator: str) -> Notice | None:
    """How a table was read, None where it is as this program writes them."""
    if encoding in ("utf-8", "utf-8-sig") and separator == ",":
        return None
    separated = {
        ",": Notice("table.commas"),
        ";": Notice("table.semicolons"),
        "\t": Notice("table.tabs"),
    }
    shown = ENCODINGS.get(encoding, "UTF-8")
    return Notice("table.read_as", name=name, encoding=shown, separated=separated[separator])
