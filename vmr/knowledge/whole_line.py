"""A text about music as one line for a model that learned sound together with English captions.

    whole_line("warm piano for a sunset, no drums")  ->  "warm piano for a sunset" (2), less "drums"
    whole_line("静かなピアノ、ドラムなし")             ->  "calm, piano" (2), less "drums"

What is to be avoided is cut out and stands apart, since such a model takes "no drums" for drums.
English stays as it was written, with words that are in no table; of Japanese the words of words.csv
are said in English, what else there is is left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from vmr.knowledge.word_table import normal
from vmr.knowledge.words import LONGEST_TEXT, Word, understand

JAPANESE = re.compile("[\u3000-\u30ff\u3400-\u9fff]")
SEPARATORS = " \t.!?-"
LEFT_OVER = re.compile(r"^(?:(?:and|but|with|or|nor)\b\s*)+")  # before what was cut out


@dataclass(frozen=True)
class WholeLine:
    """text: what is asked for, "" for nothing; count: as many words as the line stands for;
    avoided: (text, strength below 0) of what is to be taken off."""

    text: str
    count: int
    avoided: tuple[tuple[str, float], ...]

    def __bool__(self) -> bool:
        return bool(self.text or self.avoided)

    def as_json(self) -> dict[str, object]:
        """What the page says of it: {"text", "avoided": [text, ...]}."""
        return {"text": self.text, "avoided": [text for text, _ in self.avoided]}


def whole_line(text: str, words: Sequence[Word] | None = None) -> WholeLine:
    """The line of a text; words: as ``understand`` reads it, if it was read."""
    found = understand(text) if words is None else words
    asked = [word for word in found if word.strength > 0]
    avoided = [(_english(word), word.strength) for word in found if word.strength < 0]
    written = normal(text)[:LONGEST_TEXT]
    if not asked:
        line = ""
    elif JAPANESE.search(written):
        line = ", ".join(dict.fromkeys(filter(None, map(_english, asked))))
    else:
        line = _without_avoided(written, found)
    return WholeLine(line, len(asked) if line else 0, tuple(pair for pair in avoided if pair[0]))


def _english(word: Word) -> str:
    if not JAPANESE.search(word.text):
        return word.text
    return word.sense.english if word.sense is not None else ""


def _without_avoided(text: str, words: Sequence[Word]) -> str:
    """The text without the phrases that say what is to be avoided."""
    kept, at = "", 0
    for word in words:
        start = text.find(word.phrase, at)
        if not word.phrase or start < 0:
            continue
        end = start + len(word.phrase)
        kept += text[at:start] if word.strength < 0 else text[at:end]
        at = end
    pieces = re.split(r"[,;\n]", kept + text[at:])
    plain = (LEFT_OVER.sub("", " ".join(piece.strip(SEPARATORS).split())) for piece in pieces)
    return ", ".join(piece for piece in plain if piece)
