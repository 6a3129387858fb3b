"""One tower: a clip's or track's feature rows (T, D) -> one vector per branch. torch and numpy.

The way through a tower: rows -> fixed projection (PCA, fitted once on the training data) -> windows
pooled to statistics, and, where the configuration asks for it, the time course
(vmr.model.pooling) -> standardised -> a small trained network -> one vector per member and branch.
A clip's vector is the mean over its windows; the time course stands beside it in the ssl branch.
All fitted numbers are buffers. The time course is compared through canonical correlation, fitted in
closed form with one projection for all positions (``fit_course``): a few hundred pairs are enough
for that, and training costs nothing more.

Shapes: N clips, T rows (steps in time), D columns, W windows, P pooled columns, K positions of the
time course, C its columns, M members (an ensemble trained side by side in one pass), B branches,
E columns of one member's vector.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vmr.model.front_end import Lens, LensSize
from vmr.model.label_posterior import LabelPosterior
from vmr.model.layers import ByteDropout, GroupedLinear
from vmr.model.pooling import (
    mean_by_clip,
    pool,
    pooled_columns,
    time_course,
    unit,
    window_starts,
    with_neighbours,
)
from vmr.model.windows import Prepared

Features = NDArray[np.float32]

FIT_ROWS = 20000  # rows that a projection is fitted on; more change nothing and cost minutes


@dataclass(frozen=True)
class Side:
    """How one modality is read; the rest of Tower's configuration is common to both."""

    name: str
    columns: int
    pooling: tuple[str, ...] = ("mean", "std")
    window: int = 0
    pca: int = 0
    pca_columns: int = 0
    smooth: int = 1
    course_pca: int = 0
    whole: tuple[str, ...] = ()
    lens: tuple[int, ...] = ()


