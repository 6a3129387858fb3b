"""A branch of the query replaced by labels: the same scores as an ordinary query of that vector."""

import numpy as np
import pytest

from tests.test_embedding import BRANCHES, random_embedding
from vmr.embedding import (
    SSL,
    Anchors,
    BranchEmbedding,
    alpha_weights,
    turn_by,
    turn_onto,
    turn_to,
    turned,
    unit,
)
from vmr.search import BEST_PER_ANCHOR, calibrate_on, candidates, gather

MOODS = ("calm", "happy", "sad", "tense")


def anchors_of(branch: str, names: tuple[str, ...], seed: int) -> Anchors:
    values = random_embedding(len(names), seed).values[:, 0]
    return Anchors(branch, names, values)


MOOD = anchors_of("mood", MOODS, 70)
ENERGY = anchors_of(SSL, ("1", "2", "3", "4", "5"), 71)


def world(count: int = 40):
    items, query = random_embedding(count, 1), random_embedding(1, 2)
    return query, items, calibrate_on(items, random_embedding(50, 3), 0.3, 0.25)


def test_labels_replace_the_branch_and_a_minus_alone_is_taken_from_the_query():
    query, _, _ = world()
    calm, sad = MOOD.values[0], MOOD.values[2]
    asked = turned(query, MOOD, turn_to(MOOD, {"calm": 2.0, "sad": -0.5}))
    np.testing.assert_allclose(asked.branch("mood")[0], unit(2 * calm - 0.5 * sad), atol=1e-6)
    without = turned(query, MOOD, turn_to(MOOD, {"sad": -1.0})).branch("mood")[0]
    np.testing.assert_allclose(without, unit(query.branch("mood")[0] - sad), atol=1e-6)
    assert without @ sad < query.branch("mood")[0] @ sad
    np.testing.assert_array_equal(asked.branch("genre"), query.branch("genre"))


def test_a_dial_lies_between_its_anchors_and_keeps_what_else_the_query_says():
    query, _, _ = world()
    onto = turned(query, ENERGY, turn_onto(ENERGY, 2.25)).branch(SSL)[0]
    between = unit(0.75 * ENERGY.values[1] + 0.25 * ENERGY.values[2])
    np.testing.assert_allclose(onto, between, atol=1e-6)
    moved = turned(query, ENERGY, turn_by(ENERGY, 1.0, 9.0)).branch(SSL)[0]
    expected = unit(query.branch(SSL)[0] - ENERGY.values[0] + ENERGY.values[4])
    np.testing.assert_allclose(moved, expected, atol=1e-6)
    same = turned(query, ENERGY, turn_by(ENERGY, 3.3, 3.3)).values
    np.testing.assert_allclose(same, query.values, atol=1e-6)


@pytest.mark.parametrize("fusion", ["calibrated", "mix"])
@pytest.mark.parametrize(
    "weights", [{"calm": 1}, {"calm": 1, "happy": 0.5, "sad": -1}, {"sad": -1}]
)
def test_moving_candidates_equals_asking_again_with_the_moved_query(fusion, weights):
    query, items, calibration = world()
    found = candidates(query, items, calibration, fusion, anchors=(MOOD, ENERGY))
    by_label, by_dial = turn_to(MOOD, weights), turn_by(ENERGY, 2.5, 4.0)
    moved = found.moved("mood", by_label).moved(SSL, by_dial)
    asked = turned(turned(query, MOOD, by_label), ENERGY, by_dial)
    again = gather(asked, items, calibration, found.index, fusion)
    np.testing.assert_allclose(moved.parts, again.parts, atol=2e-5)
    for w in (alpha_weights(0.3, BRANCHES, "mood"), alpha_weights(0.8, BRANCHES, "genre")):
        np.testing.assert_allclose(moved.scores(w), again.scores(w), atol=2e-5)


@pytest.mark.parametrize("fusion", ["calibrated", "mix"])
def test_the_union_holds_the_exact_top_50_at_any_alpha_for_any_label(fusion):
    query, items, calibration = world(3000)
    found = candidates(query, items, calibration, fusion, anchors=(MOOD,))
    everything = np.arange(len(items), dtype=np.int64)
    assert len(found.index) < 1700
    for name in MOODS:
        turn = turn_to(MOOD, {name: 1.0})
        moved = found.moved("mood", turn)
        whole = gather(turned(query, MOOD, turn), items, calibration, everything, fusion)
        for alpha in np.linspace(0, 1, 37):
            w = alpha_weights(float(alpha), BRANCHES, "mood")
            got, exact = moved.index[moved.order(w)[:50]], whole.order(w)[:50]
            assert set(got) == set(exact)


def test_a_large_catalog_sends_the_first_rows_of_each_label_and_no_more():
    query, items, calibration = world(4500)
    plain = candidates(query, items, calibration)
    found = candidates(query, items, calibration, anchors=(MOOD, ENERGY))
    assert set(plain.index) <= set(found.index)
    labels = len(MOOD.names) + len(ENERGY.names)
    assert len(found.index) - len(plain.index) < 5 * BEST_PER_ANCHOR * labels
    everything = np.arange(len(items), dtype=np.int64)
    for name in MOODS:
        turn = turn_to(MOOD, {name: 1.0})
        moved = found.moved("mood", turn)
        whole = gather(turned(query, MOOD, turn), items, calibration, everything)
        for alpha in np.linspace(0, 1, 37):
            w = alpha_weights(float(alpha), BRANCHES, "mood")
            got, exact = moved.index[moved.order(w)[:12]], whole.order(w)[:12]
            assert set(got) == set(exact)


def test_words_add_one_term_and_the_union_holds_the_exact_top_50_with_them():
    query, items, calibration = world(3000)
    term = np.random.default_rng(5).normal(size=len(items)).astype(np.float32)
    found = candidates(query, items, calibration, term=term)
    whole = gather(query, items, calibration, np.arange(len(items), dtype=np.int64))
    assert len(found.index) < 1500
    for words in (0.5, 1.0, 2.0):
        for alpha in np.linspace(0, 1, 23):
            w = alpha_weights(float(alpha), BRANCHES, "mood")
            exact = np.argsort(-(whole.scores(w) + words * term), kind="stable")[:50]
            got = found.with_words(term, words)
            assert set(found.index[got.order(w)[:50]]) == set(exact)
    alone = found.with_words(term, 1.0).scores(np.zeros(3, np.float32))
    np.testing.assert_array_equal(alone, term[found.index])


def test_labels_that_are_not_there_are_a_callers_bug():
    with pytest.raises(ValueError, match="angry"):
        turn_to(MOOD, {"angry": 1.0})
    with pytest.raises(ValueError, match="weight"):
        turn_to(MOOD, {"calm": 0.0})
    with pytest.raises(ValueError, match="weight"):
        turn_to(MOOD, {"calm": float("nan")})
    with pytest.raises(ValueError):
        Anchors("mood", ("calm",), np.zeros((2, 4), np.float32))
    query, items, calibration = world()
    with pytest.raises(ValueError, match="anchors"):
        candidates(query, items, calibration).moved("mood", turn_to(MOOD, {"calm": 1}))
    assert isinstance(turned(query, MOOD, turn_to(MOOD, {"calm": 1})), BranchEmbedding)
