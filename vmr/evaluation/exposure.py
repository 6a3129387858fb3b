"""How often groups of tracks are shown against their share of the catalog, and hubs. numpy only.

Q queries show tracks of N; a track belongs to G groups with weights that sum to 1 (two genres: a
half each). The exposure of a group is its part of all that was shown, its share its part of the
catalog: a ranking that knows nothing shows each group as often as its share says.

Intervals are over queries, resampled by ``source`` (queries of one video are not independent).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Positions = NDArray[np.int64]
Values = NDArray[np.float64]
RESAMPLES = 4000
LEVEL = 0.05
NONE = "(none)"


@dataclass(frozen=True)
class Exposure:
    """Of one group: part of the catalog and of what was shown, with a 95 % interval.

    differs: the share lies outside of an interval that holds for all groups together (Bonferroni).
    """

    group: str
    tracks: int
    share: float
    exposure: float
    low: float
    high: float
    differs: bool

    @property
    def ratio(self) -> float:
        """Above 1 where the group is shown more than its share."""
        return self.exposure / self.share

    def row(self) -> dict[str, Any]:
        """All of it, for tables."""
        return {**asdict(self), "ratio": self.ratio}


def memberships(labels: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], Values]:
    """The groups, by name, and how far each of N tracks belongs to them: (N, G), rows sum to 1.

    >>> memberships([["a", "b"], []])
    (('(none)', 'a', 'b'), array([[0. , 0.5, 0.5],
           [1. , 0. , 0. ]]))
    """
    named = [list(dict.fromkeys(row)) or [NONE] for row in labels]
    groups = tuple(sorted({name for row in named for name in row}))
    found = np.zeros((len(named), len(groups)))
    for i, row in enumerate(named):
        for name in row:
            found[i, groups.index(name)] = 1 / len(row)
    return groups, found


def exposures(
    shown: Sequence[Positions],
    groups: Sequence[str],
    member: Values,
    source: Sequence[object] | None = None,
    seed: int = 0,
) -> list[Exposure]:
    """Of each group, given what each query showed (K,), member (N, G); source: (Q,), of which
    video. The group that is shown most against its share first."""
    sums, counts = _by_source(shown, member, source)
    total = float(counts.sum())
    drawn = np.random.default_rng(seed).multinomial(
        len(counts), np.full(len(counts), 1 / len(counts)), size=RESAMPLES
    )
    parts = (drawn @ sums) / np.maximum(drawn @ counts, 1)[:, None]  # (R, G)
    exposure, share = sums.sum(axis=0) / max(total, 1), member.mean(axis=0)
    all_level = max(LEVEL / len(groups), 2 / RESAMPLES)
    low, high = np.quantile(parts, (LEVEL / 2, 1 - LEVEL / 2), axis=0)
    lowest, highest = np.quantile(parts, (all_level / 2, 1 - all_level / 2), axis=0)
    # of what was seen nowhere resampling knows nothing: the rule of three
    most = [_unseen(level / 2, len(counts)) * len(counts) / total for level in (LEVEL, all_level)]
    high, highest = np.maximum(high, most[0]), np.maximum(highest, most[1])
    differs = (share < lowest) | (share > highest)
    tracks = (member > 0).sum(axis=0)
    columns = zip(groups, tracks, share, exposure, low, high, differs, strict=True)
    found = [
        Exposure(name, int(n), float(s), float(e), float(a), float(b), bool(d))
        for name, n, s, e, a, b, d in columns
    ]
    return sorted(found, key=lambda one: (-one.ratio, one.group))


def _by_source(
    shown: Sequence[Positions], member: Values, source: Sequence[object] | None
) -> tuple[Values, Values]:
    """Of each source: weights of the groups that it was shown (S, G), and how many tracks (S,)."""
    if not any(len(one) for one in shown):
        raise ValueError("nothing was shown")
    names = list(range(len(shown))) if source is None else list(source)
    _, place = np.unique([str(name) for name in names], return_inverse=True)
    sums = np.zeros((int(place.max()) + 1, member.shape[1]))
    counts = np.zeros(len(sums))
    for s, positions in zip(place, shown, strict=True):
        sums[s] += member[positions].sum(axis=0)
        counts[s] += len(positions)
    return sums, counts


def _unseen(level: float, count: int) -> float:
    """The largest chance of something that was in none of ``count`` looks."""
    return float(1 - level ** (1 / count))


@dataclass(frozen=True)
class Hubness:
    """skewness of how often each track is among the first k (Radovanovic et al. 2010), top: the
    part of the queries that the most frequent first track leads, never: the part of the tracks
    that is shown to no query."""

    skewness: float
    top: float
    never: float

    def row(self) -> dict[str, Any]:
        """All of it, for tables."""
        return asdict(self)


def hubness(shown: Sequence[Positions], items: int) -> Hubness:
    """Of what each query showed, (K,), the best first, of N items."""
    often = np.bincount(np.concatenate(shown), minlength=items).astype(np.float64)
    first = np.bincount([one[0] for one in shown if len(one)], minlength=items)
    spread = often.std()
    skewness = float(((often - often.mean()) ** 3).mean() / spread**3) if spread > 0 else 0.0
    return Hubness(skewness, float(first.max() / len(shown)), float((often == 0).mean()))


def chance_hubness(queries: int, k: int, items: int, repeats: int = 100, seed: int = 0) -> Hubness:
    """The mean of rankings that know nothing, drawn ``repeats`` times."""
    rng, k = np.random.default_rng(seed), min(k, items)
    found = []
    for _ in range(repeats):
        orders = rng.random((queries, items)).argpartition(k - 1, axis=1)[:, :k]
        found.append(hubness(list(orders.astype(np.int64)), items))
    mean = np.mean([[one.skewness, one.top, one.never] for one in found], axis=0)
    return Hubness(*(float(value) for value in mean))
