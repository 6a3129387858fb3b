"""The loss of a batch, and its gradient written out.

  ssl      symmetric InfoNCE over the true pairs,
  facets   cross-modal supervised contrastive loss, one per facet,
  joint    both, on the mixed embedding at a random alpha.
``batch_loss`` says it in full. ``vector_gradient`` is its derivative: all K terms in one stack of
matrices, one product and one softmax for each direction, since the gradient of a cross-entropy by
its cosines is (softmax - target) / temperature. tests/test_objective.py holds it to autograd.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from vmr.gradients import length_gradient, split_length
from vmr.losses import info_nce, supcon
from vmr.pooling import unit

if TYPE_CHECKING:
    from vmr.train import TrainConfig

LEFT_OUT = -1e30  # added to a logit that does not count; its exponential is exactly 0


class Alike(NamedTuple):
    """How alike the labels of N pairs are, per facet; leading dimensions are steps.

    similar (..., F, N, N) weights of the positives; shares (..., F, 2, N) what each row and each
    column counts, 0 without a positive, all of one direction 1/2; target (..., F, N, N) of both
    directions together; complete (...): nothing is left out.
    """

    similar: Tensor
    shares: Tensor
    target: Tensor
    complete: Tensor


class Draw(NamedTuple):
    """This step's draw for the joint term: ``facet`` is an index into the facets."""

    alpha: float
    facet: int


def alike(similar: Tensor) -> Alike:
    """Weights of positives (..., F, N, N) >= 0 -> what ``vector_gradient`` needs of them."""
    total = torch.stack([similar.sum(-1), similar.sum(-2)], dim=-2)  # (..., F, 2, N)
    known = (total > 0).to(similar.dtype)
    shares = known / known.sum(-1, keepdim=True).clamp_min(1) / 2
    each = shares / total.clamp_min(1e-12)
    target = similar * (each[..., 0, :, None] + each[..., 1, None, :])
    return Alike(similar, shares, target, (known > 0).flatten(-3).all(-1))


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


def vector_gradient(z: Tensor, labels: Alike, draw: Draw, config: TrainConfig) -> Tensor:
    """Gradient of ``batch_loss`` of the unit rows of z, by z: (2, M, B, N, E) -> the same.

    Unlike there z need not have length 1.
    """
    _, members, branches, pairs, width = z.shape
    joint = bool(config.joint_weight) and len(labels.similar) > 0
    alpha, facet = draw
    u = z.new_empty(2, members, branches + joint, pairs, width)
    own, length = split_length(z, out=u[:, :, :branches])
    if joint:
        mixed, mixed_length = split_length(
            torch.lerp(u[:, :, 0], u[:, :, 1 + facet], alpha), out=u[:, :, branches]
        )
    by_cosine = _cosine_gradient(u, labels, draw if joint else None, config)
    by_unit = torch.empty_like(u)
    flat = by_cosine.reshape(-1, pairs, pairs)
    torch.bmm(flat, u[1].flatten(0, 1), out=by_unit[0].view(-1, pairs, width))
    torch.bmm(flat.mT, u[0].flatten(0, 1), out=by_unit[1].view(-1, pairs, width))
    if joint:
        back = length_gradient(by_unit[:, :, branches], mixed, mixed_length)
        by_unit[:, :, 0].add_(back, alpha=1 - alpha)
        by_unit[:, :, 1 + facet].add_(back, alpha=alpha)
    return length_gradient(by_unit[:, :, :branches], own, length)


def _cosine_gradient(u: Tensor, labels: Alike, draw: Draw | None, config: TrainConfig) -> Tensor:
    """Gradient by the cosines of unit rows (2, M, B, N, E) -> (M, B, N, N).

    With a draw the last branch is the mixed one, which has two terms: pairs and labels.
    """
    _, members, _, pairs, _ = u.shape
    facets = len(labels.similar)
    weights = [config.ssl_weight] + [config.facet_weight] * facets
    heat = [config.temperature] + [config.label_temperature] * facets
    even = labels.shares.new_full((1, 2, pairs), 0.5 / pairs)
    shares = [even, labels.shares]
    cosines = torch.bmm(u[0].flatten(0, 1), u[1].flatten(0, 1).mT).view(members, -1, pairs, pairs)
    if draw:
        weights += [config.joint_weight * (1 - draw.alpha), config.joint_weight * draw.alpha]
        heat += [config.temperature, config.label_temperature]
        shares += [even, labels.shares[draw.facet, None]]
        cosines = torch.cat([cosines, cosines[:, -1:]], 1)
    scales = [w / t / members for w, t in zip(weights, heat, strict=True)]
    share = torch.cat(shares)
    cold = u.new_tensor([[1 / t for t in heat], scales])[..., None, None]
    gradient = _both_softmax(cosines.mul_(cold[0]), share, share * cold[1], bool(labels.complete))
    if draw:
        gradient[:, -2].add_(gradient[:, -1])
        gradient = gradient[:, :-1]
        gradient[:, -1].sub_(labels.target[draw.facet], alpha=scales[-1])
        gradient[:, -1].diagonal(dim1=-2, dim2=-1).sub_(scales[-2] / pairs)
    gradient[:, 0].diagonal(dim1=-2, dim2=-1).sub_(scales[0] / pairs)
    if facets:
        gradient[:, 1 : 1 + facets].sub_(labels.target, alpha=scales[1])
    return gradient


def _both_softmax(logits: Tensor, share: Tensor, scale: Tensor, complete: bool) -> Tensor:
    """Softmax over rows and over columns, weighted and added: (M, K, N, N), (K, 2, N) twice ->
    (M, K, N, N). Rows and columns of share 0 are left out of the denominators as well."""
    over_row = over_column = logits
    if not complete:
        off = (share == 0).to(logits.dtype).mul_(LEFT_OUT)
        over_row, over_column = logits + off[:, 1, None, :], logits + off[:, 0, :, None]
    rows, columns = over_row.softmax(-1), over_column.softmax(-2)
    return rows.mul_(scale[:, 0, :, None]).addcmul_(columns, scale[:, 1, None, :])
