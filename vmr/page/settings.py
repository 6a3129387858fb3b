"""Settings of the page itself; a default is written once, here. No gradio."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

LANGUAGES = ("en", "ja")


@dataclass(frozen=True)
class PageSettings:
    """How the page is served.

    lang: the first language shown, "auto" for the browser's. auth: a file
    of names with hashed passwords, for vmr.page.login.
    max_upload_bytes: larger uploads are refused with 413 before they are read.
    allowed_hosts: names besides its own that the server answers to.
    keep_s: uploads older than this are deleted, whether or not their page is still open.
    """

    host: str = "127.0.0.1"
    port: int = 7860
    lang: str = "auto"
    auth: Path | None = None
    max_upload_bytes: int = 500 * 2**20
    keep_s: int = 3000  # looked at every half minute, so gone within the hour
    mcp: bool = False
    allowed_hosts: tuple[str, ...] = ()
