"""An answer on its way out: with the headers that keep it in our page, as fast as it is heard."""

from __future__ import annotations

import asyncio
import gzip
import re
from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Send

from vmr.page.headers import security_headers

PIECE = 2**16  # bytes of an answer
LEVEL = 6  # of gzip, for the page: 2 ms
HEAR_S = 120.0  # within which a visitor takes a piece of an answer


def takes_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding header allows gzip (RFC 9110, 12.5.3)."""
    allowed = {}
    for part in accepted.lower().split(","):
        name, _, quality = part.partition(";")
        allowed[name.strip()] = re.fullmatch(r"\s*q=0(\.0*)?\s*", quality) is None
    return allowed.get("gzip", allowed.get("*", False))


class Answer:
    """Adds our headers to an answer; for the page itself also the policy of its scripts, a cookie
    that names a new ``visit``, and gzip after the scripts have been read, where it is taken."""

    def __init__(
        self,
        send: Send,
        is_page: bool,
        is_refused: Callable[[], bool],
        visit: str = "",
        reads_gzip: bool = False,
    ) -> None:
        self._send = send
        self.reads_gzip = reads_gzip
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
            headers = MutableHeaders(raw=self._start["headers"])
            headers.update(security_headers(self._page))
            headers.add_vary_header("Accept-Encoding")
            if self.reads_gzip and self._page:
                self._page = gzip.compress(self._page, LEVEL, mtime=0)
                headers["Content-Encoding"] = "gzip"
                headers["Content-Length"] = str(len(self._page))
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
