"""The tower step by step: its layers, the windows of a batch, the network by hand, the course."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from pytest import approx
from torch import Tensor, nn

from tests.test_model import clips
from vmr.model.config import ModelConfig, parse_statistic
from vmr.model.layers import ByteDropout, GroupedLinear
from vmr.model.tower import Tower
from vmr.model.two_tower import Model

CONFIG = ModelConfig(
    video_dim=6,
    music_dim=5,
    labels={"genre": ("rock", "jazz"), "mood": ("sad", "calm", "happy")},
    dim=4,
    members=3,
    hidden=8,
    video_window=4,
    music_window=3,
)


def fitted(config: ModelConfig = CONFIG) -> Model:
    """A model whose fixed parts are fitted on random clips; its weights are random."""
    torch.manual_seed(0)
    model = Model(config)
    video, music = clips(10, config.video_dim, 1), clips(10, config.music_dim, 2)
    model.fit_inputs(video, music)
    genre = np.eye(2, dtype=np.float32)[np.arange(10) % 2]
    mood = np.eye(3, dtype=np.float32)[np.arange(10) % 3]
    model.fit_outputs(video, music, {"genre": genre, "mood": mood}, bank=4)
    return model.eval()


# ---- layers ---------------------------------------------------------------------------------


def test_a_grouped_layer_is_that_many_layers_side_by_side() -> None:
    torch.manual_seed(0)
    grouped = GroupedLinear(3, 5, 2)
    x = torch.randn(3, 7, 5)
    for g in range(3):
        alone = nn.functional.linear(x[g], grouped.weight[g].T, grouped.bias[g, 0])
        torch.testing.assert_close(grouped(x)[g], alone)


def test_a_grouped_layer_begins_as_wide_as_an_ordinary_one() -> None:
    torch.manual_seed(0)
    weight = GroupedLinear(50, 16, 16).weight
    assert weight.abs().max() <= 1 / 4  # one over the root of 16 inputs
    assert weight.std().item() == approx(0.25 / 3**0.5, rel=0.02)


@pytest.mark.parametrize("rate", [0.0, 0.2, 0.5])
def test_dropout_drops_that_share_and_keeps_the_mean(rate: float) -> None:
    torch.manual_seed(0)
    dropout = ByteDropout(rate)
    x = torch.ones(400, 500)
    dropped = dropout.train()(x)
    assert (dropped == 0).float().mean().item() == approx(rate, abs=0.01)
    assert dropped.mean().item() == approx(1, abs=0.01)
    assert len(dropped.unique()) == (2 if rate else 1)
    assert torch.equal(dropout.eval()(x), x)


def test_dropout_passes_the_gradient_of_what_it_keeps() -> None:
    torch.manual_seed(0)
    x = torch.ones(1000, requires_grad=True)
    kept = ByteDropout(0.5).train()(x)
    kept.sum().backward()
    assert x.grad is not None and torch.equal(x.grad, kept.detach())


# ---- windows of a batch ---------------------------------------------------------------------


def test_every_clip_has_its_windows_and_knows_them() -> None:
    tower = fitted().video_tower
    lengths = (3, 4, 9)  # rows, in windows of four that overlap by about half
    prepared = tower.prepare(
        [clip[:1].repeat(n, 0) for clip, n in zip(three(), lengths, strict=True)]
    )
    counts = torch.bincount(prepared.clip).tolist()
    assert len(prepared) == 3 and counts[0] == counts[1] == 1 < counts[2]
    assert len(prepared.windows) == sum(counts)
    assert prepared.clip.tolist() == sorted(prepared.clip.tolist())


def three() -> list[np.ndarray]:
    return clips(3, CONFIG.video_dim, 7)


def test_what_the_classifiers_read_is_the_mean_over_a_clips_windows() -> None:
    prepared = fitted().video_tower.prepare(clips(4, CONFIG.video_dim, 3))
    for i, row in enumerate(prepared.described()):
        torch.testing.assert_close(row, prepared.windows[prepared.clip == i].mean(0))


def test_chosen_windows_are_the_clips_own_at_their_places() -> None:
    prepared = fitted().video_tower.prepare(clips(6, CONFIG.video_dim, 3))
    index = np.array([5, 0, 3])
    places = np.array([[0.0, 0.999], [0.0, 0.999], [0.0, 0.999]])
    batch = prepared.choose(index, places)
    assert len(batch) == 3 and batch.clip.tolist() == [0, 0, 1, 1, 2, 2]
    for place, clip in enumerate(index):
        own = prepared.windows[prepared.clip == int(clip)]
        first, last = batch.windows[batch.clip == place]
        assert torch.equal(first, own[0]) and torch.equal(last, own[-1])


def test_without_places_all_windows_are_taken_in_order() -> None:
    prepared = fitted().video_tower.prepare(clips(6, CONFIG.video_dim, 3))
    batch = prepared.choose(np.array([4, 1]), None)
    expected = torch.cat([prepared.windows[prepared.clip == i] for i in (4, 1)])
    assert torch.equal(batch.windows, expected)


# ---- the network ----------------------------------------------------------------------------


def by_hand(tower: Tower, windows: Tensor, member: int, branch: int) -> Tensor:
    """Unit vectors (W, dim) of one member and branch, one operation after the other."""
    which = member * tower.branches + branch
    trunk = which if len(tower.trunk.weight) == tower.members * tower.branches else member
    hidden = windows @ tower.trunk.weight[trunk] + tower.trunk.bias[trunk]
    centred = hidden - hidden.mean(1, keepdim=True)
    hidden = centred / (centred.square().mean(1, keepdim=True) + 1e-5).sqrt()
    hidden = hidden * tower.norm_gain[trunk] + tower.norm_bias[trunk]
    hidden = hidden * 0.5 * (1 + torch.erf(hidden / 2**0.5))  # GELU
    out = hidden @ tower.heads.weight[which] + tower.heads.bias[which]
    return out / out.norm(dim=1, keepdim=True)


@pytest.mark.parametrize("shared", [False, True])
def test_a_clips_vector_is_the_mean_over_its_windows_of_the_network_by_hand(shared: bool) -> None:
    tower = fitted(replace(CONFIG, shared_trunk=shared)).video_tower
    with torch.no_grad():
        tower.norm_gain.uniform_(0.5, 1.5)
        tower.norm_bias.uniform_(-0.5, 0.5)
        prepared = tower.prepare(three())
        z = tower(prepared)
        assert z.shape == (3, 3, 3, 4)
        for member in range(3):
            for branch in range(3):
                windows = by_hand(tower, prepared.windows, member, branch)
                for n in range(3):
                    mean = windows[prepared.clip == n].mean(0)
                    centred = mean / mean.norm() - tower.centre[member, branch]
                    expected = centred / centred.norm()
                    torch.testing.assert_close(z[n, member, branch], expected, atol=1e-5, rtol=0)


def test_members_and_branches_have_networks_of_their_own() -> None:
    model = fitted()
    z = model.video_tower(model.video_tower.prepare(three())).detach().flatten(1, 2)
    cosines = (z[0] @ z[0].T).fill_diagonal_(0)
    assert cosines.abs().max() < 0.999


def test_in_training_nothing_is_centred_and_dropout_is_on() -> None:
    tower = fitted(replace(CONFIG, dropout=0.5)).video_tower
    prepared = tower.prepare(three())
    torch.manual_seed(0)
    tower.train()
    first, second = tower(prepared), tower(prepared)
    assert not torch.allclose(first, second)
    torch.testing.assert_close(first.norm(dim=-1), torch.ones(3, 3, 3))


# ---- the time course ------------------------------------------------------------------------


def test_the_time_course_has_its_share_of_the_ssl_cosine_and_none_of_the_facets() -> None:
    share = 0.6
    config = replace(CONFIG, course=5, course_dim=2, course_share=share)
    tower = fitted(config).video_tower
    prepared = tower.prepare(three())
    with torch.no_grad():
        z = tower.uncentred(prepared)
        plain = tower.contrastive(prepared)
    assert z.shape[-1] == 4 + 5 * 2
    for member in range(3):
        contrastive = plain[:, member, 0] @ plain[:, member, 0].T
        course = prepared.course @ prepared.course.T
        both = z[:, member, 0] @ z[:, member, 0].T
        expected = (1 - share) * contrastive + share * course
        torch.testing.assert_close(both, expected, atol=1e-5, rtol=0)
        assert not z[:, member, 1:, 4:].any()


def test_the_course_of_two_sides_with_one_cause_agrees() -> None:
    """Rows of both sides follow one hidden curve: its direction is found by correlation."""
    rng = np.random.default_rng(0)
    to_video, to_music = rng.normal(size=(1, 6)), rng.normal(size=(1, 5))
    video, music = [], []
    for _ in range(60):
        curve = np.cumsum(rng.normal(size=(40, 1)), axis=0)
        video.append((curve @ to_video + rng.normal(size=(40, 6))).astype(np.float32))
        music.append((curve @ to_music + rng.normal(size=(40, 5))).astype(np.float32))
    torch.manual_seed(0)
    model = Model(replace(CONFIG, course=6, course_dim=1, video_window=0, music_window=0))
    model.fit_inputs(video, music)
    seen, heard = model.video_tower.prepare(video).course, model.music_tower.prepare(music).course
    cosines = seen @ heard.T
    own = cosines.diagonal()
    assert own.mean() > 0.8
    assert (cosines >= own[:, None]).sum(1).float().median() <= 2  # nobody else's is nearer


# ---- what goes in ---------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [np.zeros((3, 7)), np.zeros((0, 6)), np.zeros(6)])
def test_features_of_another_form_are_refused(wrong: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"instead of \(T, 6\)"):
        fitted().video_tower.prepare([wrong])


def test_no_clips_are_no_vectors() -> None:
    model = fitted()
    assert model.embed_video([]).values.shape == (0, 3, 12)


# ---- the configuration ----------------------------------------------------------------------


def test_a_configuration_comes_back_from_its_json() -> None:
    config = replace(CONFIG, video_pooling=("mean", "q25:3"), music_lens=(), posterior_share=0.25)
    assert ModelConfig.from_json(config.to_json()) == config
    with pytest.raises(TypeError):
        ModelConfig.from_json(json.dumps({"video_dim": 1, "music_dim": 1, "of_tomorrow": 2}))


def test_only_what_is_chosen_is_a_models_identity() -> None:
    plain = ModelConfig(6, 5)
    assert json.loads(plain.identity()) == {"video_dim": 6, "music_dim": 5, "labels": {}}
    assert plain.identity() == ModelConfig(6, 5, dropout=0.2).identity()
    assert plain.identity() != ModelConfig(6, 5, dropout=0.3).identity()


@pytest.mark.parametrize(
    "more",
    [{}, {"course": 4, "course_dim": 3}, {"posterior_share": 0.5}, {"members": 1, "labels": {}}],
)
def test_the_width_is_that_of_the_embedding(more: dict) -> None:
    config = replace(CONFIG, **more)
    torch.manual_seed(0)
    embedding = Model(config).eval().embed_video(three())
    assert embedding.values.shape == (3, len(config.branches), config.width)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"labels": {"ssl": ("a",)}}, "cannot be called 'ssl'"),
        ({"fusion": "sum"}, "fusion must be"),
        ({"fusion": "mix", "posterior_share": 0.5}, "calibrated fusion"),
        ({"video_pooling": ("median",)}, "no statistic 'median'"),
        ({"music_whole": ("q0",)}, "no statistic 'q0'"),
    ],
)
def test_a_configuration_that_cannot_be_does_not_construct(more: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replace(CONFIG, **more)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mean", ("mean", 0, None)),
        ("q5", ("q", 5, None)),
        ("echo4:3", ("echo", 4, 3)),
        ("parts12", ("parts", 12, None)),
        ("std:20", ("std", 0, 20)),
    ],
)
def test_the_name_of_a_statistic_says_kind_number_and_columns(name: str, expected: tuple) -> None:
    assert tuple(parse_statistic(name)) == expected
