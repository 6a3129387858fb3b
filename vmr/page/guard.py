"""What stands before Gradio: nothing reaches it that the page and its endpoints do not need.

Routes are an allow-list (Gradio 6.31 has one that runs ffmpeg on any upload, others that open
addresses and files); a body is measured before it is read; a request must name one of our hosts and
must not come from another site. Answers carry the headers that keep them in our page.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import Iterable

from gradio.routes import App
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vmr.errors import Notice
from vmr.page.answer import Answer, takes_gzip
from vmr.page.headers import security_headers
from vmr.page.hosts import is_cross_site, is_own_host
from vmr.page.operation.state import Operation
from vmr.page.rates import Rates
from vmr.page.visitors import new_visit

API = "/gradio_api"
NAME = r"[A-Za-z0-9_.-]{1,128}"
READ = (
    r"/|/config/?|/theme\.css|/favicon\.ico|/manifest\.json|/robots\.txt|/pwa_icon(/\d+)?|/healthz|/metrics",
    r"/(assets|static|vmr)/[^?]*",
    rf"/vmr-media/{NAME}",
    rf"{API}/(info|theme\.css|startup-events|login_check|user|app_id|queue/data|queue/status)/?",
    rf"{API}/heartbeat/{NAME}",
    rf"{API}/call/{NAME}/{NAME}",
    r"/logout",
)
WRITE = (rf"{API}/(upload|queue/join|cancel)", rf"{API}/call/{NAME}", r"/login/?")
UPLOAD = f"{API}/upload"
TOOLS = rf"{API}/mcp/?[^?]*"  # of --mcp only
SMALL_BODY = 256 * 2**10
FORM_EXTRA = 2**20  # boundaries and names around an upload
RETRY_S = 30  # after which a server that is ending may be back
IDLE_S = 30.0  # without a byte of a body, after which its connection is closed
PATIENCE_S, PACE = 60.0, 8192  # a body has so long, and a second more for so many bytes


class Guard:
    """The outermost layer of the server."""

    def __init__(
        self,
        app: ASGIApp,
        hosts: Iterable[str],
        upload_bytes: int,
        tools: bool,
        rates: Rates | None = None,
        visits: bool = False,
        operation: Operation | None = None,
    ) -> None:
        self.app = app
        self.operation = operation or Operation()
        self.visits = visits
        self.rates = rates or Rates()
        self.hosts = frozenset(hosts)
        self.upload_bytes = upload_bytes
        self.reads = re.compile("|".join([*READ, TOOLS] if tools else READ))
        self.writes = re.compile("|".join([*WRITE, TOOLS] if tools else WRITE))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        refused = self.refusal(scope) or self._begin(scope)
        if refused:
            self.operation.refused(refused)
            await _refuse(refused, scope, receive, send)
            return
        try:
            await self._pass_on(scope, receive, send)
        finally:
            if scope["path"] == UPLOAD:
                self.rates.end_upload(int(Headers(scope=scope)["content-length"]))

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_page = scope["path"] == "/"
        reads_gzip = takes_gzip(Headers(scope=scope).get("accept-encoding", ""))
        if is_page:  # so that its scripts can be named in the policy
            scope = {**scope, "headers": _without(scope["headers"], b"accept-encoding")}
        has_body = scope["method"] not in ("GET", "HEAD")
        # a login is a form of fields, and small; an upload has files alone
        form = Headers(scope=scope) if scope["path"] == UPLOAD else Headers()
        body = _Body(receive, self._most(scope["path"]), form, has_body)
        named = self.visits and is_page
        sent = Headers(scope=scope).get("cookie", "")
        visit = new_visit(sent, scope["scheme"] == "https") if named else ""
        answer = Answer(send, is_page, lambda: body.is_refused, visit, reads_gzip)
        with contextlib.suppress(_TooLargeError, TimeoutError):
            await self.app(scope, body.receive, answer.send)
        if body.is_refused and not answer.started:
            await _refuse(413, scope, receive, send)

    def refusal(self, scope: Scope) -> int:
        """The status that a request is refused with, 0 if it may go on."""
        path, method, headers = scope["path"], scope["method"], Headers(scope=scope)
        if not is_own_host(headers.get("host", ""), self.hosts):
            return 421
        allowed = {"GET": self.reads, "HEAD": self.reads, "POST": self.writes}.get(method)
        if method == "DELETE" and self.reads.fullmatch(f"{API}/mcp/"):
            allowed = re.compile(TOOLS)
        if allowed is None or not allowed.fullmatch(path):
            return 404
        if (method == "POST" or path.startswith(API)) and is_cross_site(headers):
            return 403
        if method == "POST" and self.operation.is_ending:
            return 503
        length = headers.get("content-length", "0")
        if not length.isdigit():
            return 400
        if int(length) > self._most(path):
            return 413
        if path == UPLOAD and "content-length" not in headers:
            return 411
        return 0

    def _begin(self, scope: Scope) -> int:
        """The same for what is counted: uploads and logins."""
        address = (scope.get("client") or ("",))[0]
        if scope["path"] == UPLOAD:
            length = int(Headers(scope=scope)["content-length"])
            return self.rates.begin_upload(address, length)
        if scope["path"].rstrip("/") == "/login" and scope["method"] == "POST":
            return self.rates.login(address)
        return 0

    def _most(self, path: str) -> int:
        """Bytes that a body may have."""
        return self.upload_bytes + FORM_EXTRA if path == UPLOAD else SMALL_BODY


class GuardedApp(App):
    """Gradio's app behind the guard, whatever layers Gradio puts around it."""

    guard: dict[str, object]

    def build_middleware_stack(self) -> ASGIApp:
        return Guard(super().build_middleware_stack(), **self.guard)  # type: ignore[arg-type]


