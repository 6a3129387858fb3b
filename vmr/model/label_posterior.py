"""What the labels of a clip or track probably are, and how two sides' answers meet.

The contrastive loss learns a label only where both modalities show it. A classifier of one side
alone has no such limit, and two of them meet in the dot product of what they say:
``sum_l (p_l(video) - prior_l) (p_l(track) - prior_l)``. Priors are subtracted, or the most frequent
label would win every ranking.

The classifier is multinomial logistic regression on a Gaussian kernel (Zhu and Hastie 2005) with
Nystroem features (Williams and Seeger 2001): closed, small, and good with a few hundred examples.

Shapes: N clips, P columns that describe a clip, L labels, K landmarks.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

FEWEST = 10  # labelled clips; from fewer nothing can be learnt that holds for others
LANDMARKS = 512  # training clips that the kernel compares with
REACH = 0.3  # exp(-REACH * mean squared difference of the standardised columns)
STRENGTHS = (1.0, 3.0, 10.0, 30.0, 100.0)  # from the strongest penalty to the weakest
FOLDS = 3


class LabelPosterior(nn.Module):
    """Label probabilities less their prior, of one facet on one side; zero until it is fitted."""

    prior: Tensor  # (L,)
    share: Tensor  # () of the facet's cosine, against the contrastive vector's
    scale: Tensor  # (P,) spread of the training clips' columns
    landmarks: Tensor  # (K, P), training clips over the scale
    weights: Tensor  # (K, L)
    bias: Tensor  # (L,)

    def __init__(self, labels: int) -> None:
        super().__init__()
        self.register_buffer("prior", torch.zeros(labels))
        self.register_buffer("share", torch.zeros(()))
        self.register_buffer("scale", torch.zeros(0))
        self.register_buffer("landmarks", torch.zeros(0, 0))
        self.register_buffer("weights", torch.zeros(0, labels))
        self.register_buffer("bias", torch.zeros(labels))

    def forward(self, clips: Tensor) -> Tensor:
        """Columns (N, P) -> (N, L), rows of length up to sqrt(2)."""
        if not self.prior.any():
            return self.prior.expand(len(clips), -1)
        near = _kernel(clips / self.scale, self.landmarks)
        return torch.softmax(near @ self.weights + self.bias, dim=1) - self.prior

    @torch.no_grad()
    def fit(self, clips: Tensor, labels: Tensor, seed: int = 0) -> Tensor:
        """Fit on the labelled ones of N clips: (N, P), (N, L) >= 0, zero rows are unlabelled.

        Returns what ``forward`` would say of the same clips had it not seen the one in question:
        (N, L). With fewer than two labels or FEWEST clips every output stays zero.
        """
        self.prior.zero_()  # what was fitted before counts no more
        known = labels.sum(1) > 0
        if int((labels.sum(0) > 0).sum()) < 2 or int(known.sum()) < FEWEST:
            return self.forward(clips)
        target = labels[known] / labels[known].sum(1, keepdim=True)
        unseen = self._fit(clips[known].double().cpu(), target.double().cpu(), seed)
        self._keep(prior=target.mean(0))
        said = self.forward(clips)
        said[known] = unseen.to(said) - self.prior
        return said

    def _fit(self, x: Tensor, target: Tensor, seed: int) -> Tensor:
        """(N, P), (N, L) -> probabilities (N, L), each from the folds without it.

        The penalty is the one with the least cross-entropy on the folds that were left out.
        """
        spread = x.std(0, unbiased=False)
        # A column that never moved in training says nothing, whatever it is later.
        scale = torch.where(spread > 1e-6, spread, torch.inf)
        x = x / scale
        order = np.random.default_rng(seed).permutation(len(x))
        landmarks = x[order[:LANDMARKS]]
        values, vectors = torch.linalg.eigh(_kernel(landmarks, landmarks))
        kept = values > 1e-4 * values.max()
        root = vectors[:, kept] * values[kept].rsqrt()  # Nystroem features
        features = _kernel(x, landmarks) @ root
        fold = torch.as_tensor(np.argsort(order) % FOLDS)
        unseen = target.new_zeros(len(STRENGTHS), *target.shape)
        for f in range(FOLDS):
            for i, solution in enumerate(_path(features[fold != f], target[fold != f])):
                unseen[i, fold == f] = _log_probabilities(features[fold == f], solution)
        best = int((-(target * unseen).sum((1, 2))).argmin())
        solution = _path(features, target, best + 1)[best]
        self._keep(
            scale=scale, landmarks=landmarks, weights=root @ solution[:-1], bias=solution[-1]
        )
        return unseen[best].exp()

    def _keep(self, **values: Tensor) -> None:
        for name, value in values.items():
            own = getattr(self, name)
            setattr(self, name, value.to(own.device, own.dtype))

    def _load_from_state_dict(self, state: Any, prefix: str, *others: Any) -> None:
        """Buffers that are empty until ``fit`` get their sizes from the file."""
        for name, own in list(self._buffers.items()):
            found = state.get(prefix + name)
            if own is not None and not own.numel() and found is not None:
                setattr(self, name, torch.empty_like(found, dtype=own.dtype, device=own.device))
        super()._load_from_state_dict(state, prefix, *others)


def _kernel(a: Tensor, b: Tensor) -> Tensor:
    """(N, P), (K, P) -> (N, K)."""
    return torch.exp(-REACH / a.shape[1] * torch.cdist(a, b).square())


def _path(features: Tensor, target: Tensor, count: int = len(STRENGTHS)) -> list[Tensor]:
    """Solutions at the first ``count`` strengths, each one starting from the one before: features
    (N, K), target (N, L) -> (K + 1, L), the last row is the intercept."""
    solution, found = features.new_zeros(features.shape[1] + 1, target.shape[1]), []
    for strength in STRENGTHS[:count]:
        solution = _regress(features, target, strength, solution)
        found.append(solution)
    return found


def _regress(features: Tensor, target: Tensor, strength: float, start: Tensor) -> Tensor:
    solution = start.clone().requires_grad_()
    optimizer = torch.optim.LBFGS([solution], max_iter=60, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        penalty = solution[:-1].square().sum() / (2 * strength)
        value = (penalty - (target * _log_probabilities(features, solution)).sum()) / len(target)
        value.backward()
        return value

    with torch.enable_grad():
        optimizer.step(loss)
    return solution.detach()


def _log_probabilities(features: Tensor, solution: Tensor) -> Tensor:
    return torch.log_softmax(features @ solution[:-1] + solution[-1], dim=1)
