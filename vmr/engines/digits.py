"""Vectors as 4-bit digits of their principal components: what a fast scan adds up in registers.

A component is cut into 16 or 256 even steps between its ends: one digit or two, each a code book of
16 numbers, so that a sum of looked-up numbers is the dot product. Which components get how many is
the cheapest way to a budget: the error of a step against its price. Nothing is learnt by chance, so
the same items give the same bytes.

Codes learnt by k-means are worse here at the same size: the best of a query lie at the ends of the
components, where such codes are coarse.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vmr.embedding import Array

LEVELS = 16


@dataclass(frozen=True, eq=False)
class Digits:
    """A code of M digits: turn (width, C) onto the components that are kept, low and step (C,) of
    each, count (C,) its digits, 1 or 2."""

    turn: Array
    low: Array
    step: Array
    count: NDArray[np.int64]

    def __len__(self) -> int:
        return int(self.count.sum()) + self._spare

    @property
    def _spare(self) -> int:
        return int(self.count.sum()) % 2  # two digits fill a byte

    def encode(self, rows: Array) -> NDArray[np.uint8]:
        """(K, width) -> (K, M / 2), the first digit of a byte in its low half."""
        whole = ((rows @ self.turn) - self.low) / self.step
        level = np.clip(whole, 0, LEVELS**self.count - 1).astype(np.uint8)
        two = self.count == 2
        digits = np.zeros((len(rows), len(self)), dtype=np.uint8)
        firsts = np.cumsum(self.count) - self.count
        digits[:, firsts] = np.where(two, level // LEVELS, level)
        digits[:, firsts[two] + 1] = level[:, two] % LEVELS
        return np.asarray(digits[:, 0::2] | (digits[:, 1::2] << 4), dtype=np.uint8)

    def code_books(self) -> Array:
        """(M, 16): what each digit stands for, in units of its component."""
        books = np.zeros((len(self), LEVELS), dtype=np.float32)
        at = 0
        for low, step, count in zip(self.low, self.step, self.count, strict=True):
            for d in range(count):
                price = step * LEVELS ** (count - 1 - d)
                books[at + d] = np.arange(LEVELS) * price + (0 if d else low + step / 2)
            at += count
        return books

    def asked(self, vectors: Array) -> Array:
        """Queries (Q, width) as the scan takes them: (Q, M)."""
        rows = np.repeat(vectors @ self.turn, self.count, axis=1)
        return np.ascontiguousarray(np.pad(rows, ((0, 0), (0, self._spare))), dtype=np.float32)


def digits_of(sample: Array, importance: Array, blocks: list[slice], budget: int) -> Digits:
    """A code of about ``budget`` digits for vectors like the sample (K, width).

    blocks: columns that are turned onto their own principal components; importance (blocks,): what
    a squared error counts there.
    """
    turns, weight = [], []
    for block, counts in zip(blocks, importance, strict=True):
        part = sample[:, block] - sample[:, block].mean(axis=0)
        _, vectors = np.linalg.eigh(part.T @ part)
        turn = np.zeros((sample.shape[1], vectors.shape[1]), dtype=np.float32)
        turn[block] = vectors
        turns.append(turn)
        weight.append(np.full(vectors.shape[1], counts))
    turn, counts = np.concatenate(turns, axis=1), np.concatenate(weight)
    places = sample @ turn
    low, span = places.min(axis=0), np.maximum(np.ptp(places, axis=0), 1e-9)
    low, span = low - span * 0.02, span * 1.04  # the sample may miss the very ends
    coarse = (span / LEVELS) ** 2 / 12
    errors = np.stack([places.var(axis=0), coarse, coarse / LEVELS**2]) * counts
    count = _cheapest(errors, budget)
    kept = np.flatnonzero(count)
    step = span / np.power(float(LEVELS), count)
    return Digits(turn[:, kept], low[kept], step[kept].astype(np.float32), count[kept])


def _cheapest(errors: Array, budget: int) -> NDArray[np.int64]:
    """How many digits (C,) each component gets: errors (3, C) with none, one and two."""
    low, high = 1e-18, 1e6  # price of a digit
    for _ in range(100):
        price = (low * high) ** 0.5
        count = (errors + price * np.arange(3)[:, None]).argmin(axis=0)
        low, high = (price, high) if count.sum() > budget else (low, price)
    return np.asarray((errors + high * np.arange(3)[:, None]).argmin(axis=0), dtype=np.int64)
