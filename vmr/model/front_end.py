"""A fixed front end of a tower: encoder columns in, columns that have a meaning out. torch only.

An encoder's features know more than a few hundred training clips can teach a network to read. What
is known about them beforehand (the encoder's own classifier, small heads fitted elsewhere, scales
on which a statistic counts) is written into a lens, which does not train and lies in the checkpoint
as buffers. For rows (T, D):

    x         = rows, columns raised to ``exponent`` (1 leaves a column alone)
    z         = x @ weight' + bias                             (T, classes + heads)
    concepts  = sqrt(softmax(z[:, :classes]) @ groups')        (T, concepts), 0 to 1
    heads     = z[:, classes:] held between -4 and 4           (T, heads)
    ramps     = product over the ramp's two factors of
                clip((v[:, column] - start) / span, 0, 1)      (T, ramps), 0 to 1
                with v = x and the heads side by side
    scores    = (max(concepts - floor, 0), heads, ramps) @ table              (T, scores)

The square root of probabilities (Hellinger) keeps weak concepts visible beside a sure one. The
scores are what a written table says of everything that was seen; the floor is what a concept must
exceed to count in them.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass

import torch
from torch import Tensor, nn

LIMIT = 4.0


@dataclass(frozen=True)
class LensSize:
    """What a lens is made of; numbers in the checkpoint's configuration."""

    classes: int
    concepts: int
    heads: int
    ramps: int
    scores: int = 0

    @property
    def seen(self) -> int:
        """Columns that the table reads."""
        return self.concepts + self.heads + self.ramps

    @property
    def columns(self) -> int:
        """Columns that come out."""
        return self.seen + self.scores

    def to_tuple(self) -> tuple[int, ...]:
        """Its fields in order."""
        return astuple(self)


class Lens(nn.Module):
    """Rows (T, D) -> (T, size.columns). Its buffers are filled by whoever builds the model."""

    exponent: Tensor  # (D,)
    weight: Tensor  # (classes + heads, D)
    bias: Tensor  # (classes + heads,)
    groups: Tensor  # (concepts, classes)
    ramp_columns: Tensor  # (ramps, 2) int64
    ramp_starts: Tensor  # (ramps, 2)
    ramp_spans: Tensor  # (ramps, 2), may be negative for a ramp that falls
    floor: Tensor  # (concepts,), with scores only
    table: Tensor  # (seen, scores), with scores only

    def __init__(self, columns: int, size: LensSize) -> None:
        super().__init__()
        self.size, self.columns = size, columns
        rows = size.classes + size.heads
        self.register_buffer("exponent", torch.ones(columns))
        self.register_buffer("weight", torch.zeros(rows, columns))
        self.register_buffer("bias", torch.zeros(rows))
        self.register_buffer("groups", torch.zeros(size.concepts, size.classes))
        self.register_buffer("ramp_columns", torch.zeros(size.ramps, 2, dtype=torch.long))
        self.register_buffer("ramp_starts", torch.zeros(size.ramps, 2))
        self.register_buffer("ramp_spans", torch.ones(size.ramps, 2))
        if size.scores:
            self.register_buffer("floor", torch.zeros(size.concepts))
            self.register_buffer("table", torch.zeros(size.seen, size.scores))

    @torch.no_grad()
    def forward(self, rows: Tensor) -> Tensor:
        """(T, D) float32 -> (T, columns) float32. ValueError for another D."""
        seen = self.seen(rows)
        return torch.cat([seen, self._scores(seen)], dim=1) if self.size.scores else seen

    def seen(self, rows: Tensor) -> Tensor:
        """What the table reads, from rows (T, D): (T, size.seen). ValueError for another D."""
        if rows.dim() != 2 or rows.shape[1] != self.columns:
            raise ValueError(f"features {tuple(rows.shape)} instead of (T, {self.columns})")
        # 0 ** 0.5 is fine, a negative value would be NaN: only columns >= 0 may have an exponent.
        x = torch.where(self.exponent == 1, rows, rows.clamp_min(0) ** self.exponent)
        z = x @ self.weight.T + self.bias
        classes = self.size.classes
        heads = z[:, classes:].clamp(-LIMIT, LIMIT)
        parts = [heads]
        if classes:
            concepts = torch.softmax(z[:, :classes], dim=1) @ self.groups.T
            parts.insert(0, concepts.sqrt())
        if self.size.ramps:
            value = torch.cat([x, heads], dim=1)[:, self.ramp_columns]  # (T, ramps, 2)
            parts.append(((value - self.ramp_starts) / self.ramp_spans).clamp(0, 1).prod(dim=2))
        return torch.cat(parts, dim=1)

    def _scores(self, seen: Tensor) -> Tensor:
        """(T, seen) -> (T, scores)."""
        count = self.size.concepts
        clear = (seen[:, :count] - self.floor).clamp_min(0)
        return torch.cat([clear, seen[:, count:]], dim=1) @ self.table
