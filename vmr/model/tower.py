"""One tower: a clip's or track's feature rows (T, D) -> one vector per branch. torch and numpy.

The way through a tower: rows -> its fixed part (vmr.model.fixed_part) -> a small trained network ->
one vector per member and branch. A clip's vector is the mean over its windows. Beside it in the ssl
branch stand linear maps (vmr.model.linear_map) and the time course, which is compared through
canonical correlation, fitted in closed form with one projection for all positions (``fit_course``):
a few hundred pairs are enough for that, and training costs nothing more.

Shapes: N clips, T rows (steps in time), D columns, W windows, P pooled columns, M members (an
ensemble trained side by side in one pass), B branches, E columns of one member's vector.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from vmr.model.config import ModelConfig
from vmr.model.fixed_part import Features, FixedPart, safe_scale
from vmr.model.label_posterior import LabelPosterior
from vmr.model.layers import ByteDropout, GroupedLinear
from vmr.model.linear_map import LinearMaps, fit_linear_maps
from vmr.model.pooling import join_members, mean_by_clip, pooled_columns, unit_rows
from vmr.model.windows import Prepared

__all__ = ["Features", "Tower", "fit_course", "fit_linear", "fit_shares"]


class Tower(FixedPart):
    """Features of one modality -> vectors (N, M, B, E)."""

    centre: Tensor  # (M, B, E), without the posteriors' columns

    def __init__(self, config: ModelConfig, side: str) -> None:
        super().__init__(config, side)
        self.members, self.branches = config.members, 1 + len(config.trained_labels)
        self.register_buffer("centre", torch.zeros(self.members, self.branches, config.ssl_columns))
        described = self.pooled + pooled_columns(self.side.whole, self.columns)
        self.linear = LinearMaps(described, config.linear_share) if config.linear else None
        trunks = self.members * (1 if config.shared_trunk else self.branches)
        self.dropout = ByteDropout(config.dropout)
        self.trunk = GroupedLinear(trunks, self.pooled, config.hidden)
        self.norm_gain = nn.Parameter(torch.ones(trunks, 1, config.hidden))
        self.norm_bias = nn.Parameter(torch.zeros(trunks, 1, config.hidden))
        self.heads = GroupedLinear(self.members * self.branches, config.hidden, config.dim)
        labels = map(len, config.trained_labels.values()) if config.has_posteriors else ()
        self.posteriors = nn.ModuleList(LabelPosterior(count) for count in labels)

    def forward(self, clips: Prepared) -> Tensor:
        """Prepared clips -> unit vectors (N, M, B, E), in training mode (N, M, B, dim).

        The time course and the centre are left out in training: they are fitted, not trained, and
        a network that is trained beside the time course is no better with it
        (vmr/evaluation/studies).
        """
        if self.training:
            return self.contrastive(clips)
        z = unit_rows(self.uncentred(clips) - self.centre)
        return self._join_posteriors(z, clips) if self.posteriors else z

    def uncentred(self, clips: Prepared) -> Tensor:
        """What ``centre`` is the mean of: (N, M, B, E without the posteriors' columns)."""
        z = self.contrastive(clips)
        if self.linear:
            z = _join(z, self.linear(clips.described()), self.linear.share)
        if self.config.course:
            z = _join(z, clips.course, z.new_tensor(self.config.course_share))
        return z

    def straight_line(self, clips: Prepared) -> Tensor:
        """Cross-validated CCA alone, on what the model reads: (N, C). ValueError without maps."""
        if not self.linear:
            raise ValueError("the model has no linear maps")
        return self.linear.plain(clips.described())

    def contrastive(self, clips: Prepared) -> Tensor:
        """What the network alone says, without what is fitted beside it: (N, M, B, dim)."""
        return unit_rows(mean_by_clip(self._windows(clips.windows), clips.clip, len(clips)))

    def _windows(self, pooled: Tensor) -> Tensor:
        """(W, P) -> unit vectors (W, M, B, dim)."""
        trunks = self.trunk.weight.shape[0]
        x = self.trunk(self.dropout(pooled.expand(trunks, -1, -1)))
        x = nn.functional.layer_norm(x, x.shape[-1:]) * self.norm_gain + self.norm_bias
        x = self.dropout(nn.functional.gelu(x))
        if trunks != self.members * self.branches:
            x = x.repeat_interleave(self.branches, dim=0)
        z = self.heads(x)  # (M * B, W, dim)
        return unit_rows(z.reshape(self.members, self.branches, *z.shape[1:]).permute(2, 0, 1, 3))

    def clip_posteriors(self, clips: Prepared) -> list[Tensor]:
        """Every facet's label posteriors less priors, rows of length up to 1: F x (N, L)."""
        posteriors: Sequence[Tensor] = clips.posteriors
        if not posteriors:
            seen = clips.described()
            posteriors = [classifier(seen) for classifier in self.classifiers]
        return [rows / math.sqrt(2) for rows in posteriors]

    @property
    def classifiers(self) -> list[LabelPosterior]:
        """One per facet, or none."""
        return [module for module in self.posteriors if isinstance(module, LabelPosterior)]

    def _join_posteriors(self, z: Tensor, clips: Prepared) -> Tensor:
        """Put the posteriors beside the facets' vectors: (N, M, B, E') -> (N, M, B, E).

        Their length says how sure they are and must count, so it is not made 1: a column of this
        side alone takes what is missing, and the vectors of both sides stay unit rows.
        """
        posteriors = self.clip_posteriors(clips)
        extra = z.new_zeros(*z.shape[:3], max(p.shape[1] for p in posteriors) + 2)
        rest = extra.shape[-1] - (2 if self.side.name == "video" else 1)
        z = z.clone()
        for b, (p, classifier) in enumerate(
            zip(posteriors, self.classifiers, strict=True), start=1
        ):
            share = classifier.share
            z[:, :, b] *= (1 - share).sqrt()
            extra[:, :, b, : p.shape[1]] = share.sqrt() * p[:, None]
            missing = share * (1 - p.square().sum(1))
            extra[:, :, b, rest] = missing.clamp_min(0).sqrt()[:, None]
        return torch.cat([z, extra], dim=-1)


def _join(z: Tensor, fitted: Tensor, share: Tensor) -> Tensor:
    """Put fitted vectors (N, C), the same for every member, beside the ssl vector, with this share
    of its cosine: (N, M, B, E) -> (N, M, B, E + C)."""
    beside = (share.sqrt() * fitted)[:, None].expand(-1, z.shape[1], -1)
    ssl = torch.cat([(1 - share).sqrt() * z[:, :, 0], beside], dim=-1)
    padded = nn.functional.pad(z[:, :, 1:], (0, fitted.shape[1]))
    return torch.cat([ssl.unsqueeze(2), padded], dim=2)


def fit_linear(
    video: Tower, music: Tower, clips: Prepared, tracks: Prepared, groups: Sequence[str]
) -> None:
    """Fit the linear maps on N prepared training pairs, whose groups are N names or none."""
    if video.linear and music.linear:
        maps = (video.linear, music.linear)
        fit_linear_maps(maps, clips.described(), tracks.described(), groups)


@torch.no_grad()
def fit_shares(towers: tuple[Tower, Tower], clips: tuple[Prepared, Prepared]) -> None:
    """Shares of the cosine at which the posteriors count ``posterior_share`` in spreads, on N
    training pairs, for towers in evaluation mode."""
    for tower in towers:
        for classifier in tower.classifiers:
            classifier.share.zero_()
    sides = list(zip(towers, clips, strict=True))
    z = [join_members(tower(side)).cpu().numpy() for tower, side in sides]  # (N, B, D) each
    posteriors = [tower.clip_posteriors(side) for tower, side in sides]
    share = towers[0].config.posterior_share
    for f, (a, b) in enumerate(zip(*posteriors, strict=True)):
        contrastive = share * float((z[0][:, f + 1] @ z[1][:, f + 1].T).std())
        posterior = (1 - share) * float((a @ b.T).std())
        if float(a.abs().max()) and float(b.abs().max()):
            for tower in towers:
                tower.classifiers[f].share.fill_(contrastive / (contrastive + posterior))


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
        mean, scale = x.mean(0), safe_scale(x)
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
