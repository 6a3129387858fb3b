"""The loss of a batch, and its gradient written out.

  ssl      symmetric InfoNCE over the true pairs,
  facets   cross-modal supervised contrastive loss, one per facet,
  joint    both, on the mixed embedding at a random alpha.
``batch_loss`` says it in full. ``vector_gradient`` is its derivative: all K terms in one stack of
matrices, one product and one exponential, since the gradient of a cross-entropy by
its cosines is (softmax - target) / temperature. tests/test_objective.py holds it to autograd.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from vmr.model.pooling import unit
from vmr.training.gradients import length_gradient, split_length
from vmr.training.losses import info_nce, supcon

if TYPE_CHECKING:
    from vmr.training.train import TrainConfig

TINY = 1e-30  # instead of a sum of nothing


class Draw(NamedTuple):
    """A step's draw for the joint term: ``facet`` is an index into the facets."""

    alpha: float
    facet: int


class Terms(NamedTuple):
    """The loss of one batch of N pairs as K softmaxes: ssl, facets and, if ``joint``, the mixed
    embedding's pairs and labels, which are one where they have the same denominator.

    share (K, 2, N): what each row and each column counts, 0 where it has no positive; target
    (F, N, N): positives of rows and columns together; scales: weight over temperature of ssl,
    facets, and joint pairs and labels; cold (K, 1, 1) or (1, 1): one over the temperature.
    """

    similar: Tensor
    draw: Draw
    joint: bool
    share: Tensor
    target: Tensor
    scales: tuple[float, float, float, float]
    cold: Tensor


def terms_of(
    similar: Tensor, draws: Sequence[Draw], members: int, config: TrainConfig
) -> list[Terms]:
    """The terms of S steps, from the similarities of their labels (S, F, N, N) >= 0."""
    facets, pairs = similar.shape[1], similar.shape[2]
    total = torch.stack([similar.sum(-1), similar.sum(-2)], dim=-2)  # (S, F, 2, N)
    known = (total > 0).to(similar.dtype)
    label = known / known.sum(-1, keepdim=True).clamp_min(1) / 2
    each = label / total.clamp_min(1e-12)
    target = (each[..., 0, :, None] + each[..., 1, None, :]).mul_(similar)
    complete = (known > 0).flatten(1).all(1).tolist()
    one_heat = config.temperature == config.label_temperature
    joint = bool(config.joint_weight) and facets > 0

    pair, labels = 1 / config.temperature / members, 1 / config.label_temperature / members
    scales = [
        (
            config.ssl_weight * pair,
            config.facet_weight * labels,
            config.joint_weight * (1 - draw.alpha) * pair,
            config.joint_weight * draw.alpha * labels,
        )
        for draw in draws
    ]
    scale = similar.new_tensor(scales)[..., None, None, None]  # (S, 4, 1, 1, 1)
    even = similar.new_full((len(draws), 1, 2, pairs), 0.5 / pairs)
    shares, heat = [even * scale[:, 0], label * scale[:, 1]], [1.0] + [labels / pair] * facets
    if joint:
        mixed = label[range(len(draws)), [draw.facet for draw in draws], None]
        shares += [even * scale[:, 2], mixed * scale[:, 3]]
        heat += [1.0, labels / pair]
    share = torch.cat(shares, 1)
    merged = torch.cat([share[:, :-2], share[:, -2:].sum(1, keepdim=True)], 1)
    cold = similar.new_tensor(heat)[:, None, None] / config.temperature
    return [
        Terms(
            similar[step],
            draws[step],
            joint,
            merged[step] if joint and one_heat and complete[step] else share[step],
            target[step],
            scales[step],
            cold[0] if one_heat else cold,
        )
        for step in range(len(draws))
    ]


