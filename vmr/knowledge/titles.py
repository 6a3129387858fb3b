"""Where a word that is in no table stands in the titles, artists and tags of tracks.

Cho    ->  Kenta Cho, not Chopin       hedge  ->  Hedgewars       b  ->  nothing
龍     ->  龍の舞                       り     ->  nothing
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vmr.knowledge.word_table import fold

WHOLE_FROM, PARTS_FROM = 2, 4  # letters of a word that titles have whole, or begin a word with
LETTER = "a-z0-9\u00df-\u024f"
KANJI = re.compile("[\u3400-\u9fff]")


def has_word(texts: Sequence[str], word: str) -> NDArray[np.bool_]:
    """Which of the folded texts (N,) have a word: (N,)."""
    pattern = title_pattern(word)
    if pattern is None:
        return np.zeros(len(texts), dtype=bool)
    return np.array([bool(pattern.search(text)) for text in texts], dtype=bool)


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
