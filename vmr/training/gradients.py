"""Both towers in training: forward, and back from the gradient of their vectors, written out.

The networks are so small that automatic differentiation, a graph of some three hundred tiny
operators a step, took longer than the matrix products. Here both towers go through each operator
together, in place where that is possible, and the gradients are written into one flat row, which
AdamW steps in one kernel. tests/test_gradients.py holds all of it to autograd.

Shapes as in vmr.model.tower; G groups, the trunks of all members and branches of one tower.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vmr.model.two_tower import Model

# How many different masks the tape has for the largest layer; 1 MB stays in the cache.
SPARE = 2**18


class Row:
    """All trained parameters in one flat row: those of both towers that have the same shape side
    by side. The model's own become views of it until ``part``."""

    def __init__(self, model: Model) -> None:
        towers = (model.video_tower, model.music_tower)
        pairs = zip(*(tower.parameters() for tower in towers), strict=True)
        self._own = [parameter for pair in pairs for parameter in pair]
        self.values = torch.cat([p.detach().flatten() for p in self._own])
        self.gradient = torch.zeros_like(self.values)
        self._start: dict[Tensor, int] = {}
        start = 0
        for parameter in self._own:
            self._start[parameter] = start
            parameter.data = self._view(self.values, start, parameter.shape)
            start += parameter.numel()

    def both(self, video: nn.Parameter, music: nn.Parameter) -> tuple[Tensor, Tensor]:
        """Values and gradient of a parameter of both towers: (G, ...) each -> (2 G, ...) twice."""
        shape = (len(video) + len(music), *video.shape[1:])
        return self._pair(self._start[video], shape)

    def one(self, parameter: nn.Parameter) -> tuple[Tensor, Tensor]:
        """Values and gradient of one parameter."""
        return self._pair(self._start[parameter], parameter.shape)

    def part(self) -> None:
        """Give every parameter its own memory again."""
        for parameter in self._own:
            parameter.data = parameter.data.clone()

    def _pair(self, start: int, shape: Sequence[int]) -> tuple[Tensor, Tensor]:
        return self._view(self.values, start, shape), self._view(self.gradient, start, shape)

    @staticmethod
    def _view(row: Tensor, start: int, shape: Sequence[int]) -> Tensor:
        return row[start : start + torch.Size(shape).numel()].view(*shape)


class Masks:
    """Dropout masks cut from one long random tape, each at a place drawn for it.

    Drawing a mask anew costs more than all that is done with it. Two masks have the same numbers
    only where their places overlap, which moves them to other rows and units.
    """

    def __init__(self, dropout: nn.Module, longest: int, device: torch.device) -> None:
        self._tape = dropout.train()(torch.ones(longest + SPARE, device=device))

    def cut(self, shape: Sequence[int], place: float) -> Tensor:
        """0 where a number is dropped, else what keeps the mean; ``place`` in 0..1."""
        length = torch.Size(shape).numel()
        start = int(place * (len(self._tape) - length))
        return self._tape[start : start + length].view(shape)