class Tower(nn.Module):
    """Features of one modality -> vectors (N, M, B, E)."""

    frame_mean: Tensor  # (D,)
    frame_scale: Tensor  # (D,)
    projection: Tensor  # (columns, kept) of the first columns; the others pass as they are
    pooled_mean: Tensor  # (P,)
    pooled_scale: Tensor  # (P,)
    course_mean: Tensor  # (3 C,)
    course_step: Tensor  # (3 C, c)
    centre: Tensor  # (M, B, E), without the posteriors' columns

    def __init__(
        self,
        side: Side,
        *,
        members: int,
        branches: int,
        dim: int,
        hidden: int,
        dropout: float,
        shared_trunk: bool,
        course: int,
        course_dim: int,
        course_share: float,
        course_margin: float,
        posterior_labels: tuple[int, ...] = (),
    ) -> None:
        super().__init__()
        self.side, self.members, self.branches, self.course = side, members, branches, course
        self.course_share, self.course_margin = course_share, course_margin
        self.lens = Lens(side.columns, LensSize(*side.lens)) if side.lens else None
        self.columns = columns = self.lens.size.columns if self.lens else side.columns
        projected = min(side.pca_columns or columns, columns) if side.pca else 0
        kept = columns - projected + min(side.pca, projected)
        pooled = pooled_columns(side.pooling, kept)
        self.register_buffer("frame_mean", torch.zeros(columns))
        self.register_buffer("frame_scale", torch.ones(columns))
        self.register_buffer("projection", torch.zeros(projected, min(side.pca, projected)))
        self.register_buffer("pooled_mean", torch.zeros(pooled))
        self.register_buffer("pooled_scale", torch.ones(pooled))
        self.register_buffer("centre", torch.zeros(members, branches, dim + course * course_dim))
        trunks = members if shared_trunk else members * branches
        self.dropout = ByteDropout(dropout)
        self.trunk = GroupedLinear(trunks, pooled, hidden)
        self.norm_gain = nn.Parameter(torch.ones(trunks, 1, hidden))
        self.norm_bias = nn.Parameter(torch.zeros(trunks, 1, hidden))
        self.heads = GroupedLinear(members * branches, hidden, dim)
        step = 3 * len(self._course_columns())
        self.register_buffer("course_mean", torch.zeros(step))
        self.register_buffer("course_step", torch.zeros(step, course_dim))
        self.posteriors = nn.ModuleList(LabelPosterior(n) for n in posterior_labels)

    # ---- fixed part -------------------------------------------------------------------------

    def fit(self, clips: Sequence[Features]) -> None:
        """Fit standardisation and projection on the training clips, each (T, D)."""
        total = sum(len(c) for c in clips)
        every = max(1, total // FIT_ROWS)
        rows = torch.cat([self._read(c[::every]) for c in clips])
        self.frame_mean.copy_(rows.mean(0))
        self.frame_scale.copy_(_safe_scale(rows))
        count, kept = self.projection.shape
        if count:
            x = (rows[:, :count] - self.frame_mean[:count]) / self.frame_scale[:count]
            vectors = torch.linalg.eigh((x.T @ x).double()).eigenvectors.flip(1)[:, :kept]
            # eigh leaves the sign open: the largest entry is made positive, so runs agree.
            top = vectors.abs().argmax(0)
            vectors = vectors * vectors[top, torch.arange(kept)].sign()
            self.projection.copy_(vectors.float())
        self.pooled_mean.zero_()
        self.pooled_scale.fill_(1.0)
        pooled = self.prepare(clips).windows
        self.pooled_mean.copy_(pooled.mean(0))
        self.pooled_scale.copy_(_safe_scale(pooled))

    @torch.no_grad()
    def prepare(self, clips: Sequence[Features]) -> Prepared:
        """Everything that does not train, for N clips (T_i, D). Raises ValueError for other D."""
        windows, owner, courses = [self.pooled_mean.new_zeros(0, len(self.pooled_mean))], [], []
        read = pooled_columns(self.side.whole, self.columns)
        whole = self.pooled_mean.new_zeros(len(clips), read) if self.posteriors else None
        for i, clip in enumerate(clips):
            unprojected = self._standard(clip)
            if whole is not None:
                whole[i] = pool(unprojected, self.side.whole)
            rows = self._project(unprojected)
            size = self.side.window or len(rows)
            starts = window_starts(len(rows), self.side.window)
            windows.append(
                pool(torch.stack([rows[s : s + size] for s in starts]), self.side.pooling)
            )
            owner += [i] * len(starts)
            courses.append(self._course_steps(rows))
        steps = torch.stack(courses) if courses else self.course_mean.new_zeros(0, self.course, 1)
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
            time_course(chosen, self.course, self.side.smooth, self.course_margin)
        )

    def _course_vector(self, steps: Tensor) -> Tensor:
        if not self.course or not len(steps):
            return self.course_mean.new_zeros(len(steps), 0)
        return unit(((steps - self.course_mean) @ self.course_step).flatten(1))

    def _course_columns(self) -> list[int]:
        """Of the rows after projection: its first course_pca columns (0 = all), and the others."""
        projected = self.projection.shape[1]
        passed = self.columns - self.projection.shape[0]
        first = min(self.side.course_pca or projected, projected)
        return [*range(first), *range(projected, projected + passed)]

    def _read(self, clip: Features) -> Tensor:
        """Rows of a clip as a tensor, through the lens where there is one: (T, columns)."""
        rows = torch.as_tensor(np.asarray(clip, dtype=np.float32), device=self.frame_mean.device)
        if rows.dim() != 2 or rows.shape[1] != self.side.columns or not len(rows):
            raise ValueError(f"features {tuple(rows.shape)} instead of (T, {self.side.columns})")
        return self.lens(rows) if self.lens else rows

    def _standard(self, clip: Features) -> Tensor:
        return (self._read(clip) - self.frame_mean) / self.frame_scale

    def _project(self, rows: Tensor) -> Tensor:
        count = self.projection.shape[0]
        if not count:
            return rows
        return torch.cat([rows[:, :count] @ self.projection, rows[:, count:]], dim=1)

    # ---- trained part -----------------------------------------------------------------------

    def forward(self, clips: Prepared) -> Tensor:
        """Prepared clips -> unit vectors (N, M, B, E), in training mode (N, M, B, dim).

        The time course and the centre are left out in training: they are fitted, not trained, and
        a network that is trained beside the time course is no better with it
        (vmr/evaluation/studies).
        """
        if self.training:
            return self._contrastive(clips)
        z = unit(self.uncentred(clips) - self.centre)
        return self._join_posteriors(z, clips) if self.posteriors else z

    def uncentred(self, clips: Prepared) -> Tensor:
        """What ``centre`` is the mean of: (N, M, B, E without the posteriors' columns)."""
        z = self._contrastive(clips)
        return self._join_course(z, clips.course) if self.course else z

    def _contrastive(self, clips: Prepared) -> Tensor:
        return unit(mean_by_clip(self._windows(clips.windows), clips.clip, len(clips)))

    def _windows(self, pooled: Tensor) -> Tensor:
        """(W, P) -> unit vectors (W, M, B, dim)."""
        trunks = self.trunk.weight.shape[0]
        x = self.trunk(self.dropout(pooled.expand(trunks, -1, -1).contiguous()))
        x = nn.functional.layer_norm(x, x.shape[-1:]) * self.norm_gain + self.norm_bias
        x = self.dropout(nn.functional.gelu(x))
        if trunks != self.members * self.branches:
            x = x.repeat_interleave(self.branches, dim=0)
        z = self.heads(x)  # (M * B, W, dim)
        return unit(z.reshape(self.members, self.branches, *z.shape[1:]).permute(2, 0, 1, 3))

    def _join_course(self, z: Tensor, course: Tensor) -> Tensor:
        """Put the time course beside the ssl vector: (N, M, B, dim) -> (N, M, B, E)."""
        share = self.course_share  # of the cosine
        shape = (share**0.5 * course)[:, None].expand(-1, self.members, -1)
        ssl = torch.cat([(1 - share) ** 0.5 * z[:, :, 0], shape], dim=-1)
        padded = nn.functional.pad(z[:, :, 1:], (0, shape.shape[-1]))
        return torch.cat([ssl.unsqueeze(2), padded], dim=2)

    def fit_posteriors(
        self, clips: Prepared, labels: Sequence[NDArray[np.float32]]
    ) -> tuple[Tensor, ...]:
        """Fit a classifier per facet on the training clips' labels, one (N, L) per facet; multi-hot
        or soft, zero rows are unlabelled. Returns what ``Prepared.said`` is."""
        seen = clips.described()
        return tuple(
            classifier.fit(seen, torch.as_tensor(rows, device=seen.device))
            for classifier, rows in zip(self.classifiers, labels, strict=True)
        )

    def clip_posteriors(self, clips: Prepared) -> list[Tensor]:
        """What every facet's classifier says of the clips, rows of length up to 1: F x (N, L)."""
        said: Sequence[Tensor] = clips.said
        if not said:
            seen = clips.described()
            said = [classifier(seen) for classifier in self.classifiers]
        return [rows / math.sqrt(2) for rows in said]

    @property
    def classifiers(self) -> list[LabelPosterior]:
        """One per facet, or none."""
        return [module for module in self.posteriors if isinstance(module, LabelPosterior)]

    def _join_posteriors(self, z: Tensor, clips: Prepared) -> Tensor:
        """Put the posteriors beside the facets' vectors: (N, M, B, E') -> (N, M, B, E).

        Their length says how sure they are and must count, so it is not made 1: a column of this
        side alone takes what is missing, and the vectors of both sides stay unit rows.
        """
        said = self.clip_posteriors(clips)
        extra = z.new_zeros(*z.shape[:3], max(p.shape[1] for p in said) + 2)
        rest = extra.shape[-1] - (2 if self.side.name == "video" else 1)
        z = z.clone()
        for b, (p, classifier) in enumerate(zip(said, self.classifiers, strict=True), start=1):
            share = classifier.share
            z[:, :, b] *= (1 - share).sqrt()
            extra[:, :, b, : p.shape[1]] = share.sqrt() * p[:, None]
            missing = share * (1 - p.square().sum(1))
            extra[:, :, b, rest] = missing.clamp_min(0).sqrt()[:, None]
        return torch.cat([z, extra], dim=-1)


