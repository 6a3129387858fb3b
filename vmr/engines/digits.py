"""Vectors as 4-bit digits of their principal components: what a fast scan adds up in registers.

A component is cut into 16 or 256 even steps between its ends: one digit or two, each a code book of
16 numbers, so that a sum of looked-up numbers is the dot product. Which components get how many is
the cheapest way to a budget: the error of a step against its price. Nothing is learnt by chance, so
the same items give the same bytes.

The scan rounds what a digit adds to steps of the farthest reach of any, so that a few wide
components would drown all others: their first digits stand in the code several times, each with its
part of the number.

Codes learnt by k-means are worse here at the same size: the best of a query lie at the ends of the
components, where such codes are coarse.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vmr.embedding import Array

LEVELS = 16
COPIED = 1 / 4  # of the digits are copies


@dataclass(frozen=True, eq=False)
class Digits:
    """A code of M digits: turn (width, C) onto the components that are kept, low and step (C,) of
    each, count (C,) its digits, 1 or 2, copies (C,) how often the first of them stands there."""

    turn: Array
    low: Array
    step: Array
    count: NDArray[np.int64]
    copies: NDArray[np.int64]

    def __len__(self) -> int:
        return int(self._each.sum()) + self._spare

    @property
    def _each(self) -> NDArray[np.int64]:
        return self.copies + self.count - 1

    @property
    def _spare(self) -> int:
        return int(self._each.sum()) % 2  # two digits fill a byte

    def encode(self, rows: Array) -> NDArray[np.uint8]:
        """(K, width) -> (K, M / 2), the first digit of a byte in its low half."""
        whole = ((rows @ self.turn) - self.low) / self.step
        level = np.clip(whole, 0, LEVELS**self.count - 1).astype(np.uint8)
        first = np.where(self.count == 2, level // LEVELS, level)
        digits = np.repeat(first, self._each, axis=1)
        two = self.count == 2
        digits[:, np.cumsum(self._each)[two] - 1] = level[:, two] % LEVELS
        digits = np.pad(digits, ((0, 0), (0, self._spare)))
        return np.asarray(digits[:, 0::2] | (digits[:, 1::2] << 4), dtype=np.uint8)

    def code_books(self) -> Array:
        """(M, 16): what each digit stands for, in units of its component."""
        books = np.zeros((len(self), LEVELS), dtype=np.float32)
        at, digit = 0, np.arange(LEVELS)
        for c, (low, step) in enumerate(zip(self.low, self.step, strict=True)):
            copies, count = int(self.copies[c]), int(self.count[c])
            first = digit * step * LEVELS ** (count - 1) + low + step / 2
            books[at : at + copies] = first / copies
            if count == 2:
                books[at + copies] = digit * step
            at += copies + count - 1
        return books

    def asked(self, vectors: Array) -> Array:
        """Queries (Q, width) as the scan takes them: (Q, M)."""
        rows = np.repeat(vectors @ self.turn, self._each, axis=1)
        return np.ascontiguousarray(np.pad(rows, ((0, 0), (0, self._spare))), dtype=np.float32)


def digits_of(
    sample: Array, asked: Array, importance: Array, blocks: list[slice], branches: int, budget: int
) -> Digits:
    """A code of about ``budget`` digits for vectors like the sample (K, width).

    asked (Q, width): queries like those to come, every branch with the same weight; blocks: columns
    that are turned onto their own principal components, as many of each of the branches;
    importance (blocks,): what a squared error counts there.
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
    copied = int(budget * COPIED)
    count = _cheapest(errors, budget - copied)
    kept = np.flatnonzero(count)
    step = span / np.power(float(LEVELS), count)
    reach = span * np.sqrt(np.square(asked @ turn).mean(axis=0))
    copies, share = np.ones(len(count), dtype=np.int64), len(count) // branches
    for b in range(branches):  # a query may ask for one of them alone
        own = kept[kept // share == b]
        copies[own] = _copies(reach[own], copied // branches)
    return Digits(
        turn[:, kept], low[kept], step[kept].astype(np.float32), count[kept], copies[kept]
    )


def _copies(reach: Array, most: int) -> NDArray[np.int64]:
    """How often each digit stands in the code, so that none reaches far; ``most`` further ones."""
    copies = np.ones(len(reach), dtype=np.int64)
    for _ in range(most if len(reach) else 0):
        copies[np.argmax(reach / copies)] += 1
    return copies


def _cheapest(errors: Array, budget: int) -> NDArray[np.int64]:
    """How many digits (C,) each component gets: errors (3, C) with none, one and two."""
    low, high = 1e-18, 1e6  # price of a digit
    for _ in range(100):
        price = (low * high) ** 0.5
        count = (errors + price * np.arange(3)[:, None]).argmin(axis=0)
        low, high = (price, high) if count.sum() > budget else (low, price)
    return np.asarray((errors + high * np.arange(3)[:, None]).argmin(axis=0), dtype=np.int64)
