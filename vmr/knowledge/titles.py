"""Where a word that is in no table stands in the titles, artists and tags of tracks.

Cho    ->  Kenta Cho, not Chopin       hedge  ->  Hedgewars       b  ->  nothing
龍     ->  龍の舞                       り     ->  nothing
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from vmr.embedding import Array
from vmr.knowledge.word_table import fold

WHOLE_FROM, PARTS_FROM = 2, 4  # letters of a word that titles have whole, or begin a word with
LETTER = "a-z0-9\u00df-\u024f"
GOES_ON = re.compile(f"(?!s(?![{LETTER}]))[{LETTER}]")  # but for a plural
BEGUN = 0.2  # of a word that stands there whole
KANJI = re.compile("[\u3400-\u9fff]")


def has_word(texts: Sequence[str], word: str) -> Array:
    """How far the folded texts (N,) have a word, 0 to 1: BEGUN where another begins with it, as
    "plan" says little of a planet. (N,)."""
    found = np.zeros(len(texts), dtype=np.float32)
    pattern = title_pattern(word)
    if pattern is None:
        return found
    for i, text in enumerate(texts):
        if match := pattern.search(text):
            found[i] = BEGUN if GOES_ON.match(text, match.end()) else 1
    return found


def title_pattern(word: str) -> re.Pattern[str] | None:
    """What finds a word in a folded text: one of Latin letters whole, from PARTS_FROM letters on
    also as the beginning of another; Japanese wherever it stands. None for what is too short to say
    anything: one letter or one kana, but not one kanji."""
    wanted = fold(word)
    if len(wanted) < WHOLE_FROM and not KANJI.fullmatch(wanted):
        return None
    if not re.match(f"[{LETTER}]", wanted):
        return re.compile(re.escape(wanted))
    end = "" if len(wanted) >= PARTS_FROM else f"(?![{LETTER}])"
    return re.compile(f"(?<![{LETTER}]){re.escape(wanted)}{end}")
