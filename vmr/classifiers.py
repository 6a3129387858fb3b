"""Two small classifiers that end as tensors: a forest, and logistic regression on a kernel.

Both learn soft labels, say probabilities, tell what they would have said of each training clip
without having seen it, and take their sizes from a checkpoint, which so holds no pickle.

Shapes: N clips, P columns, L labels, R trees, V nodes of the largest tree, K landmarks.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

TREES = 400
SMALLEST_LEAF = 5  # clips
MOST_LEAVES = 128  # of a tree, so that a checkpoint stays small whatever the number of pairs
COLUMNS_TRIED = 0.3  # at every split
AT_ONCE = 1000

LANDMARKS = 512  # training clips that the kernel compares with
REACH = 0.3  # exp(-REACH * mean squared difference of the standardised columns)
STRENGTHS = (1.0, 3.0, 10.0, 30.0, 100.0)  # from the strongest penalty to the weakest
FOLDS = 3


class Fitted(nn.Module):
    """A module whose empty buffers get their sizes from ``fit`` or from a file."""

    def _load_from_state_dict(self, state: Any, prefix: str, *others: Any) -> None:
        for name, own in list(self._buffers.items()):
            found = state.get(prefix + name)
            if own is not None and not own.numel() and found is not None:
                setattr(self, name, torch.empty_like(found, dtype=own.dtype, device=own.device))
        super()._load_from_state_dict(state, prefix, *others)

    def _keep(self, **values: NDArray[Any] | Tensor) -> None:
        for name, value in values.items():
            own = getattr(self, name)
            setattr(self, name, torch.as_tensor(value, dtype=own.dtype, device=own.device))


class Forest(Fitted):
    """Extremely randomised trees (Geurts et al. 2006). scikit-learn grows them."""

    column: Tensor  # (R, V) int16, the column that a node looks at
    threshold: Tensor  # (R, V)
    left: Tensor  # (R, V) int16, next node where the column is not above the threshold
    right: Tensor  # (R, V) int16; a leaf leads to itself
    said: Tensor  # (R, V, L) float16, mean labels of the training clips there

    def __init__(self, labels: int) -> None:
        super().__init__()
        for name in ("column", "left", "right"):
            self.register_buffer(name, torch.zeros(0, 1, dtype=torch.int16))
        self.register_buffer("threshold", torch.zeros(0, 1))
        self.register_buffer("said", torch.zeros(0, 1, labels, dtype=torch.float16))

    def forward(self, clips: Tensor) -> Tensor:
        """(N, P) -> probabilities (N, L)."""
        return torch.cat([self._mean_leaf(part) for part in clips.split(AT_ONCE)])

    def _mean_leaf(self, clips: Tensor) -> Tensor:
        tree = torch.arange(len(self.column), device=clips.device)
        node = torch.zeros(len(clips), len(tree), dtype=torch.long, device=clips.device)
        for _ in range(self.column.shape[1]):
            low = clips.gather(1, self.column[tree, node].long()) <= self.threshold[tree, node]
            after = torch.where(low, self.left[tree, node], self.right[tree, node]).long()
            if torch.equal(after, node):
                break
            node = after
        return self.said[tree, node].float().mean(1)

    def fit(self, clips: Tensor, target: Tensor, seed: int) -> Tensor:
        """Clips (N, P), soft labels (N, L) -> out-of-bag probabilities (N, L)."""
        from sklearn.ensemble import ExtraTreesRegressor  # half a second that only training needs

        forest = ExtraTreesRegressor(
            TREES,
            min_samples_leaf=SMALLEST_LEAF,
            max_leaf_nodes=MOST_LEAVES,
            max_features=COLUMNS_TRIED,
            bootstrap=True,
            oob_score=True,
            random_state=seed,
        ).fit(clips.float().cpu().numpy(), target.cpu().numpy())
        trees = [tree.tree_ for tree in forest.estimators_]
        itself = [np.arange(tree.node_count) for tree in trees]
        left, right = (
            [np.where(after < 0, i, after) for i, after in zip(itself, side, strict=True)]
            for side in ([t.children_left for t in trees], [t.children_right for t in trees])
        )
        self._keep(
            column=_padded([np.maximum(tree.feature, 0) for tree in trees]),
            threshold=_padded([tree.threshold for tree in trees]),
            left=_padded(left),
            right=_padded(right),
            said=_padded([tree.value[..., 0] for tree in trees]),
        )
        return torch.as_tensor(forest.oob_prediction_, dtype=torch.float32, device=clips.device)


class KernelLogistic(Fitted):
    """Multinomial logistic regression on a Gaussian kernel (Zhu and Hastie 2005)."""

    scale: Tensor  # (P,) spread of the training clips' columns
    landmarks: Tensor  # (K, P), training clips over the scale
    weights: Tensor  # (K, L)
    bias: Tensor  # (L,)

    def __init__(self, labels: int) -> None:
        super().__init__()
        self.register_buffer("scale", torch.zeros(0))
        self.register_buffer("landmarks", torch.zeros(0, 0))
        self.register_buffer("weights", torch.zeros(0, labels))
        self.register_buffer("bias", torch.zeros(labels))

    def forward(self, clips: Tensor) -> Tensor:
        """(N, P) -> probabilities (N, L)."""
        near = _kernel(clips / self.scale, self.landmarks)
        return torch.softmax(near @ self.weights + self.bias, dim=1)

    def fit(self, clips: Tensor, target: Tensor, seed: int) -> Tensor:
        """Clips (N, P), soft labels (N, L) -> probabilities (N, L), each from the folds without it.

        The penalty is the one with the least cross-entropy on the folds that were left out.
        """
        x, target = clips.double().cpu(), target.double().cpu()
        scale = x.std(0, unbiased=False).clamp_min(1e-6)
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
        return unseen[best].exp().to(clips.device, torch.float32)


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


def _padded(rows: list[NDArray[Any]]) -> NDArray[Any]:
    """Rows (v, ...) of unlike length -> (R, V, ...), zeros at the ends."""
    out = np.zeros((len(rows), max(map(len, rows)), *rows[0].shape[1:]))
    for place, row in zip(out, rows, strict=True):
        place[: len(row)] = row
    return out
