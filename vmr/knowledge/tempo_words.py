"""A tempo that is written as a number: plainly, as a range, or as a bound on one side.

"120 bpm" (120, 120)    "90-110 bpm" (90, 110)    "under 90 bpm", "90bpm以下" (LEAST, 90)
"""

from __future__ import annotations

import re
from typing import Final

SLOWEST, FASTEST = 20.0, 400.0  # beats a minute that can be written
LEAST, MOST = 1.0, 1000.0  # beats a minute that a track can have: what stands for no bound

_LESS: Final = "less|lower|slower|fewer|under|below"
_MORE: Final = "more|higher|faster|quicker|greater|over|above"
AT_MOST: Final = (
    rf"up\ to|at\ most|under|below|(?:no|not)\ (?:{_MORE})(?:\ than)?|(?:{_LESS})\ than"
    r"|max(?:imum)?|<=?|≤"
)
AT_LEAST: Final = (
    rf"at\ least|over|above|(?:no|not)\ (?:{_LESS})(?:\ than)?|(?:{_MORE})\ than"
    r"|min(?:imum)?|>=?|≥"
)
_ENDS: Final = (
    r"(?=\ *(?:[,;.、。のでをが]|$))"  # "120 bpm max energy", "120bpm 超速い" are no bounds
)
TO_SLOWER: Final = (
    r"以下|未満|まで|を下回る?|よりも?(?:遅|低|下)[いくめ]?|"
    rf"(?:or|and)\ (?:{_LESS})\b|max(?:imum)?{_ENDS}"
)
TO_FASTER: Final = (
    rf"以上|を?超える?|超{_ENDS}|を上回る?|よりも?(?:速|早|高|上)[いくめ]?|から|[~〜+]|"
    rf"(?:or|and)\ (?:{_MORE}|up)\b|min(?:imum)?{_ENDS}"
)
_AFTER: Final = rf"(?:(?P<slower{{0}}>{TO_SLOWER})|(?P<faster{{0}}>{TO_FASTER}))?"
WRITTEN = re.compile(
    rf"""(?<![a-z0-9])(?=\S)
    (?P<unit>bpm\ *(?:[:=はがを]|is\b)?\ *)?
    (?:(?P<most>{AT_MOST})|(?P<least>{AT_LEAST})|(?P<between>between)|from)?\ *
    (?P<unit2>bpm\ *)?
    (?P<low>\d{{2,3}})(?P<unit3>\ *bpm)?
    (?:\ *(?:-|to|~|〜|から|(?(between)and|-))\ *(?P<high>\d{{2,3}})(?!\d))?
    \ *{_AFTER.format(1)}(?P<unit4>\ *bpm)?\ *{_AFTER.format(2)}""",
    re.VERBOSE,
)


def read_tempo(folded: str, at: int) -> tuple[int, tuple[float, float]] | None:
    """Where a tempo that begins here ends, and its bounds in beats a minute, LEAST or MOST where
    there is none on that side; None where none begins. folded: see vmr.knowledge.word_table."""
    match = WRITTEN.match(folded, at)
    if not match or not any(match[unit] for unit in ("unit", "unit2", "unit3", "unit4")):
        return None
    low, high = sorted((float(match["low"]), float(match["high"] or match["low"])))
    if not SLOWEST <= low <= high <= FASTEST:
        return None
    if match["high"]:
        pass  # "90から110bpmまで": both are said
    elif match["most"] or match["slower1"] or match["slower2"]:
        low = LEAST
    elif match["least"] or match["faster1"] or match["faster2"]:
        high = MOST
    end = match.start() + len(match[0].rstrip())
    return end, (low, high)


def tempo_text(low: float, high: float) -> str:
    """Bounds as they are shown: ``120``, ``90-110``, ``≤ 90`` or ``≥ 120``."""
    if low == LEAST:
        return f"≤ {high:g}"
    if high == MOST:
        return f"≥ {low:g}"
    return f"{low:g}" if low == high else f"{low:g}-{high:g}"
