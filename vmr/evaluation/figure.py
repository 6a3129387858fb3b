"""One figure of a report on judged clips: what was measured, of what, and how sure it is."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

DIGITS = 4  # of what is kept in files

# The measures, as the report calls them.
MEASURES = {
    "energy": "energy, Spearman",
    "fits": "fits",
    "wrong": "plainly wrong",
    "gain": "gain over shuffled",
    "top_share": "top track's share",
    "tau": "worst step's tau",
    "one_fits": "one of five fits",
    "tied_one_fits": "one of five fits, ties drawn from both",
    "tied_fits": "fits, ties drawn from both",
    "as_genres": "as tracks of the fitting genres are played, Spearman",
    "likeliest": "the likeliest label fits",
    "calibration": "calibration error",
    "calibration_elsewhere": "calibration error, fitted on other groups",
}


@dataclass(frozen=True)
class Figure:
    """One line of the report. measure: of MEASURES; low, high: 95 % interval over clips; what is
    unknown is None. Then what it is of: a belief has no catalog, a whole slider no alpha."""

    measure: str
    value: float
    low: float | None = None
    high: float | None = None
    chance: float | None = None
    fixed: float | None = None
    shuffled: float | None = None
    catalog: str = ""
    alpha: float | None = None
    facet: str = ""
    withheld: bool = False  # the catalog's labels

    @property
    def name(self) -> str:
        """The line's name: ``starter, alpha 1, mood: fits``."""
        place = [
            self.catalog or "believed",
            "" if self.alpha is None else f"alpha {self.alpha:g}",
            self.facet,
            "labels withheld" if self.withheld else "",
        ]
        return f"{', '.join(filter(None, place))}: {MEASURES[self.measure]}"

    def row(self) -> dict[str, Any]:
        """The name and all fields, for tables."""
        return {"name": self.name, **asdict(self)}


def shown(value: float, digits: int) -> str:
    """A figure for people, as the page writes the same one: halves go up (0.125 is 0.13), where
    Python's own format takes the even neighbour, or what the nearest binary number is."""
    if not math.isfinite(value):
        return str(value)
    kept = Decimal(repr(round(float(value), DIGITS)))
    return str(kept.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))
