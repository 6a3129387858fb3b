"""What the page can ask of projects, as plain functions. No gradio here.

A project's fields come from browsers and are never believed: only ``name``, ``keep_days`` and the
hashes under ``videos/`` mean anything to the server, which gives out no file by them that was not
kept for the project itself.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from vmr.errors import VmrError
from vmr.knowledge.request import Request
from vmr.page.audit import Shown, project_changed
from vmr.page.fits_all import fits_all
from vmr.query import Query
from vmr.records.audit_entry import Action
from vmr.records.project_changes import Change, Fields
from vmr.records.project_videos import ProjectVideos, Terms
from vmr.records.projects import News, Projects
from vmr.timeline.bundle import safe_name

if TYPE_CHECKING:
    from vmr.page.service import Service

VIDEOS = "videos/"
MOST_VIDEOS = 200  # that one track is sought for
MOST_FITS = 10  # tracks that are answered then
MOST_DAYS = 3650.0  # that a project may keep its videos


class ProjectDesk:
    """The projects of a data folder over one service; ``keep_days``: where a project says none."""

    def __init__(self, service: Service, data: Path, keep_days: float) -> None:
        self.service = service
        self.projects = Projects(data)
        self.videos = ProjectVideos(data)
        self.keep_days = keep_days

    def open(self, key: str) -> dict[str, Any]:
        """All of a project; "" makes a new one. Raises VmrError for one that there is not."""
        if not key:
            key = self.projects.make()
            self.service.log(project_changed("new", key))
        return self._told(key, self.projects.news(key))

    def news(self, key: str, since: int) -> dict[str, Any]:
        """What changed since a number. Raises VmrError."""
        return self._told(key, self.projects.news(key, since))

    def apply(
        self, key: str, changes: Sequence[Any], who: str, step: str, since: int
    ) -> dict[str, Any]:
        """Make changes, each [path, value]; see Projects.apply. Raises VmrError."""
        rows = [change_of(one) for one in changes]
        self.service.log(project_changed("change", key, (row.path for row in rows)))
        news = self.projects.apply(key, rows, who, step, since)
        return self._told(key, news)

    def undo(self, key: str, step: str, who: str, since: int) -> dict[str, Any]:
        """Put back what a step changed. Raises VmrError."""
        self.service.log(project_changed("undo", key))
        return self._told(key, self.projects.undo(key, step, who, since))

    def keep(self, key: str, sha256: str, film: Path | None) -> dict[str, Any]:
        """Keep a video that was just matched, and what was found in it. Raises VmrError."""
        self.projects.used(key)
        query = self.service.memory.get(f"video-{sha256}")
        self.service.log(replace(project_changed("keep a video", key), video=sha256))
        self.videos.keep_findings(key, sha256, *query.stored())
        if film is not None:
            self.videos.keep_film(key, sha256, film)
        return self._film(key, sha256)

    def show(self, key: str, sha256: str) -> dict[str, Any]:
        """Make a video of a project known again, so that it can be ranked for, and say where it
        is. Raises VmrError where it is kept no more."""
        self.projects.used(key)
        self.service.memory.keep(self._query(key, sha256))
        return self._film(key, sha256)

    def fits_all(self, key: str, request: Request) -> list[dict[str, Any]]:
        """The tracks that fit all videos of the project that are still kept; see vmr.page.fits_all.
        Raises VmrError where none is."""
        queries = {}
        for sha256 in sorted(hashes_of(self.projects.news(key).fields))[:MOST_VIDEOS]:
            with contextlib.suppress(VmrError):
                queries[sha256] = self._query(key, sha256)
        if not queries:
            raise VmrError("project.video_gone")
        rows = fits_all(self.service, queries, replace(request, k=MOST_FITS))
        tracks = [(row["catalog"], row["id"]) for row in rows]
        shown = Shown(alpha=request.alpha, facet=request.facet)
        self.service.log(shown.entry(Action.MATCHED, tracks, videos=list(queries)))
        return rows

    def film(self, key: str, sha256: str) -> Path:
        """The video, for what is made of it. Raises VmrError where it is kept no more."""
        found = self.videos.film(key, sha256)
        if found is None:
            raise VmrError("project.video_gone")
        return found

    def film_name(self, key: str, sha256: str, suffix: str) -> str:
        """What a video is called in the project, as the name of a file. Raises VmrError."""
        known = self.projects.news(key).fields.get(f"{VIDEOS}{sha256}/name")
        name = safe_name(known) if isinstance(known, str) else sha256
        return name if name.lower().endswith(suffix) else f"{name}{suffix}"

    def export(self, key: str) -> str:
        """The project as the text of a file. Raises VmrError."""
        text = self.projects.export(key)
        self.service.log(project_changed("export", key))
        return text

    def take_in(self, file: Path, who: str) -> dict[str, Any]:
        """A new project from an exported file. Raises VmrError."""
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise VmrError("project.file") from error
        key = self.projects.take_in(text, who)
        self.service.log(project_changed("import", key))
        return self.open(key)

    def remove(self, key: str) -> bool:
        """Delete a project with its videos. Raises VmrError."""
        self.service.log(project_changed("remove", key))
        self.projects.remove(key)
        self.videos.remove(key)
        return True

    def sweep(self) -> int:
        """Delete videos whose time is over; how many files that were."""
        return self.videos.sweep(self._terms)

    def _query(self, key: str, sha256: str) -> Query:
        found = self.videos.findings(key, sha256)
        if found is None:
            raise VmrError("project.video_gone")
        try:
            return Query.of_stored(*found, self.service.retriever.model)
        except ValueError as error:  # of a checkpoint with other encoders
            raise VmrError("project.video_gone") from error

    def _terms(self, key: str) -> Terms | None:
        try:
            fields, used = self.projects.news(key).fields, self.projects.used(key)
        except VmrError:
            return None
        return Terms(used, self._days(fields), frozenset(hashes_of(fields)))

    def _days(self, fields: Mapping[str, Any]) -> float:
        days = fields.get("keep_days")
        if not isinstance(days, int | float) or not math.isfinite(days):
            return self.keep_days
        return min(max(float(days), 0.0), MOST_DAYS)

    def _film(self, key: str, sha256: str) -> dict[str, Any]:
        film = self.videos.film(key, sha256)
        return {"film": self.service.address_of(film) if film else None}

    def _told(self, key: str, news: News) -> dict[str, Any]:
        sounds = self._sounds(news.fields)
        return news.as_json() | {"key": key, "keep_days": self.keep_days, "sounds": sounds}

    def _sounds(self, fields: Fields) -> dict[str, str]:
        """Addresses of the picks among the fields that may be heard: {"catalog/id": address}."""
        picks = picks_of(fields)
        if not picks:
            return {}
        heard, music = {}, self.service.retriever.music
        for name in sorted(picks):
            catalog, _, id = name.partition("/")
            position = music.find(catalog, id)
            audio = None if position is None else music.places[position].audio()
            if audio is not None:
                heard[name] = self.service.address_of(audio)
        return heard


def change_of(value: object) -> Change:
    """[path, value] as a change. Raises VmrError for what is none."""
    if not isinstance(value, list | tuple) or len(value) != 2 or not isinstance(value[0], str):
        raise VmrError("project.path")
    return Change(*value)


def hashes_of(fields: Fields) -> set[str]:
    """The videos of a project, by the hashes in its fields."""
    return {path.split("/")[1] for path in fields if path.startswith(VIDEOS)}


def picks_of(fields: Fields) -> set[str]:
    """The tracks that are picked in the fields, each "catalog/id"."""
    parts = (path.split("/") for path in fields)
    return {"/".join(map(unquote, p[3:5])) for p in parts if len(p) == 6 and p[2] == "picks"}
