"""What a visitor is called in the audit log: the login, or a name drawn for the visit.

The name stands in a cookie that ends with the browser; the log has a hash of it, so that whoever
reads the log cannot pass for a visitor. No address is kept.
"""

from __future__ import annotations

import hashlib
import secrets
from http.cookies import CookieError, SimpleCookie

from gradio import Request
from gradio.context import LocalContext
from starlette.requests import HTTPConnection

VISIT = "vmr-visit"


def login_of(request: Request | None) -> str:
    """The name that whoever sent an event logged in with, "" without logins."""
    return str(getattr(request, "username", None) or "")


def who_asks() -> str:
    """Whoever's event runs in this thread."""
    request = LocalContext.request.get(None)
    if request is None:
        return ""
    if name := login_of(request):
        return name
    visit = request.request.cookies.get(VISIT) if request.request is not None else None
    return _name(visit, f"program-{_digest(request.session_hash or '')}")


def address_asks() -> str:
    """Where that event came from, to count by; it is never kept."""
    request = LocalContext.request.get(None)
    client = request.request.client if request is not None and request.request else None
    return client.host if client else ""


def who_requests(request: HTTPConnection) -> str:
    """Whoever sent a request for a file."""
    app = request.app
    names = (f"access-token-{app.cookie_id}", f"access-token-unsecure-{app.cookie_id}")
    for name in names:
        if user := app.tokens.get(request.cookies.get(name)):
            return str(user)
    return _name(request.cookies.get(VISIT), "unknown")


def new_visit(cookies: str, is_secure: bool) -> str:
    """A Set-Cookie header for a browser that has sent these cookies; "" where it has a name."""
    try:
        sent = SimpleCookie(cookies)
    except CookieError:
        sent = SimpleCookie()
    if VISIT in sent:
        return ""
    made = SimpleCookie({VISIT: secrets.token_urlsafe(18)})
    wanted = {"path": "/", "httponly": True, "samesite": "Strict", "secure": is_secure}
    for name, value in wanted.items():
        made[VISIT][name] = value
    return made[VISIT].OutputString()


def _name(visit: str | None, otherwise: str) -> str:
    return f"visitor-{_digest(visit)}" if visit else otherwise


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]
