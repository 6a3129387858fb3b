"""Data-parallel training with negatives gathered over all ranks. torch.distributed, gloo or nccl.

Every rank embeds its share of the batch, computes the loss of the whole batch, and goes back with
the gradient of its own rows. Summed over the ranks these are exactly the gradients of one process
on the joined batch, with no wrapper around the model.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, distributed

Number = TypeVar("Number", bound=np.generic)


@dataclass(frozen=True)
class Ranks:
    """This process among ``size``; the default is one process alone."""

    rank: int = 0
    size: int = 1

    def share(self, index: NDArray[Number]) -> NDArray[Number]:
        """This rank's part of a batch (N,); all parts are as long, up to size - 1 are dropped."""
        each = len(index) // self.size
        return index[self.rank * each : (self.rank + 1) * each]

    def whole(self, index: NDArray[np.int64]) -> NDArray[np.int64]:
        """The batch (N,) that all ranks hold together, in the order of ``gather``."""
        return index[: len(index) // self.size * self.size]

    def gather(self, z: Tensor) -> Tensor:
        """Vectors (..., n, E) of every rank -> (..., size * n, E), in the order of ``whole``."""
        if self.size == 1:
            return z
        z = z.contiguous()
        parts = [torch.empty_like(z) for _ in range(self.size)]
        distributed.all_gather(parts, z)
        return torch.cat(parts, dim=-2)

    def own(self, gradient: Tensor) -> Tensor:
        """This rank's rows of what belongs to the gathered vectors: (..., N, E) -> (..., n, E)."""
        each = gradient.shape[-2] // self.size
        return gradient.narrow(-2, self.rank * each, each)

    def sum_gradient(self, gradient: Tensor) -> None:
        """Add up a gradient (..., D) over all ranks, in place."""
        if self.size > 1:
            distributed.all_reduce(gradient)

    def wait(self) -> None:
        """Return when every rank has come here."""
        if self.size > 1:
            distributed.barrier()


def join_ranks(device: str) -> Ranks:
    """The ranks that torchrun started, or one process alone where it did not."""
    if "RANK" not in os.environ or "WORLD_SIZE" not in os.environ:
        return Ranks()
    distributed.init_process_group("nccl" if device.startswith("cuda") else "gloo")
    return Ranks(distributed.get_rank(), distributed.get_world_size())
