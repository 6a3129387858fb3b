"""One function per event, between Gradio's files and the service.

Every function answers JSON. A VmrError becomes a gr.Error with its sentence; anything else is ours,
and Gradio answers it without a text.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from vmr.errors import VmrError
from vmr.knowledge.request import Request, Turned
from vmr.media.sandbox import shown_name
from vmr.page.event_errors import api_errors, page_errors
from vmr.page.fetch_sound import SoundFetcher
from vmr.page.project_desk import ProjectDesk
from vmr.page.samples import Samples
from vmr.page.service import Service
from vmr.page.take_away import TakeAway
from vmr.page.teaching import Teaching

IN_PROJECT = "project/"  # then its key, a slash and the hash of a video that it keeps


def teller(progress: gr.Progress) -> Callable[[str, float], None]:
    """The retriever's progress as Gradio's: the step's name is the key of a text of the page."""

    def say(step: str, fraction: float) -> None:
        progress(fraction, desc=step)

    return say


def position_of(value: object) -> int:
    """A position in a list, whatever a browser sent; -1, which no list has, for what is none."""
    is_number = isinstance(value, int | float) and math.isfinite(value)
    return int(value) if is_number else -1  # type: ignore[call-overload]


def uploaded(file: str) -> Path:
    """A visitor's file. Raises VmrError where it has been deleted meanwhile."""
    path = Path(file)
    if not path.is_file():
        raise VmrError("page.upload_gone")
    return path


class Handlers:
    """The events of the match view; the other tabs have theirs in vmr.page.tabs."""

    def __init__(
        self,
        service: Service,
        samples: Samples,
        take_away: TakeAway,
        fetcher: SoundFetcher | None = None,
        projects: ProjectDesk | None = None,
        teaching: Teaching | None = None,
    ) -> None:
        self.service = service
        self.samples = samples
        self.take_away = take_away
        self.fetcher = fetcher or SoundFetcher(service)
        self.projects = projects
        self.teaching = teaching

    def match(
        self,
        video: str | None,
        sample: str,
        text: str = "",
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - Gradio finds it by this default
    ) -> dict[str, Any]:
        """Rank the catalog for an uploaded video or a sample, with words about the music."""
        with page_errors():
            chosen = self.chosen(video, sample)
            answer = self.service.match(chosen, teller(progress), str(text or ""))
            # told to whoever sent it, and in no link: a reload shows the video while it is kept
            return answer | {"film": self.service.address_of(chosen)} if video else answer

    def restore(self, sha256: str, asked: object = None) -> dict[str, Any]:
        """Rank again for a video that was matched before; ``asked``: choices and energy."""
        with page_errors():
            return self.service.restore(sha256, Turned.parse(asked))

    def words(self, sha256: str, text: str, asked: object = None) -> dict[str, Any]:
        """Rank for a matched video with words about the music; for the words alone without one."""
        with page_errors():
            return self.service.words(str(sha256 or ""), str(text or ""), Turned.parse(asked))

    def reference(
        self,
        sha256: str,
        music: str | None,
        text: str = "",
        asked: object = None,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> dict[str, Any]:
        """Rank for a matched video beside a reference track, with words about the music."""
        with page_errors():
            if not music:
                raise VmrError("page.no_music")
            turned, tell = Turned.parse(asked), teller(progress)
            return self.service.reference(sha256, Path(music), tell, str(text or ""), turned)

    def like(
        self, sha256: str, position: float, text: str = "", asked: object = None
    ) -> dict[str, Any]:
        """Rank for a matched video beside one of the catalog's own tracks, with words."""
        with page_errors():
            place, turned = position_of(position), Turned.parse(asked)
            return self.service.like(sha256, place, str(text or ""), turned)

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
            chosen = self.chosen(video, sample)
            choices = {**choices, "film": self.name_of(chosen, sample)}
            url = self.take_away.render(chosen, position_of(position), choices, teller(progress))
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
            url = self.take_away.playable(self.chosen(video, sample), teller(progress))
            return {"url": url}

    def fetch_sound(
        self,
        catalog: str,
        count: float,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> dict[str, Any]:
        """Fetch sound that a catalog has none of, where the server lets its page do so."""
        with page_errors():
            return self.fetcher.fetch(str(catalog), position_of(count), teller(progress))

    def search(
        self,
        video: str | None,
        alpha: float = 0.5,
        facet: str = "mood",
        k: float = 10,
        labels: str = "",
        energy: float | None = None,
        words: str = "",
        words_weight: float = 1.0,
        with_silent: bool = False,
    ) -> list[dict[str, Any]]:
        """Rank the catalog's music for a video, or for labels, an energy or words alone.

        Args:
            video: a video file; None where the rest says it all.
            alpha: 0 ranks as it feels (self-supervised branch), 1 by the label of the facet.
            facet: a label branch of the checkpoint, such as mood or genre.
            k: how many tracks.
            labels: labels of the facet in place of what is believed of the video, such as
                "calm, -sad, tender:0.5"; a minus turns away.
            energy: 1 (asleep) to 5 (driving) in place of what is felt in the video.
            words: about the music, English or Japanese, such as "warm piano, no drums, slow".
            words_weight: what the words count beside the rest, 0 to 2.
            with_silent: rank tracks too whose sound is not on the server (playable false).

        Returns:
            Hits, best first: rank, id, title, artist, catalog, genre, mood, bpm, key, seconds,
            licence, attribution, asks (what its licence asks of a video), playable, score, fit (0
            to 100: the share of random pairs that it beats; none for words alone), the score's
            parts by branch and of the words, how each of the words was understood, and notes:
            sentences about the whole.
        """
        with api_errors():
            more = words, words_weight, with_silent
            request = Request.parse(alpha, facet, k, labels, energy, *more)
            if not video and request.is_empty:
                raise VmrError("api.no_video")
            return self.service.search(Path(video) if video else None, request)

    def chosen(self, video: str | None, sample: str) -> Path:
        """The file that was sent, a sample, or a film of a project. Raises VmrError."""
        if video:
            return uploaded(video)
        if sample and sample.startswith(IN_PROJECT) and self.projects is not None:
            return self.projects.film(*_in_project(sample))
        if sample:
            return self.samples.path(sample)
        raise VmrError("page.no_video")

    def name_of(self, chosen: Path, sample: str) -> str:
        """What a chosen video is called: a project has it under its hash, and knows its name."""
        if str(sample).startswith(IN_PROJECT) and self.projects is not None:
            return self.projects.film_name(*_in_project(sample), chosen.suffix)
        return shown_name(chosen)


def _in_project(sample: str) -> tuple[str, str]:
    key, _, sha256 = sample.removeprefix(IN_PROJECT).partition("/")
    return key, sha256
