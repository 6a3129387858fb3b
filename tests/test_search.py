"""One pass, then any weights: the candidates hold the exact top of every slider position."""

import numpy as np
import pytest

from tests.test_embedding import BRANCHES, random_embedding
from vmr.embedding import alpha_weights, calibrate_on, calibrated_scores, mix, parts
from vmr.search import candidates


@pytest.mark.parametrize("fusion", ["calibrated", "mix"])
@pytest.mark.parametrize("facet", ["genre", "mood"])
def test_the_union_holds_the_exact_top_50_at_any_alpha(fusion, facet):
    items, query, bank = random_embedding(5000, 0), random_embedding(1, 1), random_embedding(50, 2)
    calibration = calibrate_on(items, bank)
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
