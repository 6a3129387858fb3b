"""The tables' reading of a picture, written into the picture tower. torch only.

What is known of the labels of pictures stands in the tables, and the lens computes it exactly
(vmr.knowledge.starter.lenses). A network that learnt it from examples would only add errors, so the
weights of these branches are written down: for the scores s of L labels, their levels and the
labels' orthonormal directions,

    vector = unit(sum_l (s_l - level_l) direction_l)

A tower's network is linear -> layer norm -> GELU -> linear -> unit rows. Of 2 L hidden units one
half holds s - level, the other its negative: their mean is 0, so the layer norm only scales, and
gelu(x) - gelu(-x) = x.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vmr.knowledge.starter.lenses import SAID
from vmr.model.tower import Tower


@torch.no_grad()
def write_reading(
    tower: Tower, levels: Mapping[str, NDArray[np.float32]], directions: Mapping[str, Tensor]
) -> None:
    """Write the branches of all facets of a tower whose columns are a lens's, pooled by the mean.

    levels {facet: (L,)} and directions {facet: (M, L, E)} in the order of the branches.
    ValueError where the network has fewer than 2 L hidden units.
    """
    scale = tower.frame_scale * tower.pooled_scale
    mean = tower.frame_mean + tower.frame_scale * tower.pooled_mean
    for b, (facet, level) in enumerate(levels.items(), start=1):
        columns = torch.arange(len(scale))[SAID[facet]]
        both = torch.cat([torch.eye(len(level)), -torch.eye(len(level))], dim=1)  # (L, 2 L)
        units = both.shape[1]
        if units > tower.trunk.weight.shape[2]:
            raise ValueError(f"{len(level)} labels of {facet} need {units} hidden units")
        for member, rows in enumerate(directions[facet]):
            group = member * tower.branches + b
            for layer in (tower.trunk, tower.heads):
                layer.weight[group] = 0
                layer.bias[group] = 0
            tower.norm_gain[group] = 1
            tower.norm_bias[group] = 0
            tower.trunk.weight[group, columns, :units] = scale[columns, None] * both
            tower.trunk.bias[group, 0, :units] = (mean[columns] - torch.as_tensor(level)) @ both
            tower.heads.weight[group, :units] = both.T @ rows
