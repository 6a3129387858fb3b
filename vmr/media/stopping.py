"""Work on media ends when nobody waits for its answer, or when the program ends."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Asked = Callable[[], bool]

_asked: ContextVar[Asked] = ContextVar("asked", default=lambda: False)
_ending = threading.Event()


@contextmanager
def stopping_when(is_over: Asked) -> Iterator[None]:
    """Every worker started in this block ends with a StoppedError once ``is_over`` answers True.

    It is asked a few times a second, from any thread.
    """
    token = _asked.set(is_over)
    try:
        yield
    finally:
        _asked.reset(token)


def is_over(cancel: Asked | None = None) -> Asked:
    """One question for all reasons to end work begun here, ``cancel`` among them."""
    asked = _asked.get()
    return lambda: _ending.is_set() or asked() or (cancel is not None and cancel())


def end_all() -> None:
    """End all work of this program, now and from now on."""
    _ending.set()
