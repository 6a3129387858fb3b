"""Addresses for media files that the page may play: one file each, nothing beside it.

An address holds a keyed hash of the path instead of the path, made new at every start. It is only
ever told inside an answer, so a page behind a login keeps its media behind the login, a folder is
never opened as a whole, and no path of the server is seen.
"""

from __future__ import annotations

import hashlib
import hmac
import mimetypes
import re
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
from vmr.page.shown import for_visitors

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


# Uploads keep the names that visitors gave them: nothing of theirs is a document or a program here.
SHOWN = re.compile(r"(?:video|audio)/[\w.+-]+|image/(?:jpeg|png|webp)|application/json")
LEAST_FILES = 1000  # addresses that are kept without a look at their files
Stamp = tuple[int, ...]  # what tells a file from another of the same name; () where there is none


def stamp_of(path: Path) -> Stamp:
    """Inode, size and time of a file."""
    try:
        facts = path.stat()
    except OSError:
        return ()
    return facts.st_ino, facts.st_size, facts.st_mtime_ns


def _is_same(path: Path, stamp: Stamp) -> bool:
    return bool(stamp) and stamp_of(path) == stamp


class MediaFiles:
    """The files that have been given an address; ``route`` serves them, with byte ranges.

    ``sent`` hears of each that is asked for, and who asks; it may refuse with a VmrError.
    """

    def __init__(self, prefix: str = "vmr-media") -> None:
        self.prefix = prefix
        self._key = secrets.token_bytes(32)
        self._files: dict[str, tuple[Path, Stamp]] = {}
        self._makers: dict[str, Callable[[], Path]] = {}
        self._making = threading.Lock()
        self._most = LEAST_FILES
        self.sent: Callable[[Path, Request], None] = lambda path, request: None

    def url(self, path: Path) -> str:
        """Address of a file as it is now, relative to the page; of a changed one it is another."""
        stamp = stamp_of(path)
        token = self._token(f"{path}\0{stamp}")
        self._files[token] = path, stamp
        if len(self._files) > self._most:
            self._forget()
        return f"{self.prefix}/{token}{path.suffix.lower()}"

    def made_url(self, name: str, suffix: str, make: Callable[[], Path]) -> str:
        """Address of a file that ``make`` writes when it is first asked for, or finds."""
        token = self._token(name)
        self._makers[token] = make
        return f"{self.prefix}/{token}{suffix}"

    def _token(self, name: str) -> str:
        data = name.encode("utf-8", "surrogateescape")
        return hmac.new(self._key, data, hashlib.sha256).hexdigest()[:40]

    def _forget(self) -> None:
        """Let go of the addresses of files that are gone or changed."""
        there = {token: one for token, one in self._files.copy().items() if _is_same(*one)}
        self._files = there
        self._most = 2 * len(there) + LEAST_FILES

    def route(self) -> Route:
        """The route that answers the addresses given out."""
        return Route(f"/{self.prefix}/{{name}}", self._answer, methods=["GET", "HEAD"])

    def _found(self, token: str) -> Path | None:
        if token in self._files:
            path, stamp = self._files[token]
            return path if _is_same(path, stamp) else None
        return self._made(token)

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
        path = await run_in_threadpool(self._found, Path(request.path_params["name"]).stem)
        if path is None or not path.is_file():
            raise HTTPException(404, "This file is no longer there.")
        if request.method == "GET":
            try:
                await run_in_threadpool(self.sent, path, request)
            except VmrError as error:  # it cannot be logged
                raise HTTPException(503, str(for_visitors(error.notice))) from error
        kind = MEDIA_TYPES.get(path.suffix.lower()) or mimetypes.guess_type(path.name)[0] or ""
        return FileResponse(
            path,
            media_type=kind if SHOWN.fullmatch(kind) else "application/octet-stream",
            headers={"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"},
        )
