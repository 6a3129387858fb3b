"""Contrastive losses between two modalities. torch only; the file can be copied out.

Conventions: a and b are unit rows of the two modalities, (..., N, D), pair i is a[..., i, :] with
b[..., i, :]; leading dimensions (an ensemble's members) are averaged over. Every loss is the mean
of its two directions and is 0, with a gradient of 0, when nothing is left to compare.
"""

from __future__ import annotations

import torch
from torch import Tensor

TINY = 1e-30


def contrast(logits: Tensor, positives: Tensor) -> Tensor:
    """Supervised contrastive loss with weighted positives, in both directions, of a stack of K
    matrices at once: logits (..., K, N, M), positives (K, N, M) weights >= 0 -> (..., K).

        L_i = - sum_p w_ip / sum_p w_ip * log( exp(x_ip) / sum_k exp(x_ik) )

    With weights of 0 and 1 this is L_out of Khosla et al. 2020 across modalities. Rows and columns
    without any positive are taken out altogether, from the denominators too: they cost nothing and
    get no gradient. A matrix without a positive costs exactly 0. Logits are cosines over a
    temperature of .02 or more: their exponentials fit float32.
    """
    positives = positives.to(logits.dtype)
    by_row, by_column = positives.sum(-1), positives.sum(-2)
    rows, columns = (by_row > 0).to(logits), (by_column > 0).to(logits)
    if not bool(rows.all() & columns.all()):
        logits = logits.masked_fill(rows[..., :, None] * columns[..., None, :] == 0, -1e9)
    row_share = rows / rows.sum(-1, keepdim=True).clamp_min(1) / 2
    column_share = columns / columns.sum(-1, keepdim=True).clamp_min(1) / 2
    each = (row_share / by_row.clamp_min(TINY))[..., :, None]
    target = positives * (each + (column_share / by_column.clamp_min(TINY))[..., None, :])
    e = logits.exp()  # once for both directions; TINY, or a sum of nothing would be log 0
    normalised = (row_share * e.sum(-1).clamp_min(TINY).log()).sum(-1)
    normalised = normalised + (column_share * e.sum(-2).clamp_min(TINY).log()).sum(-1)
    return normalised - torch.einsum("...ij,...ij->...", target, logits)


def supcon(a: Tensor, b: Tensor, positives: Tensor, temperature: float) -> Tensor:
    """Cross-modal supervised contrastive loss (``contrast``) of cosines over a temperature:
    a (..., N, D), b (..., M, D), positives (N, M) weights >= 0 -> (). With the identity as
    positives it is symmetric InfoNCE (van den Oord 2018; CLIP).
    """
    return contrast(a @ b.mT / temperature, positives).mean()


def label_similarity(a: Tensor, b: Tensor) -> Tensor:
    """Cosine of label rows, the weight of a positive: (..., N, L), (..., M, L) >= 0 ->
    (..., N, M) in 0..1.

    Multi-hot rows: 1 for equal sets, 0 for disjoint ones. Soft rows (probabilities) as well. A row
    of zeros is unlabelled and similar to nothing.
    """
    return _unit(a.float()) @ _unit(b.float()).mT


def _unit(x: Tensor) -> Tensor:
    return x / x.norm(dim=-1, keepdim=True).clamp_min(1e-12)
