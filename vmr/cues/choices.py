"""Which track for each cue: the best for it that does not clash with the one before.

From the first K tracks of every cue the sequence with the highest sum of scores, less what each
neighbour costs, is found by Viterbi. Tempi cost by their distance in octaves, where half and double
are the same; keys by their distance on the circle of fifths, a minor key standing at its relative
major.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vmr.answers import Answer
from vmr.catalogs.places import Place
from vmr.catalogs.tracks_table import Track
from vmr.cues.borders import Span
from vmr.cues.course import Course
from vmr.embedding import Array
from vmr.encoders.key import PITCHES
from vmr.errors import VmrError
from vmr.knowledge.request import Request

if TYPE_CHECKING:
    from vmr.retriever import Retriever

FIRST = 10  # tracks of each cue among which neighbours choose
LOOKED_AT = 50  # hits among which those are found that may be taken away
TEMPO_COST, KEY_COST = 0.15, 0.15  # at most, in units of the score
SAME_TRACK = 10.0  # of neighbours that shall not share one: more than scores differ
SAME_TEMPO, FAR_TEMPO = 0.06, 0.25  # octaves; a half, in between, is as far as can be
FLATS = {"DB": "C#", "D#": "EB", "GB": "F#", "G#": "AB", "A#": "BB"}


@dataclass(frozen=True)
class Choice:
    """A track that may be under a cue, with its row as in vmr.answers."""

    place: Place
    hit: Answer


def ranked(
    course: Course, span: Span, retriever: Retriever, request: Request, first: int = FIRST
) -> list[Choice]:
    """The best tracks for a span that may be laid under a film and whose sound is here. Raises
    VmrError where there is none."""
    query = course.query(span.start_s, span.end_s, retriever)
    found: list[Choice] = []
    for hit in retriever.answer(query, request):
        place = retriever.music.named(hit["catalog"], hit["id"])
        refused = place.policy.refusal(place.track, "export")
        if refused is None and place.audio() is not None:
            found.append(Choice(place, hit))
    if not found:
        raise VmrError("cues.no_track")
    return found[:first]


def together(
    ranked_for: Sequence[Sequence[Choice]], neighbours: bool = True, share: bool = False
) -> list[int]:
    """For each cue the number of its track among its own; without ``neighbours`` the first of each.
    share: whether neighbours may have the same track."""
    if not neighbours or not ranked_for:
        return [0] * len(ranked_for)
    scores = [np.array([choice.hit["score"] for choice in row]) for row in ranked_for]
    totals, steps = scores[0], []
    for before, after, own in zip(ranked_for, ranked_for[1:], scores[1:], strict=False):
        costs = clashes([c.place.track for c in before], [c.place.track for c in after], share)
        reached = totals[:, None] - costs
        steps.append(reached.argmax(axis=0))
        totals = reached.max(axis=0) + own
    path = [int(totals.argmax())]
    for step in reversed(steps):
        path.append(int(step[path[-1]]))
    return path[::-1]


def clashes(before: Sequence[Track], after: Sequence[Track], share: bool) -> Array:
    """(K, L): what each of K tracks costs before each of L."""
    return np.array([[clash(a, b, share) for b in after] for a in before], dtype=np.float32)


def clash(before: Track, after: Track, share: bool = False) -> float:
    """What one track costs after another, in units of the score; unknown tempi and keys nothing."""
    if (before.catalog, before.id) == (after.catalog, after.id):
        return 0.0 if share else SAME_TRACK
    return TEMPO_COST * tempo_distance(before.bpm, after.bpm) + KEY_COST * key_distance(
        before.key, after.key
    )


def tempo_distance(before: float | None, after: float | None) -> float:
    """0 for about the same tempo, or its half or double, to 1; 0 where one is unknown."""
    if not before or not after:
        return 0.0
    octaves = abs(np.log2(after / before)) % 1.0
    octaves = min(octaves, 1 - octaves)
    return float(np.clip((octaves - SAME_TEMPO) / (FAR_TEMPO - SAME_TEMPO), 0, 1))


def key_distance(before: str | None, after: str | None) -> float:
    """Steps on the circle of fifths over six, 0 to 1; 0 where one is unknown."""
    places = [fifths(before), fifths(after)]
    if None in places:
        return 0.0
    steps = abs((places[0] or 0) - (places[1] or 0)) % 12
    return min(steps, 12 - steps) / 6


def fifths(key: str | None) -> int | None:
    """``"A minor"`` -> 0 as C major; ``"G major"`` -> 1. None for what is no key."""
    pitch, _, mode = (key or "").strip().upper().partition(" ")
    pitch = FLATS.get(pitch, pitch)
    names = [name.upper() for name in PITCHES]
    if pitch not in names or mode not in ("", "MAJOR", "MINOR"):
        return None
    semitone = names.index(pitch) + (3 if mode == "MINOR" else 0)
    return semitone * 7 % 12
