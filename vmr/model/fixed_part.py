"""The fixed part of a tower: a clip's or track's feature rows (T, D) -> what the network reads.

rows -> lens, where there is one -> fixed projection (PCA, fitted once on the training data) ->
windows pooled to statistics, and, where the configuration asks for it, the time course
(vmr.model.pooling) -> standardised. All fitted numbers are buffers.

Shapes: N clips, T rows (steps in time), D columns, W windows, P pooled columns, K positions of the
time course, C its columns.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vmr.model.config import ModelConfig
from vmr.model.front_end import Lens, LensSize
from vmr.model.pooling import (
    overlapping_starts,
    pool,
    pooled_columns,
    time_course,
    unit_rows,
    with_neighbours,
)
from vmr.model.windows import Prepared

Features = NDArray[np.float32]

FIT_ROWS = 20000  # rows that a projection is fitted on; more change nothing and cost minutes


class FixedPart(nn.Module):
    """Features of one modality -> standardised windows and time courses."""

    frame_mean: Tensor  # (D,)
    frame_scale: Tensor  # (D,)
    projection: Tensor  # (columns, kept) of the first columns; the others pass as they are
    pooled_mean: Tensor  # (P,)
    pooled_scale: Tensor  # (P,)
    course_mean: Tensor  # (3 C,)
    course_step: Tensor  # (3 C, c)

    def __init__(self, config: ModelConfig, side: str) -> None:
        super().__init__()
        self.config, self.side = config, config.side(side)
        self.lens = Lens(self.side.dim, LensSize(*self.side.lens)) if self.side.lens else None
        self.columns = columns = self.lens.size.columns if self.lens else self.side.dim
        projected = min(self.side.pca_columns or columns, columns) if self.side.pca else 0
        kept = min(self.side.pca, projected)
        self.pooled = pooled_columns(self.side.pooling, columns - projected + kept)
        self.register_buffer("frame_mean", torch.zeros(columns))
        self.register_buffer("frame_scale", torch.ones(columns))
        self.register_buffer("projection", torch.zeros(projected, kept))
        self.register_buffer("pooled_mean", torch.zeros(self.pooled))
        self.register_buffer("pooled_scale", torch.ones(self.pooled))
        step = 3 * len(self._course_columns())
        self.register_buffer("course_mean", torch.zeros(step))
        self.register_buffer("course_step", torch.zeros(step, config.course_dim))

    def fit(self, clips: Sequence[Features]) -> None:
        """Fit standardisation and projection on the training clips, each (T, D)."""
        total = sum(len(c) for c in clips)
        every = max(1, total // FIT_ROWS)
        rows = torch.cat([self._read(c[::every]) for c in clips])
        self.frame_mean.copy_(rows.mean(0))
        self.frame_scale.copy_(safe_scale(rows))
        count, kept = self.projection.shape
        if count:
            from sklearn.decomposition import PCA  # half a second, and only training needs it

            x = (rows[:, :count] - self.frame_mean[:count]) / self.frame_scale[:count]
            # Of two possible signs the library takes the one that makes a direction's largest
            # entry positive, so runs agree.
            pca = PCA(min(kept, len(x)), svd_solver="covariance_eigh").fit(x.double().numpy())
            self.projection.zero_()
            self.projection[:, : len(pca.components_)] = torch.as_tensor(pca.components_.T)
        self.pooled_mean.zero_()
        self.pooled_scale.fill_(1.0)
        pooled = self.prepare(clips).windows
        self.pooled_mean.copy_(pooled.mean(0))
        self.pooled_scale.copy_(safe_scale(pooled))

    def standard(self) -> tuple[Tensor, Tensor]:
        """Mean and spread by which a column's mean over a clip is standardised, without projection
        and with the mean alone pooled: (P,) twice."""
        mean = self.frame_mean + self.frame_scale * self.pooled_mean
        return mean, self.frame_scale * self.pooled_scale

    @torch.no_grad()
    def prepare(self, clips: Sequence[Features]) -> Prepared:
        """Everything that does not train, for N clips (T_i, D). Raises ValueError for other D."""
        windows, owner, courses = [self.pooled_mean.new_zeros(0, len(self.pooled_mean))], [], []
        read = pooled_columns(self.side.whole, self.columns)
        described = self.config.has_posteriors or self.config.linear
        whole = self.pooled_mean.new_zeros(len(clips), read) if described else None
        for i, clip in enumerate(clips):
            unprojected = self._standard(clip)
            if whole is not None:
                whole[i] = pool(unprojected, self.side.whole)
            rows = self._project(unprojected)
            size = self.side.window or len(rows)
            starts = overlapping_starts(len(rows), self.side.window)
            windows.append(
                pool(torch.stack([rows[s : s + size] for s in starts]), self.side.pooling)
            )
            owner += [i] * len(starts)
            courses.append(self._course_steps(rows))
        steps = (
            torch.stack(courses)
            if courses
            else self.course_mean.new_zeros(0, self.config.course, 1)
        )
        return Prepared(
            (torch.cat(windows) - self.pooled_mean) / self.pooled_scale,
            torch.tensor(owner, dtype=torch.long, device=self.frame_mean.device),
            self._course_vector(steps),
            whole,
        )

    def course_steps(self, clips: Sequence[Features]) -> Tensor:
        """The time courses with their neighbours, before projection: (N, K, 3 C)."""
        rows = (self._project(self._standard(clip)) for clip in clips)
        return torch.stack([self._course_steps(r) for r in rows])

    def _course_steps(self, rows: Tensor) -> Tensor:
        chosen = rows[:, self._course_columns()]
        return with_neighbours(
            time_course(chosen, self.config.course, self.side.smooth, self.config.course_margin)
        )

    def _course_vector(self, steps: Tensor) -> Tensor:
        if not self.config.course or not len(steps):
            return self.course_mean.new_zeros(len(steps), 0)
        return unit_rows(((steps - self.course_mean) @ self.course_step).flatten(1))

    def _course_columns(self) -> list[int]:
        """Of the rows after projection: its first course_pca columns (0 = all), and the others."""
        projected = self.projection.shape[1]
        passed = self.columns - self.projection.shape[0]
        first = min(self.side.course_pca or projected, projected)
        return [*range(first), *range(projected, projected + passed)]

    def _read(self, clip: Features) -> Tensor:
        """Rows of a clip as a tensor, through the lens where there is one: (T, columns)."""
        rows = torch.as_tensor(np.asarray(clip, dtype=np.float32), device=self.frame_mean.device)
        if rows.dim() != 2 or rows.shape[1] != self.side.dim or not len(rows):
            raise ValueError(f"features {tuple(rows.shape)} instead of (T, {self.side.dim})")
        return self.lens(rows) if self.lens else rows

    def _standard(self, clip: Features) -> Tensor:
        return (self._read(clip) - self.frame_mean) / self.frame_scale

    def _project(self, rows: Tensor) -> Tensor:
        count = self.projection.shape[0]
        if not count:
            return rows
        return torch.cat([rows[:, :count] @ self.projection, rows[:, count:]], dim=1)


def safe_scale(rows: Tensor) -> Tensor:
    """Standard deviation per column; 1 for a column that never moves: (W, P) -> (P,)."""
    scale = rows.std(0, unbiased=False)
    return torch.where(scale > 1e-6, scale, torch.ones_like(scale))
