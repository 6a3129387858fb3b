"""What the licence of a track allows, from whatever somebody wrote into the cell.

A licence gets a name of one list: an SPDX expression (``CC-BY-4.0``, ``GPL-2.0-or-later OR
CC-BY-SA-3.0``), ``public domain``, ``own contract``, ``all rights reserved`` or ``unknown``. Only
what is understood to its last word counts as understood: ``GPL-2+, but not for shops`` is unknown,
and what is unknown allows nothing.

Music under moving pictures is an adaptation of the music (Creative Commons 4.0, section 1a), so a
licence without derivatives allows no use with a video that is passed on.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from vmr.catalogs.creative_commons import creative_commons_name
from vmr.catalogs.grouped import kinds
from vmr.catalogs.tracks_table import Track

UNKNOWN = "unknown"
PUBLIC_DOMAIN = "public domain"
OWN_CONTRACT = "own contract"
RESERVED = "all rights reserved"


@dataclass(frozen=True)
class Licence:
    """name: of the list above; what it allows, and what it asks of whoever passes the work on."""

    name: str
    commercial: bool = False
    derivative: bool = False
    share_alike: bool = False
    attribution: bool = True


@lru_cache(maxsize=4096)
def licence_of(text: str) -> Licence:
    """The licence that a cell names, ``unknown`` where it can not be told.

    >>> licence_of("Creative Commons Attribution-NonCommercial 4.0").name
    'CC-BY-NC-4.0'
    """
    plain = " ".join(unicodedata.normalize("NFKC", text).split()).strip(" .;,")
    for pattern, licence in PLAIN_WORDS.items():
        if re.fullmatch(pattern, plain, re.IGNORECASE):
            return licence
    plain = LATER.sub("+", plain)
    if not OPERATORS.search(plain):
        return _single(plain)
    pieces = (piece.strip() for piece in WORDS.split(plain))
    return _expression([piece for piece in pieces if piece])


def _expression(words: list[str]) -> Licence:
    """Of licences joined by OR and AND: one may be chosen of the first, all bind of the second."""
    from license_expression import ExpressionError, Licensing

    names = {f"licence{i}": _single(word) for i, word in enumerate(words)}
    keys = {word.upper() for word in ("or", "and", "(", ")")}
    text = " ".join(
        word.upper() if word.upper() in keys else f"licence{i}" for i, word in enumerate(words)
    )
    try:
        tree: Any = Licensing().parse(text)
    except ExpressionError:
        return NOT_KNOWN
    return _joined(tree, names)


def _joined(tree: Any, names: dict[str, Licence]) -> Licence:
    operator = getattr(tree, "operator", "")
    if not operator:
        return names[tree.key]
    parts = [_joined(part, names) for part in tree.args]
    name = f" {operator.strip().upper()} ".join(
        f"({part.name})" if OPERATORS.search(part.name) else part.name for part in parts
    )
    if operator.strip().upper() == "OR":
        best = max(parts, key=_freedom)
        return Licence(name, best.commercial, best.derivative, best.share_alike, best.attribution)
    if NOT_KNOWN in parts:
        return NOT_KNOWN
    return Licence(
        name,
        all(part.commercial for part in parts),
        all(part.derivative for part in parts),
        any(part.share_alike for part in parts),
        any(part.attribution for part in parts),
    )


def _freedom(licence: Licence) -> tuple[bool, bool, bool, bool]:
    usable = licence.commercial and licence.derivative
    return usable, licence.derivative, not licence.share_alike, not licence.attribution


def _single(text: str) -> Licence:
    """One licence, without OR and AND."""
    for pattern, licence in PLAIN_WORDS.items():
        if re.fullmatch(pattern, text, re.IGNORECASE):
            return licence
    return _creative_commons(text) or _gnu(text) or _listed(text) or NOT_KNOWN


def _creative_commons(text: str) -> Licence | None:
    name = creative_commons_name(text)
    if name is None or not name:
        return None if name is None else NOT_KNOWN
    elements = name.lower().split("-")
    if elements[0] == "cc0":
        return Licence(name, True, True, attribution=False)
    return Licence(
        name,
        commercial="nc" not in elements,
        derivative="nd" not in elements,
        share_alike="sa" in elements,
        attribution="by" in elements,
    )


# ---- GNU, and what else is common -----------------------------------------------------------


def _gnu(text: str) -> Licence | None:
    """``GPL-2+``, ``GPLv3``, ``GNU General Public License version 2 or later``; None for others."""
    plain = text.casefold()
    for pattern, short in GNU_WORDS.items():
        plain = re.sub(pattern, short, plain)
    match = GNU.fullmatch(plain.strip())
    if match is None:
        return None
    family, version, later = match[1].upper(), match[2] or "1", match[3] or ""
    version = version if "." in version else f"{version}.0"
    or_later = later == "+" or match[2] is None
    name = f"{family}-{version}-{'or-later' if or_later else 'only'}"
    return Licence(name, True, True, share_alike=True)


LATER = re.compile(
    r"[\s,-]*\(?(?:or|and)[\s-]+(?:\(?at your option\)?[\s-]+)?(?:any[\s-]+)?(?:later|newer|above)"
    r"(?:[\s-]+versions?)?\)?",
    re.IGNORECASE,
)
OPERATORS = re.compile(r"(?<![\w-])(or|and)(?![\w-])", re.IGNORECASE)
WORDS = re.compile(r"([()]|(?<![\w-])(?:or|and)(?![\w-]))", re.IGNORECASE)
GNU_WORDS = {
    r"^(?:the\s+)?gnu[\s-]+": "",
    r"(?:\s+|\s*-\s*)licen[cs]e\b": "",
    r"(?:affero\s+)general\s+public": "agpl",
    r"(?:lesser|library)\s+general\s+public": "lgpl",
    r"general\s+public": "gpl",
    r"free\s+documentation": "gfdl",
}
GNU = re.compile(
    r"(agpl|lgpl|gpl|gfdl)[\s-]*(?:version|v)?[\s.-]*(\d(?:\.\d)?)?(?:\.0)?\s*(\+|-only)?"
)


def _listed(text: str) -> Licence | None:
    """A licence of the short list below, by its SPDX name or a usual one."""
    plain = re.sub(r"[\s_-]*\blicen[cs]e\b", "", text.casefold()).removeprefix("the ").strip()
    plain = re.sub(r"[\s_-]+v?(?=\d)|[\s_]+", "-", plain)
    plain = USUAL_NAMES.get(plain, plain)
    for pattern, asks in LISTED.items():
        if re.fullmatch(pattern, plain, re.IGNORECASE):
            return Licence(SPELLING.get(plain, plain.upper()), True, True, *asks)
    return None


NOT_KNOWN = Licence(UNKNOWN)
PLAIN_WORDS = {
    r"|unknown|none|n/?a|\?+|-+|不明": NOT_KNOWN,
    r"public[\s-]*domain(?:[\s-]*(?:mark|work))?(?:[\s-]*1\.0)?|pd|パブリック・?ドメイン": Licence(
        PUBLIC_DOMAIN, True, True, attribution=False
    ),
    r"(?:https?://)?creativecommons\.org/publicdomain/mark/1\.0/?": Licence(
        PUBLIC_DOMAIN, True, True, attribution=False
    ),
    r"(?:our\s+|my\s+)?own(?:\s+(?:contract|work|music|composition))?|自社契約|自社": Licence(
        OWN_CONTRACT, True, True, attribution=False
    ),
    r".*all rights reserved.*|©.*|\(c\).*|copyright(?:ed)?(?:\b.*)?|無断転載禁止": Licence(
        RESERVED
    ),
}
USUAL_NAMES = {
    **{"expat": "mit", "mit-x11": "mit", "apache": "apache-2.0", "apache-2": "apache-2.0"},
    **{"free-art": "lal-1.3", "free-art-1.3": "lal-1.3", "licence-art-libre": "lal-1.3"},
    **{"free-art-1.2": "lal-1.2", "art-libre": "lal-1.3", "art-libre-1.3": "lal-1.3"},
    **{"bsd-3": "bsd-3-clause", "bsd-2": "bsd-2-clause", "mpl-2": "mpl-2.0"},
}
LISTED = {  # SPDX names -> (share_alike, attribution); each allows commercial and derivative use
    r"0bsd|mit-0|unlicense|wtfpl": (False, False),
    r"mit|isc|zlib|bsd|bsd-[234]-clause|apache-2\.0|ofl-1\.1|artistic-[12]\.0|bsl-1\.0": (
        False,
        True,
    ),
    r"lal-1\.[23]|eff-oal-1\.0(?:\.1)?|mpl-[12]\.[01]|odbl-1\.0|epl-[12]\.0": (True, True),
}
SPELLING = {
    **{"bsd-2-clause": "BSD-2-Clause", "bsd-3-clause": "BSD-3-Clause", "zlib": "Zlib"},
    **{"bsd-4-clause": "BSD-4-Clause", "apache-2.0": "Apache-2.0", "unlicense": "Unlicense"},
    **{"artistic-1.0": "Artistic-1.0", "artistic-2.0": "Artistic-2.0", "odbl-1.0": "ODbL-1.0"},
}


def licences_of(tracks: Sequence[Track]) -> list[tuple[str, int]]:
    """How many tracks have each licence as it is written, "?" for none; the most frequent first."""
    found = kinds(tracks, ("licence",), lambda track: track.licence or "?")
    counts: Counter[str] = Counter()
    for name, count in zip(found.found, np.bincount(found.of), strict=True):
        counts[name] += int(count)
    return counts.most_common()
