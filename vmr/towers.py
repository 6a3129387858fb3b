"""One tower: a clip's or track's feature rows (T, D) -> one vector per branch. torch and numpy.

The way through a tower: rows -> fixed projection (PCA, fitted once on the training data) -> windows
of the clip, each pooled to statistics -> standardised -> a small trained network -> one vector per
member and branch. A clip's vector is the mean over its windows. All fitted numbers are buffers.

Shapes: N clips, T rows (steps in time), D columns, W windows, P pooled columns, M members (an
ensemble trained side by side in one pass), B branches, E columns of one member's vector.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

Features = NDArray[np.float32]

POOLINGS = ("mean", "std", "max", "min", "change")


def window_starts(steps: int, window: int) -> list[int]:
    """First rows of windows that cover ``steps`` rows, overlapping by about half.

    ``window`` 0 means one window over everything; a clip shorter than a window is one window too.
    The first window starts at the start and the last one ends at the end.
    """
    if window <= 0 or steps <= window:
        return [0]
    count = math.ceil((steps - window) / max(window / 2, 1)) + 1
    return [round(s) for s in np.linspace(0, steps - window, count)]


def pool(rows: Tensor, pooling: Sequence[str]) -> Tensor:
    """Statistics of rows over time: (T, D) float -> (len(pooling) * D,).

    ``change`` is the mean absolute step between neighbouring rows; 0 for a single row, like std.
    """
    parts: list[Tensor] = []
    for name in pooling:
        if name == "mean":
            parts.append(rows.mean(0))
        elif name == "std":
            parts.append(rows.std(0, unbiased=False))
        elif name == "max":
            parts.append(rows.amax(0))
        elif name == "min":
            parts.append(rows.amin(0))
        elif name == "change":
            steps = rows.diff(dim=0).abs()
            parts.append(steps.mean(0) if len(steps) else torch.zeros_like(rows[0]))
        else:
            raise ValueError(f"unknown pooling {name!r}; known: {', '.join(POOLINGS)}")
    return torch.cat(parts)


def unit(x: Tensor) -> Tensor:
    """Rows of length 1: (..., E) -> (..., E); a zero row stays zero."""
    return x / x.norm(dim=-1, keepdim=True).clamp_min(1e-12)


def mean_by_clip(rows: Tensor, clip: Tensor, clips: int) -> Tensor:
    """Means of the rows that belong to the same clip: (W, ...), (W,) int64 -> (N, ...)."""
    total = rows.new_zeros((clips, *rows.shape[1:])).index_add_(0, clip, rows)
    count = torch.bincount(clip, minlength=clips).clamp_min(1)
    return total / count.reshape(-1, *[1] * (rows.dim() - 1))


class GroupedLinear(nn.Module):
    """G independent linear layers in one batched product: (G, N, I) -> (G, N, O)."""

    def __init__(self, groups: int, inputs: int, outputs: int) -> None:
        super().__init__()
        bound = 1 / math.sqrt(inputs)  # as torch.nn.Linear
        self.weight = nn.Parameter(torch.empty(groups, inputs, outputs).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.zeros(groups, 1, outputs))

    def forward(self, x: Tensor) -> Tensor:
        return torch.baddbmm(self.bias, x, self.weight)


class Tower(nn.Module):
    """Features of one modality -> vectors (N, M, B, E). The configuration is ModelConfig's."""

    frame_mean: Tensor  # (D,)
    frame_scale: Tensor  # (D,)
    projection: Tensor  # (C, K): the first C columns become K, the others pass as they are
    pooled_mean: Tensor  # (P,)
    pooled_scale: Tensor  # (P,)
    centre: Tensor  # (M, B, E)

    def __init__(
        self,
        columns: int,
        *,
        pca: int,
        pca_columns: int,
        window: int,
        pooling: Sequence[str],
        members: int,
        branches: int,
        dim: int,
        hidden: int,
        dropout: float,
        shared_trunk: bool,
    ) -> None:
        super().__init__()
        self.columns, self.window, self.pooling = columns, window, tuple(pooling)
        self.members, self.branches = members, branches
        projected = min(pca_columns or columns, columns) if pca else 0
        pooled = (columns - projected + min(pca, projected)) * len(self.pooling)
        self.register_buffer("frame_mean", torch.zeros(columns))
        self.register_buffer("frame_scale", torch.ones(columns))
        self.register_buffer("projection", torch.zeros(projected, min(pca, projected)))
        self.register_buffer("pooled_mean", torch.zeros(pooled))
        self.register_buffer("pooled_scale", torch.ones(pooled))
        self.register_buffer("centre", torch.zeros(members, branches, dim))
        trunks = members if shared_trunk else members * branches
        self.dropout = nn.Dropout(dropout)
        self.trunk = GroupedLinear(trunks, pooled, hidden)
        self.norm_gain = nn.Parameter(torch.ones(trunks, 1, hidden))
        self.norm_bias = nn.Parameter(torch.zeros(trunks, 1, hidden))
        self.heads = GroupedLinear(members * branches, hidden, dim)

    # ---- fixed part -------------------------------------------------------------------------

    def fit(self, clips: Sequence[Features]) -> None:
        """Fit standardisation and projection on the training clips, each (T, D)."""
        rows = torch.as_tensor(np.concatenate([np.asarray(c, dtype=np.float32) for c in clips]))
        # Long clips must not outvote short ones by more than their rows; a plain mean over rows.
        self.frame_mean.copy_(rows.mean(0))
        self.frame_scale.copy_(_safe_scale(rows))
        count, kept = self.projection.shape
        if count:
            x = (rows[:, :count] - self.frame_mean[:count]) / self.frame_scale[:count]
            covariance = (x.T @ x / len(x)).double()
            vectors = torch.linalg.eigh(covariance).eigenvectors.flip(1)[:, :kept]
            # eigh leaves the sign open: the largest entry is made positive, so runs agree.
            top = vectors.abs().argmax(0)
            vectors = vectors * vectors[top, torch.arange(kept)].sign()
            self.projection.copy_(vectors.float())
        self.pooled_mean.zero_()
        self.pooled_scale.fill_(1.0)
        pooled, _ = self.windows(clips)
        self.pooled_mean.copy_(pooled.mean(0))
        self.pooled_scale.copy_(_safe_scale(pooled))

    @torch.no_grad()
    def windows(self, clips: Sequence[Features]) -> tuple[Tensor, Tensor]:
        """Pooled, standardised windows (W, P) float32 and the clip each belongs to (W,) int64."""
        pooled: list[Tensor] = []
        owner: list[int] = []
        count = self.projection.shape[0]
        device = self.frame_mean.device
        for i, clip in enumerate(clips):
            rows = torch.as_tensor(np.asarray(clip, dtype=np.float32), device=device)
            if rows.dim() != 2 or rows.shape[1] != self.columns or not len(rows):
                raise ValueError(f"features {tuple(rows.shape)} instead of (T, {self.columns})")
            x = (rows - self.frame_mean) / self.frame_scale
            if count:
                x = torch.cat([x[:, :count] @ self.projection, x[:, count:]], dim=1)
            size = self.window or len(x)
            for start in window_starts(len(x), self.window):
                pooled.append(pool(x[start : start + size], self.pooling))
                owner.append(i)
        stacked = (
            torch.stack(pooled) if pooled else self.pooled_mean.new_zeros(0, len(self.pooled_mean))
        )
        return (stacked - self.pooled_mean) / self.pooled_scale, torch.tensor(owner, device=device)

    # ---- trained part -----------------------------------------------------------------------

    def forward(self, pooled: Tensor) -> Tensor:
        """Windows (W, P) -> unit vectors (W, M, B, E)."""
        trunks = self.trunk.weight.shape[0]
        x = self.trunk(self.dropout(pooled.expand(trunks, -1, -1)))
        x = nn.functional.layer_norm(x, x.shape[-1:]) * self.norm_gain + self.norm_bias
        x = self.dropout(nn.functional.gelu(x))
        if trunks != self.members * self.branches:
            x = x.repeat_interleave(self.branches, dim=0)
        z = self.heads(x)  # (M * B, W, E)
        return unit(z.reshape(self.members, self.branches, *z.shape[1:]).permute(2, 0, 1, 3))

    def by_clip(self, pooled: Tensor, clip: Tensor, clips: int) -> Tensor:
        """Windows (W, P) of N clips -> centred unit vectors (N, M, B, E)."""
        return unit(unit(mean_by_clip(self(pooled), clip, clips)) - self.centre)


def _safe_scale(rows: Tensor) -> Tensor:
    """Standard deviation per column; 1 for a column that never moves: (W, P) -> (P,)."""
    scale = rows.std(0, unbiased=False)
    return torch.where(scale > 1e-6, scale, torch.ones_like(scale))
