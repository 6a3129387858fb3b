"""Rows and their scores are as stored, whatever way leads to them; see tests/stored_scores.py."""

import json

from pytest import approx

from tests.stored_scores import SCORES, lists_of

TOLERANCES = (0, 5e-5, 2e-2)  # of id, score and percent


def test_rows_and_their_scores_are_as_stored(retriever):
    stored, now = json.loads(SCORES.read_text("utf-8")), lists_of(retriever)
    assert now.keys() == stored.keys()
    for key, rows in stored.items():
        assert [row[0] for row in now[key]] == [row[0] for row in rows], key
        for row, before in zip(now[key], rows, strict=True):
            for value, stood, tolerance in zip(row, before, TOLERANCES, strict=False):
                same = isinstance(stood, (str, int)) or not tolerance
                assert value == (stood if same else approx(stood, abs=tolerance)), key