@torch.no_grad()
def fit_course(
    video: Tower, music: Tower, video_clips: Sequence[Features], music_clips: Sequence[Features]
) -> None:
    """Canonical correlation between the two sides' time courses, one projection for all positions.

    Columns are standardised and both covariances get a ridge of 0.1; directions are weighted by
    their correlation (regularised CCA, as in Hardoon et al. 2004).
    """
    sides, whitened, roots = (video, music), [], []
    for tower, clips in ((video, video_clips), (music, music_clips)):
        x = tower.course_steps(clips).flatten(0, 1).double()
        mean, scale = x.mean(0), _safe_scale(x)
        x = (x - mean) / scale
        values, vectors = torch.linalg.eigh(x.T @ x / len(x))
        root = vectors @ torch.diag((values + 0.1).rsqrt()) @ vectors.T
        tower.course_mean.copy_(mean)
        whitened.append(x @ root)
        roots.append(root / scale[:, None])
    u, s, vt = torch.linalg.svd(whitened[0].T @ whitened[1] / len(whitened[0]))
    for tower, root, directions in zip(sides, roots, (u, vt.T), strict=True):
        count = tower.course_step.shape[1]
        kept = (root @ directions[:, :count]) * s[:count]
        tower.course_step.zero_()
        tower.course_step[:, : kept.shape[1]] = kept.float()


def _safe_scale(rows: Tensor) -> Tensor:
    """Standard deviation per column; 1 for a column that never moves: (W, P) -> (P,)."""
    scale = rows.std(0, unbiased=False)
    return torch.where(scale > 1e-6, scale, torch.ones_like(scale))
