"""Beliefs with probabilities, and rankings that two likely labels share."""

from pathlib import Path

import numpy as np
import pytest

from tests.test_embedding import random_embedding
from vmr.embedding import Anchors, BranchEmbedding
from vmr.errors import ManifestError
from vmr.evaluation.judged_clips import JudgedClip
from vmr.evaluation.reliability import (
    calibration_error,
    fit_curve,
    groups,
    held_out,
    reliability_figures,
    shown,
)
from vmr.knowledge.belief import (
    SHOWN,
    TIE,
    Belief,
    Curve,
    as_json,
    beliefs,
    brought_by,
    curves_for,
    drawn_from_both,
    nearest,
    read_curves,
    tied,
    write_curves,
)


def test_the_bundled_model_believes_with_probabilities_that_fall(retriever):
    model = retriever.model
    curves = curves_for(model)
    assert set(curves) == set(model.config.trained_labels)
    for facet, curve in curves.items():
        found = beliefs(model.video_bank.rows([7]), model.anchors(facet), curve)
        likely = [belief.probability for belief in found]
        assert likely == sorted(likely, reverse=True) and 0 < likely[-1] < likely[0] < 1
        assert len(found) == len(model.config.labels[facet])
        assert [row[0] for row in as_json(found)] == [b.label for b in found[:SHOWN]]


def test_a_model_of_another_kind_has_labels_in_order_and_no_probabilities():
    query = random_embedding(1, 0)
    anchors = Anchors("mood", ("a", "b"), random_embedding(2, 1).values[:, 0])
    found = beliefs(query, anchors, None)
    assert {b.probability for b in found} == {None} and found[0].cosine >= found[1].cosine
    assert tied(found, ("a", "b")) is None


def test_two_labels_tie_only_among_those_that_the_list_offers():
    found = [Belief("sad", 0.3, 0.5), Belief("calm", 0.3, 0.49), Belief("happy", 0.1, 0.495 - TIE)]
    assert tied(found, ("sad", "calm", "happy")) == ("sad", "calm")
    assert tied(found, ("calm", "happy")) == ("calm", "happy")
    assert tied(found, ("sad", "happy")) is None
    assert tied(found, ("sad",)) is None


def test_the_first_five_are_drawn_from_both_and_the_rest_keeps_its_order():
    labels = ["calm"] * 6 + ["happy"] * 3 + ["sad"]
    order = np.array([0, 9, 1, 2, 3, 6, 4, 7, 5, 8])
    got = drawn_from_both(order, labels, ("happy", "calm"))
    assert got.order.tolist() == [0, 1, 2, 6, 7, 9, 3, 4, 5, 8]  # calm leads, so calm has three
    assert got.drawn == {0: "calm", 1: "calm", 2: "calm", 6: "happy", 7: "happy"}
    too_few = drawn_from_both(order, labels, ("sad", "calm"))
    assert too_few.order.tolist() == order.tolist() and not too_few.drawn
    assert drawn_from_both(order[:0], labels, ("sad", "calm")).order.tolist() == []


def test_a_candidate_is_drawn_for_a_label_that_it_carries_whatever_it_sounds_like():
    carried = [("tense",), ("mysterious", "sad", "calm"), ("calm", "mysterious"), (), ("calm",)]
    near = ["calm", "calm", "dark", "calm", "mysterious"]
    pair = ("mysterious", "calm")
    assert brought_by(carried, near, pair) == ["", "calm", "mysterious", "", "calm"]


def test_an_item_is_nearest_to_its_own_anchor():
    items = random_embedding(4, 3)
    anchors = Anchors("mood", ("a", "b", "c", "d"), items.branch("mood"))
    assert nearest(items, anchors).tolist() == [0, 1, 2, 3]


def test_curves_are_read_as_they_were_written_and_nonsense_is_refused(tmp_path):
    path = tmp_path / "beliefs.csv"
    write_curves({"mood": Curve(4.5, -1.25)}, "a test", path)
    assert read_curves(path) == {"mood": Curve(4.5, -1.25)}
    for bad in ("mood,x,1,s", "mood,-2,1,s", "mood,nan,1,s"):
        path.write_text(f"facet,slope,intercept,source\n{bad}\n")
        with pytest.raises(ManifestError, match="line 2"):
            read_curves(path)


def test_the_calibration_error_is_the_mean_distance_by_bins():
    probability = np.array([0.95, 0.95, 0.15, 0.15])
    assert calibration_error(probability, np.array([1, 0, 0, 0])) == pytest.approx(0.3)
    assert calibration_error(np.array([1.0, 0.0]), np.array([1, 0])) == 0.0


def drawn_world(count: int) -> tuple[BranchEmbedding, list[JudgedClip], Anchors, Curve]:
    """Clips whose labels fit with exactly the probability that a known curve gives."""
    truth, rng = Curve(5.0, -1.0), np.random.default_rng(5)
    anchors = Anchors("mood", ("a", "b", "c", "d"), np.eye(4, 8, dtype=np.float32))
    values = random_embedding(count, 4).values
    embedded = BranchEmbedding(values[:, :, :8], ("ssl", "genre", "mood"))
    rows = embedded.branch("mood") @ anchors.values.T
    fit = rng.random(rows.shape) < truth.probability(rows)
    clips = [
        JudgedClip(str(n), _path(n), None, {"mood": _names(fit[n])}, {"mood": _names(~fit[n])})
        for n in range(count)
    ]
    return embedded, clips, anchors, truth


def _path(n: int) -> Path:
    return Path(f"scene{'abcdefghij'[n % 10]}_{n}.mp4")


def _names(row) -> frozenset[str]:
    return frozenset(name for name, fits in zip("abcd", row, strict=True) if fits)


def test_a_fitted_curve_finds_the_truth_and_measures_as_reliable():
    embedded, clips, anchors, truth = drawn_world(1500)
    assert len(set(groups(clips))) == 10
    cosines, right = shown(embedded, clips, anchors)
    fitted = fit_curve(cosines, right)
    assert fitted.slope == pytest.approx(truth.slope, rel=0.2)
    likely = held_out(cosines, right, groups(clips))
    assert calibration_error(likely.ravel(), right.ravel()) < 0.03
    figures = {
        f.measure: f.value for f in reliability_figures(embedded, clips, [anchors], {"mood": truth})
    }
    assert figures["calibration"] < 0.03
    wrong = reliability_figures(embedded, clips, [anchors], {"mood": Curve(5.0, 2.0)})
    assert wrong[1].value > 0.2
