"""What the labels of a clip or track probably are, and how two sides' answers meet.

The contrastive loss learns a label only where both modalities show it. A classifier of one side
alone has no such limit, and two of them meet in the dot product of what they say:
``sum_l (p_l(video) - prior_l) (p_l(track) - prior_l)``. Priors are subtracted, or the most frequent
label would win every ranking.

Shapes: N clips, P pooled columns, L labels.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from vmr.classifiers import Forest, KernelLogistic

FEWEST = 10  # labelled clips; from fewer nothing can be learnt that holds for others


class LabelPosterior(nn.Module):
    """Label probabilities less their prior, of one facet on one side; zero until it is fitted.

    The mean of two classifiers of unlike kind, which err on unlike clips.
    """

    prior: Tensor  # (L,)
    share: Tensor  # () of the facet's cosine, against the contrastive vector's

    def __init__(self, labels: int) -> None:
        super().__init__()
        self.forest, self.kernel = Forest(labels), KernelLogistic(labels)
        self.register_buffer("prior", torch.zeros(labels))
        self.register_buffer("share", torch.zeros(()))

    def forward(self, clips: Tensor) -> Tensor:
        """Pooled columns (N, P) -> (N, L), rows of length up to sqrt(2)."""
        if not self.prior.any():
            return self.prior.expand(len(clips), -1)
        return (self.forest(clips) + self.kernel(clips)) / 2 - self.prior

    @torch.no_grad()
    def fit(self, clips: Tensor, labels: Tensor, seed: int = 0) -> Tensor:
        """Fit on the labelled ones of N clips: (N, P), (N, L) >= 0, zero rows are unlabelled.

        Returns what ``forward`` would say of the same clips had it not seen the one in question:
        (N, L). With fewer than two labels or FEWEST clips every output stays zero.
        """
        known = labels.sum(1) > 0
        if int((labels.sum(0) > 0).sum()) < 2 or int(known.sum()) < FEWEST:
            return self.forward(clips)
        target = labels[known] / labels[known].sum(1, keepdim=True)
        unseen = [part.fit(clips[known], target, seed) for part in (self.forest, self.kernel)]
        self.prior.copy_(target.mean(0))
        said = self.forward(clips)
        said[known] = (unseen[0] + unseen[1]) / 2 - self.prior
        return said
