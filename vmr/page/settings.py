"""Settings of the page itself; a default is written once, here. No gradio."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

LANGUAGES = ("en", "ja")
LOCAL = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class PageSettings:
    """How the page is served.

    lang: the first language shown, "auto" for the browser's. auth: a file
    of names with hashed passwords, for vmr.page.login.
    max_upload_bytes: larger uploads are refused with 413 before they are read.
    allowed_hosts: names besides its own that the server answers to.
    fetch: whether the page may fetch sound that catalogs lack; None: where nobody else comes in.
    debs: a folder of packages to fetch it from, instead of Debian.
    label: whether the page may label tracks and teach the model; None: where nobody else comes in.
    learn: whether corrections that are made while searching are kept as labels.
    keep_s: uploads older than this are deleted, whether or not their page is still open.
    keep_videos: days that a project keeps its videos where it says nothing else.
    decoders: files that are decoded at once, whoever sent them.
    metrics: whether /metrics answers; None: where nobody else comes in. metrics_token: a file with
    a token that whoever asks for them sends along.
    stop_s: how long running answers may take after the server was told to stop.
    audit: whether what is done is logged in the data folder; audit_days: how long it is kept there,
    None for good.
    """

    host: str = "127.0.0.1"
    port: int = 7860
    lang: str = "auto"
    auth: Path | None = None
    max_upload_bytes: int = 500 * 2**20
    keep_s: int = 3000  # looked at every half minute, so gone within the hour
    keep_videos: float = 30.0
    audit: bool = False
    audit_days: float | None = None
    mcp: bool = False
    decoders: int = 2
    metrics: bool | None = None
    metrics_token: Path | None = None
    stop_s: float = 30.0
    fetch: bool | None = None
    debs: Path | None = None
    label: bool | None = None
    learn: bool = False
    allowed_hosts: tuple[str, ...] = ()

    @property
    def may_fetch(self) -> bool:
        """Whether the page may fetch sound."""
        return self.is_alone if self.fetch is None else self.fetch

    @property
    def may_measure(self) -> bool:
        """Whether /metrics answers."""
        if self.metrics is None:
            return self.is_alone or self.metrics_token is not None
        return self.metrics

    @property
    def may_label(self) -> bool:
        """Whether the page may label tracks and teach the model."""
        return self.is_alone if self.label is None else self.label

    @property
    def is_alone(self) -> bool:
        """Whether only this machine is let in."""
        return self.host in LOCAL and not self.allowed_hosts
