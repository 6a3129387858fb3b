"""The losses against naive loops and hand-worked cases."""

from __future__ import annotations

import math

import pytest
import torch
from pytest import approx

from vmr.training.losses import label_similarity, supcon


def rows(n: int, d: int, seed: int) -> torch.Tensor:
    x = torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return x / x.norm(dim=1, keepdim=True)


def info_nce(a: torch.Tensor, b: torch.Tensor, t: float) -> torch.Tensor:
    return supcon(a, b, torch.eye(a.shape[-2]), t)


def naive(a: torch.Tensor, b: torch.Tensor, w: torch.Tensor, t: float) -> float:
    """The formula of the paper by loops, one direction, only rows and columns with positives."""
    use_i = [i for i in range(len(a)) if float(w[i].sum()) > 0]
    use_k = [k for k in range(len(b)) if float(w[:, k].sum()) > 0]
    total = 0.0
    for i in use_i:
        norm = sum(math.exp(float(a[i] @ b[k]) / t) for k in use_k)
        inner = sum(
            float(w[i, p]) * math.log(math.exp(float(a[i] @ b[p]) / t) / norm) for p in use_k
        )
        total += -inner / float(w[i].sum())
    return total / len(use_i)


def test_supcon_equals_the_naive_loops_in_both_directions() -> None:
    a, b = rows(7, 5, 0), rows(7, 5, 1)
    labels = torch.tensor([[1, 0], [1, 1], [0, 1], [0, 0], [0, 1], [1, 0], [0.3, 0.7]])
    w = label_similarity(labels, labels).double()
    expected = (naive(a, b, w, 0.2) + naive(b, a, w.T, 0.2)) / 2
    assert supcon(a, b, w, 0.2).item() == approx(expected, rel=1e-9)


def test_supcon_takes_soft_labels_of_different_kinds_on_the_two_sides() -> None:
    a, b = rows(4, 6, 2), rows(5, 6, 3)
    w = label_similarity(torch.rand(4, 3), torch.rand(5, 3)).double()
    expected = (naive(a, b, w, 0.1) + naive(b, a, w.T, 0.1)) / 2
    assert supcon(a, b, w, 0.1).item() == approx(expected, rel=1e-9)


def test_identity_positives_equal_cross_entropy() -> None:
    a, b = rows(6, 4, 4), rows(6, 4, 5)
    logits = a @ b.T / 0.1
    target = torch.arange(6)
    ce = torch.nn.functional.cross_entropy
    expected = (ce(logits, target) + ce(logits.T, target)).item() / 2
    assert info_nce(a, b, 0.1).item() == approx(expected, rel=1e-9)


def test_two_pairs_worked_by_hand() -> None:
    a = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    # right pairs: log(1 + e^-1); crossed pairs: log(1 + e^1)
    assert info_nce(a, a, 1.0).item() == approx(math.log(1 + math.exp(-1)))
    assert info_nce(a, a.flip(0), 1.0).item() == approx(math.log(1 + math.e))


def test_no_positives_is_exactly_zero_and_backward_works() -> None:
    a = rows(3, 2, 6).requires_grad_()
    loss = supcon(a, a, torch.zeros(3, 3), 0.1)
    loss.backward()
    assert loss.item() == 0.0
    assert a.grad is not None and not a.grad.any()


def test_unlabelled_rows_cost_nothing_and_get_no_gradient() -> None:
    a, b = rows(5, 4, 7).requires_grad_(), rows(5, 4, 8).requires_grad_()
    labels = torch.tensor([[1, 0], [0, 0], [0, 1], [1, 0], [0, 0]])
    loss = supcon(a, b, label_similarity(labels, labels), 0.1)
    loss.backward()
    known = [0, 2, 3]
    alone = supcon(a[known], b[known], label_similarity(labels[known], labels[known]), 0.1)
    assert loss.item() == approx(alone.item(), rel=1e-9)
    assert a.grad is not None and b.grad is not None
    for gradient in (a.grad, b.grad):
        assert not gradient[[1, 4]].any()
        assert gradient[known].abs().sum() > 0


def test_leading_dimensions_are_averaged() -> None:
    a, b = torch.stack([rows(4, 3, 1), rows(4, 3, 2)]), torch.stack([rows(4, 3, 3), rows(4, 3, 4)])
    each = [info_nce(a[m], b[m], 0.2).item() for m in range(2)]
    assert info_nce(a, b, 0.2).item() == approx(sum(each) / 2, rel=1e-9)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([1, 0, 0], [1, 0, 0], 1.0),
        ([1, 0, 0], [0, 1, 0], 0.0),
        ([1, 1, 0], [1, 0, 0], 0.5**0.5),
        ([1, 1, 0], [2, 2, 0], 1.0),
        ([0, 0, 0], [1, 0, 0], 0.0),
    ],
)
def test_label_similarity_of_sets(a: list[int], b: list[int], expected: float) -> None:
    assert label_similarity(torch.tensor([a]), torch.tensor([b])).item() == approx(expected)


def test_a_step_down_the_gradient_brings_positives_together() -> None:
    a, b = rows(6, 4, 9).requires_grad_(), rows(6, 4, 10)
    labels = torch.eye(2)[torch.arange(6) % 2]
    w = label_similarity(labels, labels).double()
    supcon(a, b, w, 0.2).backward()
    assert a.grad is not None
    moved = a.detach() - 0.5 * a.grad
    moved = moved / moved.norm(dim=1, keepdim=True)
    assert ((moved @ b.T) * w).sum() > ((a.detach() @ b.T) * w).sum()
