"""One pass, then any weights: the candidates hold the exact top of every slider position."""

import numpy as np
import pytest

from tests.test_embedding import BRANCHES, random_embedding
from vmr.embedding import (
    BranchEmbedding,
    Calibration,
    alpha_weights,
    calibrated_scores,
    mix,
    parts,
)
from vmr.search import BEST_PER_STEP, calibrate_on, candidates


@pytest.mark.parametrize("fusion", ["calibrated", "mix"])
@pytest.mark.parametrize("facet", ["genre", "mood"])
def test_the_union_holds_the_exact_top_50_at_any_alpha(fusion, facet):
    items, query, bank = random_embedding(5000, 0), random_embedding(1, 1), random_embedding(50, 2)
    calibration = calibrate_on(items, bank, own_spread=0.5)  # a scale of its own for each item
    found = candidates(query, items, calibration, fusion)
    assert len(found.index) < 1500
    for alpha in np.linspace(0, 1, 37):
        w = alpha_weights(float(alpha), BRANCHES, facet)
        if fusion == "mix":
            full = mix(items.values, w) @ mix(query.values, w)[0]
        else:
            full = calibrated_scores(parts(query.values[0], items.values, calibration), w)
        exact = np.argsort(-full, kind="stable")[:50]
        assert found.index[found.order(w)[:50]].tolist() == exact.tolist()


def test_a_small_catalog_is_kept_whole_and_in_order():
    items, query = random_embedding(30, 3), random_embedding(1, 4)
    found = candidates(query, items, calibrate_on(items, random_embedding(9, 5)))
    assert found.index.tolist() == list(range(30))


def test_the_item_equal_to_the_query_comes_first():
    items = random_embedding(30, 6)
    found = candidates(items.rows([17]), items, calibrate_on(items, random_embedding(99, 7)))
    for alpha in (0.0, 0.5, 1.0):
        assert found.order(alpha_weights(alpha, BRANCHES, "genre"))[0] == 17


def test_more_than_one_query_at_once_is_a_callers_bug():
    items = random_embedding(5, 8)
    with pytest.raises(ValueError):
        candidates(items, items, calibrate_on(items, items))


def with_cosines(cosines: np.ndarray) -> tuple[BranchEmbedding, BranchEmbedding]:
    """A query and items (N, 3, 2) whose cosines with it are the ones given, (N, 3)."""
    c = np.asarray(cosines, np.float32)
    items = BranchEmbedding(np.stack([c, np.sqrt(1 - c**2)], axis=-1), BRANCHES)
    query = np.zeros((1, len(BRANCHES), 2), np.float32)
    query[..., 0] = 1
    return BranchEmbedding(query, BRANCHES), items


EQUAL_AT_ONE = [(0.1, 0.5), (0.6, -0.5), (0.2, 0.5), (0.3, 0.5), (0.7, -0.5)]  # ssl, mood
PLAIN = Calibration(np.zeros((1, 3), np.float32), np.ones((1, 3), np.float32))


def test_an_item_that_is_best_only_for_the_weights_in_the_middle_is_a_candidate():
    """No position of a slider brings it up: there are enough items in front of it on each."""
    lone, count = [0.7, 0.7, 0.7], BEST_PER_STEP + 10
    cosines = [[-0.5] * 3] * 400 + [[0.8, 0.8, -0.9]] * count + [[0.8, -0.9, 0.8]] * count + [lone]
    query, items = with_cosines(cosines)
    found = candidates(query, items, PLAIN)
    assert len(found.index) < len(items)
    middle = np.full(3, 1 / 3, np.float32)
    assert found.index[found.order(middle)[0]] == len(items) - 1


def test_items_that_are_equal_at_the_right_end_stand_as_just_before_it():
    query, items = with_cosines([[s, 0.0, m] for s, m in EQUAL_AT_ONE])
    found = candidates(query, items, PLAIN)
    orders = [found.order(alpha_weights(a, BRANCHES, "mood")).tolist() for a in (0.0, 0.9999, 1.0)]
    assert orders == [
        [4, 1, 3, 2, 0],
        [3, 2, 0, 4, 1],
        [3, 2, 0, 4, 1],
    ]  # the page's: rank.test.mjs
    words = found.with_words(np.float32([9, 0, 0, 0, 0]), 0.0)
    assert words.order(alpha_weights(1.0, BRANCHES, "mood")).tolist() == orders[2]


def test_equal_scores_keep_the_order_of_the_catalog():
    query, items = with_cosines([[0.2] * 3, [0.9] * 3, [0.2] * 3, [0.9] * 3, [0.2] * 3])
    found = candidates(query, items, PLAIN)
    for alpha in (0.0, 0.5, 1.0):
        assert found.order(alpha_weights(alpha, BRANCHES, "mood")).tolist() == [1, 3, 0, 2, 4]
