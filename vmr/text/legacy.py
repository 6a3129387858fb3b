"""Text whose encoding nobody noted, as in old tables and the tags of old music: what reads best.

A title is too short for statistics of bytes alone. So three questions are asked one after the
other: is it UTF-8? Are its words of Latin letters with a few others between, or of others only?
And which reading gives the characters that a language uses most? Those come from
charset-normalizer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

EAST_ASIAN = ("cp932", "euc_jp", "gb18030", "big5", "cp949")
ALPHABETS = {
    "cp1251": ("Russian", "Ukrainian", "Bulgarian"),
    "koi8_r": ("Russian",),
    "cp1253": ("Greek",),
    "cp1255": ("Hebrew",),
    "cp1256": ("Arabic", "Farsi"),
    "cp874": ("Thai",),
}
# Latin letters by the languages that need them; the first wins where all read as well.
LATIN = {
    "cp1252": ("French", "German", "Spanish", "Portuguese", "Swedish", "Danish", "Italian"),
    "cp1250": ("Polish", "Czech", "Hungarian", "Slovak", "Slovene", "Croatian"),
    "cp1254": ("Turkish",),
}
NAMES = {  # for people
    "cp932": "Shift-JIS (cp932)",
    "euc_jp": "EUC-JP",
    "gb18030": "GB 18030",
    "big5": "Big5",
    "cp949": "Korean (cp949)",
    "koi8_r": "KOI8-R",
    "cp1250": "Windows Central European (cp1250)",
    "cp1251": "Windows Cyrillic (cp1251)",
    "cp1252": "Windows Latin (cp1252)",
    "cp1253": "Windows Greek (cp1253)",
    "cp1254": "Windows Turkish (cp1254)",
    "cp1255": "Windows Hebrew (cp1255)",
    "cp1256": "Windows Arabic (cp1256)",
    "cp874": "Thai (cp874)",
}
LANGUAGES = {"gb18030": "Chinese", "big5": "Chinese", "cp949": "Korean"}
COMMON, NARROW, RARE = 0.7, 0.65, 0.1  # of what its code counts among the common ones, or not
LOOKED_AT = 2**16  # bytes
LEAST = 0.4  # of a text that is believed to be none of Latin letters
_WORD = re.compile(rb"[A-Za-z\x80-\xff]+")


def decoded(data: bytes) -> str | None:
    """The text of bytes beyond ASCII; None where nothing reads them."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        best = next(iter(encodings_of(data)), None)
        return None if best is None else data.decode(best)


def encodings_of(data: bytes) -> list[str]:
    """The encodings before Unicode that read the bytes, the likeliest first; of large data a part
    is looked at."""
    part = b"\n".join(line for line in data[:LOOKED_AT].splitlines() if not line.isascii())
    texts = {code: _text(part, code) for code in (*EAST_ASIAN, *ALPHABETS, *LATIN)}
    latin = {code: _known(texts[code], names) for code, names in LATIN.items()}
    scores = {code: _commonness(texts[code], code) for code in EAST_ASIAN}
    scores |= {code: _spelling(texts[code], names) for code, names in ALPHABETS.items()}
    others = {code: score for code, score in scores.items() if score >= LEAST}
    likely = [_ranked(others), _ranked(latin)]
    ranked = [code for codes in (likely[::-1] if _is_latin(part) else likely) for code in codes]
    return [code for code in ranked if texts[code] is not None]


def _ranked(scores: dict[str, float]) -> list[str]:
    return sorted(scores, key=lambda code: -scores[code])


def _text(data: bytes, code: str) -> str | None:
    try:
        text = data.decode(code)
    except UnicodeDecodeError:
        return None
    return text if all(c.isprintable() or c.isspace() for c in text) else None


def _is_latin(data: bytes) -> bool:
    """Whether letters beyond ASCII stand among Latin ones, and never four together."""
    words = _WORD.findall(data)
    high = sum(sum(byte >= 0x80 for byte in word) for word in words)
    longest = max((len(run) for run in re.findall(rb"[\x80-\xff]+", data)), default=0)
    return longest < 4 and high <= 0.5 * sum(map(len, words))


def _commonness(text: str | None, code: str) -> float:
    """0 to 1: how common the characters beyond ASCII of a reading are."""
    from charset_normalizer.constant import FREQUENCIES

    if text is None:
        return 0.0
    often = set(FREQUENCIES[LANGUAGES[code]]) if code in LANGUAGES else set()
    marks = [_mark(char, code, char in often) for char in text if char > "\x7f"]
    return sum(marks) / max(len(marks), 1)


def _mark(char: str, code: str, is_frequent: bool) -> float:
    if is_frequent:
        return 1.0
    if code in ("cp932", "euc_jp") and "\u3041" <= char <= "\u30fe":
        return 1.0
    if "\uff66" <= char <= "\uff9f":
        return NARROW
    if not char.isalnum():
        return 0.5 if "\u3000" <= char <= "\u303f" else RARE
    # Each code begins with its common characters: these are their first bytes.
    table = {"cp932": "euc_jp", "gb18030": "gb2312", "cp949": "euc_kr"}.get(code, code)
    first, last = {"euc_jp": (0xB0, 0xCF), "gb2312": (0xB0, 0xD7)}.get(
        table, (0xB0, 0xC8) if table == "euc_kr" else (0xA4, 0xC6)
    )
    try:
        return COMMON if first <= char.encode(table)[0] <= last else RARE
    except UnicodeEncodeError:
        return 0.0


def _spelling(text: str | None, languages: Sequence[str]) -> float:
    """0 to 1: how often a language uses the letters of a reading; what is no letter counts 0, and
    capitals after small letters speak against it."""
    from charset_normalizer.constant import FREQUENCIES

    if text is None:
        return 0.0
    beyond = [char for char in text.lower() if char > "\x7f"]
    best = 0.0
    for name in languages:
        rank = {char: i for i, char in enumerate(FREQUENCIES[name])}
        marks = [1 - rank[char] / 60 if char in rank else RARE * char.isalpha() for char in beyond]
        best = max(best, sum(marks) / max(len(marks), 1))
    is_odd = any(one.islower() and two.isupper() for one, two in pairwise(text))
    return best / 2 if is_odd else best


def _known(text: str | None, languages: Sequence[str]) -> float:
    """0 to 1: how many of the characters beyond ASCII the language knows that knows most."""
    from charset_normalizer.constant import FREQUENCIES

    if text is None:
        return -1.0
    beyond = [char for char in text.lower() if char > "\x7f"]
    letters = [char for char in beyond if char.isalpha()]
    shares = [sum(char in FREQUENCIES[name] for char in letters) for name in languages]
    punctuation = sum(char in "’‘“”–—…«»" for char in beyond)
    return (max(shares) + punctuation) / max(len(beyond), 1)
