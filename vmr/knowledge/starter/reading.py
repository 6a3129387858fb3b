"""The tables' reading of a picture, written into the picture tower. torch only.

What is known of pictures stands in the tables, and the lens computes it exactly
(vmr.knowledge.starter.lenses). A network that learnt it from examples would only add errors, so the
tower's weights are written down. For the scores s of L labels, their levels and the labels'
orthonormal directions, and for A axes (energy, feeling, light) with theirs,

    facet's vector = unit(sum_l f(s_l - level_l) direction_l)
    ssl vector     = unit(direction_0 + sum_a weight_a axis_a direction_a)

The first direction is the same for all: clips and tracks near each other on the axes are near each
other in angle, and a clip in the middle of them is near the tracks in the middle.

A tower's network is linear -> layer norm -> GELU -> linear -> unit rows. Of 2 K hidden units one
half holds K numbers, the other their negatives: their mean is 0, so the layer norm only scales, and
gelu(x) - gelu(-x) = x. So f is the identity; of moods the second half is not read and f is GELU: of
twelve moods a picture speaks against most, and which of these it speaks against more says little of
what fits it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vmr.knowledge.starter.lenses import SCORE_COLUMNS
from vmr.model.tower import Tower

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Axes:
    """Numbers read from a lens's columns: columns (N, P) @ weight (P, A) + offset (A,)."""

    weight: Array
    offset: Array

    def __call__(self, columns: Array) -> Array:
        """(N, P) -> (N, A)."""
        return columns @ self.weight + self.offset


def axis_vectors(axes: Tensor, weights: Tensor, directions: Tensor) -> Tensor:
    """Vectors of points on the axes: (N, A), (A,), (M, 1 + A, E) -> unit rows (M, N, E)."""
    along = torch.cat([torch.ones(len(axes), 1), axes * weights], dim=1)
    return torch.nn.functional.normalize(along @ directions, dim=-1)


@torch.no_grad()
def write_reading(
    tower: Tower,
    levels: Mapping[str, Array],
    directions: Mapping[str, Tensor],
    only_for: Collection[str] = (),
) -> None:
    """Write the branches of all facets of a tower whose columns are a lens's, pooled by the mean.

    levels {facet: (L,)} and directions {facet: (M, L, E)} in the order of the branches; only_for:
    facets of which what speaks against a label is not told apart. ValueError where the network has
    fewer than 2 L hidden units.
    """
    for b, (facet, level) in enumerate(levels.items(), start=1):
        weight = np.zeros((len(tower.frame_scale), len(level)), np.float32)
        weight[np.arange(len(weight))[SCORE_COLUMNS[facet]], np.arange(len(level))] = 1
        _write(tower, b, Axes(weight, -level), directions[facet], facet in only_for)


@torch.no_grad()
def write_axes(tower: Tower, axes: Axes, weights: Tensor, directions: Tensor) -> None:
    """Write the ssl branch: weights (A,), directions (M, 1 + A, E). ValueError as above."""
    scale = weights.numpy()
    along = np.concatenate([np.zeros((len(axes.weight), 1)), axes.weight * scale], axis=1)
    level = np.concatenate([np.ones(1), axes.offset * scale])
    _write(tower, 0, Axes(along.astype(np.float32), level.astype(np.float32)), directions)


def _write(
    tower: Tower, branch: int, numbers: Axes, directions: Tensor, only_for: bool = False
) -> None:
    """One branch of all members: what the numbers say, along directions (M, K, E); with
    ``only_for`` what is below 0 counts next to nothing."""
    mean, scale = tower.standard()
    weight, offset = torch.as_tensor(numbers.weight), torch.as_tensor(numbers.offset)
    count = len(offset)
    units = 2 * count
    if units > tower.trunk.weight.shape[2]:
        raise ValueError(f"{count} numbers of branch {branch} need {units} hidden units")
    both = torch.cat([torch.eye(count), -torch.eye(count)], dim=1)  # (K, 2 K)
    read = both * torch.tensor([1.0, 0.0 if only_for else 1.0]).repeat_interleave(count)
    for member, rows in enumerate(directions):
        group = member * tower.branches + branch
        for layer in (tower.trunk, tower.heads):
            layer.weight[group] = 0
            layer.bias[group] = 0
        tower.norm_gain[group] = 1
        tower.norm_bias[group] = 0
        tower.trunk.weight[group, :, :units] = scale[:, None] * weight @ both
        tower.trunk.bias[group, 0, :units] = (mean @ weight + offset) @ both
        tower.heads.weight[group, :units] = read.T @ rows
