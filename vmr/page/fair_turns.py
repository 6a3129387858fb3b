"""Whose turn it is in a queue: visitors take turns, whoever sent ten files waits for the others'.

Start-time fair queueing: an event has the turn after the last one of its visitor, and never one
before the turn that is being served.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary


class Turns:
    """The turns of the events in one queue, whose list it keeps in order."""

    def __init__(self) -> None:
        self._of: WeakKeyDictionary[Any, tuple[int, str]] = WeakKeyDictionary()
        self._begun: dict[str, int] = {}  # the last turn that each visitor was given
        self._now = 0

    def join(self, waiting: list[Any], event: Any, visitor: str) -> None:
        """Give an event that has just come its turn, and put the waiting ones in their order;
        within a turn they stay in that of their coming."""
        own = [turn for turn, who in map(self._turn, waiting) if who == visitor]
        last = max([*own, self._begun.get(visitor, -1)])
        self._of[event] = max(self._now, last + 1), visitor
        waiting.sort(key=lambda one: self._turn(one)[0])

    def begin(self, event: Any) -> None:
        """An event is served now."""
        turn, visitor = self._turn(event)
        self._now = max(self._now, turn)
        self._begun[visitor] = turn
        self._begun = {who: turn for who, turn in self._begun.items() if turn >= self._now}

    def _turn(self, event: Any) -> tuple[int, str]:
        return self._of.get(event, (self._now, ""))
