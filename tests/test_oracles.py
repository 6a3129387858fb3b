"""The formulas of ranking and measuring against naive loops and scipy, on random numbers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from tests.test_embedding import BRANCHES, random_embedding
from vmr import metrics
from vmr.embedding import Calibration, alpha_weights, mix, unit
from vmr.evaluation.sweep import Direction
from vmr.search import candidates

SEEDS = range(4)


def drawn(seed: int, queries: int = 30, items: int = 30) -> np.ndarray:
    """Scores with many ties."""
    return np.random.default_rng(seed).integers(0, 12, size=(queries, items)).astype(np.float32)


def labels_of(seed: int, count: int = 30, classes: int = 5) -> np.ndarray:
    """About a third carries each class; some rows carry none."""
    return np.random.default_rng(seed).random((count, classes)) < 0.3


def order_of(row: np.ndarray) -> list[int]:
    """Best first, ties in the order of the items."""
    return sorted(range(len(row)), key=lambda item: (-row[item], item))


# ---- metrics --------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_a_rank_is_scipys_with_ties_in_the_middle(seed: int) -> None:
    scores = drawn(seed)
    expected = [stats.rankdata(-row, method="average")[q] for q, row in enumerate(scores)]
    assert metrics.ranks(scores).tolist() == pytest.approx(expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_retrieval_is_counted_query_by_query(seed: int) -> None:
    rank = metrics.ranks(drawn(seed))
    table = metrics.retrieval(rank)
    for k in (1, 5, 10):
        assert table[f"R@{k}"] == pytest.approx(sum(r <= k for r in rank) / len(rank))
    assert table["MRR"] == pytest.approx(sum(1 / r for r in rank) / len(rank))
    assert table["MedR"] == pytest.approx(sorted(rank)[14] / 2 + sorted(rank)[15] / 2)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("k", [1, 5, 10, 40])
def test_precision_is_counted_query_by_query_and_class_by_class(seed: int, k: int) -> None:
    scores, query_labels, item_labels = drawn(seed), labels_of(seed), labels_of(seed + 10)
    exclude = np.eye(30, dtype=bool)
    exclude[3] = True  # nothing is left for this query
    found = metrics.precision_at(scores, query_labels, item_labels, k, exclude)
    for q in range(30):
        first = [i for i in order_of(scores[q]) if not exclude[q, i]][:k]
        for c in range(5):
            if not query_labels[q, c] or not first:
                assert np.isnan(found[q, c])
            else:
                expected = sum(item_labels[i, c] for i in first) / len(first)
                assert found[q, c] == pytest.approx(expected)
    means = []
    for c in range(5):
        values = [found[q, c] for q in range(30) if not np.isnan(found[q, c])]
        means += [sum(values) / len(values)] if values else []
    assert metrics.macro(found) == pytest.approx(sum(means) / len(means))


def test_chance_is_what_random_orders_give_on_average() -> None:
    rng = np.random.default_rng(0)
    labels, own = labels_of(1), np.eye(30, dtype=bool)
    tables, precisions = [], []
    for _ in range(300):
        scores = rng.random((30, 30)).astype(np.float32)
        tables.append(metrics.retrieval(metrics.ranks(scores)))
        precisions.append(metrics.macro(metrics.precision_at(scores, labels, labels, 10, own)))
    for name, value in metrics.chance_retrieval(30).items():
        assert_near([table[name] for table in tables], value)
    assert_near(precisions, metrics.chance_precision(labels, labels, own))


def assert_near(values: list[float], expected: float) -> None:
    """The mean is within four of its own standard errors."""
    error = float(np.std(values)) / len(values) ** 0.5
    assert np.mean(values) == pytest.approx(expected, abs=4 * error)


def test_the_interval_of_a_mean_is_about_the_normal_one() -> None:
    values = np.random.default_rng(0).normal(size=400)
    low, high = metrics.bootstrap_interval(values, lambda v: float(v.mean()), samples=2000)
    half = 1.96 * values.std() / 400**0.5
    assert (low, high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.015)


def test_the_corrected_test_is_the_plain_one_where_nothing_is_shared() -> None:
    """Without test items the correction vanishes, and scipy's t-test of one sample is left."""
    differences = np.random.default_rng(0).normal(0.1, 0.2, size=12)
    found = metrics.corrected_t(differences, test_share=0.0)
    expected = stats.ttest_1samp(differences, 0)
    assert found["p"] == pytest.approx(expected.pvalue)
    interval = expected.confidence_interval(0.95)
    assert (found["low"], found["high"]) == pytest.approx((interval.low, interval.high))


