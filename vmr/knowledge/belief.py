"""What the model believes of a picture: labels with probabilities, and what follows when two tie.

When two labels are nearly as likely (``tied``), the label's branch has more than half of the weight
and nothing else was asked (no label of that facet, no words, no reference), the first five rows are
the best three and two of both (``drawn_from_both``), each of a track that carries the label. Such a
row says which label brought it, and its score is the one of the mixed query, as everywhere. A label
that no ranked track carries ties with nothing. So the scores fall from the first row to the
fifth, and again from the sixth on, but the sixth may score above the fifth: no order is claimed
between the rows that were drawn and the others. Up to the middle of the slider nothing is drawn.

A belief's probability is that of a person finding the label fitting, so several may be likely at
once. It is logistic in the cosine of the picture's facet branch with the label's anchor; the two
numbers per facet stand in beliefs.csv, fitted over the SHOWN strongest labels of judged clips:

    probability = 1 / (1 + exp(-(slope * cosine + intercept)))

They hold for checkpoints whose picture side is the written tables (the bundled one); others have
labels in order and no probabilities.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vmr.embedding import Anchors, Array, BranchEmbedding
from vmr.errors import ManifestError
from vmr.files import replacing
from vmr.knowledge.vocabulary import LABELS
from vmr.tables import read_table

if TYPE_CHECKING:
    from vmr.model.two_tower import Model

BELIEFS = Path(__file__).with_name("beliefs.csv")
SHOWN = 3  # labels of a facet that are shown and for which the probabilities hold
TIE = 0.1  # labels whose probabilities differ by less are nearly as likely
FIRST = (3, 2)  # of the first five: tracks of the label that leads, tracks of the other
LEADS = 0.5  # a facet draws from both where more than this of the weights is its own


@dataclass(frozen=True)
class Curve:
    """From the cosine with a label's anchor to the probability that the label fits."""

    slope: float
    intercept: float

    def probability(self, cosine: Array) -> Array:
        """(...) -> (...), 0 to 1, rising."""
        return np.asarray(1 / (1 + np.exp(-(self.slope * cosine + self.intercept))), np.float32)


@dataclass(frozen=True)
class Belief:
    """A label that was believed of a picture; probability None where nobody measured it."""

    label: str
    cosine: float
    probability: float | None


def read_curves(path: Path = BELIEFS) -> dict[str, Curve]:
    """{facet: curve}. Raises ManifestError for a cell that is no number or a slope not above 0."""
    curves = {}
    for line, row in read_table(path, ("facet", "slope", "intercept", "source")):
        try:
            curve = Curve(float(row["slope"]), float(row["intercept"]))
        except ValueError:
            raise ManifestError("beliefs.numbers", name=path.name, line=line) from None
        if not np.isfinite([curve.slope, curve.intercept]).all() or curve.slope <= 0:
            raise ManifestError("beliefs.slope", name=path.name, line=line)
        curves[row["facet"]] = curve
    return curves


def clips_fitted_on(path: Path = BELIEFS) -> int:
    """On how many judged clips the curves were fitted, as the table says; 0 where it does not."""
    rows = read_table(path, ("facet", "slope", "intercept", "source"))
    counts = [re.match(r"\d+", row["source"]) for _, row in rows]
    return min((int(found[0]) if found else 0 for found in counts), default=0)


def write_curves(curves: Mapping[str, Curve], source: str, path: Path = BELIEFS) -> None:
    """Write the table; ``source`` says on what the curves were fitted."""
    rows = [f"{f},{c.slope:.3f},{c.intercept:.3f},{source}\n" for f, c in curves.items()]
    with replacing(path) as temporary:
        temporary.write_text("facet,slope,intercept,source\n" + "".join(rows), encoding="utf-8")


def curves_for(model: Model) -> dict[str, Curve]:
    """The curves that hold for this checkpoint; {} for one with another picture side."""
    config = model.config
    if not config.video_lens:
        return {}
    curves = read_curves()
    return {f: c for f, c in curves.items() if config.labels.get(f) == LABELS.get(f)}