class TowerPass:
    """Vectors of a batch and, from their gradient, the gradients of all parameters."""

    def __init__(self, model: Model, longest: int) -> None:
        """longest: the most windows in a batch. The masks come from torch's default generator."""
        video, music = model.video_tower, model.music_tower
        self.row = row = Row(model)
        self._trunks = [row.one(tower.trunk.weight) for tower in (video, music)]
        self._trunk_bias = row.both(video.trunk.bias, music.trunk.bias)
        self._gain = row.both(video.norm_gain, music.norm_gain)
        self._bias = row.both(video.norm_bias, music.norm_bias)
        self._heads = row.both(video.heads.weight, music.heads.weight)
        self._head_bias = row.both(video.heads.bias, music.heads.bias)
        self._shape = (2, video.members, video.branches)
        groups, pooled, hidden = video.trunk.weight.shape
        self._groups = groups
        self._shared = len(video.heads.weight) // groups  # branches on one trunk
        widest = max(2 * hidden, pooled, music.trunk.weight.shape[1])
        # Without a gain and a bias, even these, layer norm takes twice as long.
        self._one, self._zero = row.values.new_ones(hidden), row.values.new_zeros(hidden)
        self._masks = None
        if video.dropout.dropped:
            self._masks = Masks(video.dropout, groups * longest * widest, row.values.device)

    def forward(
        self, windows: Sequence[Tensor], clips: Sequence[Tensor] | None, places: NDArray[np.float64]
    ) -> Tensor:
        """Windows (W, P) of both sides -> vectors (2, M, B, N, E), not yet of length 1.

        clips: whose a window is (W,), 0 to N - 1, each at least once; None for one of each in
        order. places (3,): where the dropout masks are cut, 0..1.
        """
        self._clips, groups = clips, self._groups
        longest = max(map(len, windows))
        self._x, hidden = [], windows[0].new_empty(2 * groups, longest, self._gain[0].shape[-1])
        for side, x in enumerate(windows):
            if len(x) < longest:  # rows of nobody, which get no gradient
                x = nn.functional.pad(x, (0, 0, 0, longest - len(x)))
            x = x.expand(groups, -1, -1)
            self._x.append(x * self._masks.cut(x.shape, places[side]) if self._masks else x)
            part = slice(side * groups, (side + 1) * groups)
            torch.baddbmm(
                self._trunk_bias[0][part], self._x[side], self._trunks[side][0], out=hidden[part]
            )
        self._hidden = hidden
        self._normal, self._mean, self._rstd = torch.native_layer_norm(
            hidden, hidden.shape[-1:], self._one, self._zero, 1e-5
        )
        self._scaled = torch.addcmul(self._bias[0], self._normal, self._gain[0])
        y = nn.functional.gelu(self._scaled)
        if self._masks:
            self._mask = self._masks.cut(y.shape, places[2])
            y.mul_(self._mask)
        self._y = y if self._shared == 1 else y.repeat_interleave(self._shared, dim=0)
        z = torch.baddbmm(self._head_bias[0], self._y, self._heads[0])
        z = z.view(*self._shape, *z.shape[1:])
        return z if clips is None else self._mean_by_clip(z, clips)

    def _mean_by_clip(self, z: Tensor, clips: Sequence[Tensor]) -> Tensor:
        self._windows, self._length = split_length(z)
        self._count = torch.stack([torch.bincount(clip) for clip in clips]).to(z.dtype)
        self._count = self._count[:, None, None, :, None]  # (2, 1, 1, N, 1)
        total = z.new_zeros(*self._shape, self._count.shape[3], z.shape[-1])
        for side, clip in enumerate(clips):
            total[side].index_add_(2, clip, self._windows[side, :, :, : len(clip)])
        return total.div_(self._count)

    def _mean_by_clip_back(self, gradient: Tensor, clips: Sequence[Tensor]) -> Tensor:
        gradient, spread = gradient / self._count, torch.zeros_like(self._windows)
        for side, clip in enumerate(clips):
            spread[side, :, :, : len(clip)] = gradient[side].index_select(2, clip)
        return length_gradient(spread, self._windows, self._length)

    def backward(self, gradient: Tensor) -> None:
        """Write the gradients of all parameters, from that of the vectors (2, M, B, N, E)."""
        if self._clips is not None:
            gradient = self._mean_by_clip_back(gradient, self._clips)
        dz = gradient.reshape(-1, *gradient.shape[-2:])
        torch.sum(dz, 1, keepdim=True, out=self._head_bias[1])
        torch.bmm(self._y.mT, dz, out=self._heads[1])
        dy = torch.bmm(dz, self._heads[0].mT)
        if self._shared != 1:
            dy = dy.unflatten(0, (-1, self._shared)).sum(1)
        if self._masks:
            dy.mul_(self._mask)
        torch.ops.aten.gelu_backward.grad_input(dy, self._scaled, grad_input=dy)
        torch.sum(dy, 1, keepdim=True, out=self._bias[1])
        torch.sum(self._normal.mul_(dy), 1, keepdim=True, out=self._gain[1])
        hidden, scale = self._hidden, dy.mul_(self._gain[0])
        dh, _, _ = torch.ops.aten.native_layer_norm_backward(
            scale,
            hidden,
            hidden.shape[-1:],
            self._mean,
            self._rstd,
            None,
            None,
            [True, False, False],
        )
        torch.sum(dh, 1, keepdim=True, out=self._trunk_bias[1])
        for side, (_, trunk_gradient) in enumerate(self._trunks):
            part = dh[side * self._groups : (side + 1) * self._groups]
            torch.bmm(self._x[side].mT, part, out=trunk_gradient)


def split_length(x: Tensor, out: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Unit rows and lengths, as vmr.model.pooling.unit: (..., E) -> (..., E), (..., 1)."""
    length = torch.linalg.vector_norm(x, dim=-1, keepdim=True).clamp_min_(1e-12)
    return torch.div(x, length, out=out), length


def length_gradient(gradient: Tensor, rows: Tensor, length: Tensor) -> Tensor:
    """Gradient before ``split_length`` from the one after it: (..., E) -> (..., E)."""
    along = (gradient * rows).sum(-1, keepdim=True)
    return torch.addcmul(gradient, rows, along, value=-1).div_(length)
