"""What one query needs of the items: every later position of the slider is arithmetic.

An item's calibrated parts (one number per branch), its branch products Q with the query and its own
Gram matrix G do not depend on the weights, so a short list of candidates that holds the top of
every possible slider position can be sent to the browser once.

Shapes: N items, K candidates, B branches, D dims.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vmr.embedding import (
    SSL,
    Anchors,
    Array,
    BranchEmbedding,
    Calibration,
    Turn,
    alpha_weights,
    branch_products,
    calibrated_scores,
    gram,
    mix_scores,
    parts,
)

Fusion = Literal["calibrated", "mix"]

ALPHA_STEPS = 21  # grid on which the union of the best is taken
NEARLY_ONE = 0.999  # alpha at which many that are equal at 1 already stand as they do there
BEST_PER_STEP = 64  # with a grid this fine, the exact top 50 at any alpha is in the union
WORD_WEIGHTS = (0.5, 1.0, 2.0)  # of a term of words, for which the same holds
ALL_BELOW = 400  # catalogs up to this size are sent whole
# Above this size only the first rows of each label and energy are sent along: the best 64 of all 37
# would be a third of 10,000 tracks. The page asks again when one is chosen.
LARGE, BEST_PER_ANCHOR = 4000, 16


@dataclass(frozen=True)
class Steering:
    """What moving one branch of the query to its anchors needs of the items, for any weights.

    products (K, L, B): each anchor with each branch of the item; query_products (L, B): each anchor
    with each branch of the query; gram (1+L, 1+L): among the query's own row and the anchors.
    Calibrated scores need only the anchors' own branch of the first (``cosines``).
    """

    anchors: Anchors
    products: Array
    query_products: Array
    gram: Array


@dataclass(frozen=True)
class Candidates:
    """What one query needs of the items for any weights.

    index (K,) int64 into the items; parts (K, B); q, g (K, B, B); query_gram (B, B). All float32.
    """

    branches: tuple[str, ...]
    fusion: Fusion
    index: NDArray[np.int64]
    parts: Array
    q: Array
    g: Array
    query_gram: Array
    scale: Array  # (K, B), of the calibration
    steering: tuple[Steering, ...] = ()
    term: Array | None = None  # (K,), see ``with_words``
    words: float = 0.0

    def scores(self, w: Array) -> Array:
        """Score of each candidate for weights (B,): (K,)."""
        if self.fusion == "calibrated":
            scores = calibrated_scores(self.parts, w)
        else:
            scores = mix_scores(self.q, self.g, self.query_gram, w)
        return scores if self.term is None else scores + np.float32(self.words) * self.term

    def rows(self, chosen: NDArray[np.int64]) -> Candidates:
        """Only those at the places (J,) of these K, in the order given."""
        kept = [replace(s, products=s.products[chosen]) for s in self.steering]
        return replace(
            self,
            index=self.index[chosen],
            parts=self.parts[chosen],
            q=self.q[chosen],
            g=self.g[chosen],
            scale=self.scale[chosen],
            steering=tuple(kept),
            term=None if self.term is None else self.term[chosen],
        )

    def with_words(self, term: Array, words: float) -> Candidates:
        """The same, each score raised by ``words`` times the item's term: (N,) over all items.

        The term is the same for all weights w, so scores stay linear in them; with w = 0 the words
        alone rank. See vmr.knowledge.word_scores.
        """
        return replace(self, term=np.asarray(term[self.index], dtype=np.float32), words=words)

    def only_words(self) -> Candidates:
        """The same items for a query of which no branch says anything: every part is 0."""
        parts, q = np.zeros_like(self.parts), np.zeros_like(self.q)
        query_gram = np.zeros_like(self.query_gram)
        return replace(self, parts=parts, q=q, query_gram=query_gram, steering=())

    def order(self, w: Array) -> NDArray[np.int64]:
        """Positions of the candidates, best first: (K,). Equal ones stand as at alpha 0, which is
        how they stand just before alpha 1; equal there too, they keep the catalog's order."""
        alone = np.array([branch == SSL for branch in self.branches], dtype=np.float32)
        return np.lexsort((-self.scores(alone), -self.scores(w))).astype(np.int64)

    def moved(self, branch: str, turn: Turn) -> Candidates:
        """The same items for the query with that branch moved; no vector is touched.

        Equal to gathering them again for ``vmr.embedding.turned``. ValueError without anchors.
        """
        steering = next((s for s in self.steering if s.anchors.branch == branch), None)
        if steering is None:
            raise ValueError(f"the branch {branch!r} has no anchors here")
        b, norm = self.branches.index(branch), turn.norm(steering.gram)
        q, parts, query_gram = self.q.copy(), self.parts.copy(), self.query_gram.copy()
        drawn = np.einsum("l,klb->kb", turn.shares, steering.products)
        q[:, b] = (turn.own * q[:, b] + drawn) / norm
        parts[:, b] += (q[:, b, b] - self.q[:, b, b]) / self.scale[:, b]
        query_gram[b] = (turn.own * query_gram[b] + turn.shares @ steering.query_products) / norm
        query_gram[:, b] = query_gram[b]
        query_gram[b, b] = 1.0
        row = turn.shares @ steering.anchors.values  # for the cross terms of a second move
        left = []
        for other in self.steering:
            if other is not steering:
                products = other.query_products.copy()
                products[:, b] = (turn.own * products[:, b] + other.anchors.values @ row) / norm
                left.append(replace(other, query_products=products))
        return replace(self, parts=parts, q=q, query_gram=query_gram, steering=tuple(left))


def gather(
    query: BranchEmbedding,
    items: BranchEmbedding,
    calibration: Calibration,
    index: NDArray[np.int64],
    fusion: Fusion = "calibrated",
    anchors: Sequence[Anchors] = (),
) -> Candidates:
    """What one query (N = 1) needs of the chosen items, index (K,)."""
    if len(query) != 1 or query.branches != items.branches:
        raise ValueError("the query must be one embedding with the branches of the items")
    q_values, of_chosen = query.values[0], calibration.rows(index)
    chosen = items.rows(index).widened()
    part = parts(q_values, chosen.values, of_chosen)
    return Candidates(
        branches=items.branches,
        fusion=fusion,
        index=index,
        parts=part,
        q=branch_products(q_values, chosen.values),
        g=gram(chosen.values),
        query_gram=gram(query.values)[0],
        scale=np.broadcast_to(of_chosen.scale, part.shape),
        steering=tuple(
            Steering(
                anchors=a,
                products=branch_products(a.values, chosen.values),
                query_products=np.asarray(a.values @ q_values.T, dtype=np.float32),
                gram=a.gram(query.branch(a.branch)[0]),
            )
            for a in anchors
        ),
    )


def weight_grid(
    branches: Sequence[str],
    facets: Sequence[str] | None = None,
    steps: int = ALPHA_STEPS,
    end: float = 1.0,
) -> Iterator[Array]:
    """Weights along the slider of each facet (all, if none are named) up to an end, and the centre
    of all branches: (B,) each."""
    for facet in branches if facets is None else facets:
        if facet != SSL:
            for alpha in np.linspace(0.0, end, steps):
                yield alpha_weights(float(alpha), branches, facet)
    yield np.full(len(branches), 1.0 / len(branches), dtype=np.float32)
