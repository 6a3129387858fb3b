"""The algebra: one pass gives the exact score at any weights."""

import numpy as np
import pytest

from vmr.embedding import (
    BranchEmbedding,
    Calibration,
    alpha_weights,
    branch_products,
    calibrated_scores,
    concatenate,
    gram,
    mix,
    mix_scores,
    parts,
    unit,
)
from vmr.search import calibrate_on

BRANCHES = ("ssl", "genre", "mood")


def random_embedding(n: int, seed: int, d: int = 16) -> BranchEmbedding:
    rng = np.random.default_rng(seed)
    values = unit(rng.normal(size=(n, len(BRANCHES), d)).astype(np.float32))
    return BranchEmbedding(values, BRANCHES)


@pytest.mark.parametrize("w", [(1, 0, 0), (0, 0, 1), (0.5, 0.5, 0), (0.2, 0.3, 0.5)])
def test_mix_scores_equal_the_cosine_of_the_mixed_vectors(w):
    query, items = random_embedding(1, 0), random_embedding(50, 1)
    w = np.array(w, dtype=np.float32)
    expected = mix(items.values, w) @ mix(query.values, w)[0]
    q = branch_products(query.values[0], items.values)
    got = mix_scores(q, gram(items.values), gram(query.values)[0], w)
    np.testing.assert_allclose(got, expected, atol=1e-5)


def test_branch_products_keep_the_query_on_the_first_axis():
    query = np.zeros((2, 2), dtype=np.float32)
    query[0] = [1, 0]
    items = np.zeros((1, 2, 2), dtype=np.float32)
    items[0, 1] = [1, 0]
    assert branch_products(query, items).tolist() == [[[0.0, 1.0], [0.0, 0.0]]]


def test_calibrated_score_is_the_weighted_sum_of_scaled_cosines():
    query, items = random_embedding(1, 2), random_embedding(7, 3)
    calibration = Calibration(
        np.array([[0.1, 0.0, -0.2]], np.float32), np.array([[0.5, 1.0, 2.0]], np.float32)
    )
    w = np.array([0.5, 0.25, 0.25], np.float32)
    for n in range(7):
        by_hand = sum(
            w[b]
            * (query.values[0, b] @ items.values[n, b] - calibration.offset[0, b])
            / calibration.scale[0, b]
            for b in range(3)
        )
        scores = calibrated_scores(parts(query.values[0], items.values, calibration), w)
        assert scores[n] == pytest.approx(by_hand, abs=1e-5)


def test_calibration_on_a_bank_makes_every_item_average_zero_over_it():
    items, bank = random_embedding(9, 4), random_embedding(200, 5)
    calibration = calibrate_on(items, bank)
    over_bank = np.stack([parts(q, items.values, calibration) for q in bank.values])
    np.testing.assert_allclose(over_bank.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(over_bank.var(axis=0).mean(axis=0), 1, atol=1e-3)


def test_an_item_near_to_everything_loses_its_advantage():
    bank = random_embedding(300, 6)
    centre = unit(bank.values + 3.0)  # all queries lean to one side
    bank = BranchEmbedding(centre, BRANCHES)
    items = random_embedding(20, 7)
    hub = unit(np.ones_like(items.values[:1]))
    items = concatenate([items, BranchEmbedding(hub, BRANCHES)])
    raw = np.einsum("mbd,nbd->mnb", bank.values, items.values)[..., 0]
    assert (raw.argmax(axis=1) == 20).mean() == 1.0
    calibration = calibrate_on(items, bank)
    fair = np.stack([parts(q, items.values, calibration)[:, 0] for q in bank.values])
    assert (fair.argmax(axis=1) == 20).mean() < 0.2


def test_alpha_moves_weight_from_ssl_to_the_facet():
    np.testing.assert_allclose(alpha_weights(0.25, BRANCHES, "mood"), [0.75, 0, 0.25])


def test_a_checkpoint_without_labels_has_one_position():
    assert alpha_weights(0.7, ("ssl",), "mood").tolist() == [1.0]


@pytest.mark.parametrize(("alpha", "facet"), [(-0.1, "mood"), (1.1, "mood"), (0.5, "tempo")])
def test_weights_outside_the_slider_are_refused(alpha, facet):
    with pytest.raises(ValueError):
        alpha_weights(alpha, BRANCHES, facet)


def test_an_embedding_of_the_wrong_shape_does_not_construct():
    with pytest.raises(ValueError):
        BranchEmbedding(np.zeros((3, 2, 4), np.float32), BRANCHES)


def test_embeddings_of_different_branches_do_not_join():
    other = BranchEmbedding(np.zeros((1, 2, 16), np.float32), ("ssl", "mood"))
    with pytest.raises(ValueError):
        concatenate([random_embedding(1, 0), other])
