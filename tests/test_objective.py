"""The gradient of a batch's loss, against autograd of the loss written with vmr.training.losses."""

from __future__ import annotations

import pytest
import torch
from pytest import approx

from vmr.model.pooling import unit
from vmr.training.losses import info_nce, label_similarity, supcon
from vmr.training.objective import Draw, batch_loss, terms_of, vector_gradient
from vmr.training.train import TrainConfig

SOME = torch.tensor([[1, 0, 0], [1, 1, 0], [0, 0, 0], [0, 0, 1], [0.3, 0.7, 0], [0, 1, 0]])
EACH = torch.eye(3)[torch.arange(6) % 3]
NOTHING = torch.zeros(6, 3)
CASES = {
    "all labelled": [label_similarity(EACH, EACH)],
    "some unlabelled": [label_similarity(SOME, SOME)],
    "sides labelled apart": [
        label_similarity(SOME, EACH[:, [1, 0, 2]]),
        label_similarity(EACH, SOME),
    ],
    "none labelled": [label_similarity(NOTHING, NOTHING)],
    "a facet of each kind": [label_similarity(a, a) for a in (NOTHING, SOME, EACH)],
    "no facet": [],
}
WEIGHTS = {
    "default": TrainConfig(),
    "own weights": TrainConfig(
        ssl_weight=0.3, facet_weight=1.7, joint_weight=0.6, temperature=0.2, label_temperature=0.05
    ),
    "ssl": TrainConfig(facet_weight=0, joint_weight=0),
    "supervised": TrainConfig(ssl_weight=0, joint_weight=0),
    "cold": TrainConfig(temperature=0.02, label_temperature=0.02),
}


def vectors(facets: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(facets)
    return torch.randn(2, 3, 1 + facets, 6, 5, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("case", CASES)
def test_the_gradient_is_that_of_the_loss(case: str, weights: str) -> None:
    facets = len(CASES[case])
    similar = torch.stack(CASES[case]).double() if facets else torch.zeros(0, 6, 6).double()
    z, draw = vectors(facets).requires_grad_(), Draw(0.35, max(facets - 1, 0))
    loss = batch_loss(unit(z), similar, draw, WEIGHTS[weights])
    (expected,) = torch.autograd.grad(loss, z)
    with torch.no_grad():
        found = vector_gradient(z, terms_of(similar[None], [draw], 3, WEIGHTS[weights])[0])
    assert found.isfinite().all()
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-9)
    if weights == "default":
        assert expected.abs().max() > 0.01


def test_the_joint_loss_at_its_ends_is_the_two_plain_losses() -> None:
    z = unit(vectors(1))
    labels = torch.eye(2)[torch.arange(6) % 2]
    similar = label_similarity(labels, labels)[None].double()
    alone = TrainConfig(ssl_weight=0, facet_weight=0, temperature=0.2, label_temperature=0.3)
    start = batch_loss(z, similar, Draw(0.0, 0), alone).item()
    end = batch_loss(z, similar, Draw(1.0, 0), alone).item()
    assert start == approx(info_nce(z[0, :, 0], z[1, :, 0], 0.2).item())
    assert end == approx(supcon(z[0, :, 1], z[1, :, 1], similar[0], 0.3).item())
