"""Connections that send nothing, or too many from one address, are closed; the log has an end.

uvicorn waits for the head of a request without a limit, and takes as many connections as come.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from typing import Any, TextIO

from vmr.page.rates import is_this_machine, visitor_of

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

HEAD_S = 20.0
MOST_OPEN = 4096  # connections at once, as far as the system lets a process have files
MOST_OF_ONE = 512  # of them from one address; a proxy on this machine stands for many
HERE = "this machine"
OTHER_FILES = 256  # that this process may have open besides
LINE = 2000  # characters of one written text
PER_MINUTE = 200_000  # characters of the log


def close_idle(config: Any) -> None:
    """Let a uvicorn server with this configuration close what sends no request within HEAD_S, and
    refuse connections beyond MOST_OPEN and MOST_OF_ONE."""
    protocol: Any = config.http_protocol_class
    open_now = _Open(min(MOST_OPEN, _files() - OTHER_FILES))

    class Impatient(protocol):
        """The server's protocol with a clock that runs while no head has arrived."""

        clock: Any = None
        address = ""

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self.address = _address(transport)
            if open_now.take(self.address):
                self._wind()
            else:
                transport.abort()

        def data_received(self, data: bytes) -> None:
            before = self.cycle
            super().data_received(data)
            if self.cycle is not before:
                self._stop()
            elif before is None or before.response_complete:
                self._wind()

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop()
            open_now.give_back(self.address)
            super().connection_lost(exc)

        def _wind(self) -> None:
            if self.clock is None:
                self.clock = self.loop.call_later(HEAD_S, self.transport.abort)

        def _stop(self) -> None:
            if self.clock is not None:
                self.clock.cancel()
                self.clock = None

    config.http_protocol_class = Impatient


class _Open:
    """How many connections are open, in all at most ``most``."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.of = Counter[str]()

    def take(self, address: str) -> bool:
        """Count one more; whether it may stay. It is given back in either case."""
        self.of[address] += 1
        of_one = self.most if address == HERE else MOST_OF_ONE
        return self.of[address] <= of_one and self.of.total() <= self.most

    def give_back(self, address: str) -> None:
        self.of[address] -= 1
        if self.of[address] <= 0:
            del self.of[address]


def _address(transport: Any) -> str:
    """The visitor at the other end, HERE for this machine."""
    host = (transport.get_extra_info("peername") or ("",))[0]
    return HERE if is_this_machine(host) else visitor_of(host)


def _files() -> int:
    """How many files this process may open: as many as it may let itself."""
    if resource is None:
        return MOST_OPEN + OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_OPEN + OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return wanted if soft == resource.RLIM_INFINITY else soft


class BoundedLog:
    """A stream whose lines and whose minutes have a greatest length; the rest is counted."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._minute = 0.0
        self._written = self._dropped = 0

    def write(self, text: str) -> int:
        """Write the text, or no more than its beginning."""
        minute = time.monotonic() // 60
        if minute != self._minute:
            if self._dropped:
                self._stream.write(f"... {self._dropped} characters left out\n")
            self._minute, self._written, self._dropped = minute, 0, 0
        shown = text if len(text) <= LINE else text[:LINE] + "...\n"
        if self._written + len(shown) > PER_MINUTE:
            self._dropped += len(text)
        else:
            self._stream.write(shown)
            self._written += len(shown)
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def bound_log() -> None:
    """Everything that this process says from now on is bounded."""
    sys.stdout, sys.stderr = BoundedLog(sys.stdout), BoundedLog(sys.stderr)
