"""One function per event, between Gradio's files and the service.

Every function answers JSON. A VmrError becomes a gr.Error with its sentence; anything else is ours,
and Gradio answers it without a text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gradio as gr

from vmr.errors import VmrError
from vmr.page.samples import Samples
from vmr.page.service import Service
from vmr.page.take_away import TakeAway


@contextmanager
def page_errors() -> Iterator[None]:
    """Turn a VmrError into JSON of its sentence in every language: the browser knows which."""
    try:
        yield
    except VmrError as error:
        text = json.dumps(error.notice.in_languages(), ensure_ascii=False)
        raise gr.Error(text, print_exception=False) from error


@contextmanager
def api_errors() -> Iterator[None]:
    """Turn a VmrError into its English sentence, for the public endpoints."""
    try:
        yield
    except VmrError as error:
        raise gr.Error(str(error), print_exception=False) from error


def teller(progress: gr.Progress) -> Callable[[str, float], None]:
    """The retriever's progress as Gradio's: the step's name is the key of a text of the page."""

    def say(step: str, fraction: float) -> None:
        progress(fraction, desc=step)

    return say


class Handlers:
    """The events of the match view; the other tabs have theirs in vmr.page.tabs."""

    def __init__(self, service: Service, samples: Samples, take_away: TakeAway) -> None:
        self.service = service
        self.samples = samples
        self.take_away = take_away

    def match(
        self,
        video: str | None,
        sample: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - Gradio finds it by this default
    ) -> dict[str, Any]:
        """Rank the catalog for an uploaded video or a sample."""
        with page_errors():
            return self.service.match(self._chosen(video, sample), teller(progress))

    def restore(self, sha256: str) -> dict[str, Any]:
        """Rank again for a video that was matched before."""
        with page_errors():
            return self.service.payload(sha256)

    def reference(
        self,
        sha256: str,
        music: str | None,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> dict[str, Any]:
        """Rank for a matched video beside a reference track."""
        with page_errors():
            if not music:
                raise VmrError("page.no_music")
            return self.service.reference(sha256, Path(music), teller(progress))

    def like(self, sha256: str, position: float) -> dict[str, Any]:
        """Rank for a matched video beside one of the catalog's own tracks."""
        with page_errors():
            return self.service.like(sha256, int(position))

    def render(
        self,
        video: str | None,
        sample: str,
        position: float,
        choices: dict[str, Any],
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> dict[str, str]:
        """Address of an MP4 of the video with the track at a position of the catalogs."""
        with page_errors():
            chosen = self._chosen(video, sample)
            url = self.take_away.render(chosen, int(position), choices, teller(progress))
            return {"url": url}

    def render_stop(self, job: str) -> bool:
        """End a running render."""
        return self.take_away.stop(job)

    def playable(
        self,
        video: str | None,
        sample: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> dict[str, str]:
        """Address of a copy of the video that the browser can play."""
        with page_errors():
            url = self.take_away.playable(self._chosen(video, sample), teller(progress))
            return {"url": url}

    def search(
        self, video: str, alpha: float = 0.5, facet: str = "mood", k: float = 10
    ) -> list[dict[str, Any]]:
        """Rank the catalog's music for a video.

        Args:
            video: a video file.
            alpha: 0 ranks as it feels (self-supervised branch), 1 by the label of the facet.
            facet: a label branch of the checkpoint, such as mood or genre.
            k: how many tracks.

        Returns:
            Hits, best first: rank, id, title, artist, catalog, genre, mood, bpm, key, seconds,
            licence, attribution, score and its parts by branch.
        """
        with api_errors():
            if not video:
                raise VmrError("api.no_video")
            retriever = self.service.retriever
            retriever.weights(float(alpha), facet)
            query = retriever.embed_video(Path(video))
            return retriever.search(query, float(alpha), facet, int(k))

    def _chosen(self, video: str | None, sample: str) -> Path:
        if video:
            return Path(video)
        if sample:
            return self.samples.path(sample)
        raise VmrError("page.no_video")
