"""Contrastive losses between two modalities. torch only; the file can be copied out.

Conventions: a and b are unit rows of the two modalities, (..., N, D), pair i is a[..., i, :] with
b[..., i, :]; leading dimensions (an ensemble's members, branches) are averaged over. Every loss is
the mean of its two directions and is 0, with a gradient of 0, when nothing is left to compare.
"""

from __future__ import annotations

import torch
from torch import Tensor


def info_nce(a: Tensor, b: Tensor, temperature: float) -> Tensor:
    """Symmetric InfoNCE over the true pairs (van den Oord 2018; CLIP): (..., N, D) twice -> ().

    The other rows of the batch are the negatives; equal to cross-entropy with the identity as
    target, in both directions.
    """
    logits = a @ b.mT / temperature  # (..., N, N)
    true = logits.diagonal(dim1=-2, dim2=-1)
    forward = logits.logsumexp(-1) - true
    backward = logits.logsumexp(-2) - true
    return (forward.mean() + backward.mean()) / 2


def label_similarity(a: Tensor, b: Tensor) -> Tensor:
    """Cosine of label rows, the weight of a positive: (..., N, L), (..., M, L) >= 0 ->
    (..., N, M) in 0..1.

    Multi-hot rows: 1 for equal sets, 0 for disjoint ones. Soft rows (probabilities) as well. A row
    of zeros is unlabelled and similar to nothing.
    """
    return _unit(a.float()) @ _unit(b.float()).mT


def supcon(a: Tensor, b: Tensor, positives: Tensor, temperature: float) -> Tensor:
    """Cross-modal supervised contrastive loss with weighted positives.

        L_i = - sum_p w_ip / sum_p w_ip * log( exp(a_i.b_p / t) / sum_k exp(a_i.b_k / t) )

    a (..., N, D), b (..., M, D), positives (N, M) weights >= 0 -> (). With weights of 0 and 1 this
    is L_out of Khosla et al. 2020 across modalities. Rows and columns without any positive are
    taken out altogether, from the denominators too: they cost nothing and get no gradient.
    """
    rows, columns = positives.sum(1) > 0, positives.sum(0) > 0
    if not bool(rows.any()):
        return (a.sum() + b.sum()) * 0.0
    weights, logits = positives, a @ b.mT / temperature
    if not bool(rows.all() & columns.all()):
        weights = positives[rows][:, columns]
        logits = logits[..., rows, :][..., columns]
    forward = _weighted_nll(logits, weights)
    backward = _weighted_nll(logits.mT, weights.mT)
    return (forward + backward) / 2


def _weighted_nll(logits: Tensor, weights: Tensor) -> Tensor:
    """Cross-entropy against each row's normalised weights: (..., N, M), (N, M) -> ()."""
    target = weights / weights.sum(-1, keepdim=True)
    return -(target * torch.log_softmax(logits, dim=-1)).sum(-1).mean()


def _unit(x: Tensor) -> Tensor:
    return x / x.norm(dim=-1, keepdim=True).clamp_min(1e-12)
