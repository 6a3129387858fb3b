"""Scores as the share of random pairs they beat."""

import numpy as np
import pytest

from tests.test_embedding import BRANCHES, random_embedding
from vmr.catalogs.score_scale import FITS_FROM, PERCENTS, score_scale
from vmr.embedding import alpha_weights, calibrated_scores, mix, parts
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
            assert off.max() < 2.5


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
    x = sum(share[i] / sum(share) * np.array(sent["places"][i]) for i in range(b))
    place = (scores - np.dot(w, sent["mean"])) / spread
    np.testing.assert_allclose(np.interp(place, x, sent["percents"]), percent, atol=1e-2)


def test_an_added_term_widens_the_scale():
    items, bank = random_embedding(300, 0), random_embedding(80, 1)
    scale = score_scale(items, bank, calibrate_on(items, bank), "calibrated")
    w = alpha_weights(0.5, BRANCHES, "mood")
    high = np.float32([2.0])
    assert scale.percent(high, w, words=1.0)[0] < scale.percent(high, w)[0]
