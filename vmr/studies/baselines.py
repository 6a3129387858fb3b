"""Baselines that networks must not hide from: regularised CCA and logistic regression. numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

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
    kept = min(dims, len(s))
    px = root_x @ u[:, :kept] * s[:kept] / scale_x[:, None]
    py = root_y @ vt.T[:, :kept] * s[:kept] / scale_y[:, None]
    return (mean_x, px), (mean_y, py)


def cca_scores(
    video: Matrix, music: Matrix, train: NDArray[np.int64], test: NDArray[np.int64]
) -> Matrix:
    """Cosines of the test clips and tracks after CCA on the training pairs: (Q, N)."""
    (mean_v, pv), (mean_m, pm) = fit_cca(video[train], music[train], 3.0, 0.1, 16)
    return unit_rows((video[test] - mean_v) @ pv) @ unit_rows((music[test] - mean_m) @ pm).T


def posteriors(
    x: Matrix, labels: NDArray[np.int64], train: NDArray[np.int64], ridge: float
) -> Matrix:
    """Class-balanced multinomial logistic regression: (N, P), (N,) with -1 -> (N, L)."""
    known = train[labels[train] >= 0]
    mean, scale = x[known].mean(0), x[known].std(0) + 1e-9
    a, y = (x - mean) / scale, labels[known]
    classes, columns = int(labels.max()) + 1, x.shape[1]
    weight = 1.0 / np.maximum(np.bincount(y, minlength=classes), 1)[y]
    weight /= weight.sum()
    target = np.eye(classes)[y]

    def loss(flat: Matrix) -> tuple[float, Matrix]:
        w, b = flat[:-classes].reshape(columns, classes), flat[-classes:]
        z = a[known] @ w + b
        z -= z.max(1, keepdims=True)
        log_p = z - np.log(np.exp(z).sum(1, keepdims=True))
        error = weight[:, None] * (np.exp(log_p) - target)
        value = -(weight * (target * log_p).sum(1)).sum() + ridge * (w**2).sum() / 2
        return float(value), np.concatenate(
            [(a[known].T @ error + ridge * w).ravel(), error.sum(0)]
        )

    start = np.zeros((columns + 1) * classes)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 200}).x
    z = a @ found[:-classes].reshape(columns, classes) + found[-classes:]
    p = np.exp(z - z.max(1, keepdims=True))
    return np.asarray(p / p.sum(1, keepdims=True))


def unit_rows(x: Matrix) -> Matrix:
    """Rows of length 1: (N, D) -> (N, D)."""
    return np.asarray(x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12))


def _inverse_root(covariance: Matrix, ridge: float) -> Matrix:
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors @ np.diag((values + ridge) ** -0.5) @ vectors.T)
