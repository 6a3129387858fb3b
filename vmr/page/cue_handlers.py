"""The events of a whole film's cues, between Gradio and the desk."""

from __future__ import annotations

from typing import Any

import gradio as gr

from vmr.knowledge.request import Turned
from vmr.page.cue_desk import CueDesk, settings_of
from vmr.page.cue_export import CueExport
from vmr.page.event_errors import page_errors
from vmr.page.handlers import Handlers, teller

Answer = dict[str, Any]


class CueHandlers:
    """Whoever sent a film, or knows its hash, may do this with it."""

    def __init__(self, handlers: Handlers, desk: CueDesk) -> None:
        self.handlers = handlers
        self.desk = desk
        self.export = CueExport(handlers.service, handlers.take_away)

    def cue_read(
        self,
        video: str | None,
        sample: str,
        asked: object,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - Gradio finds it by this default
    ) -> Answer:
        """Read a film and propose cues; ``asked``: alpha, facet, neighbours, share, most."""
        with page_errors():
            wish = asked if isinstance(asked, dict) else {}
            film = self.handlers.chosen(video, sample)
            return self.desk.read(film, settings_of(wish), teller(progress))

    def cue_rank(
        self, sha256: str, start: float, end: float, text: str = "", asked: object = None
    ) -> Answer:
        """Rank for a part of a film that was read, with words about the music."""
        with page_errors():
            turned = Turned.parse(asked)
            return self.desk.rank(str(sha256), start, end, str(text or ""), turned)

    def cue_sounds(self, keys: object) -> dict[str, Answer]:
        """Numbers and addresses of tracks that are known by catalog and id."""
        with page_errors():
            return self.desk.sounds(keys if isinstance(keys, list) else [])

    def cue_export(
        self,
        video: str | None,
        sample: str,
        cues: object,
        choices: object,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> dict[str, str]:
        """Address of a zip for an editing program, or of an MP4, of a film with these cues."""
        with page_errors():
            film = self.handlers.chosen(video, sample)
            wish = choices if isinstance(choices, dict) else {}
            wish = {**wish, "film": self.handlers.name_of(film, sample)}
            return {"url": self.export.make(film, cues, wish, teller(progress))}
