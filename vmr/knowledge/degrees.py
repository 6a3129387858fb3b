"""degrees.csv: the words around a word, which say how much of it is wanted, or nothing at all.

``what`` is not, less, more, slightly, between (particles that may stand between a Japanese word and
what negates it) or nothing (words that say nothing of music); ``place`` where they stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from vmr.knowledge.tables import Cell
from vmr.knowledge.word_table import fold, normal
from vmr.tables import read_table

DEGREES = Path(__file__).with_name("degrees.csv")
NOT, LESS, MORE, SLIGHTLY = -1.0, -0.5, 1.5, 0.5
ENDED = "(?=[^ぁ-ん]|[でのにがはもとをなよてかだ]|$)"  # なし in なしらべ is none
ARE = r"[ ]?(?:is |are |be )?"  # before an English one: "drums are not needed"
STRENGTHS = {"not": NOT, "less": LESS, "more": MORE, "slightly": SLIGHTLY}


@dataclass(frozen=True)
class Degrees:
    """before: strength by English word or phrase; before_ja: (folded word, strength), the longest
    first; after: what stands behind a word, with particles between in Japanese; empty: English
    words and phrases that say nothing; said: a pattern of these and of those of before; empty_ja: a
    pattern of Japanese words that say nothing."""

    before: dict[str, float]
    before_ja: tuple[tuple[str, float], ...]
    after: re.Pattern[str]
    after_strength: dict[str, float]
    empty: frozenset[str]
    said: re.Pattern[str]
    empty_ja: re.Pattern[str]

    def following(self, text: str, at: int) -> tuple[int, float] | None:
        """Where a word of degree that stands behind another ends, which is at ``at``, and its
        strength, or None.

        Not folded: な + シンセ is no なし."""
        match = self.after.match(text, at)
        return (match.end(), self.after_strength[match[1] or match[2].lower()]) if match else None

    def ahead(self, folded: str, at: int) -> tuple[int, float] | None:
        """The same for one that stands before its word."""
        for word, strength in self.before_ja:
            if folded.startswith(word, at):
                return at + len(word), strength
        return None


def read_degrees(path: Path = DEGREES) -> Degrees:
    """Raises ManifestError that names the cell."""
    words: dict[tuple[str, str, str], list[str]] = {}
    for line, row in read_table(path, ("what", "place", "en", "ja")):
        cells = {name: Cell(path, line, name, text) for name, text in row.items()}
        if row["what"] not in (*STRENGTHS, "between", "nothing"):
            raise cells["what"].wrong("cell.no_degree", text=row["what"])
        for language in ("en", "ja"):
            key = (row["what"], row["place"], language)
            words.setdefault(key, []).extend(map(normal, cells[language].names()))

    def strengths(place: str, language: str) -> list[tuple[str, float]]:
        found = [
            (word if place == "after" else fold(word), strength)
            for what, strength in STRENGTHS.items()
            for word in words.get((what, place, language), ())
        ]
        return sorted(found, key=lambda pair: -len(pair[0]))

    before, after_en = strengths("before", "en"), strengths("after", "en")
    after = strengths("after", "ja")
    between = _any_of(words.get(("between", "after", "ja"), ()))
    empty = words.get(("nothing", "anywhere", "en"), ())
    japanese = f"(?:{between})*?({_any_of(word for word, _ in after)}|(?<=すぎ)ず){ENDED}"
    english = f"(?i:{ARE}({_any_of(word for word, _ in after_en)}))(?![A-Za-z0-9'])"
    return Degrees(
        before=dict(before),
        before_ja=tuple(strengths("before", "ja")),
        after=re.compile(f"{japanese}|{english}"),
        after_strength={"ず": NOT} | dict([*after, *after_en]),
        empty=frozenset(empty),
        said=re.compile(f"(?:{_any_of([*dict(before), *empty])})(?![a-z0-9\u00e0-\u024f'&/])"),
        empty_ja=re.compile(_any_of(words.get(("nothing", "anywhere", "ja"), ()))),
    )


def _any_of(words: Iterable[str]) -> str:
    """A pattern of all words, the longest first; one that matches nothing where there are none."""
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True)) or "(?!)"


@lru_cache(maxsize=1)
def bundled_degrees() -> Degrees:
    """The table of the project, read once."""
    return read_degrees()
