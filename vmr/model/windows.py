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
    said: of training clips, what the label posteriors say of each without having seen it, one
    (N, L) per facet; of other clips nothing, and the classifiers are asked.
    """

    windows: Tensor
    clip: Tensor
    course: Tensor
    whole: Tensor | None = None
    said: tuple[Tensor, ...] = ()

    def __len__(self) -> int:
        return len(self.course)

    def to(self, device: str) -> Prepared:
        """The same on another device."""
        return Prepared(
            self.windows.to(device),
            self.clip.to(device),
            self.course.to(device),
            None if self.whole is None else self.whole.to(device),
            tuple(rows.to(device) for rows in self.said),
        )

    def described(self) -> Tensor:
        """What the label posteriors read: means over the windows, and the whole: (N, P + Q)."""
        means = mean_by_clip(self.windows, self.clip, len(self))
        return means if self.whole is None else torch.cat([means, self.whole], dim=1)

    def draw(self, index: NDArray[np.int64], count: int, rng: np.random.Generator) -> Prepared:
        """``count`` random windows of each clip of a batch (N,); 0 takes them all."""
        rows, owner = self.window_rows(index, count, rng.random((len(index), count)))
        device = self.windows.device
        return Prepared(
            self.windows[torch.as_tensor(rows, device=device)],
            torch.as_tensor(owner, device=device),
            self.course[torch.as_tensor(index, device=device)],
        )

    def window_rows(
        self, index: NDArray[np.int64], count: int, places: NDArray[np.float64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows of the windows at ``places`` (n, count), 0..1, in the clips' own, and for each which
        of the n clips it belongs to: (W,) twice; count 0 takes all windows."""
        first, sizes = self._extents
        if count:
            offset = (places * sizes[index, None]).astype(np.int64)
            rows = (first[index, None] + offset).ravel()
            owner = np.repeat(np.arange(len(index)), count)
        else:
            rows = np.concatenate([np.arange(first[i], first[i] + sizes[i]) for i in index])
            owner = np.repeat(np.arange(len(index)), sizes[index])
        return rows, owner

    def most_windows(self, batch: int, count: int) -> int:
        """The most windows that a batch can have."""
        return batch * count if count else int(np.sort(self._extents[1])[-batch:].sum())

    @cached_property
    def _extents(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """First window and number of windows of each clip: (N,) twice."""
        sizes = torch.bincount(self.clip, minlength=len(self)).cpu().numpy()
        return np.cumsum(sizes) - sizes, sizes
