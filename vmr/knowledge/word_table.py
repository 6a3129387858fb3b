"""words.csv: what a word about music means, in English and Japanese. A person can edit it.

One meaning a row. ``en`` and ``ja`` hold the words for it, separated by ``|``; the other columns
say what they mean: moods, genres, instruments, tempo (slow, medium, fast), voice (vocal,
instrumental) and era (60s to 00s) as ``name:weight`` with weights from -3 (never) to 3 (that very
thing), and energy, 1 to 5. A name that is not listed has weight 0.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from vmr.knowledge.instruments import INSTRUMENTS, TEMPI
from vmr.knowledge.tables import Cell
from vmr.knowledge.vocabulary import ENERGY_RANGE, GENRES, MOODS
from vmr.tables import read_table

WORDS = Path(__file__).with_name("words.csv")
LANGUAGES = ("en", "ja")
VOICES = ("vocal", "instrumental")
ERAS = ("60s", "70s", "80s", "90s", "00s")
FACETS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "moods": MOODS,
        "genres": GENRES,
        "instruments": INSTRUMENTS,
        "tempo": TEMPI,
        "voice": VOICES,
        "era": ERAS,
    }
)
# In the place of the last い.
I_ADJECTIVE = ("く", "さ", "め", "み", "かった", "そう", "げ", "すぎ")
VERB = {  # what stands in the place of a Japanese verb's last kana before other endings
    **{"う": "わいえっ", "く": "かきけい", "ぐ": "がぎげい", "す": "さしせ", "つ": "たちてっ"},
    **{"ぶ": "ばびべん", "む": "まみめん", "る": "らりれっ"},
}
BEFORE_RU = re.compile("[いきぎしじちにびみりえけげせぜてでねべめれ]る$")  # these may lose it
WRITTEN_VERB = re.compile("[一-鿿ぁ-ん][うくぐすつぶむる]$")
LONG_SOUND = re.compile("[ァ-ヶー]{4,}ー$")  # the last ー may be left out
SHORT_KATAKANA = re.compile("[ァ-ー]{1,2}")  # as it is written: スカ is no part of ですか
PARTLY_KATAKANA = re.compile("[ァ-ー]+[ぁ-ん]+")  # エモい: as it is written, and folded
HIRAGANA = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}  # of each katakana
PLAIN_LETTERS = {  # café is cafe
    code: plain[0]
    for code in range(0xC0, 0x250)
    if (plain := unicodedata.normalize("NFD", chr(code)))[0] != chr(code)
}
FOLDED = HIRAGANA | PLAIN_LETTERS


@dataclass(frozen=True)
class Sense:
    """What a word means: {facet: {name: weight -3 to 3}} and energy 1 to 5, None = not said;
    english: the first English word for it."""

    weights: Mapping[str, Mapping[str, float]]
    energy: float | None
    english: str = ""

    @property
    def is_heard(self) -> bool:
        """Whether it says first of all what plays or sings."""
        return any(facet in ("instruments", "voice") for facet, _ in self.names()[:1])

    def likeness(self, other: Sense) -> float:
        """Cosine of what the two mean, 0 for what only says an energy."""
        one, two = (
            {(facet, name): w for facet, row in sense.weights.items() for name, w in row.items()}
            for sense in (self, other)
        )
        size = math.hypot(*one.values()) * math.hypot(*two.values()) or 1.0
        return sum(weight * two.get(key, 0.0) for key, weight in one.items()) / size

    def names(self) -> list[tuple[str, str]]:
        """What it was taken for, the weightiest first: (facet, name), without what it excludes."""
        found = [
            (weight, facet, name)
            for facet, row in self.weights.items()
            for name, weight in row.items()
            if weight > 0
        ]
        return [(facet, name) for _, facet, name in sorted(found, key=lambda three: -three[0])]


def fold(text: str) -> str:
    """How words are compared: full-width, capitals, katakana and letters with accents as
    half-width, small, hiragana and without.

    The text must be NFKC already; as long as it was, so that positions stay."""
    small = text.lower()
    if len(small) != len(text):  # some capitals are two characters when small: these stay
        small = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    return small if small.isascii() else small.translate(FOLDED)


def normal(text: str) -> str:
    """Unicode's NFKC, with typographic apostrophes and hyphens as plain ones."""
    if text.isascii():  # nothing of it changes, and most titles are
        return text
    plain = unicodedata.normalize("NFKC", text)
    return plain.translate({0x2019: "'", 0x2018: "'", 0x2010: "-", 0x2011: "-", 0x2013: "-"})


