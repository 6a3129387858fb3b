"""Instruments and tempo as facets beside the checkpoint's own."""

import numpy as np
import pytest

from vmr.embedding import BranchEmbedding, alpha_weights, turn_to
from vmr.errors import ManifestError
from vmr.knowledge.energy import energy_anchors
from vmr.knowledge.heard_facets import HEARD, HeardFacets, heard_labels, offered
from vmr.knowledge.instruments import (
    COLUMNS,
    INSTRUMENTS,
    OFFERED_FROM,
    TEMPI,
    bundled_instruments,
    instrument_scores,
    read_instruments,
    tempo_scores,
)
from vmr.search import candidates


@pytest.fixture(scope="module")
def heard(retriever):
    """(the facets, instruments (N, I), tempo (N, 3)) of all bundled tracks."""
    music, model = retriever.music, retriever.model
    columns = retriever.music_encoder.columns
    means = np.stack([place.features.mean(axis=0) for place in music.places])
    bpm = np.array([track.bpm for track in music.tracks], dtype=np.float32)
    onsets = 8 * means[:, columns.index("stats:onset_rate")]
    labels = [model.anchors(facet) for facet in model.config.facets]
    dial = energy_anchors(music.embeddings, music.tracks)
    facets = HeardFacets.of(labels, dial, model.video_bank)
    return facets, instrument_scores(means, columns), tempo_scores(bpm, onsets)


def test_only_instruments_with_a_measured_precision_are_offered():
    for row in bundled_instruments():
        assert (row.name in offered()) == (
            row.precision is not None and row.precision >= OFFERED_FROM
        )
    assert OFFERED_FROM == 0.7 and len(offered()) >= 2


def test_a_chosen_instrument_or_tempo_is_carried_by_the_first_five(retriever, heard):
    facets, instruments, tempo = heard
    items = facets.tracks(retriever.music.embeddings, instruments, tempo)
    calibration = facets.calibrated(items, retriever.music.for_video)
    query = facets.queries(retriever.model.video_bank.rows([0]))
    assert items.branches[-2:] == query.branches[-2:] == HEARD
    found = candidates(query, items, calibration, anchors=facets.anchors())
    labels = heard_labels(instruments, tempo)
    for anchors in facets.anchors():
        w = alpha_weights(1.0, items.branches, anchors.branch)
        for name in anchors.names:
            order = found.moved(anchors.branch, turn_to(anchors, {name: 1.0})).order(w)
            assert all(name in labels[i][anchors.branch] for i in order[:5]), name


def test_the_checkpoints_own_branches_and_scores_stay_as_they_are(retriever, heard):
    facets, instruments, tempo = heard
    own = retriever.music.embeddings
    items = facets.tracks(own, instruments, tempo)
    calibration = facets.calibrated(items, retriever.music.for_video)
    np.testing.assert_array_equal(items.values[:, :3], own.values)
    np.testing.assert_allclose(np.linalg.norm(items.values, axis=2), 1, atol=1e-5)
    query = retriever.model.video_bank.rows([5])
    plain = candidates(query, own, retriever.music.for_video)
    more = candidates(facets.queries(query), items, calibration)
    for facet in retriever.model.config.facets:
        w, wider = (alpha_weights(0.6, e.branches, facet) for e in (own, items))
        np.testing.assert_allclose(plain.scores(w), more.scores(wider), atol=1e-5)


def test_a_driving_picture_asks_for_fast_music_and_a_calm_one_for_slow(retriever, heard):
    facets, _, _ = heard
    bank = retriever.model.video_bank
    rows = np.repeat(facets.dial.values[[0, 4]][:, None], len(bank.branches), axis=1)
    asked = facets.queries(BranchEmbedding(rows, bank.branches)).branch("tempo")[:, :3]
    assert TEMPI[asked[0].argmax()] == "slow" and TEMPI[asked[1].argmax()] == "fast"


def test_a_tempo_is_measured_from_beats_and_onsets():
    bpm = np.array([60, 110, 170, 190, np.nan], dtype=np.float32)
    onsets = np.array([1.0, 4.5, 8.0, 1.0, 1.0], dtype=np.float32)
    shares = tempo_scores(bpm, onsets)
    assert [TEMPI[i] for i in shares[:3].argmax(axis=1)] == ["slow", "medium", "fast"]
    assert 0 < shares[3, 2] < 1 and shares[3, 0] > 0  # few onsets: the beats may be doubled
    assert not shares[4].any()
    np.testing.assert_allclose(shares[:4].sum(axis=1), 1, atol=1e-6)


def test_without_a_tagger_there_are_no_instruments():
    assert instrument_scores(np.ones((2, 3), np.float32), ("a", "b", "c")) is None


def test_a_table_of_instruments_that_cannot_be_right_is_refused(tmp_path):
    path = tmp_path / "instruments.csv"
    rows = [f"{name},mtt:{name},0.1,0.4,,,,\n" for name in INSTRUMENTS]
    for changed, what in (
        ("piano,mtt:piano,0.4,0.1,,,,\n", "above"),
        ("piano,mtt:piano,0.1,0.4,,,0.9,\n", "measured"),
        ("lute,mtt:lute,0.1,0.4,,,,\n", "one row for each"),
    ):
        path.write_text(",".join(COLUMNS) + "\n" + changed + "".join(rows[1:]), encoding="utf-8")
        with pytest.raises(ManifestError, match=what):
            read_instruments(path)
