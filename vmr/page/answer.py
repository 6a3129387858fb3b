"""An answer on its way out: with the headers that keep it in our page, as fast as it is heard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Send

from vmr.page.headers import security_headers

PIECE = 2**16  # bytes of an answer
HEAR_S = 120.0  # within which a visitor takes a piece of an answer


class Answer:
    """Adds our headers to an answer; for the page itself also the policy of its scripts, and a
    cookie that names a new ``visit``."""

    def __init__(
        self, send: Send, is_page: bool, is_refused: Callable[[], bool], visit: str = ""
    ) -> None:
        self._send = send
        self.visit = visit
        self.is_refused = is_refused
        self.is_page = is_page
        self.started = False
        self._start: Message | None = None
        self._page = b""

    async def send(self, message: Message) -> None:
        """In place of the server's own: with our headers, and only as fast as it is heard."""
        if self.is_refused() and not self.started:
            return  # what the app makes of the interruption; the guard answers itself
        if message["type"] == "http.response.start":
            self.started = True
            headers = MutableHeaders(raw=message["headers"])
            for name in [n for n in headers if n.startswith("access-control-")]:
                del headers[name]
            for name, value in security_headers(b"").items():
                headers[name] = value
            if self.is_page:
                if self.visit:
                    headers.append("set-cookie", self.visit)
                self._start = message
                return
        elif self.is_page and message["type"] == "http.response.body" and self._start:
            self._page += message.get("body", b"")
            if message.get("more_body"):
                return
            MutableHeaders(raw=self._start["headers"]).update(security_headers(self._page))
            await self._hear(self._start)
            message = {"type": "http.response.body", "body": self._page}
        await self._hear(message)

    async def _hear(self, message: Message) -> None:
        """Send, in pieces of which one at a time waits for the visitor to take it; the connection
        of one who takes nothing is closed."""
        body = message.get("body", b"")
        for start in range(0, len(body) - PIECE, PIECE):
            piece = {"type": message["type"], "body": body[start : start + PIECE]}
            await asyncio.wait_for(self._send(piece | {"more_body": True}), HEAR_S)
        if body:
            last = (len(body) - 1) // PIECE * PIECE
            message = {**message, "body": body[last:]}
        await asyncio.wait_for(self._send(message), HEAR_S)