def read_words(path: Path = WORDS) -> tuple[dict[str, Sense], dict[str, Sense]]:
    """The words of each language, folded. Raises ManifestError that names the cell."""
    found: dict[str, dict[str, Sense]] = {language: {} for language in LANGUAGES}
    inflected: dict[str, dict[str, Sense]] = {language: {} for language in LANGUAGES}
    for line, row in read_table(path, (*LANGUAGES, *FACETS, "energy")):
        cells = {name: Cell(path, line, name, text) for name, text in row.items()}
        sense = _sense(cells)
        for language, words in found.items():
            for word in cells[language].names():
                plain, *others = forms(normal(word), language)
                if words.setdefault(plain, sense) is not sense:
                    raise cells[language].wrong("cell.word_twice", word=word)
                for form in others:
                    inflected[language].setdefault(form, sense)
    return inflected["en"] | found["en"], inflected["ja"] | found["ja"]


def _sense(cells: Mapping[str, Cell]) -> Sense:
    weights = {facet: cells[facet].weights(names) for facet, names in FACETS.items()}
    energy = cells["energy"].number(*ENERGY_RANGE) if cells["energy"].text else None
    if energy is None and not any(weights.values()):
        raise cells["en"].wrong("cell.no_meaning")
    english = cells["en"].names()
    said = {facet: row for facet, row in weights.items() if row}
    return Sense(said, energy, english[0] if english else "")


def forms(word: str, language: str) -> Sequence[str]:
    """A word as it stands in the table and as it is inflected, folded, the plain one first."""
    if language == "en":
        return [re.sub(r"[\s-]+", " ", fold(word))]
    if SHORT_KATAKANA.fullmatch(word):
        return [word]
    found = [word]
    if len(word) > 1 and word.endswith("い"):
        found += [word[:-1] + ending for ending in I_ADJECTIVE]
    elif len(word) > 2 and WRITTEN_VERB.search(word):
        found += [word[:-1] + kana for kana in VERB[word[-1]]]
        if len(word) > 3 and BEFORE_RU.search(word):
            found.append(word[:-1])
    elif LONG_SOUND.match(word):
        found.append(word[:-1])
    written = found if PARTLY_KATAKANA.fullmatch(word) else []
    return [*map(fold, found), *written]


def english_stems(token: str) -> list[str]:
    """A token and what it may be an inflection of: ``happier`` -> happy, ``drums`` -> drum."""
    found = [token]
    for ending, instead in (
        *(("ies", "y"), ("ier", "y"), ("iest", "y"), ("ily", "y"), ("iness", "y")),
        *(("ically", "ic"), ("ally", "al"), ("ly", ""), ("ly", "le"), ("ness", "")),
        *(("es", ""), ("s", ""), ("er", ""), ("er", "e"), ("est", ""), ("est", "e")),
        *(("ing", ""), ("ing", "e"), ("ed", ""), ("ed", "e"), ("ish", ""), ("y", ""), ("y", "e")),
        *(("'s", ""), ("'", ""), ("like", ""), ("esque", "")),
    ):
        if token.endswith(ending) and len(token) - len(ending) >= 3:
            stem = token[: len(token) - len(ending)]
            found.append(stem + instead)
            if stem[-1] == stem[-2]:  # sadder, calmest
                found.append(stem[:-1])
    return found


@lru_cache(maxsize=1)
def bundled_words() -> tuple[dict[str, Sense], dict[str, Sense]]:
    """The table of the project, read once."""
    return read_words()
