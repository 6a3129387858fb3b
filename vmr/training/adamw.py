"""AdamW (Loshchilov and Hutter 2019) on one row of numbers.

The step is torch's own functional one. torch.optim's class, which can do much more, spends twice
the kernel's time around it when the networks are small.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.optim.adamw import adamw

BETAS = (0.9, 0.999)


class AdamW:
    """Moves ``values`` (P,) against ``gradient`` (P,); moments are tensors that can be kept and
    copied back."""

    def __init__(self, values: Tensor, gradient: Tensor, weight_decay: float) -> None:
        self._values, self._gradient, self._weight_decay = values, gradient, weight_decay
        self.moments = {
            "mean": torch.zeros_like(values),
            "square": torch.zeros_like(values),
            "steps": torch.zeros((), device=values.device),
        }

    @torch.no_grad()
    def step(self, lr: float) -> None:
        mean, square, steps = self.moments.values()
        adamw(
            [self._values],
            [self._gradient],
            [mean],
            [square],
            [],
            [steps],
            fused=True,
            amsgrad=False,
            beta1=BETAS[0],
            beta2=BETAS[1],
            lr=lr,
            weight_decay=self._weight_decay,
            eps=1e-8,
            maximize=False,
        )
