"""From feature rows over time to fixed sizes: window statistics and the time course. torch only.

Two views of a clip (T, D) exist. Window statistics say what it is like, whenever that happens. The
time course says how it changes from its start to its end: a fixed number of positions relative to
the length, each the mean of a fixed number of rows around it, minus the clip's mean. Nothing here
passes the length on: a true pair of video and music has the same length, and a model that could
read it would look good without listening (tests/test_pooling.py holds it at chance).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from vmr.model.config import parse_statistic


def overlapping_starts(steps: int, window: int) -> list[int]:
    """First rows of windows that cover ``steps`` rows, overlapping by about half.

    ``window`` 0 means one window over everything; a clip shorter than a window is one window too.
    The first window starts at the start and the last one ends at the end.
    """
    if window <= 0 or steps <= window:
        return [0]
    count = math.ceil((steps - window) / max(window / 2, 1)) + 1
    last = steps - window
    return [round(i * last / (count - 1)) for i in range(count)]


def _mean(x: Tensor) -> Tensor:
    return x.mean(-2)


def _std(x: Tensor) -> Tensor:
    return x.std(-2, unbiased=False)


def _change(x: Tensor) -> Tensor:
    return x.diff(dim=-2).abs().mean(-2) if x.shape[-2] > 1 else torch.zeros_like(_mean(x))


def _quantile(percent: int, x: Tensor) -> Tensor:
    return x.quantile(percent / 100, dim=-2)


def _swing(rows: int, x: Tensor) -> Tensor:
    """Spread of the means of blocks of ``rows``: slow movement, with fast movement averaged out."""
    blocks = x.shape[-2] // rows
    if blocks < 2:
        return torch.zeros_like(_mean(x))
    return _std(x[..., : blocks * rows, :].unflatten(-2, (blocks, rows)).mean(-2))


def _echo(lag: int, x: Tensor) -> Tensor:
    """Autocorrelation at ``lag`` rows; 0 for a column that does not move."""
    if x.shape[-2] <= lag:
        return torch.zeros_like(_mean(x))
    c = x - x.mean(-2, keepdim=True)
    return (c[..., lag:, :] * c[..., :-lag, :]).mean(-2) / c.square().mean(-2).clamp_min(1e-6)


def _parts(count: int, x: Tensor) -> Tensor:
    """Means of ``count`` equal parts against the whole's, then their spreads: (..., 2 count D)."""
    if x.shape[-2] < count:
        return x.new_zeros(*x.shape[:-2], 2 * count * x.shape[-1])
    parts = x.tensor_split(count, dim=-2)
    level = _mean(x)
    return torch.cat([_mean(p) - level for p in parts] + [_std(p) for p in parts], dim=-1)


def _start(x: Tensor) -> Tensor:
    return x[..., :10, :].mean(-2) - x.mean(-2)


def _end(x: Tensor) -> Tensor:
    return x[..., -10:, :].mean(-2) - x.mean(-2)


PLAIN = {"mean": _mean, "std": _std, "change": _change, "start": _start, "end": _end}
NUMBERED = {"q": _quantile, "swing": _swing, "echo": _echo, "parts": _parts}


def pool(rows: Tensor, pooling: Sequence[str]) -> Tensor:
    """Statistics of rows over time: (..., T, D) float -> (..., P), one after the other.

    mean, std, change (mean absolute step), start and end (first and last 10 rows against the
    mean), qNN (quantile), swingN (spread of means of N rows), echoN (autocorrelation at N rows),
    partsN (N equal parts: means against the whole's, and spreads). A single row has no movement: 0.
    ``name:C`` takes the first C columns only.
    """
    parts = [rows[..., 0, :0]]  # so that no statistic at all is a size as well
    for kind, number, columns in map(parse_statistic, pooling):
        x = rows[..., :columns]
        parts.append(PLAIN[kind](x) if kind in PLAIN else NUMBERED[kind](number, x))
    return torch.cat(parts, dim=-1)


def pooled_columns(pooling: Sequence[str], columns: int) -> int:
    """P: how many numbers ``pool`` makes of rows with so many columns."""
    return sum(
        min(limit or columns, columns) * (2 * number if kind == "parts" else 1)
        for kind, number, limit in map(parse_statistic, pooling)
    )


def time_course(rows: Tensor, positions: int, smooth: int, margin: float = 0.0) -> Tensor:
    """The clip's course from start to end, without its mean: (T, D) -> (positions, D).

    Position p is the mean of the ``smooth`` rows around (p + 1/2) / positions of the length: as
    many rows for a short clip as for a long one, so that its noise says nothing about the length.
    ``margin`` is left out at each end, as a share of the length: a music video's file often ends in
    silence and a still card at once, which would give the pair away.
    """
    steps = len(rows)
    place = (torch.arange(positions, device=rows.device) + 0.5) / max(positions, 1)
    centre = (margin + (1 - 2 * margin) * place) * steps
    start = (centre - smooth / 2).round().long().clamp(0, max(steps - smooth, 0))
    total = torch.cat([torch.zeros_like(rows[:1]), rows.cumsum(0)])
    width = min(smooth, steps)
    course = (total[start + width] - total[start]) / width
    return course - course.mean(0)


def with_neighbours(course: Tensor) -> Tensor:
    """Each position beside the ones before and after it: (K, D) -> (K, 3 D), ends repeated."""
    before = torch.cat([course[:1], course[:-1]])
    after = torch.cat([course[1:], course[-1:]])
    return torch.cat([before, course, after], dim=-1)


def unit_rows(x: Tensor) -> Tensor:
    """Rows of length 1: (..., E) -> (..., E); a zero row stays zero."""
    return x / x.norm(dim=-1, keepdim=True).clamp_min(1e-12)


def mean_by_clip(rows: Tensor, clip: Tensor, clips: int) -> Tensor:
    """Means of the rows that belong to the same clip: (W, ...), (W,) int64 -> (N, ...)."""
    total = rows.new_zeros((clips, *rows.shape[1:])).index_add_(0, clip, rows)
    count = torch.bincount(clip, minlength=clips).clamp_min(1)
    return total / count.reshape(-1, *[1] * (rows.dim() - 1))


def join_members(z: Tensor) -> Tensor:
    """Members side by side, still unit rows: (N, M, B, E) -> (N, B, M * E)."""
    n, m, b, e = z.shape
    return unit_rows(z.permute(0, 2, 1, 3).reshape(n, b, m * e))
