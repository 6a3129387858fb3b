"""Data-parallel training with negatives gathered over all ranks. torch.distributed, gloo or nccl.

Every rank embeds its share of the batch, computes the loss of the whole batch, and goes back with
the gradient of its own rows. Summed over the ranks these are exactly the gradients of one process
on the joined batch, with no wrapper around the model.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, distributed

Number = TypeVar("Number", bound=np.generic)


@dataclass(frozen=True)
class World:
    """This process, ``rank`` of ``size``; the default is one process alone."""

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
        """Vectors (..., n, E) of every rank -> (..., size * n, E), in the order of ``whole``; only
        this rank's own rows pass a gradient back."""
        if self.size == 1:
            return z
        own = z.detach().contiguous()
        parts = [torch.empty_like(own) for _ in range(self.size)]
        distributed.all_gather(parts, own)
        parts[self.rank] = z
        return torch.cat(parts, dim=-2)

    def sum_gradients(self, parameters: Sequence[Tensor]) -> None:
        """Add up the gradients over all ranks, in place, in one message."""
        if self.size == 1:
            return
        gradients = [p.grad for p in parameters if p.grad is not None]
        row = torch.cat([g.flatten() for g in gradients])
        distributed.all_reduce(row)
        for gradient, part in zip(
            gradients, row.split([g.numel() for g in gradients]), strict=True
        ):
            gradient.copy_(part.view_as(gradient))

    def wait(self) -> None:
        """Return when every rank has come here."""
        if self.size > 1:
            distributed.barrier()


def join_world(device: str) -> World:
    """The ranks that torchrun started, or one process alone where it did not."""
    if "RANK" not in os.environ or "WORLD_SIZE" not in os.environ:
        return World()
    distributed.init_process_group("nccl" if device.startswith("cuda") else "gloo")
    return World(distributed.get_rank(), distributed.get_world_size())
