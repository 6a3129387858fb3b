"""Where the candidates come from, as a person writes it behind ``--index``.

    qdrant://host:6333/name      a Qdrant server; qdrants:// with TLS; /tracks without a name
    edge:FOLDER#name             Qdrant's engine inside this process, on a folder

The server's key is read from the environment variable VMR_QDRANT_KEY and never written anywhere.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from vmr.engines.edge import EdgeStore
from vmr.engines.qdrant import TIMEOUT_S, QdrantStore
from vmr.engines.store import WHOLE, Spread, Store
from vmr.errors import CatalogError

KEY = "VMR_QDRANT_KEY"
NAME = "tracks"
PORT = 6333
SCHEMES = ("qdrant", "qdrants")


@dataclass(frozen=True)
class Address:
    """scheme: qdrant, qdrants or edge; place: host:port or a folder; name: what stands for the
    collection there."""

    scheme: str
    place: str
    name: str = NAME

    def __str__(self) -> str:
        return f"edge:{self.place}#{self.name}" if self.scheme == "edge" else self._url()

    def _url(self) -> str:
        return f"{self.scheme}://{self.place}/{self.name}"


def read_address(text: str) -> Address:
    """Raises CatalogError for what cannot be read; a password in it is never repeated."""
    if text.startswith("edge:"):
        place, _, name = text.removeprefix("edge:").partition("#")
        return _checked(Address("edge", place, name or NAME))
    try:
        url = urlsplit(text)
        host, port = url.hostname, url.port or PORT
    except ValueError as error:
        raise CatalogError("engine.address") from error
    if url.username or url.password or url.query:
        raise CatalogError("engine.key_in_address", variable=KEY)
    if url.scheme not in SCHEMES or not host:
        raise CatalogError("engine.address")
    shown = f"[{host}]" if ":" in host else host
    return _checked(Address(url.scheme, f"{shown}:{port}", url.path.strip("/") or NAME))


def _checked(address: Address) -> Address:
    if not address.place or not re.fullmatch(r"[A-Za-z0-9_.]{1,60}", address.name):
        raise CatalogError("engine.address")
    return address


def open_store(address: Address, spread: Spread = WHOLE) -> Store:
    """The store at an address; nothing is asked of it yet. spread: of a collection that is made.
    Raises CatalogError without the package."""
    if address.scheme == "edge":
        return EdgeStore(Path(address.place))
    try:
        from qdrant_client import QdrantClient
    except ImportError as error:
        raise CatalogError("engine.no_package", package="qdrant-client") from error
    client = QdrantClient(
        url=f"{'https' if address.scheme == 'qdrants' else 'http'}://{address.place}",
        api_key=os.environ.get(KEY) or None,
        timeout=TIMEOUT_S,
        check_compatibility=False,
    )
    return QdrantStore(client, str(address), spread=spread)
