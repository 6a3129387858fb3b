"""Why a track stands where it does, in one plain sentence: what of a query met what of the track.

    City at night met dark; fast cuts met high energy.
    “slower” met slow, 84 BPM; your choice of calm met calm. As asked: “no drums”.

The sentence is made of pairs, each of which is true of the track by itself:

what was asked     a word with what it asks for (vmr.knowledge.words_met), a chosen label with the
                   label, a chosen energy with the track's where it is near; or else
what was seen      a concept or fast cuts with what scenes.csv says goes with them, "the feel of the
                   picture" with what else was believed or felt of it
what was kept      a word or a label that was to be avoided, of a track that is known to lack it

Beliefs that are weak, and those that nobody measured, are said with "perhaps". Nothing is said of a
branch without weight. The page makes the same pairs and says them in its languages
(static/ranking/reason.js, held equal by tests.js_scores); a hit of ``/search`` has the English
sentence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from vmr.knowledge.describe import SURE
from vmr.knowledge.scenes import SAID, read_scenes

MOST_SEEN, MOST_ASKED, MOST_MET = 2, 3, 3
LIKELY, POSSIBLE = 0.5, 0.35  # probability of a belief that is said, and that is said with perhaps
MANY_CUTS = 20.0  # a minute
NEAR = 0.75  # levels of energy apart at which two are alike
LOW, HIGH = 2.2, 3.6  # energy below is low, above is high
KEPT = "kept"


@dataclass(frozen=True)
class Piece:
    """One thing that is said. Of what was asked or seen the kind is words (name: as written),
    wanted or not (a label that was chosen, or turned away), asked (low, medium or high energy that
    was chosen), concept, cuts or feel. Of the track it is a facet (name: its label), a kind of
    vmr.knowledge.words_met, sounds (a label it is near), energy, or kept."""

    kind: str
    name: str = ""
    sure: bool = True


Pair = tuple[Piece, Piece]  # what was asked or seen, and what of the track it met
Fits = Mapping[str, tuple[float, Sequence[str]]]  # concept -> energy and labels that go with it


@dataclass(frozen=True)
class Why:
    """What is known of a query beside a track. fits: of the concepts; beliefs: of the facet;
    facet_counts, feel_counts: whether that branch has any weight."""

    facet: str = "mood"
    concepts: Sequence[tuple[str, float]] = ()
    fits: Fits = field(default_factory=dict)
    cuts_per_minute: float = 0.0
    beliefs: Sequence[tuple[str, float | None]] = ()
    felt: float | None = None
    chosen: Mapping[str, float] = field(default_factory=dict)
    energy: float | None = None
    facet_counts: bool = True
    feel_counts: bool = True


@dataclass(frozen=True)
class Beside:
    """What is known of a track: the labels of the facet that it carries, its energy, the label it
    is nearest to ("" for none), and what of it the words met."""

    labels: Sequence[str] = ()
    energy: float | None = None
    near: str = ""
    said: Sequence[Pair] = ()


def pairs(why: Why, track: Beside) -> list[Pair]:
    """What met, and at the end what was kept; empty where nothing is known to have met."""
    asked = [*track.said, *_chosen(why, track)]
    kept = [pair for pair in asked if pair[1].kind == KEPT]
    met = [pair for pair in asked if pair[1].kind != KEPT] or _seen(why, track)
    first = list(dict.fromkeys(one for one, _ in met))[:MOST_ASKED]
    met = [pair for pair in met if pair[0] in first]
    last = list(dict.fromkeys(other for _, other in met))[:MOST_MET]
    return [pair for pair in met if pair[1] in last] + kept[:MOST_SEEN]


def _chosen(why: Why, track: Beside) -> list[Pair]:
    """Labels and an energy that were chosen, with the same of the track."""
    found: list[Pair] = []
    for name, weight in why.chosen.items() if why.facet_counts else ():
        if weight > 0 and name in track.labels:
            found.append((Piece("wanted", name), Piece(why.facet, name)))
        elif weight > 0 and name == track.near:
            found.append((Piece("wanted", name), Piece("sounds", name)))
        elif weight < 0 and track.labels and name not in (*track.labels, track.near):
            found.append((Piece("not", name), Piece(KEPT)))
    if why.energy is not None and why.feel_counts and _near(why.energy, track.energy):
        level = energy_level(why.energy)
        if track.energy is not None and energy_level(track.energy) == level:
            found.append((Piece("asked", level), Piece("energy", level)))
    return found


def _seen(why: Why, track: Beside) -> list[Pair]:
    """What was seen, with what of the track goes with it, but what another before met with more."""
    met = _believed(why, track) if why.facet_counts else []
    felt = why.feel_counts and why.energy is None and _near(why.felt, track.energy)
    if felt and track.energy is not None:
        met.append(Piece("energy", energy_level(track.energy)))
    every = [Piece("concept", name, weight >= SURE) for name, weight in why.concepts]
    seen = [piece for piece in every if piece.sure] or every[:1]
    seen = [one for one in seen if any(_fits(why, track, one, other) for other in met)][:MOST_SEEN]
    if why.cuts_per_minute >= MANY_CUTS:
        seen.append(Piece("cuts", "many"))
    fits = [{other for other in met if _fits(why, track, one, other)} for one in seen]
    seen = [one for k, one in enumerate(seen) if not any(fits[k] < before for before in fits[:k])]
    feel = Piece("feel")
    found = []
    for other in met:
        fitting = [one for one in seen if _fits(why, track, one, other)]
        found += [(one, other) for one in fitting or [feel]]
    return sorted(found, key=lambda pair: [*seen, feel].index(pair[0]))


def _believed(why: Why, track: Beside) -> list[Piece]:
    """The track's labels that are believed of the picture; chosen labels take their place."""
    if any(weight > 0 for weight in why.chosen.values()):
        return []
    likely = {name: POSSIBLE if p is None else p for name, p in why.beliefs}
    likely = {name: p for name, p in likely.items() if p >= POSSIBLE and name not in why.chosen}
    met = [Piece(why.facet, one, likely[one] >= LIKELY) for one in track.labels if one in likely]
    if not met and track.near in likely:
        met = [Piece("sounds", track.near, likely[track.near] >= LIKELY)]
    return met


