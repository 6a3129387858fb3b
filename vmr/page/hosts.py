"""Which requests come from our own page: by the host they name and the site that sent them.

A page of another site can make a browser call 127.0.0.1, under its own name if that name is made to
point there (DNS rebinding). So a server answers to its own names only.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers

EVERYWHERE = ("0.0.0.0", "::", "")
HERE = ("localhost", "127.0.0.1", "::1")


def own_hosts(host: str, allowed: Collection[str]) -> frozenset[str]:
    """Names that the server answers to; "*" stands for every bare address.

    Served to other machines it is called by an address, which no other site can take, or by its
    own name. ``allowed``: further names, of a proxy before it for instance.
    """
    names = {*HERE, *(name.lower() for name in allowed)}
    if host in EVERYWHERE:
        own = socket.gethostname().lower()
        return frozenset({*names, "*", own, f"{own}.local"})
    return frozenset({*names, host.lower()})


def is_own_host(header: str, hosts: Collection[str]) -> bool:
    """Whether a Host header, such as "127.0.0.1:7860" or "[::1]", names one of ``hosts``."""
    name = _name(f"//{header}")
    if name in hosts:
        return True
    with contextlib.suppress(ValueError):
        return "*" in hosts and bool(ipaddress.ip_address(name))
    return False


def is_cross_site(headers: Headers) -> bool:
    """Whether a browser says that another site sent the request."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    if origin is None:  # no browser, or an old one's plain GET
        return False
    return urlsplit(origin).netloc.lower() != headers.get("host", "").lower()


def _name(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").lower()
    except ValueError:
        return ""
