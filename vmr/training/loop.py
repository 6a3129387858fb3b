"""The training loop: one for ``train`` and for the starter model. torch only."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from vmr.training.distributed import World

Optimizer = torch.optim.AdamW
StepProgress = Callable[[int, int, float], None]  # steps done, steps, loss


def adamw(model: nn.Module, lr: float, weight_decay: float) -> Optimizer:
    """AdamW (Loshchilov and Hutter 2019) on all parameters, each step in one kernel."""
    return torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=weight_decay, fused=True)


def descend(
    optimizer: Optimizer,
    loss_at: Callable[[int], Tensor],
    steps: int,
    *,
    first: int = 0,
    world: World = World(),  # noqa: B008  (frozen)
    after: Callable[[int, Tensor], None] | None = None,
) -> None:
    """Minimise ``loss_at(step)`` for steps ``first`` to ``steps``, at a rate that goes up and down
    once over all of them (OneCycleLR, Smith and Topin 2018).

    ``first`` above 0 goes on with an optimizer whose state was put back. ``after`` is called after
    each step with the number of steps done and the loss.
    """
    highest = optimizer.defaults["lr"]
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=highest, total_steps=steps, last_epoch=first - 1
    )
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    for step in range(first, steps):
        loss = loss_at(step)
        optimizer.zero_grad()
        loss.backward()
        world.sum_gradients(parameters)
        optimizer.step()
        if step + 1 < steps:
            schedule.step()
        if after:
            after(step + 1, loss.detach())
