"""The optimizer against torch's own."""

from __future__ import annotations

import torch

from vmr.training.adamw import AdamW


def test_steps_are_those_of_torch_optim() -> None:
    torch.manual_seed(0)
    parameter = torch.nn.Parameter(torch.randn(50))
    reference = torch.optim.AdamW([parameter], lr=1.0, weight_decay=0.1, fused=False)
    values, gradient = parameter.detach().clone(), torch.zeros(50)
    ours = AdamW(values, gradient, 0.1)
    for step in range(20):
        parameter.grad = torch.randn(50)
        gradient.copy_(parameter.grad)
        reference.param_groups[0]["lr"] = 0.01 * (step + 1)
        reference.step()
        ours.step(0.01 * (step + 1))
    torch.testing.assert_close(values, parameter.detach(), rtol=1e-4, atol=1e-6)
    assert ours.moments["steps"] == 20
