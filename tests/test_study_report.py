"""The table of the study from figures by hand: better, worse, not significant, and the curves."""

from __future__ import annotations

import numpy as np
import pytest

from vmr.evaluation.studies.muvisync import FLIPPED, FRACTIONS, HELP
from vmr.evaluation.studies.protocol import compare
from vmr.evaluation.studies.report import QUESTIONS, markdown, summarise

A, B, MEASURE = QUESTIONS[0]


def figures(first: float, second: float) -> dict[str, dict[str, float]]:
    """One run of two systems."""
    row = {"MedR": 12.0, "MRR": 0.25, "P@1": 0.5, "P@10": 0.4}
    return {A: row | {MEASURE: first, "least tau": 0.9}, B: row | {MEASURE: second}}


RNG = np.random.default_rng(0)
BETTER = [figures(0.5 + noise, 0.3) for noise in 0.01 * RNG.normal(size=10)]
SAME = [figures(0.3 + noise, 0.3) for noise in 0.2 * RNG.normal(size=10)]


def test_a_figure_is_the_mean_over_the_runs() -> None:
    result = summarise(BETTER, [], [])
    expected = np.mean([run[A][MEASURE] for run in BETTER])
    assert result["table"][A][MEASURE] == pytest.approx(expected)
    assert result["runs"] == 10 and result["curves"] == {} and result["control"] == {}


@pytest.mark.parametrize(("runs", "verdict"), [(BETTER, "better"), (SAME, "not significant")])
def test_a_difference_is_called_what_the_test_says(runs: list, verdict: str) -> None:
    result = summarise(runs, [], [])
    asked = next(test for test in result["tests"] if test["measure"] == MEASURE)
    assert (asked["system"], asked["than"]) == (A, B)
    assert (asked["p"] < 0.05) == (verdict == "better")
    line = next(line for line in markdown(result).splitlines() if f"{A} − {B}" in line)
    assert line.endswith(f"| {verdict} |")


def test_the_other_way_round_is_worse() -> None:
    reversed_runs = [{A: run[B], B: run[A]} for run in BETTER]
    assert "| worse |" in markdown(summarise(reversed_runs, [], []))


def test_the_interval_holds_the_mean_and_zero_only_where_nothing_is_significant() -> None:
    for runs, holds_zero in ((BETTER, False), (SAME, True)):
        test = compare(runs, A, B, MEASURE)
        assert test["low"] < test["mean"] < test["high"]
        assert (test["low"] < 0 < test["high"]) == holds_zero


def test_one_run_is_a_table_without_tests() -> None:
    result = summarise(BETTER[:1], [], [])
    assert result["tests"] == []
    text = markdown(result)
    assert "mean of 1 run |" in text and "difference" not in text


def test_a_figure_that_a_system_lacks_is_an_empty_cell() -> None:
    text = markdown(summarise(BETTER, [], []))
    row = next(line for line in text.splitlines() if line.startswith(f"| {B} |"))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells == [B, "0.300", "12.0", "0.250", "0.500", "0.400", "", ""]


def test_the_curves_have_a_row_per_case_and_a_column_per_help() -> None:
    cases = [f"labels {f:.0%}" for f in FRACTIONS] + [f"flipped {s:.0%}" for s in FLIPPED[1:]]
    curve = {
        f"{case}, {name}, alpha {alpha}": {"P@10": 0.25, "R@10": 0.125}
        for case in cases
        for name in HELP
        for alpha in ("0", "0.5", "1")
    }
    text = markdown(summarise([], [curve], []))
    rows = [line for line in text.splitlines() if line.startswith(("| labels", "| flipped"))]
    assert len(rows) == len(cases)
    for row in rows:
        assert row.count("0.250 (0.125)") == len(HELP) and row.endswith("| 0.250 |")
