"""The events of projects, between Gradio and the desk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from vmr.errors import VmrError
from vmr.knowledge.request import Request
from vmr.page.event_errors import page_errors
from vmr.page.handlers import position_of, uploaded
from vmr.page.project_desk import ProjectDesk
from vmr.page.visitors import login_of

Answer = dict[str, Any]


class ProjectHandlers:
    """Whoever has a project's key may do all of this with it."""

    def __init__(self, desk: ProjectDesk) -> None:
        self.desk = desk

    def project_open(self, key: str) -> Answer:
        """All of a project, or of a new one."""
        with page_errors():
            return self.desk.open(str(key or ""))

    def project_news(self, key: str, since: float) -> Answer:
        """What changed since a number."""
        with page_errors():
            return self.desk.news(str(key), position_of(since))

    def project_change(
        self, key: str, changes: object, step: str, since: float, request: gr.Request
    ) -> Answer:
        """Make changes, each [path, value], as one step."""
        with page_errors():
            rows = changes if isinstance(changes, list) else []
            return self.desk.apply(str(key), rows, login_of(request), str(step), position_of(since))

    def project_undo(self, key: str, step: str, since: float, request: gr.Request) -> Answer:
        """Put back what a step changed."""
        with page_errors():
            return self.desk.undo(str(key), str(step), login_of(request), position_of(since))

    def project_keep(self, key: str, sha256: str, video: str | None) -> Answer:
        """Keep a video that was just matched, as long as the project says."""
        with page_errors():
            return self.desk.keep(str(key), str(sha256), uploaded(video) if video else None)

    def project_show(self, key: str, sha256: str) -> Answer:
        """Make a video of the project known again, and say where it is."""
        with page_errors():
            return self.desk.show(str(key), str(sha256))

    def project_fits(self, key: str, alpha: float, facet: str, with_silent: bool) -> list[Answer]:
        """The tracks that fit all videos of the project."""
        with page_errors():
            request = Request.parse(alpha, facet, with_silent=with_silent)
            return self.desk.fits_all(str(key), request)

    def project_export(self, key: str) -> Answer:
        """The project as the text of a file."""
        with page_errors():
            return {"text": self.desk.export(str(key))}

    def project_import(self, file: str | None, request: gr.Request) -> Answer:
        """A new project from an exported file."""
        with page_errors():
            if not file:
                raise VmrError("project.file")
            return self.desk.take_in(Path(uploaded(file)), login_of(request))

    def project_remove(self, key: str) -> bool:
        """Delete a project with its videos."""
        with page_errors():
            return self.desk.remove(str(key))
