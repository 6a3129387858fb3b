"""What the labels of a clip or track probably are, and how two sides' answers meet.

The contrastive loss learns a label only where both modalities show it. A classifier of one side
alone has no such limit, and two of them meet in the dot product of what they say:
``sum_l (p_l(video) - prior_l) (p_l(track) - prior_l)``. Priors are subtracted, or the most frequent
label would win every ranking.

The classifier is multinomial logistic regression on a Gaussian kernel (Zhu and Hastie 2005) with
Nystroem features (Williams and Seeger 2001), fitted by scikit-learn: small, and good with a few
hundred examples. What is kept of it are the landmarks and one weight per landmark and label.

Shapes: N clips, P columns that describe a clip, L labels, K landmarks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import log_softmax
from torch import Tensor

from vmr.model.sized_by_file import SizedByFile

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression

FEWEST = 10  # labelled clips; from fewer nothing can be learnt that holds for others
LANDMARKS = 512  # training clips that the kernel compares with
REACH = 0.3  # exp(-REACH * mean squared difference of the standardised columns)
STRENGTHS = (1.0, 3.0, 10.0, 30.0, 100.0)  # from the strongest penalty to the weakest
FOLDS = 3
NEVER = -200.0  # log-odds of a label without an example

Rows = NDArray[np.float64]


class LabelPosterior(SizedByFile):
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
        labelled = labels.sum(1) > 0
        if int((labels.sum(0) > 0).sum()) < 2 or int(labelled.sum()) < FEWEST:
            return self.forward(clips)
        target = labels[labelled] / labels[labelled].sum(1, keepdim=True)
        unseen = self._fit(
            clips[labelled].double().cpu().numpy(), target.double().cpu().numpy(), seed
        )
        self.keep(prior=target.mean(0).cpu().numpy())
        posteriors = self.forward(clips)
        posteriors[labelled] = torch.as_tensor(unseen).to(posteriors) - self.prior
        return posteriors

    def _fit(self, x: Rows, target: Rows, seed: int) -> Rows:
        """(N, P), (N, L) -> probabilities (N, L), each from the folds without it.

        The penalty is the one with the least cross-entropy on the folds that were left out.
        """
        spread = x.std(0)
        # A column that never moved in training says nothing, whatever it is later.
        scale = np.where(spread > 1e-6, spread, np.inf)
        x = x / scale
        from sklearn.kernel_approximation import Nystroem

        kernel = Nystroem(
            gamma=REACH / x.shape[1], n_components=min(LANDMARKS, len(x)), random_state=seed
        )
        features = kernel.fit_transform(x)
        fold = np.random.default_rng(seed).permutation(len(x)) % FOLDS
        unseen = np.empty((len(STRENGTHS), *target.shape))
        for f in range(FOLDS):
            model = _regression()
            for i, strength in enumerate(STRENGTHS):
                _regress(model, features[fold != f], target[fold != f], strength)
                weights, bias = _weights(model, target.shape[1])
                unseen[i, fold == f] = features[fold == f] @ weights + bias
        unseen = log_softmax(unseen, axis=-1)
        best = int((-(target * unseen).sum((1, 2))).argmin())
        model = _regress(_regression(), features, target, STRENGTHS[best])
        weights, bias = _weights(model, target.shape[1])
        self.keep(
            scale=scale,
            landmarks=kernel.components_,
            weights=kernel.normalization_.T @ weights,
            bias=bias,
        )
        return np.asarray(np.exp(unseen[best]))


def _kernel(a: Tensor, b: Tensor) -> Tensor:
    """(N, P), (K, P) -> (N, K)."""
    return torch.exp(-REACH / a.shape[1] * torch.cdist(a, b).square())


def _regression() -> LogisticRegression:
    from sklearn.linear_model import LogisticRegression  # half a second, only training needs it

    return LogisticRegression(warm_start=True, max_iter=1000)


def _regress(
    model: LogisticRegression, features: Rows, target: Rows, strength: float
) -> LogisticRegression:
    """Fit on soft labels, going on from where the model is: features (N, K), target (N, L)."""
    row, label = np.nonzero(target)  # an example for each label that a clip has, so much weight
    # Of two labels the library fits one row of weights; as two it would be half as strong.
    model.C = strength * (2 if len(np.unique(label)) == 2 else 1)
    return model.fit(features[row], label, target[row, label])


def _weights(model: LogisticRegression, labels: int) -> tuple[Rows, Rows]:
    """Weights (K, L) and biases (L,) of the log-odds of all labels."""
    coef, intercept = model.coef_, model.intercept_
    if len(model.classes_) == 2:  # the library keeps one row, for the second against the first
        coef, intercept = np.vstack([-coef, coef]) / 2, np.array([-1, 1]) * intercept / 2
    weights, bias = np.zeros((coef.shape[1], labels)), np.full(labels, NEVER)
    weights[:, model.classes_], bias[model.classes_] = coef.T, intercept
    return weights, bias
