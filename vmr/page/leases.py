"""Who has which track before them, so that two people do not label the same one at once.

A lease is soft: it keeps a track out of what others are given next, and hinders nobody otherwise.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable

LEASE_S = 180.0
VISITS = 500
MOST = 64  # of one visit: what it shows, what waits and what is not sent yet


class Leases:
    """Items by the visit that has them. Thread-safe."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[float, frozenset[str]]] = {}
        self._lock = threading.Lock()

    def hold(self, visit: str, items: Iterable[str], now: float | None = None) -> None:
        """A visit has these now, for a while, and no others."""
        now = time.monotonic() if now is None else now
        with self._lock:
            self._held.pop(visit, None)
            while len(self._held) >= VISITS:
                del self._held[next(iter(self._held))]
            self._held[visit] = now + LEASE_S, frozenset(list(items)[:MOST])

    def of_others(self, visit: str, now: float | None = None) -> frozenset[str]:
        """What other visits have now."""
        now = time.monotonic() if now is None else now
        with self._lock:
            self._held = {one: held for one, held in self._held.items() if held[0] > now}
            others = [items for one, (_, items) in self._held.items() if one != visit]
        return frozenset().union(*others)