def beliefs(query: BranchEmbedding, anchors: Anchors, curve: Curve | None) -> tuple[Belief, ...]:
    """All labels of a facet for one picture (N = 1), the likeliest first."""
    cosines = anchors.values @ query.branch(anchors.branch)[0]  # (L,)
    likely = [None] * len(cosines) if curve is None else curve.probability(cosines).tolist()
    order = np.argsort(-cosines, kind="stable")
    return tuple(Belief(anchors.names[i], float(cosines[i]), likely[i]) for i in order)


def leaning(found: Sequence[Belief]) -> tuple[Belief, ...]:
    """Of a facet of which nobody measured how often a label fits (the likeliest first): what the
    picture leans to at least half as far as to the first, or nothing."""
    least = max(found[0].cosine / 2, 1e-6) if found else 0.0
    return tuple(belief for belief in found if belief.cosine >= least)


def tied(found: Sequence[Belief], offered: Sequence[str]) -> tuple[str, str] | None:
    """The two likeliest of the labels that are offered, that is, that some track carries which is
    ranked, if they are nearly as likely, or None."""
    first = [belief for belief in found if belief.label in set(offered)][:2]
    if len(first) < 2 or first[0].probability is None or first[1].probability is None:
        return None
    a, b = first
    return (a.label, b.label) if first[0].probability - first[1].probability < TIE else None


def nearest(items: BranchEmbedding, anchors: Anchors) -> NDArray[np.int64]:
    """The label whose anchor each item (N, B, D) is nearest to: (N,) into the anchors."""
    near = [(rows @ anchors.values.T).argmax(axis=1) for _, rows in items.blocks(anchors.branch)]
    return np.concatenate(near).astype(np.int64)


def brought_by(
    carried: Sequence[Sequence[str]], near: Sequence[str], pair: tuple[str, str]
) -> list[str]:
    """For which label of a pair each candidate (K) may be drawn, "" for neither.

    carried: the labels of each; near: the one whose anchor each is nearest to, which decides where
    a candidate carries both, else the likelier, which the pair begins with.
    """
    found = []
    for names, nearest_one in zip(carried, near, strict=True):
        own = [label for label in pair if label in names]
        found.append(nearest_one if nearest_one in own else own[0] if own else "")
    return found


@dataclass(frozen=True)
class Arranged:
    """Candidates as they are shown: order (K,) and, of those that were drawn from two labels that
    are nearly as likely, {candidate: the label that brought it}."""

    order: NDArray[np.int64]
    drawn: Mapping[int, str] = field(default_factory=dict)


def drawn_from_both(
    order: NDArray[np.int64], labels: Sequence[str], pair: tuple[str, str]
) -> Arranged:
    """A ranking whose first five are the best three of one label and the best two of the other.

    order (K,) best first; labels (K,) as ``brought_by`` gives them, by candidate; pair as ``tied``
    gives it. The label of the very first candidate leads, of one without any the likelier. Within
    the first five, and in all that follows, the scores fall as before; too few of one label, and
    nothing changes.
    """
    if not len(order):
        return Arranged(order)
    lead, other = pair if labels[order[0]] != pair[1] else (pair[1], pair[0])
    places = [
        [place for place, k in enumerate(order) if labels[k] == label][:count]
        for label, count in zip((lead, other), FIRST, strict=True)
    ]
    if any(len(found) < count for found, count in zip(places, FIRST, strict=True)):
        return Arranged(order)
    first = sorted(place for found in places for place in found)
    rest = np.setdiff1d(np.arange(len(order)), first)
    return Arranged(order[np.concatenate([first, rest])], {int(k): labels[k] for k in order[first]})


def as_json(found: Sequence[Belief]) -> list[list[object]]:
    """[[label, probability or None], ...] of the labels that are shown."""
    return [
        [b.label, None if b.probability is None else round(b.probability, 3)] for b in found[:SHOWN]
    ]
