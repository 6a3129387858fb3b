"""Names of statistics over time, as a configuration writes them. Standard library only."""

from __future__ import annotations

import re
from typing import NamedTuple

NAME = re.compile(
    r"(?:(mean|std|change|start|end)|(q)([1-9]\d?)|(swing|parts)([2-9]|[1-9]\d+)|(echo)([1-9]\d*))"
    r"(?::([1-9]\d*))?"
)


class Statistic(NamedTuple):
    """``echo4:3`` is kind echo, number 4, of the first 3 columns; number 0 where there is none,
    columns None for all. What the kinds are stands in vmr.model.pooling.pool."""

    kind: str
    number: int
    columns: int | None


def parse_statistic(name: str) -> Statistic:
    """Raises ValueError for a name that is none."""
    found = NAME.fullmatch(name)
    if not found:
        raise ValueError(f"unknown pooling {name!r}; see vmr.model.pooling.pool")
    *said, columns = found.groups()
    kind, *number = [part for part in said if part]
    return Statistic(kind, int(number[0]) if number else 0, int(columns) if columns else None)