def batch_loss(z: Tensor, similar: Tensor, draw: Draw, config: TrainConfig) -> Tensor:
    """The loss of a batch: unit vectors (2, M, B, N, E), similarities (F, N, N) -> ()."""
    v, m = z.transpose(1, 2)  # (B, M, N, E)
    alpha, facet = draw
    loss = config.ssl_weight * info_nce(v[0], m[0], config.temperature)
    for b, positives in enumerate(similar, start=1):
        loss = loss + config.facet_weight * supcon(v[b], m[b], positives, config.label_temperature)
    if config.joint_weight and len(similar):
        mixed_v = unit((1 - alpha) * v[0] + alpha * v[1 + facet])
        mixed_m = unit((1 - alpha) * m[0] + alpha * m[1 + facet])
        pair = info_nce(mixed_v, mixed_m, config.temperature)
        label = supcon(mixed_v, mixed_m, similar[facet], config.label_temperature)
        loss = loss + config.joint_weight * ((1 - alpha) * pair + alpha * label)
    return loss


def vector_gradient(z: Tensor, terms: Terms) -> Tensor:
    """Gradient of ``batch_loss`` of the unit rows of z, by z: (2, M, B, N, E) -> the same.

    Unlike there z need not have length 1.
    """
    _, members, branches, pairs, width = z.shape
    alpha, facet = terms.draw
    u = z.new_empty(2, members, branches + terms.joint, pairs, width)
    own, length = split_length(z, out=u[:, :, :branches])
    if terms.joint:
        mixed, mixed_length = split_length(
            torch.lerp(u[:, :, 0], u[:, :, 1 + facet], alpha), out=u[:, :, branches]
        )
    by_cosine = _cosine_gradient(u, terms).reshape(-1, pairs, pairs)
    by_unit = torch.empty_like(u)
    torch.bmm(by_cosine, u[1].flatten(0, 1), out=by_unit[0].view(-1, pairs, width))
    torch.bmm(by_cosine.mT, u[0].flatten(0, 1), out=by_unit[1].view(-1, pairs, width))
    if terms.joint:
        back = length_gradient(by_unit[:, :, branches], mixed, mixed_length)
        by_unit[:, :, 0].add_(back, alpha=1 - alpha)
        by_unit[:, :, 1 + facet].add_(back, alpha=alpha)
    return length_gradient(by_unit[:, :, :branches], own, length)


def _cosine_gradient(u: Tensor, terms: Terms) -> Tensor:
    """Gradient by the cosines of unit rows (2, M, B, N, E) -> (M, B, N, N)."""
    _, members, branches, pairs, _ = u.shape
    ssl, facets, joint_pairs, joint_labels = terms.scales
    cosines = torch.bmm(u[0].flatten(0, 1), u[1].flatten(0, 1).mT).view(members, -1, pairs, pairs)
    apart = len(terms.share) > branches  # the joint term's pairs and labels
    if apart:
        cosines = torch.cat([cosines, cosines[:, -1:]], 1)
    gradient = _both_softmax(cosines.mul_(terms.cold), terms.share)
    if apart:
        gradient[:, -2].add_(gradient[:, -1])
        gradient = gradient[:, :-1]
    gradient[:, 0].diagonal(dim1=-2, dim2=-1).sub_(ssl / pairs)
    if len(terms.target):
        gradient[:, 1 : 1 + len(terms.target)].sub_(terms.target, alpha=facets)
    if terms.joint:
        gradient[:, -1].diagonal(dim1=-2, dim2=-1).sub_(joint_pairs / pairs)
        gradient[:, -1].sub_(terms.target[terms.draw.facet], alpha=joint_labels)
    return gradient


def _both_softmax(logits: Tensor, share: Tensor) -> Tensor:
    """Softmax over rows and over columns, weighted by share and added: (M, K, N, N), (K, 2, N) ->
    (M, K, N, N). Rows and columns of share 0 are left out of the denominators as well.

    One exponential serves both: e_ij (share_i / sum_j e_ij + share_j / sum_i e_ij), the sums and
    the bracket as products. TrainConfig holds the logits to where float32 can do this.
    """
    e = logits.exp_()
    row, column = share[:, 0, :, None], share[:, 1, :, None]
    row_counts, column_counts = (row > 0).to(e.dtype), (column > 0).to(e.dtype)
    by_row = row / (e @ column_counts).clamp_min(TINY)
    by_column = column / (e.mT @ row_counts).clamp_min(TINY)
    left = torch.cat([by_row, row_counts.expand_as(by_row)], -1)
    right = torch.cat([column_counts.expand_as(by_column), by_column], -1)
    return e.mul_(left @ right.mT)
