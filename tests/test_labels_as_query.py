"""The bundled model asked by label and by dial, on the bundled catalogs."""

from collections import Counter

import numpy as np
import pytest
from scipy.stats import spearmanr

from vmr.embedding import SSL, BranchEmbedding, alpha_weights, turn_by, turn_onto, turn_to
from vmr.knowledge.energy import energy_anchors, felt_energy, track_energy
from vmr.search import Candidates, candidates


def asked(retriever, catalog) -> Candidates:
    """One picture that has nothing to do with what is chosen, over one whole catalog."""
    model = retriever.model
    query = model.video_bank.rows([0])
    dial = energy_anchors(retriever.embeddings, retriever.tracks)
    anchors = (dial, *map(model.anchors, model.config.facets))
    calibration = model.calibration_of_music(catalog.embeddings)
    return candidates(query, catalog.embeddings, calibration, anchors=anchors)


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("facet", ["mood", "genre"])
def test_a_chosen_label_is_carried_by_the_first_five(retriever, facet, place):
    catalog = retriever.catalogs[place]
    labels = [track.labels.get(facet, ()) for track in catalog.tracks]
    counts = Counter(name for row in labels for name in row)
    anchors = retriever.model.anchors(facet)
    found = asked(retriever, catalog)
    w = alpha_weights(1.0, found.branches, facet)
    for name in set(counts) & set(anchors.names):
        order = found.moved(facet, turn_to(anchors, {name: 1.0})).order(w)
        first = [name in labels[i] for i in found.index[order[:5]]]
        assert first == [True] * min(5, counts[name]) + [False] * (5 - min(5, counts[name])), name


def test_a_label_with_a_minus_is_avoided(retriever):
    catalog = retriever.catalogs[1]
    anchors, found = retriever.model.anchors("mood"), asked(retriever, catalog)
    w = alpha_weights(1.0, found.branches, "mood")
    plain = found.moved("mood", turn_to(anchors, {"energetic": 1.0}))
    without = found.moved("mood", turn_to(anchors, {"energetic": 1.0, "tense": -1.0}))
    moods = [track.mood for track in catalog.tracks]
    assert any("tense" in moods[i] for i in found.index[plain.order(w)[:60]])
    first = [moods[i] for i in found.index[without.order(w)[:30]]]
    assert all("energetic" in row and "tense" not in row for row in first)


@pytest.mark.parametrize("place", [0, 1])
def test_the_dial_moves_the_energy_of_the_first_five(retriever, place):
    catalog = retriever.catalogs[place]
    energy = np.array([track_energy(track) for track in catalog.tracks], dtype=np.float64)
    dial, found = energy_anchors(retriever.embeddings, retriever.tracks), asked(retriever, catalog)
    w, positions = alpha_weights(0.0, found.branches, "mood"), np.arange(1, 5.01, 0.5)
    bank = retriever.model.video_bank
    felt = felt_energy(bank.rows([0]), dial, bank)
    for turn in (lambda e: turn_by(dial, felt, e), lambda e: turn_onto(dial, e)):
        got = [energy[found.moved(SSL, turn(e)).order(w)[:5]].mean() for e in positions]
        # At the end of a small catalog the same tracks stay first and only change places.
        assert min(np.diff(got)) > -0.05 and got[-1] - got[0] > 2.0
        assert spearmanr(got, positions).statistic > 0.85


def test_driving_music_asked_of_the_dial_feels_more_driving_than_calm_music(retriever):
    bank = retriever.model.video_bank
    dial = energy_anchors(retriever.embeddings, retriever.tracks)
    felt = [
        felt_energy(
            BranchEmbedding(np.stack([row] * len(bank.branches))[None], bank.branches), dial, bank
        )
        for row in dial.values
    ]
    assert max(felt[:2]) < felt[2] < min(felt[3:]) and min(felt) >= 1 and max(felt) <= 5


def test_tracks_of_one_energy_make_no_dial(retriever):
    starter = retriever.catalogs[0]
    calm = [n for n, track in enumerate(starter.tracks) if track.mood == ("calm",)]
    tracks = [starter.tracks[n] for n in calm]
    assert energy_anchors(starter.embeddings.rows(calm), tracks) is None
