"""Why a track stands where it does, in one plain sentence: what of the picture met what of it.

    night city and fast cuts met energetic, perhaps dark, high energy

Only what is believed strongly enough is said; weaker things, and beliefs that nobody measured, with
"perhaps". The page puts the same pieces together in its languages (static/ranking/reason.js, held
equal by tests.js_scores); a hit of ``/search`` has the English sentence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from vmr.knowledge.describe import SURE

MOST_SEEN, MOST_MET = 2, 3
LIKELY, POSSIBLE = 0.5, 0.35  # probability of a belief that is said, and that is said with perhaps
MANY_CUTS = 20.0  # a minute
NEAR = 0.75  # levels of energy apart at which two are alike
LOW, HIGH = 2.2, 3.6  # energy below is low, above is high


@dataclass(frozen=True)
class Piece:
    """One thing that is said. kind: concept, cuts, words (name: what was written), wanted (a label
    that was chosen), asked (an energy that was), label, energy (name: low, medium or high) or
    sounds (a label it is near)."""

    kind: str
    name: str
    sure: bool = True


@dataclass(frozen=True)
class Why:
    """What is known of a query beside a track. beliefs: of the facet; facet_counts, feel_counts:
    whether that branch has any weight; named: labels of the facet that the words were taken for."""

    concepts: Sequence[tuple[str, float]] = ()
    cuts_per_minute: float = 0.0
    beliefs: Sequence[tuple[str, float | None]] = ()
    felt: float | None = None
    chosen: Mapping[str, float] = field(default_factory=dict)
    energy: float | None = None
    words: str = ""
    named: Sequence[str] = ()
    facet_counts: bool = True
    feel_counts: bool = True


def picture_pieces(why: Why) -> list[Piece]:
    """What was asked in place of the picture, or else what was seen of it."""
    asked = [Piece("words", why.words)] if why.words else []
    asked += [Piece("wanted", name) for name, weight in why.chosen.items() if weight > 0][
        :MOST_SEEN
    ]
    if why.energy is not None:
        asked.append(Piece("asked", energy_level(why.energy)))
    if asked:
        return asked
    seen = [Piece("concept", name, weight >= SURE) for name, weight in why.concepts]
    sure = [piece for piece in seen if piece.sure][:MOST_SEEN]
    found = sure or seen[:1]
    return [*found, Piece("cuts", "many")] if why.cuts_per_minute >= MANY_CUTS else found


def track_pieces(why: Why, labels: Sequence[str], energy: float | None, near: str) -> list[Piece]:
    """What of a track met it: labels that it carries, a label that it sounds like, its energy."""
    likely = {name: POSSIBLE if p is None else p for name, p in why.beliefs}
    if any(weight > 0 for weight in why.chosen.values()):
        likely = {name: 1.0 for name, weight in why.chosen.items() if weight > 0}
    named = dict.fromkeys(why.named, 1.0)
    likely = (likely if why.facet_counts else {}) | named
    met = [
        Piece("label", name, likely[name] >= LIKELY)
        for name in labels
        if likely.get(name, 0.0) >= POSSIBLE
    ]
    if not met and likely.get(near, 0.0) >= POSSIBLE:
        met = [Piece("sounds", near, likely[near] >= LIKELY)]
    level = why.energy if why.energy is not None else why.felt
    if not why.feel_counts or level is None or energy is None or abs(level - energy) > NEAR:
        return met[:MOST_MET]
    met.append(Piece("energy", energy_level(energy)))
    return met[:MOST_MET]


def energy_level(energy: float) -> str:
    """low, medium or high, of 1 to 5."""
    return "low" if energy < LOW else "high" if energy > HIGH else "medium"


def sentence(seen: Sequence[Piece], met: Sequence[Piece]) -> str:
    """The English sentence; "" where nothing of the track is known to have met anything."""
    if not met:
        return ""
    left = " and ".join(map(_english, seen)) or "the feel of the picture"
    text = f"{left} met {', '.join(map(_english, met))}."
    return text[0].upper() + text[1:]


def _english(piece: Piece) -> str:
    text = {
        "cuts": "fast cuts",
        "wanted": f"your choice of {piece.name}",
        "asked": f"your choice of {piece.name} energy",
        "energy": f"{piece.name} energy",
        "sounds": f"a sound like {piece.name}",
        "words": f"“{piece.name}”",
    }.get(piece.kind, piece.name)
    return text if piece.sure else f"perhaps {text}"
