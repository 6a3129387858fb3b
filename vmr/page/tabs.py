"""The events of the tabs Reverse and Evidence, and the public endpoints that go with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from vmr.errors import VmrError
from vmr.knowledge.request import Request
from vmr.page.audit import Shown
from vmr.page.event_errors import api_errors, page_errors
from vmr.page.evidence import Evidence
from vmr.page.handlers import position_of, teller, uploaded
from vmr.page.reverse import Reverse
from vmr.page.rivals import Rivals


class TabHandlers:
    """One method per event; the answers are made in vmr.page.reverse and vmr.page.evidence."""

    def __init__(self, reverse: Reverse) -> None:
        self.reverse = reverse
        self.service = reverse.service
        self.evidence = Evidence(self.service)
        self.rivals = Rivals(self.service)

    def reverse_rank(
        self,
        music: str | None,
        position: float,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - Gradio finds it by this default
    ) -> dict[str, Any]:
        """Rank the videos for uploaded music, or else for the catalog's track at a position."""
        with page_errors():
            if music:
                return self.service.rank_videos(uploaded(music), teller(progress))
            return self.service.rank_videos_like(position_of(position))

    def reverse_samples(
        self,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> dict[str, Any]:
        """Make a library of the sample videos."""
        with page_errors():
            return self.reverse.use_samples(teller(progress))

    def reverse_film(
        self,
        position: float,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> dict[str, str]:
        """Address of a copy of a video that the browser plays."""
        with page_errors():
            return {"url": self.reverse.film(position_of(position), teller(progress))}

    def evidence_report(self) -> dict[str, Any]:
        """Everything the tab Evidence says about the checkpoint and the catalogs."""
        with page_errors():
            return self.evidence.report()

    def evidence_map(self, key: str) -> dict[str, Any]:
        """The plane of each branch; with a remembered query if its key is given."""
        with page_errors():
            return self.evidence.map(key)

    def evidence_neighbours(self, kind: str, position: float, branch: str) -> list[dict[str, Any]]:
        """The tracks nearest to a point of the map."""
        with page_errors():
            return self.evidence.neighbours(kind, position_of(position), branch)

    def evidence_rivals(self, key: str) -> list[dict[str, Any]]:
        """What each checkpoint needs to rank for a remembered query, the page's own first."""
        with page_errors():
            return self.rivals.compare(key)

    def audit_note(self, action: str, shown: object, kind: str) -> bool:
        """Log what the page shows, plays or exports; False where nothing is logged."""
        with page_errors():
            audit = self.service.audit
            if audit.is_on:
                audit.said(self.service.retriever, action, Shown.parse(shown), str(kind or ""))
            return audit.is_on

    def search_music(
        self, music: str, alpha: float = 0.5, facet: str = "mood", k: float = 10
    ) -> list[dict[str, Any]]:
        """Rank the videos of the library for a piece of music.

        Args:
            music: an audio file, or a video whose sound is meant.
            alpha: 0 ranks as it feels (self-supervised branch), 1 by the label of the facet.
            facet: a label branch of the checkpoint, such as mood or genre.
            k: how many videos.

        Returns:
            Hits, best first: rank, id, title, library, video (its path in the library), seconds,
            sha256, score, fit (0 to 100: the share of random pairs that it beats), the score's
            parts by branch, and notes: sentences about the whole.
        """
        with api_errors():
            if not music:
                raise VmrError("api.no_music")
            request = Request.parse(alpha, facet, k)
            return self.service.search_videos(Path(music), request)

    def index_status(self) -> dict[str, Any]:
        """Say what this server searches: checkpoint, catalogs, video library.

        Returns:
            checkpoint (name, fingerprint, branches, fusion, video_encoder, music_encoder),
            catalogs (name, tracks, fingerprint, notice: what to do about missing sound, or null),
            library (name, videos).
        """
        with api_errors():
            return self.evidence.status()
