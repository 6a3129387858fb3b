"""Search for any position of the slider: what one query needs of the items, and which can win.

One pass over the items gives each item's calibrated parts (``scan``), ``reach`` says which items
can be among the first at some position, and ``candidates`` gathers what ranks those anywhere.
"""

from vmr.search.candidates import (
    ALL_BELOW,
    ALPHA_STEPS,
    BEST_PER_ANCHOR,
    BEST_PER_STEP,
    LARGE,
    NEARLY_ONE,
    WORD_WEIGHTS,
    Candidates,
    Fusion,
    Steering,
    gather,
    weight_grid,
)
from vmr.search.levels import BankLevels, bank_levels, calibrate_on
from vmr.search.lines import best_of, reach
from vmr.search.one_pass import Scan, scan
from vmr.search.union import candidates

__all__ = [
    "ALL_BELOW",
    "ALPHA_STEPS",
    "BEST_PER_ANCHOR",
    "BEST_PER_STEP",
    "LARGE",
    "NEARLY_ONE",
    "WORD_WEIGHTS",
    "BankLevels",
    "Candidates",
    "Fusion",
    "Scan",
    "Steering",
    "bank_levels",
    "best_of",
    "calibrate_on",
    "candidates",
    "gather",
    "reach",
    "scan",
    "weight_grid",
]
