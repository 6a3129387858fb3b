"""The picture side of an adaptation: what a person chose of corrected clips, for others too.

For a clip with described columns x and cosines c_l with the labels' directions, the probability
that label l is chosen is logistic in

    slope (c_l + level_l + f_l(x)) + constant

c is what the checkpoint believes; level_l and f, a Gaussian process that dies away from the
corrected clips (vmr.model.facet_head), are fitted with strong penalties. A level is learnt only
where there are enough corrections for a facet's number of labels: of twenty genres twenty clips
cannot say which are chosen too seldom, and trying made the rest worse.

Chosen on 64 judged clips (levels, penalties and reach), measured once on 64 others: README.

Shapes: N corrected clips, L labels, P columns that describe a clip, D columns of a branch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vmr.adaptation.figures import Compared, compared
from vmr.adaptation.grow import grown, heads_of
from vmr.embedding import Array
from vmr.errors import VmrError
from vmr.model.facet_head import nearness
from vmr.model.two_tower import Model

SLOPE = 5.3  # of the log-odds over the cosine, about that of beliefs.csv
LEVEL_PENALTY, NEAR_PENALTY = 3.0, 1.0
PER_LABEL = 1.5  # corrections for each label, before levels are learnt
FOLDS = 30  # up to so many corrections each is left out alone
FEWEST = 3
MOST = 300  # corrections; of more the last ones
Matrix = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Corrected:
    """N videos with feature rows (T, Dv) each and {label: 1 or -1} of one facet."""

    features: tuple[Array, ...]
    labels: tuple[Mapping[str, int], ...]

    def __len__(self) -> int:
        return len(self.features)


@dataclass(frozen=True, eq=False)
class Taught:
    """What was fitted: level (L,), and weights (N, L) of the corrected clips themselves."""

    level: Matrix
    weights: Matrix


@dataclass(frozen=True, eq=False)
class Seen:
    """Corrected clips as a fit sees them: cosines, chosen and weight (N, L), kernel (N, N)."""

    cosines: Matrix
    kernel: Matrix
    chosen: Matrix
    weight: Matrix

    def rows(self, chosen: NDArray[np.bool_]) -> Seen:
        """Those of the clips (N,) alone."""
        kernel = self.kernel[np.ix_(chosen, chosen)]
        return Seen(self.cosines[chosen], kernel, self.chosen[chosen], self.weight[chosen])


def fit_pictures(model: Model, facet: str, corrected: Corrected) -> tuple[Model, Seen]:
    """A copy of the model that has learnt the last MOST corrections of a facet it has, and what it
    learnt from, for ``left_out``. Raises VmrError for too few."""
    corrected = Corrected(corrected.features[-MOST:], corrected.labels[-MOST:])
    names = model.config.labels[facet]
    new = grown(model, facet, names)
    _, head = heads_of(new, facet)
    chosen, weight = told(corrected, names)
    if (chosen.any(axis=1)).sum() < FEWEST:
        raise VmrError("adapt.few_clips", facet=facet, least=FEWEST)
    head.keep(level=np.zeros(len(names)), weights=np.zeros((0, len(names))))
    head.landmarks = head.landmarks[:0]
    clips = new.video_tower.prepare(corrected.features)
    described = clips.described()
    z = new.embed_prepared(new.video_tower, clips).branch(facet)
    cosines = (z @ head.directions.cpu().numpy().T).astype(np.float64)
    kernel = nearness(described, described).cpu().numpy().astype(np.float64)
    seen = Seen(cosines, kernel, chosen, weight)
    taught = teach(seen)
    head.keep(level=taught.level, landmarks=described, weights=taught.weights)
    return new, seen


def told(corrected: Corrected, names: Sequence[str]) -> tuple[Matrix, Matrix]:
    """(chosen (N, L) 0 or 1, what each cell counts): of a clip without a chosen label only those
    that somebody refused."""
    chosen = np.array([[float(row.get(n, 0) > 0) for n in names] for row in corrected.labels])
    refused = np.array([[float(row.get(n, 0) < 0) for n in names] for row in corrected.labels])
    return chosen, np.where(chosen.any(axis=1, keepdims=True), 1.0, refused)


def teach(seen: Seen) -> Taught:
    """Fit levels and the process: the maximum of the posterior."""
    from scipy.optimize import minimize

    chosen, weight = seen.chosen, seen.weight
    count, labels = chosen.shape
    values, vectors = np.linalg.eigh(seen.kernel)
    held = values > 1e-8
    root = vectors[:, held] * np.sqrt(values[held])  # (N, R), root root' = kernel
    levels = labels if count >= PER_LABEL * labels else 0

    def loss(x: Matrix) -> tuple[float, Matrix]:
        level = np.zeros(labels) if not levels else x[1 : 1 + levels]
        own = x[1 + levels :].reshape(root.shape[1], labels)
        odds = SLOPE * (seen.cosines + level + root @ own) + x[0]
        value = (weight * (np.logaddexp(0, odds) - chosen * odds)).sum()
        wrong = weight * (1 / (1 + np.exp(-odds)) - chosen)  # (N, L)
        slopes = [[wrong.sum()]]
        if levels:
            slopes.append(SLOPE * wrong.sum(axis=0) + 2 * LEVEL_PENALTY * level)
        slopes.append((SLOPE * root.T @ wrong + 2 * NEAR_PENALTY * own).ravel())
        value += LEVEL_PENALTY * (level**2).sum() + NEAR_PENALTY * (own**2).sum()
        return float(value), np.concatenate(slopes)

    start = np.zeros(1 + levels + root.shape[1] * labels)
    start[0] = -2.0
    x = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 100}).x
    own = x[1 + levels :].reshape(root.shape[1], labels)
    # f = kernel @ weights for any clip: root @ own with root = kernel @ vectors / sqrt(values)
    weights = vectors[:, held] / np.sqrt(values[held]) @ own
    return Taught(x[1 : 1 + levels] if levels else np.zeros(labels), weights)


def left_out(seen: Seen) -> Compared:
    """How often the likeliest label of a clip is one that was chosen for it, before, and after a
    fit on the others."""
    judged = seen.chosen.any(axis=1)
    count = len(seen.chosen)
    fold = np.random.default_rng(0).permutation(count) % min(count, FOLDS)
    after = seen.cosines.copy()
    for k in range(int(fold.max()) + 1):
        out, rest = fold == k, fold != k
        taught = teach(seen.rows(rest))
        after[out] += taught.level + seen.kernel[np.ix_(out, rest)] @ taught.weights
    rows = np.arange(count)
    right = [seen.chosen[rows, likely.argmax(axis=1)][judged] for likely in (seen.cosines, after)]
    return compared(right[0], right[1], chance=float(seen.chosen[judged].mean()))