class _TooLargeError(Exception):
    """A body went on after its limit."""


class _Body:
    """The body of a request as it is read: no longer than it may be, never slow, files only."""

    def __init__(self, receive: Receive, most: int, headers: Headers, is_coming: bool) -> None:
        self._receive = receive
        self.most = most
        self.count = 0 if is_coming else -1
        self.begun = time.monotonic()
        found = re.search(r"boundary=\"?([^\";]+)", headers.get("content-type", ""))
        self.boundary = found[1].encode("latin-1") if found else b""
        self.end = b""
        self.is_refused = False

    async def receive(self) -> Message:
        if self.count < 0:  # the body is over; this waits for the visitor to leave
            return await self._receive()
        try:
            message = await asyncio.wait_for(self._receive(), IDLE_S)
        except TimeoutError:
            return {"type": "http.disconnect"}
        if message["type"] == "http.request":
            data = message.get("body", b"")
            self.count += len(data)
            if time.monotonic() - self.begun > PATIENCE_S + self.count / PACE:
                return {"type": "http.disconnect"}
            if self.count > self.most or (self.boundary and not self._has_files_only(data)):
                self.is_refused = True
                raise _TooLargeError
            if not message.get("more_body"):
                self.count = -1
        return message

    def _has_files_only(self, data: bytes) -> bool:
        """Whether every part of a form is a file: fields are kept in memory, files are not."""
        seen = self.end + data
        self.end = seen[-1024:]
        parts = re.findall(rb"--" + re.escape(self.boundary) + rb"\r\n(.*?)\r\n\r\n", seen, re.S)
        return all(b"filename" in part for part in parts)


def _without(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> list[tuple[bytes, bytes]]:
    return [(key, value) for key, value in headers if key != name]


async def _refuse(status: int, scope: Scope, receive: Receive, send: Send) -> None:
    """A bare answer that closes the connection, so that the rest of a body is never read."""
    headers = {"Connection": "close", **security_headers(b"")}
    text = ""
    if status == 503:  # the page says so in its own language, by this header
        headers["Retry-After"] = str(RETRY_S)
        text = str(Notice("page.stopping"))
    await PlainTextResponse(text, status, headers)(scope, receive, send)
