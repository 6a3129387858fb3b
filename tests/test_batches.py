"""What a training step looks at."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from pytest import approx

from tests.synthetic import make_pairs
from vmr.model.windows import Prepared
from vmr.training.batches import Batches, draw_without_replacement, sampling_weights
from vmr.training.config import TrainConfig
from vmr.training.distributed import World
from vmr.training.losses import label_similarity


def test_classes_are_drawn_equally_often_and_unlabelled_pairs_as_they_come() -> None:
    labels = np.zeros((10, 2), np.float32)
    labels[:6, 0] = 1
    labels[6:8, 1] = 1
    pairs = replace(make_pairs(10), video_labels={"g": labels}, music_labels={"g": labels})
    weights = sampling_weights(pairs, True)
    assert weights[:6].sum() == approx(0.4) and weights[6:8].sum() == approx(0.4)
    assert weights[8:].sum() == approx(0.2)
    assert sampling_weights(pairs, False).tolist() == approx([0.1] * 10)


def test_pairs_are_drawn_by_weight_and_none_twice() -> None:
    weights, rng = np.array([0.5, 0.2, 0.2, 0.1]), np.random.default_rng(0)
    drawn = [draw_without_replacement(weights, 2, rng) for _ in range(20000)]
    assert all(len(set(d.tolist())) == 2 for d in drawn)
    found = np.bincount(np.concatenate(drawn), minlength=4) / len(drawn)
    # drawn first, or second after each of the others
    expected = [
        w + sum(first * w / (1 - first) for j, first in enumerate(weights) if j != i)
        for i, w in enumerate(weights)
    ]
    assert found == approx(expected, abs=0.015)
    assert sorted(draw_without_replacement(weights, 9, rng)) == [0, 1, 2, 3]


def sides() -> list[Prepared]:
    """Three windows of each of 20 clips; every number of a window is the clip it belongs to."""
    clip = torch.arange(20).repeat_interleave(3)
    return [Prepared(clip.float()[:, None].expand(-1, 4), clip, torch.zeros(20, 0))] * 2


def test_a_step_has_the_same_batch_wherever_training_starts() -> None:
    pairs, config = make_pairs(20), TrainConfig(batch=8)
    onward = Batches(pairs, *sides(), config, World())
    batches = [onward.at(step) for step in range(70)]
    for step in (45, 3, 69):
        alone = Batches(pairs, *sides(), config, World()).at(step)
        there = batches[step]
        assert torch.equal(alone.video.windows, there.video.windows)
        assert torch.equal(alone.music.windows, there.music.windows)
        assert (alone.alpha, alone.facet, alone.seed) == (there.alpha, there.facet, there.seed)
    assert len({tuple(b.video.windows[:, 0].tolist()) for b in batches}) == 70
    assert len({b.alpha for b in batches}) == len({b.seed for b in batches}) == 70


def test_windows_belong_to_the_pairs_whose_labels_are_compared() -> None:
    pairs = make_pairs(20)
    for count in (1, 2, 0):
        batches = Batches(pairs, *sides(), TrainConfig(batch=8, windows=count), World())
        for step in (0, 5):
            batch = batches.at(step)
            video, music = (side.windows[:, 0].long() for side in (batch.video, batch.music))
            assert len(video) == 8 * (count or 3)
            owner = batch.video.clip
            assert torch.equal(owner, batch.music.clip) and torch.equal(video, music)
            first = torch.stack([video[owner == n][0] for n in range(8)])
            assert torch.equal(first[owner], video)
            labels = torch.as_tensor(pairs.music_labels["genre"])[first]
            assert torch.equal(batch.similar[0], label_similarity(labels, labels))


def test_ranks_share_the_batch_of_one_process() -> None:
    pairs, config = make_pairs(20), TrainConfig(batch=9)
    whole = Batches(pairs, *sides(), config, World()).at(1)
    parts = [Batches(pairs, *sides(), config, World(r, 2)).at(1) for r in range(2)]
    windows = torch.cat([part.music.windows for part in parts])
    assert torch.equal(windows, whole.music.windows[:8])
    for part in parts:
        assert torch.equal(part.similar, whole.similar[:, :8, :8])
        assert (part.alpha, part.facet) == (whole.alpha, whole.facet)
    assert parts[0].seed != parts[1].seed
