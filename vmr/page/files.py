"""Addresses for media files that the page may play: one file each, nothing beside it.

An address holds a keyed hash of the path instead of the path, made new at every start. It is only
ever told inside an answer, so a page behind a login keeps its media behind the login, a folder is
never opened as a whole, and no path of the server is seen.
"""

from __future__ import annotations

import hashlib
import hmac
import mimetypes
import secrets
import threading
from collections.abc import Callable
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from vmr.errors import VmrError

# What `mimetypes` lacks or names in a way that browsers do not play.
MEDIA_TYPES = {
    ".opus": "audio/ogg",
    ".ogg": "audio/ogg",
    ".oga": "audio/ogg",
    ".flac": "audio/flac",
    ".wav": "audio/wav",
    ".m4a": "audio/mp4",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
}


class MediaFiles:
    """The files that have been given an address; ``route`` serves them, with byte ranges."""

    def __init__(self, prefix: str = "vmr-media") -> None:
        self.prefix = prefix
        self._key = secrets.token_bytes(32)
        self._makers: dict[str, Callable[[], Path]] = {}
        self._making = threading.Lock()

    def url(self, path: Path) -> str:
        """Address of a file, relative to the page."""
        return self.made_url(str(path), path.suffix.lower(), lambda: path)

    def made_url(self, name: str, suffix: str, make: Callable[[], Path]) -> str:
        """Address of a file that ``make`` writes when it is first asked for, or finds."""
        token = hmac.new(self._key, name.encode(), hashlib.sha256).hexdigest()[:40]
        self._makers[token] = make
        return f"{self.prefix}/{token}{suffix}"

    def route(self) -> Route:
        """The route that answers the addresses given out."""
        return Route(f"/{self.prefix}/{{name}}", self._answer, methods=["GET", "HEAD"])

    def _made(self, token: str) -> Path | None:
        make = self._makers.get(token)
        if make is None:
            return None
        with self._making:  # two visitors at once shall not draw the same sample twice
            try:
                return make()
            except VmrError:
                return None

    async def _answer(self, request: Request) -> Response:
        path = await run_in_threadpool(self._made, Path(request.path_params["name"]).stem)
        if path is None or not path.is_file():
            raise HTTPException(404, "This file is no longer there.")
        kind = MEDIA_TYPES.get(path.suffix.lower()) or mimetypes.guess_type(path.name)[0]
        return FileResponse(
            path,
            media_type=kind or "application/octet-stream",
            headers={"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"},
        )
