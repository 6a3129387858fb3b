"""Connections that send nothing, or too slowly, are closed; what the server logs has an end.

uvicorn waits for the head of a request without a limit.
"""

from __future__ import annotations

import sys
import time
from typing import Any, TextIO

HEAD_S = 20.0
LINE = 2000  # characters of one written text
PER_MINUTE = 200_000  # characters of the log


def close_idle(config: Any) -> None:
    """Let a uvicorn server with this configuration close what sends no request within HEAD_S."""
    protocol: Any = config.http_protocol_class

    class Impatient(protocol):
        """The server's protocol with a clock that runs while no head has arrived."""

        clock: Any = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self._wind()

        def data_received(self, data: bytes) -> None:
            before = self.cycle
            super().data_received(data)
            if self.cycle is not before:
                self._stop()
            elif before is None or before.response_complete:
                self._wind()

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop()
            super().connection_lost(exc)

        def _wind(self) -> None:
            if self.clock is None:
                self.clock = self.loop.call_later(HEAD_S, self.transport.abort)

        def _stop(self) -> None:
            if self.clock is not None:
                self.clock.cancel()
                self.clock = None

    config.http_protocol_class = Impatient


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
