"""A key that is written as one: "C# minor", "B flat major", 「嬰ハ短調」, or its mode, 「短調」.

Keys have a number: 0 to 11 are C major to B major, 12 to 23 C minor to B minor.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from vmr.encoders.key import PITCHES
from vmr.knowledge.word_table import fold, normal

NAMES = tuple(f"{pitch} {mode}" for mode in ("major", "minor") for pitch in PITCHES)
UNKNOWN = -1
SEMITONES = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
JAPANESE = dict(zip("はにほへといろ", "cdefgab", strict=True))
MINOR = ("minor", "min", "まいなー", "短調")
WRITTEN = re.compile(
    r"""(?<![a-z0-9])(?:
    (?P<pitch>[a-g])[\ -]?(?P<sign>\#|♯|sharp|b|♭|flat)?[\ -]?
        (?P<mode>major|minor|maj|min|めじゃー|まいなー|長調|短調)(?![a-z])
    |(?P<shift>[嬰変])?(?P<pitch_ja>[はにほへといろ])(?P<mode_ja>[長短]調)
    |(?P<any>major|minor)\ key\b|(?P<any_ja>[長短]調)
    )""",
    re.VERBOSE,
)
PHRASE_ENDS = re.compile(r"\s*(?:[,;.、。]|$)")


def read_key(text: str, folded: str, at: int) -> tuple[int, tuple[int, ...]] | None:
    """Where a key that begins here ends, and the numbers of what it can be; None where none begins.
    folded: see vmr.knowledge.word_table. The "a" of "a minor threat" is an article."""
    match = WRITTEN.match(folded, at)
    if not match:
        return None
    article = text[at : at + 2] in ("a ", "a-") and not match["sign"]
    if article and not PHRASE_ENDS.match(folded, match.end()):
        return None
    mode = match["mode"] or match["mode_ja"] or match["any"] or match["any_ja"]
    first = 12 * (mode in MINOR)
    pitch = match["pitch"] or JAPANESE.get(match["pitch_ja"] or "")
    if not pitch:
        return match.end(), tuple(range(first, first + 12))
    sign = match["sign"] or match["shift"] or ""
    shift = 0 if not sign else 1 if sign in ("#", "♯", "sharp", "嬰") else -1
    return match.end(), (first + (SEMITONES[pitch] + shift) % 12,)


def key_number(name: str) -> int:
    """Of a track's key such as "Bb minor"; UNKNOWN where it is no key."""
    text = normal(name)
    found = read_key(text, fold(text), 0)
    return found[1][0] if found and len(found[1]) == 1 else UNKNOWN


def keys_text(numbers: tuple[int, ...]) -> str:
    """As they are shown: ``C# minor``, or ``minor`` for all of a mode."""
    return NAMES[numbers[0]] if len(numbers) == 1 else NAMES[numbers[0]].split()[1]


def key_values(numbers: tuple[int, ...], keys: NDArray[np.int8]) -> NDArray[np.float32]:
    """1 where a track has one of the keys, else 0: (N,)."""
    return np.isin(keys, numbers).astype(np.float32)
