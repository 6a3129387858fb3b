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
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

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
        self._paths: dict[str, Path] = {}

    def url(self, path: Path) -> str:
        """Address of a file, relative to the page."""
        token = hmac.new(self._key, str(path).encode(), hashlib.sha256).hexdigest()[:40]
        self._paths[token] = path
        return f"{self.prefix}/{token}{path.suffix.lower()}"

    def route(self) -> Route:
        return Route(f"/{self.prefix}/{{name}}", self._answer, methods=["GET", "HEAD"])

    async def _answer(self, request: Request) -> Response:
        name = Path(request.path_params["name"])
        path = self._paths.get(name.stem)
        if path is None or not path.is_file():
            raise HTTPException(404, "This file is no longer there.")
        kind = MEDIA_TYPES.get(path.suffix.lower()) or mimetypes.guess_type(path.name)[0]
        return FileResponse(
            path,
            media_type=kind or "application/octet-stream",
            headers={"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"},
        )
