"""The layers of a tower. torch only."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


class GroupedLinear(nn.Module):
    """G independent linear layers in one batched product: (G, N, I) -> (G, N, O)."""

    def __init__(self, groups: int, inputs: int, outputs: int) -> None:
        super().__init__()
        bound = 1 / math.sqrt(inputs)  # as torch.nn.Linear
        self.weight = nn.Parameter(torch.empty(groups, inputs, outputs).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.zeros(groups, 1, outputs))

    def forward(self, x: Tensor) -> Tensor:
        """(G, N, D) -> (G, N, E), a layer of its own for each group."""
        return torch.baddbmm(self.bias, x, self.weight)


class ByteDropout(nn.Module):
    """Dropout whose mask is drawn as random bytes: the usual one costs more than the products here.

    The rate is rounded to a 256th; what is left is scaled so that the mean stays.
    """

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.dropped = round(256 * rate)

    def forward(self, x: Tensor) -> Tensor:
        """(..., D) -> (..., D), unchanged outside training."""
        if not self.training or not self.dropped:
            return x
        words = torch.empty(x.numel() // 8 + 1, dtype=torch.int64, device=x.device)
        random = words.random_(-(2**63), None).view(torch.uint8)[: x.numel()].view(x.shape)
        return x * (random >= self.dropped).to(x.dtype).mul_(256 / (256 - self.dropped))
