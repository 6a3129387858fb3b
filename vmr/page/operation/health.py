"""``/healthz`` for whoever restarts a server or sends visitors to it, and ``/metrics``."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from vmr.errors import VmrError
from vmr.page.operation.metrics import CONTENT_TYPE
from vmr.page.operation.state import Operation

SHORTEST = 16  # characters of a token that nobody guesses


def read_token(path: Path) -> str:
    """The token in a file. Raises VmrError for one that is missing or easily guessed."""
    try:
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise VmrError("app.metrics_token", path=path, least=SHORTEST) from error
    if len(token) < SHORTEST or not token.isascii():
        raise VmrError("app.metrics_token", path=path, least=SHORTEST)
    return token


def is_known(request: Request) -> bool:
    """Whether the visitor has logged in, where that is asked for."""
    return request.app.auth is None or _has_login(request)


def _has_login(request: Request) -> bool:
    app = request.app
    names = (f"access-token-{app.cookie_id}", f"access-token-unsecure-{app.cookie_id}")
    return app.auth is not None and any(request.cookies.get(name) in app.tokens for name in names)


def health_route(operation: Operation, status: Callable[[], dict[str, Any]]) -> Route:
    """200 where the server takes work, 503 before it is warm and while it lets work end.

    ``status`` is told to those who may see the page, besides that word.
    """

    async def healthz(request: Request) -> Response:
        if operation.state != "ready":
            return JSONResponse({"status": operation.state}, 503)
        return JSONResponse(status() if is_known(request) else {"status": "ok"})

    return Route("/healthz", healthz)


def metrics_route(operation: Operation, is_open: bool, token: str = "") -> Route:
    """The numbers, where they were asked for: 404 without ``is_open``. With a ``token``, or where
    the page asks for a login, for those who have one of both."""

    async def metrics(request: Request) -> Response:
        if not is_open:
            return Response(status_code=404)
        may = _has_token(request, token) if token else is_known(request)
        if not may and not _has_login(request):
            return Response(status_code=401, headers={"WWW-Authenticate": "Bearer"})
        return Response(await run_in_threadpool(operation.metrics.text), media_type=CONTENT_TYPE)

    return Route("/metrics", metrics)


def _has_token(request: Request, token: str) -> bool:
    kind, _, sent = request.headers.get("authorization", "").partition(" ")
    sent = sent if sent.isascii() else ""
    return bool(token) and kind.lower() == "bearer" and hmac.compare_digest(sent.strip(), token)