def _fits(why: Why, track: Beside, one: Piece, other: Piece) -> bool:
    """Whether what was seen goes with this of the track."""
    if one.kind == "cuts":
        return other == Piece("energy", "high")
    energy, labels = why.fits.get(one.name, (None, ()))
    return _near(energy, track.energy) if other.kind == "energy" else other.name in labels


def _near(one: float | None, other: float | None) -> bool:
    return one is not None and other is not None and abs(one - other) <= NEAR


def energy_level(energy: float) -> str:
    """low, medium or high, of 1 to 5."""
    return "low" if energy < LOW else "high" if energy > HIGH else "medium"


def fits_of(concepts: Iterable[tuple[str, float]]) -> dict[str, tuple[float, tuple[str, ...]]]:
    """Of the concepts that scenes.csv has: the energy and the labels that go with each."""
    table = _meanings()
    return {name: table[name] for name, _ in concepts if name in table}


@lru_cache(maxsize=1)
def _meanings() -> dict[str, tuple[float, tuple[str, ...]]]:
    return {
        concept.name: (
            concept.meaning.energy,
            tuple(
                name
                for weights in (concept.meaning.moods, concept.meaning.genres, concept.instruments)
                for name, weight in weights.items()
                if weight > 0
            ),
        )
        for concept in read_scenes()
    }


def sentence(found: Sequence[Pair]) -> str:
    """The English sentence of ``pairs``; "" where there are none."""
    met = [pair for pair in found if pair[1].kind != KEPT]
    clauses = (
        f"{' and '.join(map(_english, asked))} met {', '.join(map(_english, others))}"
        for asked, others in together(met)
    )
    line = "; ".join(clauses) + "." if met else ""
    if len(met) < len(found):
        kept = dict.fromkeys(one for one, other in found if other.kind == KEPT)
        line = f"{line} As asked: {' and '.join(map(_english, kept))}.".strip()
    return line[:1].upper() + line[1:]


def together(met: Sequence[Pair]) -> list[tuple[list[Piece], tuple[Piece, ...]]]:
    """Pairs as clauses, each all that met the very same with what they met."""
    asked, others = (list(dict.fromkeys(pair[side] for pair in met)) for side in (0, 1))
    clauses: dict[tuple[Piece, ...], list[Piece]] = {}
    for one in asked:
        clauses.setdefault(tuple(o for o in others if (one, o) in met), []).append(one)
    return [(ones, theirs) for theirs, ones in clauses.items()]


def _english(piece: Piece) -> str:
    text = {
        "concept": SAID.get(piece.name, piece.name),
        "cuts": "fast cuts",
        "feel": "the feel of the picture",
        "wanted": f"your choice of {piece.name}",
        "asked": f"your choice of {piece.name} energy",
        "not": f"not {piece.name}",
        "energy": f"{piece.name} energy",
        "sounds": f"a sound like {piece.name}",
        "words": f"“{piece.name}”",
        "bpm": f"{piece.name} BPM",
        "title": "the title",
        "artist": "the artist",
        "tag": "a tag",
        "voice": "sung" if piece.name == "vocal" else piece.name,
    }.get(piece.kind, piece.name)
    return text if piece.sure else f"perhaps {text}"
