"""Where a film changes: an optimal partition of its course, exact and the same every time.

Each frame is a point: what the model makes of it in the branches that it learnt, its energy, how
often it is cut. Every column is divided by how much typical videos differ in it (the checkpoint's
bank), so that one unit is as large as the difference of two. Of all ways to cut the film into cues
that are not too short, the one is taken whose squared distances to the means of the cues, in
seconds, plus a price for each border, are least (Jackson et al., "An algorithm for optimal
partitioning of data on an interval", 2005). A border lies on a cut where one is near.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vmr.cues.course import Course
from vmr.embedding import Array, BranchEmbedding
from vmr.errors import Notice
from vmr.knowledge.vocabulary import label_name
from vmr.media.clip import VIDEO_STATS

PRICE_SHARE, LEAST_PRICE, HIGHEST_PRICE = 1 / 8, 3.0, 12.0  # of a border, by the film's seconds
SHORTEST_SHARE, SHORTEST_S = 1 / 15, (4.0, 8.0)  # of a cue
MOST_CUES = 8
ENERGY_UNIT, CUTS_UNIT = 0.7, 0.35  # levels; cuts a second
# A cut as near as this draws a border: windows of three frames leave it open by one.
NEAR_FRAMES, SMALLEST_S = 1.5, 1.0

# How large a change must be to be said.
ENERGY_SAID, CUTS_SAID = 0.4, 8.0


@dataclass(frozen=True)
class Span:
    """A cue before it has music: seconds of the film, what is felt and believed there, and why it
    begins. belief: "" where nothing is believed."""

    start_s: float
    end_s: float
    energy: float
    belief: str
    cuts_per_minute: float
    why: Notice

    @property
    def length_s(self) -> float:
        """Seconds."""
        return self.end_s - self.start_s


def borders(
    course: Course,
    bank: BranchEmbedding | None,
    most: int = MOST_CUES,
    branches: Sequence[str] = (),
) -> list[float]:
    """Seconds at which a film is cut into at most so many cues, 0 and its end among them.

    branches: those in which pictures are told apart, all where none is named.
    """
    points, weights = _points(course, bank, branches), np.diff(course.edges_s)
    price = float(np.clip(PRICE_SHARE * course.duration_s, LEAST_PRICE, HIGHEST_PRICE))
    shortest = float(np.clip(SHORTEST_SHARE * course.duration_s, *SHORTEST_S))
    found = partition(points, weights, price, shortest)
    while len(found) - 1 > most:
        price *= 1.25
        found = partition(points, weights, price, shortest)
    edges = course.edges_s
    inner = [_at_cut(course, i) for i in found[1:-1]]
    return [0.0, *inner, float(edges[-1])]


def partition(points: Array, weights: Array, price: float, shortest: float) -> list[int]:
    """Borders, 0 and T among them, of the cheapest partition of points (T, C) that last ``weights``
    (T,); no part is shorter than ``shortest`` unless the whole is."""
    count = len(points)
    total = np.concatenate([[0.0], np.cumsum(weights, dtype=np.float64)])
    sums = np.zeros((count + 1, points.shape[1]))
    sums[1:] = np.cumsum(points * weights[:, None], axis=0, dtype=np.float64)
    squares = np.concatenate([[0.0], np.cumsum(np.square(points).sum(1) * weights, dtype=float)])
    best, before = np.full(count + 1, np.inf), np.zeros(count + 1, dtype=int)
    best[0] = -price
    for end in range(1, count + 1):
        starts = np.flatnonzero(total[end] - total[:end] >= shortest)
        if len(starts) == 0:
            continue
        length = total[end] - total[starts]
        means = np.square(sums[end] - sums[starts]).sum(1) / length
        costs = best[starts] + squares[end] - squares[starts] - means + price
        best[end], before[end] = costs.min(), starts[costs.argmin()]
    found, end = [count], count
    while end > 0:
        end = int(before[end])
        found.append(end)
    return found[::-1]


def _points(course: Course, bank: BranchEmbedding | None, branches: Sequence[str]) -> Array:
    """(T, C), see the module's text."""
    columns = []
    places = [course.moments.branches.index(name) for name in branches or course.moments.branches]
    for b in places:
        typical = None if bank is None else bank.values[:, b]
        spread = 1.0 if typical is None else float(np.sqrt(typical.var(axis=0).sum()))
        columns.append(course.moments.values[:, b] / max(spread, 1e-3) / np.sqrt(len(places)))
    cut_rate = course.stats[:, VIDEO_STATS.index("cut_rate")]
    columns.append(course.energy[:, None] / ENERGY_UNIT)
    columns.append(cut_rate[:, None] / CUTS_UNIT)
    return np.concatenate(columns, axis=1).astype(np.float32)


def _at_cut(course: Course, i: int) -> float:
    """The border before frame i, on the nearest cut if one is near."""
    at = float(course.edges_s[i])
    if len(course.cuts_s) == 0:
        return at
    cut = float(course.cuts_s[np.abs(course.cuts_s - at).argmin()])
    spacing = float(course.times_s[i] - course.times_s[i - 1])
    return cut if abs(cut - at) <= NEAR_FRAMES * max(spacing, SMALLEST_S) else at


def clock(seconds: float) -> str:
    """``72.4`` -> "1:12"."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"


def reason(before: Span | None, span: Span, is_cut: bool, facet: str = "mood") -> Notice:
    """Why a cue begins: the clearest of what changes. before: None for the first cue; facet: of
    their beliefs."""
    if before is None:
        return Notice("cues.begins")
    place = Notice("cues.at_cut" if is_cut else "cues.at", time=clock(span.start_s))
    energy, cuts = span.energy - before.energy, span.cuts_per_minute - before.cuts_per_minute
    if abs(energy) >= ENERGY_SAID:
        key = "cues.energy_rises" if energy > 0 else "cues.energy_falls"
        return Notice(key, before=before.energy, after=span.energy, place=place)
    if span.belief != before.belief and span.belief and before.belief:
        old, new = label_name(facet, before.belief), label_name(facet, span.belief)
        return Notice("cues.belief", before=old, after=new, place=place)
    if abs(cuts) >= CUTS_SAID:
        key = "cues.cuts_more" if cuts > 0 else "cues.cuts_fewer"
        rates = {"before": before.cuts_per_minute, "after": span.cuts_per_minute}
        return Notice(key, **rates, place=place)
    return Notice("cues.picture", place=place)
