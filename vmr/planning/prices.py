"""prices.csv: what things cost, filled in by whoever plans. No price is known to this program.

Columns item, unit, price, currency, date, source. A row without a price is a price that is missing;
a row with one must say its currency, since sums are made for each currency apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vmr.catalogs.tracks_table import clean, day, number
from vmr.errors import VmrError
from vmr.tables import read_table

COLUMNS = ("item", "unit", "price", "currency", "date", "source")
ITEMS = ("labelling", "specialist", "machine_cpu", "machine_a10g", "machine_h100", "storage")
ROWS_MOST = 200
HIGHEST = 1e9


@dataclass(frozen=True)
class Price:
    """One row. amount: per unit, None where it is missing; date: YYYY-MM-DD or ""."""

    item: str
    unit: str = ""
    amount: float | None = None
    currency: str = ""
    date: str = ""
    source: str = ""


def read_prices(path: Path) -> Mapping[str, Price]:
    """The rows by item, each of ITEMS at least as a missing price. Raises VmrError."""
    table = read_table(path, COLUMNS[:3], COLUMNS[3:], numbers={"price"}, error=VmrError)
    prices = {item: Price(item) for item in ITEMS}
    seen: set[str] = set()
    if len(table) > ROWS_MOST:
        raise VmrError("plan.many_prices", name=path.name, most=ROWS_MOST)
    for line, row in table:
        try:
            price = _price(row)
            if price.item in seen:
                raise ValueError(f"{price.item} stands in the table twice")
        except ValueError as error:
            raise VmrError("table.row", path=path, line=line, reason=error) from error
        seen.add(price.item)
        prices[price.item] = price
    return prices


def _price(row: Mapping[str, str]) -> Price:
    text = {name: clean(name, row.get(name, "")) for name in COLUMNS}
    if text["item"] not in ITEMS:
        raise ValueError(f"item may be {', '.join(ITEMS)}, not {text['item'][:40]!r}")
    amount = number("price", text["price"], 0, HIGHEST)
    if amount is not None and not text["currency"]:
        raise ValueError("a price needs its currency")
    return Price(
        item=text["item"],
        unit=text["unit"],
        amount=amount,
        currency=text["currency"],
        date=day("date", text["date"]),
        source=text["source"],
    )
