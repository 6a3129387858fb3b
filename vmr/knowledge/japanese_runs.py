"""Where a Japanese word begins and ends: without spaces, what stands beside it says whether it is
one."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vmr.knowledge.word_table import Sense

LONGEST = 16  # characters
LONG_KATAKANA = 4  # from here on a word is itself wherever it stands
STYLE = "風"  # behind another word it is no wind: ジャズ風
MIXED = re.compile("(?=.*[ァ-ー]).*[ぁ-ん]")


@dataclass(frozen=True)
class JapaneseWords:
    """The words of the table in a text, which is there as it is written and folded."""

    words: dict[str, Sense]
    text: str
    folded: str

    def longest(self, at: int, follows: bool) -> tuple[int, Sense | None]:
        """End and sense of the longest word that begins at a place, (0, None) if none; follows:
        whether a word that is understood ends there."""
        for end in range(min(at + LONGEST, len(self.text)), at, -1):
            sense = self._sense(at, end)
            if sense is not None and self._stands_alone(at, end, follows):
                return end, sense
        return 0, None

    def _sense(self, at: int, end: int) -> Sense | None:
        """As it is written, or folded if it cannot be an end and a beginning of two others."""
        word = self.text[at:end]
        if word in self.words or (len(word) <= 3 and MIXED.match(word)):
            return self.words.get(word)
        return self.words.get(self.folded[at:end])

    def _stands_alone(self, at: int, end: int, follows: bool) -> bool:
        """Katakana, single kanji and Latin letters are no word inside a longer run of their kind,
        unless the run's other side is understood as well."""
        word = self.text[at:end]
        kind = _script(word)
        if follows and word == STYLE:
            return False
        if not kind or (kind == "katakana" and len(word) >= LONG_KATAKANA):
            return True
        left = self.text[at - 1 : at]
        if left and _script(left * 2) == kind and not follows:
            return False
        right = self.text[end : end + 1]
        if not right or _script(right * 2) != kind:
            return True
        return any(self._sense(end, end + n) for n in range(1, LONGEST))


def _script(text: str) -> str:
    """Katakana, (one) kanji or Latin letters; "" for runs that stand alone wherever they are."""
    if all("ァ" <= c <= "ー" for c in text):
        return "katakana"
    if all(c.isascii() and c.isalnum() for c in text):
        return "latin"
    return "kanji" if len(set(text)) == 1 and "一" <= text[0] <= "鿿" else ""
