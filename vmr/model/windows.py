"""Clips after the fixed part of a tower, and batches of their windows. torch and numpy.

Shapes: N clips, W windows, P pooled columns, K positions of the time course, c columns of each.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vmr.model.pooling import mean_by_clip


@dataclass(frozen=True)
class Prepared:
    """Clips after the fixed part: windows (W, P), clip (W,) int64, course (N, K * c) unit rows.

    whole: statistics of each clip at once (N, Q), which the label posteriors read beside the mean
    of its windows; None where the model has none.
    posteriors: of training clips, the label posteriors of each from classifiers that have not seen
    it, one (N, L) per facet; of other clips nothing, and the classifiers are asked.
    """

    windows: Tensor
    clip: Tensor
    course: Tensor
    whole: Tensor | None = None
    posteriors: tuple[Tensor, ...] = ()

    def __len__(self) -> int:
        return len(self.course)

    def to(self, device: str) -> Prepared:
        """The same on another device."""
        return Prepared(
            self.windows.to(device),
            self.clip.to(device),
            self.course.to(device),
            None if self.whole is None else self.whole.to(device),
            tuple(rows.to(device) for rows in self.posteriors),
        )

    def described(self) -> Tensor:
        """What the label posteriors read: means over the windows, and the whole: (N, P + Q)."""
        means = mean_by_clip(self.windows, self.clip, len(self))
        return means if self.whole is None else torch.cat([means, self.whole], dim=1)

    def choose(self, index: NDArray[np.int64], places: NDArray[np.float64] | None) -> Prepared:
        """A batch of these clips (n,), each with its windows at ``places`` (n, count), 0..1 of its
        own windows; None takes them all. Statistics of the whole are left out."""
        first, sizes = self._extents
        if places is None:
            rows = np.concatenate([np.arange(first[i], first[i] + sizes[i]) for i in index])
            owner = np.repeat(np.arange(len(index)), sizes[index])
        else:
            rows = (first[index, None] + (places * sizes[index, None]).astype(np.int64)).ravel()
            owner = np.repeat(np.arange(len(index)), places.shape[1])
        device = self.windows.device
        return Prepared(
            self.windows[torch.as_tensor(rows, device=device)],
            torch.as_tensor(owner, device=device),
            self.course[torch.as_tensor(index, device=device)],
        )

    @cached_property
    def _extents(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """First window and number of windows of each clip: (N,) twice."""
        sizes = torch.bincount(self.clip, minlength=len(self)).cpu().numpy()
        return np.cumsum(sizes) - sizes, sizes
