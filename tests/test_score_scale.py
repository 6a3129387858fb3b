"""Scores as the share of random pairs they beat."""

import numpy as np
import pytest

from tests.test_embedding import BRANCHES, random_embedding
from vmr.catalogs.score_scale import FITS_FROM, PERCENTS, score_scale, score_scale_beside
from vmr.embedding import Calibration, alpha_weights, calibrated_scores, mix, parts
from vmr.search import calibrate_on


def test_on_the_bundled_catalogs_a_percent_is_the_share_of_random_pairs_beaten(retriever):
    model, items = retriever.model, retriever.embeddings
    calibration = model.calibration_of_music(items)
    scale = score_scale(items, model.video_bank, calibration, "calibrated")
    part = np.stack([parts(q, items.values, calibration) for q in model.video_bank.values])
    for facet in model.config.facets:
        for alpha in (0.0, 0.25, 0.5, 0.8, 1.0):
            w = alpha_weights(alpha, items.branches, facet)
            scores = np.sort(calibrated_scores(part, w).ravel())
            asked = np.percentile(scores, [10, 50, 90, 97, 99])
            share = 100 * np.searchsorted(scores, asked) / len(scores)
            off = np.abs(scale.percent(asked.astype(np.float32), w) - share)
            if facet == "instrument":  # half of all pairs have one score there
                assert off[2:].max() < 2.6
            else:
                assert off.max() < 2.6


@pytest.mark.parametrize("fusion", ["calibrated", "mix"])
def test_percents_rise_with_the_score_from_0_to_100_and_equal_the_pages_table(fusion):
    items, bank = random_embedding(300, 0), random_embedding(80, 1)
    calibration = calibrate_on(items, bank, 0.3)
    scale = score_scale(items, bank, calibration, fusion)
    w = alpha_weights(0.4, BRANCHES, "mood")
    query = random_embedding(1, 2)
    if fusion == "mix":
        scores = mix(items.values, w) @ mix(query.values, w)[0]
    else:
        scores = calibrated_scores(parts(query.values[0], items.values, calibration), w)
    percent = scale.percent(scores, w)
    order = np.argsort(scores)
    assert (np.diff(percent[order]) >= 0).all() and 20 < percent.mean() < 80
    assert scale.percent(np.float32([-1e9, 1e9]), w).tolist() == [0, 100]
    sent = scale.as_json()
    assert len(sent["percents"]) == len(PERCENTS) <= 33 and sent["fits_from"] == FITS_FROM
    b, covariance = len(BRANCHES), sent["covariance"]
    spread = sum(w[i] * covariance[i * b + j] * w[j] for i in range(b) for j in range(b)) ** 0.5
    share = [w[i] ** 2 * covariance[i * b + i] for i in range(b)]
    normal, places = np.array(sent["normal"]), np.array(sent["places"])
    x = normal + sum((share[i] / sum(share)) ** 1.5 * (places[i] - normal) for i in range(b))
    place = (scores - np.dot(w, sent["mean"])) / spread
    np.testing.assert_allclose(np.interp(place, x, sent["percents"]), percent, atol=1e-2)


def test_an_added_term_widens_the_scale():
    items, bank = random_embedding(300, 0), random_embedding(80, 1)
    scale = score_scale(items, bank, calibrate_on(items, bank), "calibrated")
    w = alpha_weights(0.5, BRANCHES, "mood")
    high = np.float32([2.0])
    assert scale.percent(high, w, words=1.0)[0] < scale.percent(high, w)[0]


def test_with_a_reference_a_percent_is_the_share_of_random_triples_beaten(retriever):
    """Two references for each of the bank's videos, drawn apart."""
    model, items, music = retriever.model, retriever.embeddings, retriever.music
    banks = model.video_bank, model.music_bank
    scale = score_scale_beside(items, banks, (music.for_video, music.for_music), "calibrated")
    rng = np.random.default_rng(0)
    videos = rng.permutation(len(banks[0].values))
    tracks = rng.integers(0, len(banks[1].values), len(videos))
    ours, theirs = (
        np.stack([parts(bank.values[i], items.values, calibration) for i in chosen])
        for bank, chosen, calibration in (
            (banks[0], videos, music.for_video),
            (banks[1], tracks, music.for_music),
        )
    )
    for alpha in (0.0, 0.5, 1.0):
        w = alpha_weights(alpha, items.branches, "mood")
        for blend in (0.2, 0.5, 1.0):
            both = np.concatenate([(1 - blend) * w, blend * w])
            scores = np.sort((1 - blend) * (ours @ w).ravel() + blend * (theirs @ w).ravel())
            asked = np.percentile(scores, [10, 50, 90, 97, 99])
            share = 100 * np.searchsorted(scores, asked) / len(scores)
            assert np.abs(scale.percent(asked.astype(np.float32), both) - share).max() < 3


def test_a_reference_that_counts_nothing_leaves_the_scale_as_it_was(retriever):
    both, alone = retriever.ranking.scale_beside, retriever.ranking.scale("video")
    assert len(both.mean) == 2 * len(alone.mean) == len(both.covariance)
    w, scores = retriever.weights(0.4, "mood"), np.linspace(-3, 4, 50, dtype=np.float32)
    silent = both.percent(scores, np.concatenate([w, 0 * w]), 0.5)
    assert silent == pytest.approx(alone.percent(scores, w, 0.5), abs=1e-3)


def test_what_a_query_and_a_reference_share_is_how_high_an_item_stands_for_any():
    items, banks = random_embedding(60, 0), (random_embedding(80, 1), random_embedding(70, 2))
    level = np.random.default_rng(3).normal(0, 0.3, (60, 3)).astype(np.float32)
    one = Calibration(level, np.ones((60, 3), np.float32))
    scale = score_scale_beside(items, banks, (one, one), "calibrated")
    ours, theirs = (np.stack([parts(q, items.values, one) for q in b.values]) for b in banks)
    pairs = np.concatenate(
        [np.broadcast_to(ours[:, None], (80, 70, 60, 3)), np.broadcast_to(theirs, (80, 70, 60, 3))],
        axis=3,
    ).reshape(-1, 6)
    every = np.cov(pairs.T)
    np.testing.assert_allclose(scale.covariance, every, atol=1e-4)
    assert np.abs(every[:3, 3:]).max() > 0.05
