"""The written-out pass through both towers, against the towers themselves and autograd."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from pytest import approx

from vmr.model.layers import ByteDropout
from vmr.model.pooling import unit
from vmr.model.two_tower import Model, ModelConfig
from vmr.model.windows import Prepared
from vmr.training.gradients import Masks, Row, TowerPass

CONFIG = ModelConfig(
    6, 5, labels={"genre": ("a", "b")}, dim=4, hidden=8, members=2, dropout=0.0,
    music_pooling=("mean",),
)  # fmt: skip
PLACES = np.array([0.1, 0.5, 0.9])
ONE_EACH = (torch.arange(7), torch.arange(7))
SOME_EACH = (torch.arange(7).repeat_interleave(2), torch.tensor([0, 1, 1, 2, 3, 4, 5, 6, 6]))


def model_and_windows(config: ModelConfig, clips: tuple[torch.Tensor, ...]) -> tuple[Model, list]:
    torch.manual_seed(0)
    model = Model(config)
    for parameter in model.parameters():  # none at 0 or 1, where a mistake would not show
        parameter.data += 0.3 * torch.randn_like(parameter)
    windows = [torch.randn(len(clip), p) for clip, p in zip(clips, (12, 5), strict=True)]
    return model, windows


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("clips", [ONE_EACH, SOME_EACH])
def test_vectors_and_gradients_are_the_towers_own(
    shared: bool, clips: tuple[torch.Tensor, ...]
) -> None:
    model, windows = model_and_windows(replace(CONFIG, shared_trunk=shared), clips)
    model.train()
    course = torch.zeros(7, 0)
    z = [
        tower(Prepared(w, clip, course)).permute(1, 2, 0, 3)
        for tower, w, clip in zip(
            (model.video_tower, model.music_tower), windows, clips, strict=True
        )
    ]
    expected_z = torch.stack(z)
    weights = torch.randn(expected_z.shape)
    (weights * expected_z).sum().backward()
    expected = {name: p.grad.clone() for name, p in model.named_parameters()}

    towers = TowerPass(model, 14)
    found = towers.forward(windows, None if clips is ONE_EACH else clips, PLACES)
    torch.testing.assert_close(unit(found), expected_z)
    graph = found.detach().requires_grad_()
    (weights * unit(graph)).sum().backward()
    towers.backward(graph.grad)
    for name, parameter in model.named_parameters():
        torch.testing.assert_close(
            towers.row.one(parameter)[1], expected[name], rtol=1e-4, atol=1e-5, msg=name
        )


def test_gradients_are_right_under_dropout() -> None:
    model, windows = model_and_windows(replace(CONFIG, dropout=0.4), ONE_EACH)
    towers = TowerPass(model.double(), 7)
    towers._masks._tape = towers._masks._tape.double()
    windows = [w.double() for w in windows]
    weights = torch.randn(2, 2, 2, 7, 4).double()

    def value() -> float:
        return float((weights * towers.forward(windows, None, PLACES)).sum())

    value()
    towers.backward(weights)
    values, gradient = towers.row.values, towers.row.gradient.clone()
    for i in torch.randperm(len(values))[:60].tolist():
        before = float(values[i])
        values[i] = before + 1e-5
        up = value()
        values[i] = before - 1e-5
        down = value()
        values[i] = before
        assert float(gradient[i]) == approx((up - down) / 2e-5, rel=1e-4, abs=1e-7)


def test_the_model_sees_the_row_until_they_part() -> None:
    model = Model(CONFIG)
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    row = Row(model)
    assert all(torch.equal(p, before[name]) for name, p in model.named_parameters())
    with torch.no_grad():
        row.values.mul_(2)
    assert all(torch.equal(p, 2 * before[name]) for name, p in model.named_parameters())
    heads, _ = row.both(model.video_tower.heads.weight, model.music_tower.heads.weight)
    assert torch.equal(heads[4:], model.music_tower.heads.weight)
    row.part()
    with torch.no_grad():
        row.values.zero_()
    assert all(torch.equal(p, 2 * before[name]) for name, p in model.named_parameters())


def test_masks_drop_the_share_that_was_asked_for_and_keep_the_mean() -> None:
    torch.manual_seed(0)
    masks = Masks(ByteDropout(0.25), 1000, torch.device("cpu"))
    cuts = torch.stack([masks.cut((10, 100), place) for place in np.linspace(0, 1, 50, False)])
    assert (cuts == 0).float().mean().item() == approx(0.25, abs=0.01)
    assert cuts.unique().tolist() == approx([0, 1 / 0.75])
    together = ((cuts[0] == 0) & (cuts[1] == 0)).float().mean().item()
    assert together == approx(0.0625, abs=0.03)
