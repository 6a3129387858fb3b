"""Window statistics and the time course."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from pytest import approx

from vmr.metrics import median_rank, ranks, recall_at
from vmr.model.config import ModelConfig
from vmr.model.pooling import overlapping_starts, pool, pooled_columns, time_course, with_neighbours
from vmr.training.config import TrainConfig
from vmr.training.pairs import PairSet
from vmr.training.train import train


def test_windows_cover_every_row_and_overlap_by_about_half() -> None:
    for steps in range(1, 40):
        starts = overlapping_starts(steps, 6)
        covered = {i for s in starts for i in range(s, min(s + 6, steps))}
        assert covered == set(range(steps))
        assert max(starts) + 6 <= max(steps, 6)
    assert overlapping_starts(12, 6) == [0, 3, 6]
    assert overlapping_starts(100, 0) == [0]


def test_pooling_gives_the_statistics_it_names() -> None:
    rows = torch.tensor([[1.0, 0.0], [3.0, 0.0], [2.0, 6.0]])
    names = ("mean", "std", "q50", "change")
    expected = [2, 2, (2 / 3) ** 0.5, 8**0.5, 2, 0, 1.5, 3]
    assert pool(rows, names).tolist() == approx(expected)
    assert pool(rows[:1], ("std", "change")).tolist() == [0, 0, 0, 0]


def test_parts_are_the_means_and_spreads_of_equal_parts() -> None:
    rows = torch.tensor([[0.0], [2.0], [5.0], [7.0]])
    assert pool(rows, ("parts2",)).tolist() == approx([1 - 3.5, 6 - 3.5, 1, 1])
    assert pool(rows[:1], ("parts2",)).tolist() == [0, 0, 0, 0]  # fewer rows than parts


@pytest.mark.parametrize("names", [("mean", "parts3:1", "echo2"), ("q10:2", "parts2"), ()])
def test_the_number_of_statistics_is_known_before_they_are_made(names: tuple[str, ...]) -> None:
    assert pooled_columns(names, 4) == pool(torch.randn(9, 4), names).numel()


@pytest.mark.parametrize("name", ["bogus", "q0", "q100", "parts1", "swing", "echo0", "mean:0"])
def test_a_statistic_that_does_not_exist_is_refused_when_it_is_asked_for(name: str) -> None:
    with pytest.raises(ValueError, match=f"music_whole has no statistic '{name}'"):
        ModelConfig(4, 4, music_whole=("mean", name))


def test_the_time_course_samples_relative_positions_and_drops_the_mean() -> None:
    rows = torch.arange(12.0)[:, None]
    # three positions at rows 2, 6 and 10 (edges of their means of two rows): 1.5, 5.5, 9.5
    assert time_course(rows, 3, 2)[:, 0].tolist() == approx([-4, 0, 4])
    assert time_course(rows.repeat_interleave(5, 0), 3, 10)[:, 0].tolist() == approx([-4, 0, 4])
    assert time_course(rows[:1], 4, 3)[:, 0].tolist() == [0, 0, 0, 0]


def test_a_position_is_averaged_over_as_many_rows_whatever_the_length() -> None:
    noise = torch.randn(4000, 1, generator=torch.Generator().manual_seed(0))
    spread = [
        torch.stack([time_course(noise[s : s + n], 8, 4) for s in range(0, 3000, 50)]).std().item()
        for n in (100, 200, 400)
    ]
    assert spread == approx([spread[0]] * 3, rel=0.15)


def test_neighbours_stand_beside_each_position() -> None:
    course = torch.tensor([[1.0], [2.0], [3.0]])
    assert with_neighbours(course).tolist() == [[1, 1, 2], [1, 2, 3], [2, 3, 3]]


@pytest.mark.parametrize("kind", ["noise", "walk"])
def test_the_length_that_a_pair_shares_cannot_be_read_from_what_the_model_sees(kind: str) -> None:
    # Pairs that share their length and nothing else: trained on 200, 100 others stay at chance.
    rng = np.random.default_rng(0)

    def clips(dim: int) -> list[np.ndarray]:
        rows = [rng.normal(size=(n, dim)) for n in lengths]
        return [(r.cumsum(0) if kind == "walk" else r).astype(np.float32) for r in rows]

    lengths = rng.integers(150, 400, size=300)
    video, music = clips(6), clips(5)
    config = ModelConfig(
        6, 5, dim=8, hidden=32, video_window=30, music_window=30, course=32, video_smooth=4,
        music_smooth=4,
    )  # fmt: skip
    nothing: dict[str, np.ndarray] = {}
    pairs = PairSet(video[:200], music[:200], nothing, nothing)
    model = train(pairs, config, TrainConfig(steps=60, batch=64, lr=5e-3))
    v, m = model.embed_video(video[200:]), model.embed_music(music[200:])
    rank = ranks(v.branch("ssl") @ m.branch("ssl").T)
    assert recall_at(rank, 10) < 0.2  # chance 0.1
    assert median_rank(rank) > 38  # chance 50.5
