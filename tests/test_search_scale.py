"""Many items: half precision, exact lists along the slider, masks; the oracle is brute force."""

import numpy as np
import pytest

from tests.test_embedding import BRANCHES, random_embedding
from vmr.embedding import (
    Anchors,
    BranchEmbedding,
    Calibration,
    alpha_weights,
    turn_to,
    turned,
    unit,
)
from vmr.search import bank_levels, best_of, calibrate_on, candidates, reach, scan
from vmr.search.lines import kth_highest

PLAIN = Calibration(np.zeros((1, 1), np.float32), np.ones((1, 1), np.float32))
ALPHAS = np.linspace(0, 1, 1001, dtype=np.float32)


def halved(items: BranchEmbedding) -> BranchEmbedding:
    return BranchEmbedding(items.values.astype(np.float16), items.branches)


def first(scores: np.ndarray, k: int) -> list[int]:
    return np.argsort(-scores, kind="stable")[:k].tolist()


@pytest.mark.parametrize("correlation", [-0.9, 0.0, 0.9])
def test_reach_holds_the_first_50_at_each_of_1001_alphas_and_few_others(correlation):
    rng = np.random.default_rng(3)
    a, noise = rng.standard_normal((2, 20_000), dtype=np.float32)
    b = np.float32(correlation) * a + np.float32((1 - correlation**2) ** 0.5) * noise
    found = reach(a, b, 50)
    on_grid = {i for t in ALPHAS for i in best_of((1 - t) * a + t * b, 50).tolist()}
    assert on_grid <= set(found.tolist())
    assert len(found) < 4 * len(on_grid)


def test_the_kth_highest_is_that_of_a_sorted_list():
    scores = np.random.default_rng(0).integers(0, 900, 70_001).astype(np.float32)
    ordered = np.sort(scores)[::-1]
    assert [kth_highest(scores, k) for k in (1, 7, 50, 70_001)] == ordered[
        [0, 6, 49, 70_000]
    ].tolist()
    assert best_of(scores, 300).tolist() == first(scores, 300)


def test_of_many_equal_items_the_first_are_enough():
    a = np.repeat(np.float32([0.9, 0.1]), 5000)
    found = reach(a, a, 3)
    assert found[:3].tolist() == [0, 1, 2] and len(found) < 100


def test_items_that_do_not_count_are_never_reached():
    a = np.float32([3, 2, -np.inf, 1, 0])
    assert reach(a, a, 5).tolist() == [0, 1, 3, 4] and reach(a, a, 2).tolist() == [0, 1]


def test_rows_in_half_precision_give_the_products_of_the_widened_rows():
    items, query = halved(random_embedding(700, 1)), random_embedding(1, 2)
    expected = np.einsum("bd,nbd->bn", query.values[0], items.values.astype(np.float64))
    assert scan(query, items, PLAIN).parts == pytest.approx(expected, abs=1e-6)
    tiny = BranchEmbedding(np.full((1, 1, 2), 6e-8, np.float16), ("ssl",))  # no normal half
    ones = BranchEmbedding(np.ones((1, 1, 2), np.float32), ("ssl",))
    found = scan(ones, tiny, PLAIN.rows([0])).parts
    assert found[0, 0] == pytest.approx(1.19e-7, rel=0.01)


def test_parts_side_by_side_are_those_of_one_after_the_other(monkeypatch):
    items, query = halved(random_embedding(701, 1)), random_embedding(1, 2)
    calibration = calibrate_on(items, random_embedding(9, 3), own_spread=0.5)
    plain = scan(query, items, calibration)
    wide = BranchEmbedding(items.values.astype(np.float32), items.branches)
    assert plain.parts == pytest.approx(scan(query, wide, calibration).parts, abs=1e-5)
    monkeypatch.setattr("vmr.search.one_pass.SIDE_BY_SIDE", 1)
    assert (scan(query, items, calibration).parts == plain.parts).all()


def test_levels_do_not_depend_on_how_items_are_cut_into_blocks(monkeypatch):
    items, bank = random_embedding(50, 4), random_embedding(40, 5)
    whole = bank_levels(items, bank)
    monkeypatch.setattr("vmr.search.levels.ITEMS_AT_ONCE", 7)
    parts = bank_levels(items, bank)
    cosines = np.einsum("mbd,nbd->mnb", bank.values, items.values)
    assert parts.mean == pytest.approx(cosines.mean(axis=0), abs=1e-6)
    assert parts.highest == pytest.approx(np.sort(cosines, axis=0)[-4:].mean(axis=0), abs=1e-6)
    assert parts.variance == pytest.approx(whole.variance, abs=1e-6)


def test_the_candidates_of_a_label_and_of_a_mask_hold_the_exact_first_50():
    items, query = halved(random_embedding(6000, 6)), random_embedding(1, 7)
    calibration = calibrate_on(items, random_embedding(30, 8), own_spread=0.5)
    anchors = Anchors("mood", ("calm",), unit(random_embedding(1, 9).values[:, 0]))
    asked = turned(query, anchors, turn_to(anchors, {"calm": 1.0}))
    counted = np.arange(len(items)) % 3 > 0
    for mask in (None, counted):
        found = candidates(asked, items, calibration, counted=mask)
        whole = scan(asked, items, calibration)
        assert len(found.index) < 1500
        for facet in BRANCHES[1:]:
            for alpha in ALPHAS[::50]:
                w = alpha_weights(float(alpha), BRANCHES, facet)
                scores = whole.scores(w)
                if mask is not None:
                    scores = np.where(mask, scores, -np.inf)
                assert found.index[found.order(w)[:50]].tolist() == first(scores, 50)


def test_a_scan_says_what_the_calibration_makes_of_the_cosines():
    items, query = random_embedding(20, 1), random_embedding(1, 2)
    calibration = Calibration(np.full((1, 3), 0.25, np.float32), np.full((1, 3), 2, np.float32))
    cosines = np.einsum("bd,nbd->bn", query.values[0], items.values)
    found = scan(query, items, calibration)
    assert found.parts == pytest.approx((cosines - 0.25) / 2, abs=1e-6)
    w = np.float32([0.5, 0, 0.5])
    assert found.best(w, 4).tolist() == first((cosines[0] + cosines[2]) / 2, 4)
