"""A word of a text, said alone: what a person who takes the other words away is left with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vmr.knowledge.degrees import LESS, MORE, NOT, SLIGHTLY
from vmr.knowledge.words import Word, understand

PLAIN_EN = {NOT: "no {}", LESS: "less {}", MORE: "more {}", SLIGHTLY: "slightly {}"}
PLAIN_JA = {NOT: "{}なし", LESS: "{}控えめ", MORE: "もっと{}", SLIGHTLY: "少し{}"}


def said_alone(word: Word) -> str:
    """A text that says this word and no other: as it was written where that does, or else with the
    plainest words for its strength (the piano of "no drums or piano" is "no piano")."""
    return next((text for text in _tries(word) if _same(understand(text), word)), word.text)


def _tries(word: Word) -> list[str]:
    start = max(
        word.phrase.find(word.text), 0
    )  # without what stands before it, if that says nothing
    plainest = PLAIN_EN if word.text.isascii() else PLAIN_JA
    made = plainest.get(word.strength, "{}").format(word.text)
    return [word.phrase[start:], word.phrase, made]


def _same(found: Sequence[Word], word: Word) -> bool:
    return len(found) == 1 and replace(found[0], phrase="") == replace(word, phrase="")