# ---- the two fusions ------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_a_search_is_the_formula_item_by_item(seed: int) -> None:
    rng = np.random.default_rng(seed)
    query, items = random_embedding(1, seed), random_embedding(40, seed + 100)
    offset = rng.normal(size=(40, 3)).astype(np.float32)
    scale = rng.uniform(0.5, 2, size=(40, 3)).astype(np.float32)
    w = rng.dirichlet(np.ones(3)).astype(np.float32)
    calibrated = candidates(query, items, Calibration(offset, scale)).scores(w)
    mixed = candidates(query, items, Calibration(offset, scale), "mix").scores(w)
    for n in range(40):
        cosines = [float(query.values[0, b] @ items.values[n, b]) for b in range(3)]
        expected = sum(w[b] * (cosines[b] - offset[n, b]) / scale[n, b] for b in range(3))
        assert calibrated[n] == pytest.approx(expected, abs=1e-5)
        one = sum(w[b] * query.values[0, b] for b in range(3))
        other = sum(w[b] * items.values[n, b] for b in range(3))
        cosine = one @ other / (np.linalg.norm(one) * np.linalg.norm(other))
        assert mixed[n] == pytest.approx(cosine, abs=1e-5)


def test_calibrated_scores_are_straight_lines_along_the_slider() -> None:
    query, items = random_embedding(1, 0), random_embedding(25, 1)
    plain = Calibration(np.zeros((1, 3), np.float32), np.ones((1, 3), np.float32))
    found = candidates(query, items, plain)
    low, middle, high = (found.scores(alpha_weights(a, BRANCHES, "mood")) for a in (0.2, 0.5, 0.8))
    np.testing.assert_allclose(middle, (low + high) / 2, atol=1e-6)


def test_a_mix_of_equal_branches_is_that_branch() -> None:
    values = np.repeat(random_embedding(6, 0).values[:, :1], 3, axis=1)
    w = np.array([0.2, 0.3, 0.5], np.float32)
    np.testing.assert_allclose(mix(values, w), values[:, 0], atol=1e-6)


def test_unit_rows_have_length_one_and_nothing_stays_nothing() -> None:
    x = np.array([[3, 4], [0, 0], [1e-3, 0]], np.float32)
    np.testing.assert_allclose(unit(x), [[0.6, 0.8], [0, 0], [1, 0]], atol=1e-6)


@pytest.mark.parametrize("fusion", ["calibrated", "mix"])
def test_an_evaluation_ranks_as_the_search_does(fusion: str) -> None:
    """The sweep's score matrix is the search of every query among all items."""
    queries, items = random_embedding(12, 3), random_embedding(12, 4)
    rng = np.random.default_rng(5)
    offset = rng.normal(size=(12, 3)).astype(np.float32)
    scale = rng.uniform(0.5, 2, size=(12, 3)).astype(np.float32)
    calibration = Calibration(offset, scale)
    labels = np.ones((12, 1), bool)
    direction = Direction(queries, items, calibration, labels, [str(n) for n in range(12)])
    w = alpha_weights(0.3, BRANCHES, "genre")
    scores = direction.scores(w, fusion)
    for q in range(12):
        found = candidates(queries.rows([q]), items, calibration, fusion)
        np.testing.assert_allclose(scores[q], found.scores(w), atol=1e-5)
