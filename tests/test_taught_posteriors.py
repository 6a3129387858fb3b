"""A side that knows the labels better teaches the other through pairs that nobody labelled."""

from __future__ import annotations

import numpy as np
import torch

from vmr.model.label_posterior import LabelPosterior
from vmr.training.taught_posteriors import fit_pair, informs


def pairs(seed=0, count=400, labelled=24):
    """Clear pictures, blurred music: (columns, columns), labels (N, 3), which (N,)."""
    rng = np.random.default_rng(seed)
    which = rng.integers(3, size=count)
    video = np.eye(3)[which] @ rng.normal(0, 2, (3, 6)) + rng.normal(0, 0.5, (count, 6))
    music = np.eye(3)[which] @ rng.normal(0, 1, (3, 6)) + rng.normal(0, 1.5, (count, 6))
    labels = np.eye(3)[which]
    labels[labelled:] = 0
    sides = tuple(torch.as_tensor(x, dtype=torch.float32) for x in (video, music))
    return sides, torch.as_tensor(labels, dtype=torch.float32), which


def right(classifier, rows, which):
    likely = (classifier(rows) + classifier.prior).argmax(1).numpy()
    return float((likely == which).mean())


def test_the_weaker_side_learns_from_pairs_that_nobody_labelled():
    sides, labels, which = pairs()
    alone = LabelPosterior(3)
    alone.fit(sides[1], labels)
    video, music = LabelPosterior(3), LabelPosterior(3)
    unseen = fit_pair((video, music), sides, (labels, labels))
    assert right(music, sides[1], which) > right(alone, sides[1], which) + 0.05
    assert [tuple(rows.shape) for rows in unseen] == [(400, 3), (400, 3)]
    again = LabelPosterior(3)
    again.fit(sides[0], labels)
    torch.testing.assert_close(video.weights, again.weights)  # nobody teaches the better side
    swapped = (LabelPosterior(3), LabelPosterior(3))
    fit_pair(swapped, (sides[1], sides[0]), (labels, labels))
    torch.testing.assert_close(swapped[0].weights, music.weights)  # whichever side that is


def test_where_every_pair_is_labelled_nothing_is_taught():
    sides, _, which = pairs()
    labels = torch.eye(3)[which]
    both = (LabelPosterior(3), LabelPosterior(3))
    fit_pair(both, sides, (labels, labels))
    alone = LabelPosterior(3)
    alone.fit(sides[1], labels)
    torch.testing.assert_close(both[1].weights, alone.weights)


def test_what_informs_is_more_than_the_prior():
    labels = torch.eye(2)[[0, 0, 1, 1]]
    prior = torch.tensor([0.5, 0.5])
    assert informs(prior.expand(4, 2), prior, labels) == 0
    assert abs(informs(labels, prior, labels) - np.log(2)) < 1e-5
    assert informs(1 - labels, prior, labels) < 0
