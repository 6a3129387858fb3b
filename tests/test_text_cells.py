"""Cells of tables that people open in a spreadsheet."""

from __future__ import annotations

import csv
import io

import pytest

from vmr.text.cells import as_cell, write_rows


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_what_would_be_a_formula_is_text(start):
    assert as_cell(f"{start}1+1") == f"'{start}1+1"


def test_other_text_stays():
    assert [as_cell(text) for text in ("", "calm", "1=1", "静か")] == ["", "calm", "1=1", "静か"]


def test_rows_come_back_as_they_were_written():
    file = io.StringIO()
    rows = [{"a": 'x, "y"\nz', "b": -1.5, "c": ["=1", "b"]}, {"a": None, "b": 0}]
    write_rows(file, ("a", "b", "c"), rows)
    file.seek(0)
    assert list(csv.reader(file)) == [
        ["a", "b", "c"],
        ['x, "y"\nz', "-1.5", "'=1|b"],
        ["", "0", ""],
    ]
