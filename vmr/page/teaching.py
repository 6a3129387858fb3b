"""Teaching the model what was labelled, from the page: run, measure, use, go back. No gradio here.

A run changes nothing that is ranked: what became better is kept as versions, and somebody says
which is used. The retriever is immutable, so another version is opened beside it and put in its
place: for all visitors, and the numbers of the tracks stay.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from vmr.adaptation.house import House, adapt_house, house_of
from vmr.adaptation.versions import Versions
from vmr.errors import VmrError
from vmr.files import data_folder
from vmr.media.limits import StoppedError
from vmr.media.stopping import is_over
from vmr.page.files import stamp_of
from vmr.page.learning import Learning
from vmr.records.audit_entry import Action, Entry

if TYPE_CHECKING:
    from vmr.config import Settings
    from vmr.page.label_desk import LabelDesk
    from vmr.query import StageProgress

Json = dict[str, Any]


class Teaching:
    """Runs over the labels of a desk; one at a time, whoever asks.

    learns: whether corrections made while searching are kept too; ``changed`` is called after
    another version is in use, for what new visitors are told.
    """

    def __init__(self, desk: LabelDesk, settings: Settings, learns: bool = False) -> None:
        self.desk = desk
        self.learning = Learning(desk.service, data_folder(settings.data), learns)
        self.service = desk.service
        self.settings = settings
        self.versions = Versions(data_folder(settings.data), settings.checkpoint)
        self.changed: Callable[[], None] = lambda: None
        self._report: Json | None = None
        self._seen = stamp_of(self.versions.pointer)  # when the version in use was last looked at
        self._busy = threading.Lock()

    def state(self) -> Json:
        """The versions that are kept, number 0 is the checkpoint itself; which is used; and the
        report of the last run of this server."""
        self.desk.check()
        used, kept = self.service.retriever.checkpoint, self.versions.kept()
        number = next((version.number for version in kept if version.path == used), 0)
        return {
            "base": self.versions.base.name,
            "versions": [version.as_json() for version in reversed(kept)],
            "used": number,
            "labels": self._counts(),
            "report": self._report,
            "busy": self._busy.locked(),
        }

    def run(self, progress: StageProgress) -> Json:
        """Learn each facet that somebody labelled, the next on top of the one before; the state
        with the report. Raises VmrError where nothing was labelled or a run is going on."""
        self.desk.check()
        if not self._busy.acquire(blocking=False):
            raise VmrError("teach.busy")
        try:
            self._report = self._learn(progress)
        finally:
            self._busy.release()
        return self.state()

    def use(self, number: int) -> Json:
        """Rank with a version from now on, 0 for the checkpoint itself. Raises VmrError."""
        self.desk.check()
        with self._busy:
            before = self.service.retriever.checkpoint
            path = self.versions.use(number)
            try:
                self.service.use_checkpoint(path, self.settings)
            except BaseException:
                self.versions.back()
                raise
            self.service.log(_entry("used", path.name, before=before.name))
        self.changed()
        return self.state()

    def follow(self) -> bool:
        """Rank with the version that another process put in use since; whether that is another.
        Raises VmrError."""
        stamp = stamp_of(self.versions.pointer)
        if stamp == self._seen or not self._busy.acquire(blocking=False):
            return False
        try:
            self._seen = stamp
            before, path = self.service.retriever.checkpoint, self.versions.used
            if path == before:
                return False
            self.service.use_checkpoint(path, self.settings)
            self.service.log(_entry("used", path.name, before=before.name))
        finally:
            self._busy.release()
        self.changed()
        return True

    def _learn(self, progress: StageProgress) -> Json:
        retriever, over = self.service.retriever, is_over()
        progress("teach", 0.0)
        pool = self.desk.help.pool(retriever)
        house = house_of(retriever.model, retriever.music, pool, self.settings)
        if not house.facets:
            raise VmrError("adapt.no_labels")
        found, offered = [], None
        for done, facet in enumerate(house.facets):
            if over():
                raise StoppedError("teach.stopped")
            progress("teach", (done + 0.3) / len(house.facets))
            row, house = self._facet(house, facet)
            found.append(row)
            offered = row["version"] or offered
        return {"facets": found, "offered": offered, "before": retriever.checkpoint.name}

    def _facet(self, house: House, facet: str) -> tuple[Json, House]:
        adapted, after = adapt_house(house, facet)
        number = None
        if adapted.model is not None:
            version = self.versions.keep(adapted, adapted.model, self.service.retriever.checkpoint)
            number = version.number
            self.service.log(_entry("made", version.path.name, facet=facet, labels=adapted.labels))
        return adapted.as_json() | {"version": number}, after

    def _counts(self) -> dict[str, int]:
        """{facet: tracks that people labelled}."""
        items: dict[str, set[str]] = {}
        for said in self.desk.store.current():
            items.setdefault(said.label.facet, set()).add(said.label.item)
        return {facet: len(labelled) for facet, labelled in items.items()}


def _entry(what: str, version: str, **detail: Any) -> Entry:
    return Entry(Action.ADAPTED, detail={what: version} | detail)
