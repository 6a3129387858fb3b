"""The union of what can reach the first rows: along every slider, with labels, words, and masks.

Shapes: N items, B branches, D dims. float32.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from vmr.embedding import (
    SSL,
    Anchors,
    Array,
    BranchEmbedding,
    Calibration,
    branch_products,
    gram,
    mix_scores,
    turn_to,
    turned,
)
from vmr.search.candidates import (
    ALL_BELOW,
    BEST_PER_ANCHOR,
    BEST_PER_STEP,
    LARGE,
    NEARLY_ONE,
    WORD_WEIGHTS,
    Candidates,
    Fusion,
    gather,
    weight_grid,
)
from vmr.search.lines import best_of, reach
from vmr.search.one_pass import Scan, scan

ITEMS_AT_ONCE = 16384


def candidates(
    query: BranchEmbedding,
    items: BranchEmbedding,
    calibration: Calibration,
    fusion: Fusion = "calibrated",
    all_below: int = ALL_BELOW,
    anchors: Sequence[Anchors] = (),
    term: Array | None = None,
    counted: NDArray[np.bool_] | None = None,
    anchor_cosines: Sequence[Array] | None = None,
) -> Candidates:
    """The items that can reach the top for some weights. query holds one embedding (N = 1).

    With ``anchors`` also those that can when a branch is replaced by any one of its anchors (above
    LARGE items those that can reach the first rows so); with a ``term`` (N,) those that can with
    WORD_WEIGHTS times it, or by it alone (``with_words``). counted (N,): which items are ranked at
    all, None for all. anchor_cosines: what ``cosines_with`` gives for each of the anchors, where
    it is known.
    """
    index = np.arange(len(items), dtype=np.int64) if counted is None else np.flatnonzero(counted)
    if len(index) > all_below:
        added = [np.float32(0)] if term is None else [words * term for words in (0, *WORD_WEIGHTS)]
        among = _Among(added, None if counted is None else ~counted)
        best = BEST_PER_ANCHOR if len(items) > LARGE else BEST_PER_STEP
        if fusion == "calibrated":
            known = anchor_cosines or [cosines_with(a, items) for a in anchors]
            turns = list(zip(anchors, known, strict=True))
            lists = _along_lines(scan(query, items, calibration), calibration, turns, among, best)
        else:
            lists = _on_grid(query, items, anchors, among, best)
        kept = list(lists)
        if term is not None:
            kept.append(best_of(among.without(term), BEST_PER_STEP))
        found = np.unique(np.concatenate(kept))
        index = found if counted is None else found[counted[found]]
    return gather(query, items, calibration, index, fusion, anchors)


def cosines_with(anchors: Anchors, items: BranchEmbedding) -> Array:
    """Every item with every anchor, in their branch: (L, N). Not in half precision, in which
    thousands of tracks of one label would be equal."""
    found = np.empty((len(anchors.names), len(items)), dtype=np.float32)
    for part, rows in items.blocks(anchors.branch):
        found[:, part] = anchors.values @ rows.T
    return found


@dataclass(frozen=True)
class _Among:
    """added: what words add, in turn; outside (N,): items that do not count, None for none."""

    added: Sequence[Array | np.float32]
    outside: NDArray[np.bool_] | None

    def without(self, scores: Array) -> Array:
        """The scores with -inf for items that do not count."""
        return scores if self.outside is None else np.where(self.outside, -np.inf, scores)

    def along(self, start: Array, end: Array, k: int) -> Iterator[NDArray[np.int64]]:
        """Items among the first k between two ends of a slider, with each addition."""
        for words in self.added:
            yield reach(self.without(start + words), self.without(end + words), k)


def _along_lines(
    found: Scan,
    calibration: Calibration,
    turns: Sequence[tuple[Anchors, Array]],
    among: _Among,
    best: int,
) -> Iterator[NDArray[np.int64]]:
    """Calibrated scores are straight lines along a slider: exact."""
    own = dict(zip(found.branches, found.parts, strict=True))
    facets = [name for name in found.branches if name != SSL]
    for facet in facets or [SSL]:
        yield from among.along(own[SSL], own[facet], BEST_PER_STEP)
    centre = found.parts.mean(axis=0)
    for words in among.added:
        yield best_of(among.without(centre + words), BEST_PER_STEP)
    for anchors, cosines in turns:
        b = found.branches.index(anchors.branch)
        for row in cosines:
            part = (row - calibration.offset[:, b]) / calibration.scale[:, b]
            if anchors.branch == SSL:
                for facet in facets:
                    yield from among.along(part, own[facet], best)
            else:
                yield from among.along(own[SSL], part, best)


def _on_grid(
    query: BranchEmbedding,
    items: BranchEmbedding,
    anchors: Sequence[Anchors],
    among: _Among,
    of_anchor: int,
) -> Iterator[NDArray[np.int64]]:
    """Cosines of mixed vectors: the best at every step of a grid that is finer than they change."""
    asked: list[tuple[BranchEmbedding, tuple[str, ...] | None, int]]
    asked = [(query, None, BEST_PER_STEP)]
    for a in anchors:
        facets: tuple[str, ...] | None = None if a.branch == SSL else (a.branch,)
        asked += [
            (turned(query, a, turn_to(a, {name: 1.0})), facets, of_anchor) for name in a.names
        ]
    g = _by_blocks(gram, items)
    for one, facets, best in asked:
        stack = one.values[0]
        q = _by_blocks(partial(branch_products, stack), items)
        for w in weight_grid(items.branches, facets, end=NEARLY_ONE):
            scores = mix_scores(q, g, stack @ stack.T, w)
            for words in among.added:
                yield best_of(among.without(scores + words), best)


def _by_blocks(products: Callable[[Array], Array], items: BranchEmbedding) -> Array:
    """(N, B, B) of all items (N, B, D), few of them widened at a time."""
    starts = range(0, len(items), ITEMS_AT_ONCE)
    return np.concatenate(
        [products(items.rows(slice(s, s + ITEMS_AT_ONCE)).widened().values) for s in starts]
    )
