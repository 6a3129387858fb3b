"""Baselines that networks must not hide from: regularised CCA and logistic regression."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from vmr.embedding import Array, unit

Matrix = NDArray[np.float64]


def fit_cca(
    x: Matrix, y: Matrix, ridge_x: float, ridge_y: float, dims: int
) -> tuple[tuple[Matrix, Matrix], tuple[Matrix, Matrix]]:
    """Regularised linear CCA on standardised columns, directions weighted by their correlation.

    x (N, P), y (N, R) -> ((mean, projection (P, dims)), (mean, projection (R, dims))).
    """
    mean_x, mean_y = x.mean(0), y.mean(0)
    scale_x, scale_y = x.std(0) + 1e-9, y.std(0) + 1e-9
    a, b = (x - mean_x) / scale_x, (y - mean_y) / scale_y
    root_x = _inverse_root(a.T @ a / len(a), ridge_x)
    root_y = _inverse_root(b.T @ b / len(b), ridge_y)
    u, s, vt = np.linalg.svd(root_x @ (a.T @ b / len(a)) @ root_y)
    count = min(dims, len(s))
    px = root_x @ u[:, :count] * s[:count] / scale_x[:, None]
    py = root_y @ vt.T[:, :count] * s[:count] / scale_y[:, None]
    return (mean_x, px), (mean_y, py)


def cca_scores(
    video: Matrix, music: Matrix, train: NDArray[np.int64], test: NDArray[np.int64]
) -> Array:
    """Cosines of the test clips and tracks after CCA on the training pairs: (Q, N)."""
    (mean_v, pv), (mean_m, pm) = fit_cca(video[train], music[train], 3.0, 0.1, 16)
    queries = unit(((video[test] - mean_v) @ pv).astype(np.float32))
    items = unit(((music[test] - mean_m) @ pm).astype(np.float32))
    return np.asarray(queries @ items.T)


def posteriors(
    x: Matrix, labels: NDArray[np.int64], train: NDArray[np.int64], ridge: float
) -> Matrix:
    """Class-balanced multinomial logistic regression: (N, P), (N,) with -1 -> (N, L)."""
    labelled = train[labels[train] >= 0]
    mean, scale = x[labelled].mean(0), x[labelled].std(0) + 1e-9
    a = (x - mean) / scale
    # The library adds the rows' losses up, each class to N / L; here ridge goes with their mean.
    model = LogisticRegression(
        C=1 / (ridge * len(labelled)), class_weight="balanced", max_iter=1000
    )
    found = model.fit(a[labelled], labels[labelled]).predict_proba(a)
    out = np.zeros((len(x), int(labels.max()) + 1))
    out[:, model.classes_] = found
    return out


def _inverse_root(covariance: Matrix, ridge: float) -> Matrix:
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors @ np.diag((values + ridge) ** -0.5) @ vectors.T)
