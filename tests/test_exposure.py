"""Exposure and hubs against numbers worked out by hand, and rankings whose bias is known."""

from __future__ import annotations

import numpy as np
import pytest

from vmr.evaluation.exposure import chance_hubness, exposures, hubness, memberships


def positions(*rows):
    return [np.array(row, dtype=np.int64) for row in rows]


def test_a_track_of_two_labels_counts_half_for_each():
    groups, member = memberships([["rock", "pop"], ["pop"], [], ["pop", "pop"]])
    assert groups == ("(none)", "pop", "rock")
    assert member.tolist() == [[0, 0.5, 0.5], [0, 1, 0], [1, 0, 0], [0, 1, 0]]


def test_exposure_is_what_hand_counting_gives():
    groups, member = memberships([["a"], ["a"], ["b"], ["a", "b"]])
    # six rows: track 0 three times, track 2 once, track 3 twice
    found = {e.group: e for e in exposures(positions([0, 3], [0, 2], [0, 3]), groups, member)}
    assert found["a"].share == pytest.approx(2.5 / 4)
    assert found["a"].exposure == pytest.approx(4 / 6)
    assert found["b"].exposure == pytest.approx(2 / 6)
    assert found["b"].ratio == pytest.approx((2 / 6) / (1.5 / 4))
    assert found["a"].tracks == 3
    assert found["a"].low < found["a"].exposure < found["a"].high


@pytest.fixture(scope="module")
def catalog():
    """60 tracks in six genres of 10, and one genre of a single track."""
    return memberships([[f"g{i % 6}"] for i in range(60)] + [["rare"]])


def ranked(rng, weights, queries=200, k=5):
    """Queries that draw tracks by weights, without putting back (Gumbel)."""
    noise = rng.gumbel(size=(queries, len(weights))) + np.log(weights)
    return list(np.argsort(-noise, axis=1)[:, :k])


def test_a_ranking_that_knows_nothing_is_seldom_found_biased(catalog):
    groups, member = catalog
    found, covered = 0, []
    for seed in range(40):
        shown = ranked(np.random.default_rng(seed), np.ones(61))
        rows = exposures(shown, groups, member, seed=seed)
        found += any(row.differs for row in rows)
        covered += [row.low <= row.share <= row.high for row in rows]
    assert found <= 5  # of 40; 2 are expected
    assert np.mean(covered) > 0.9


def test_a_biased_ranking_is_found_and_the_group_is_named(catalog):
    groups, member = catalog
    weights = np.ones(61)
    weights[0:60:6] = 2.0
    rows = exposures(ranked(np.random.default_rng(1), weights), groups, member)
    assert rows[0].group == "g0" and rows[0].differs and rows[0].low > rows[0].share
    assert rows[0].ratio == pytest.approx(12 / 7, abs=0.25)


def test_a_group_that_nobody_saw_differs_only_where_that_means_something(catalog):
    groups, member = catalog
    weights = np.ones(61)
    weights[0:60:6] = 1e-9
    rows = {
        e.group: e for e in exposures(ranked(np.random.default_rng(2), weights), groups, member)
    }
    assert rows["g0"].exposure == 0 and rows["g0"].differs and rows["g0"].high > 0
    weights[60] = 1e-9
    few = ranked(np.random.default_rng(3), weights, queries=8)
    rows = {e.group: e for e in exposures(few, groups, member)}
    assert rows["rare"].exposure == 0 and not rows["rare"].differs


def test_the_same_video_many_times_is_no_more_evidence(catalog):
    groups, member = catalog
    once = ranked(np.random.default_rng(4), np.ones(61), queries=6)
    source = np.repeat(np.arange(6), 50)
    plain = {e.group: e for e in exposures([once[i] for i in source], groups, member)}
    known = {e.group: e for e in exposures([once[i] for i in source], groups, member, source)}
    wider = [known[g].high - known[g].low > plain[g].high - plain[g].low for g in groups]
    assert all(wider)
    assert any(e.differs for e in plain.values())  # what looking at rows alone would claim
    assert known["g1"].exposure == plain["g1"].exposure


def test_nothing_shown_is_no_measurement(catalog):
    with pytest.raises(ValueError, match="nothing"):
        exposures(positions([], []), *catalog)


def test_hubness_is_what_hand_counting_gives():
    # track 0 in all three, 1 twice, 2 once, 3 never: occurrences 3 2 1 0
    found = hubness(positions([0, 1], [0, 1], [2, 0]), 4)
    assert found.skewness == pytest.approx(0)
    assert found.top == pytest.approx(2 / 3)
    assert found.never == pytest.approx(1 / 4)
    hub = hubness(positions([0], [0], [0], [0]), 5)  # 4 0 0 0 0
    assert hub.skewness == pytest.approx(1.5)
    assert (hub.top, hub.never) == (1, 0.8)


def test_chance_is_what_formulas_give():
    queries, k, items = 200, 5, 50
    found = chance_hubness(queries, k, items)
    p = k / items
    assert found.never == pytest.approx((1 - p) ** queries, abs=1e-3)
    assert found.skewness == pytest.approx((1 - 2 * p) / (queries * p * (1 - p)) ** 0.5, abs=0.1)
    few = chance_hubness(20, 1, 50)
    assert few.never == pytest.approx((1 - 1 / 50) ** 20, abs=0.02)
