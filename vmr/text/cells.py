"""Tables for spreadsheets: text that people typed is never taken for a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from typing import IO

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_cell(text: str) -> str:
    """Text that no spreadsheet takes for a formula: such a one gets a quote in front."""
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text


def write_rows(file: IO[str], columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    """A head and a line a row; what a row lacks is empty, lists have ``|`` between."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(name)) for name in columns])


def _cell(value: object) -> object:
    if isinstance(value, list | tuple):
        value = "|".join(map(str, value))
    if isinstance(value, str):
        return as_cell(value)
    return "" if value is None else value
