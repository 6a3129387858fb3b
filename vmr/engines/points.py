"""Tracks as points of a vector database, and queries as questions to it.

The vector of a track is that of vmr.engines.joined in float16. What the rounding took from a
calibrated track's levels, and the Gram matrix of a mixed one, stand beside it as facts that the
server's formula reads, so the order that it answers is that of float32 but for the last digits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from vmr.embedding import Array, BranchEmbedding, Calibration, gram
from vmr.engines.engine import Asking, Facts
from vmr.engines.joined import Joined, joined
from vmr.engines.store import BATCH, Formula, Point
from vmr.search import Fusion

SAMPLE = 20_000  # items that the middle of the levels is taken from


@dataclass(frozen=True, eq=False)
class Tracks:
    """What is ranked: N items (N, B, D), a calibration for each kind of query, N facts.

    identities: (catalog, id) of each, where asking the facts for them would be slow.
    """

    items: BranchEmbedding
    calibrations: Mapping[Asking, Calibration]
    fusion: Fusion
    facts: Sequence[Facts]
    identities: Sequence[tuple[str, str]] = ()

    def joined(self, asking: Asking) -> Joined:
        """How they are joined for one kind of query: the same wherever the tracks are the same."""
        count = len(self.items)
        index = np.unique(np.linspace(0, count - 1, min(count, SAMPLE)).round().astype(np.int64))
        values = np.asarray(self.items.values[index], dtype=np.float32)
        return joined(values, self.calibrations[asking].rows(index), self.fusion)

    def numbers(self) -> NDArray[np.int64]:
        """(N,) what each is called in a database."""
        named = self.identities or [(row["catalog"], row["id"]) for row in self.facts]
        return np.array([number_of(catalog, id) for catalog, id in named], dtype=np.int64)


def number_of(catalog: str, id: str) -> int:
    """63 bits of the hash of a track's catalog and id."""
    text = f"{catalog}\0{id}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def points_of(tracks: Tracks, start: int = 0) -> Iterator[Point]:
    """A point for each track from ``start`` on, made block by block."""
    joins = {asking: tracks.joined(asking) for asking in tracks.calibrations}
    for at in range(start, len(tracks.items), BATCH):
        part = slice(at, min(at + BATCH, len(tracks.items)))
        values = np.asarray(tracks.items.values[part], dtype=np.float32)
        vectors: dict[Asking, Array] = {}
        extra: list[dict[str, float]] = [{} for _ in values]
        for asking, join in joins.items():
            whole = join.rows(values, tracks.calibrations[asking].rows(part))
            vectors[asking] = whole.astype(np.float16).astype(np.float32)
            for b, column in enumerate(level_columns(values.shape[1:], tracks.fusion)):
                rest = (whole - vectors[asking])[:, column]
                for row, value in zip(extra, rest, strict=True):
                    row[f"{asking}_{b}"] = float(value)
        if tracks.fusion == "mix":
            for row, g in zip(extra, gram(values), strict=True):
                row.update({f"gram_{a}{b}": float(g[a, b]) for a, b in pairs(len(g))})
        for i, own in enumerate(extra):
            mine = {asking: v[i] for asking, v in vectors.items()}
            facts = {**tracks.facts[at + i], **own}
            yield Point(
                number_of(facts["catalog"], facts["id"]),
                mine,
                {**facts, "made": _made(mine, facts)},
            )


def level_columns(shape: tuple[int, ...], fusion: Fusion) -> list[int]:
    """The columns of a joined vector that are levels, for items of (B, D)."""
    branches, dims = shape
    return [] if fusion == "mix" else [b * (dims + 1) + dims for b in range(branches)]


def pairs(branches: int) -> list[tuple[int, int]]:
    """Each two different branches once."""
    return list(combinations(range(branches), 2))


def formula_of(asking: Asking, join: Joined, w: Array) -> Formula:
    """The score at weights (B,) from the dot product and the facts of ``points_of``."""
    if join.fusion == "mix":
        cross = {f"gram_{a}{b}": float(2 * w[a] * w[b]) for a, b in pairs(len(w))}
        return Formula(normed=cross, norm=float(w @ w))
    prices = w / join.unit
    return Formula(added={f"{asking}_{b}": float(price) for b, price in enumerate(prices)})


def _made(vectors: Mapping[Asking, Array], facts: Facts) -> str:
    digest = hashlib.sha256(repr(sorted(facts.items())).encode())
    for vector in vectors.values():
        digest.update(vector.tobytes())
    return digest.hexdigest()[:16]
