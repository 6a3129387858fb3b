"""Metrics against hand-worked tables."""

from __future__ import annotations

import math

import numpy as np
from pytest import approx
from scipy import stats

from vmr import metrics as m

SCORES = np.array(
    [  # own item on the diagonal: ranks 1, 3, 2.5 (a tie for second place), 4
        [0.9, 0.1, 0.2, 0.3],
        [0.8, 0.4, 0.5, 0.1],
        [0.7, 0.2, 0.2, 0.1],
        [0.4, 0.3, 0.2, 0.1],
    ]
)
# two classes; item 3 carries both, item 2 none
LABELS = np.array([[1, 0], [0, 1], [0, 0], [1, 1]], dtype=bool)


def test_ranks_and_ties_by_hand() -> None:
    assert m.ranks(SCORES).tolist() == [1, 3, 2.5, 4]
    assert m.ranks(np.zeros((1, 5))).tolist() == [3]
    assert m.ranks(SCORES[:1], np.array([1])).tolist() == [4]


def test_retrieval_table_by_hand() -> None:
    table = m.retrieval(m.ranks(SCORES))
    assert table == approx(
        {"R@1": 0.25, "R@5": 1, "R@10": 1, "MedR": 2.75, "MRR": (1 + 1 / 3 + 0.4 + 0.25) / 4}
    )
    assert m.recall_at(np.array([1.0, 2.0, 2.5, 3.0]), 2) == 0.5


def test_perfect_scores_are_perfect_and_empty_ones_are_nan() -> None:
    assert m.retrieval(m.ranks(np.eye(3)))["R@1"] == 1
    assert m.retrieval(m.ranks(np.eye(3)))["MedR"] == 1
    assert math.isnan(m.retrieval(np.zeros(0))["MRR"])


def test_precision_by_hand_with_the_own_pair_left_out() -> None:
    own = np.eye(4, dtype=bool)
    p = m.precision_at(SCORES, LABELS, LABELS, 2, own)
    # query 0, class 0: best others are 3 (has class 0) and 2 (none)       -> 1/2
    # query 1, class 1: 0 (no), 2 (no)                                      -> 0
    # query 3: 0 (class 0), 1 (class 1)                                     -> 1/2 and 1/2
    expected = [[0.5, math.nan], [math.nan, 0], [math.nan, math.nan], [0.5, 0.5]]
    assert p == approx(np.array(expected), nan_ok=True)
    assert m.class_means(p).tolist() == [0.5, 0.25]
    assert m.macro(p) == 0.375


def test_precision_counts_the_items_left_when_fewer_than_k() -> None:
    exclude = np.array([[True, False, True, False]])
    p = m.precision_at(SCORES[:1], LABELS[:1], LABELS, 10, exclude)
    assert p[0, 0] == 0.5  # items 3 (relevant) and 1 (not)


def test_chance_formulas() -> None:
    table = m.chance_retrieval(4)
    assert table == approx(
        {"R@1": 0.25, "R@5": 1, "R@10": 1, "MedR": 2.5, "MRR": (1 + 1 / 2 + 1 / 3 + 1 / 4) / 4}
    )
    rng = np.random.default_rng(0)
    found = [m.retrieval(m.ranks(rng.random((50, 50)))) for _ in range(200)]
    for key, value in m.chance_retrieval(50).items():
        assert np.mean([f[key] for f in found]) == approx(value, rel=0.15)


def test_chance_and_ceiling_of_precision() -> None:
    own = np.eye(4, dtype=bool)
    # class 0: queries 0 and 3 have one of the three others; class 1: queries 1 and 3 as well
    assert m.chance_precision(LABELS, LABELS, own) == approx(1 / 3)
    assert m.ceiling_precision(LABELS, LABELS, 1, own) == 1
    assert m.ceiling_precision(LABELS, LABELS, 2, own) == 0.5
    rng = np.random.default_rng(1)
    labels = rng.random((60, 3)) < 0.3
    own = np.eye(60, dtype=bool)
    drawn = [
        m.macro(m.precision_at(rng.random((60, 60)), labels, labels, 10, own)) for _ in range(100)
    ]
    assert np.mean(drawn) == approx(m.chance_precision(labels, labels, own), abs=0.01)


def test_no_ranking_is_above_the_ceiling_and_the_perfect_one_reaches_it() -> None:
    rng = np.random.default_rng(2)
    labels = np.eye(4, dtype=bool)[rng.integers(4, size=30)]
    own = np.eye(30, dtype=bool)
    perfect = (labels.astype(float) @ labels.T.astype(float)) + 0.01 * rng.random((30, 30))
    reached = m.macro(m.precision_at(perfect, labels, labels, 10, own))
    assert reached == approx(m.ceiling_precision(labels, labels, 10, own))


def test_bootstrap_covers_the_mean_and_is_wider_over_groups() -> None:
    values = np.repeat(np.random.default_rng(0).normal(size=20), 10)
    groups = [str(i // 10) for i in range(200)]
    mean = float(values.mean())
    low, high = m.bootstrap_interval(values, lambda v: float(v.mean()))
    glow, ghigh = m.bootstrap_interval(values, lambda v: float(v.mean()), groups=groups)
    assert low < mean < high
    assert glow < low and ghigh > high
    assert high - low == approx(2 * 1.96 * values.std() / 200**0.5, rel=0.15)


def test_kendall_tau_by_hand() -> None:
    order = np.arange(5.0)
    assert m.kendall_tau(order, order) == approx(1)
    assert m.kendall_tau(order, -order) == approx(-1)
    assert m.kendall_tau(np.array([1.0, 2, 3]), np.array([1.0, 3, 2])) == approx(1 / 3)
    assert math.isnan(m.kendall_tau(order, np.ones(5)))


def test_the_corrected_t_test_is_wider_than_the_plain_one() -> None:
    differences = np.random.default_rng(3).normal(0.05, 0.1, size=25)
    found = m.corrected_t(differences, 0.2)
    plain = stats.ttest_1samp(differences, 0.0)
    # variance grows from 1/25 to 1/25 + 0.25: t shrinks by sqrt(1 + 25 / 4)
    t = plain.statistic / (1 + 25 / 4) ** 0.5
    assert found["p"] == approx(2 * stats.t.sf(abs(t), 24))
    assert found["low"] < found["mean"] < found["high"]
    assert m.corrected_t(np.zeros(5), 0.2)["p"] == 1
