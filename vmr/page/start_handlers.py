"""The event that proposes where a track begins under a video, between Gradio and the service."""

from __future__ import annotations

from typing import Any

import gradio as gr

from vmr.page.best_start import BestStart, span_of
from vmr.page.event_errors import page_errors
from vmr.page.film_courses import FilmCourses
from vmr.page.handlers import Handlers, position_of, teller


class StartHandlers:
    """``courses``: of the films that were asked about."""

    def __init__(self, handlers: Handlers, courses: FilmCourses) -> None:
        self.handlers = handlers
        self.best = BestStart(courses)

    def best_start(
        self,
        video: str | None,
        sample: str,
        position: float,
        span: object = None,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - Gradio finds it by this default
    ) -> dict[str, Any]:
        """Where to begin in the track at a position, for a video or [start, end] of it."""
        with page_errors():
            film = self.handlers.chosen(video, str(sample or ""))
            track, tell = position_of(position), teller(progress)
            return self.best.propose(film, track, span_of(span), tell)
