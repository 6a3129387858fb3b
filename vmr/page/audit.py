"""What visitors do, written to the audit log before they have the answer; nothing without a log.

The server knows what it ranked, rendered and sent. The slider moves in the browser, so that what
stood in the first rows is what the page says stood there (``Shown``), checked for being possible.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from vmr.catalogs.grouped import ids_of
from vmr.errors import VmrError
from vmr.knowledge.request import AS_SEEN, Turned, number
from vmr.page.rates import is_this_machine, visitor_of
from vmr.records.audit_entry import Action, Entry, TrackKey
from vmr.records.audit_log import AuditLog

if TYPE_CHECKING:
    from vmr.catalogs.collection import Collection
    from vmr.catalogs.tracks_table import Track
    from vmr.records.labels import Label
    from vmr.retriever import Retriever

MOST_SHOWN = 50  # tracks of one row of the log
MOST_FILTERS = 4000  # characters of JSON
MOST_ROWS = RateLimitItemPerMinute(600)  # of one address: a log shall not be filled by one visitor
MOST_REMEMBERED = 20_000  # visitors, and what each has heard
SAID = (Action.SHOWN, Action.PLAYED, Action.EXPORTED)  # what a browser may say


@dataclass(frozen=True)
class Shown:
    """What a page shows: the query, what was turned of it, filters and the first tracks."""

    video: str = ""
    alpha: float | None = None
    facet: str = ""
    asked: Turned = AS_SEEN
    words: str = ""
    filters: Mapping[str, Any] = field(default_factory=dict)
    tracks: tuple[TrackKey, ...] = ()

    @classmethod
    def parse(cls, sent: object) -> Shown:
        """The same from what a browser sent. Raises VmrError for what cannot be."""
        found = sent if isinstance(sent, dict) else {}
        video, filters = str(found.get("video") or ""), found.get("filters") or {}
        tracks = found.get("tracks") or []
        is_possible = (
            re.fullmatch(r"([0-9a-f]{64})?", video)
            and isinstance(filters, dict)
            and isinstance(tracks, list)
            and all(isinstance(one, list) and len(one) == 2 for one in tracks[:MOST_SHOWN])
            and _is_short(filters)
        )
        if not is_possible:
            raise VmrError("audit.note")
        return cls(
            video=video,
            alpha=None if found.get("alpha") is None else number(found["alpha"], "alpha", 0, 1),
            facet=str(found.get("facet") or ""),
            asked=Turned.parse(found.get("asked")),
            words=str(found.get("words") or ""),
            filters=filters,
            tracks=tuple((str(one[0]), str(one[1])) for one in tracks[:MOST_SHOWN]),
        )

    def entry(self, action: Action, tracks: Iterable[TrackKey], **detail: Any) -> Entry:
        """As the log has it."""
        return Entry(
            action,
            video=self.video,
            alpha=self.alpha,
            facet=self.facet,
            labels=self.asked.choices,
            energy=self.asked.energy,
            words=self.words,
            filters=self.filters,
            tracks=tuple(tracks),
            detail=detail,
        )


@dataclass(frozen=True)
class Known:
    """The tracks of a collection, and which of them is in which file."""

    tracks: frozenset[TrackKey]
    music: Collection

    @classmethod
    def of(cls, music: Collection) -> Known:
        """Those that may be ranked."""
        keys = ((c.name, id) for c in music.catalogs for id in ids_of(c.tracks))
        return cls(frozenset(keys), music)

    def track_in(self, sound: Path) -> TrackKey | None:
        """The track whose sound this file is, where it may be played; None for any other file."""
        for place in self.music.sounding(sound):
            if place.audio() == sound:
                return place.track.catalog, place.track.id
        return None


def labelled(track: Track | None, name: str, labels: Iterable[Label]) -> Entry:
    """What somebody who calls themselves ``name`` says of a track; None: takes back the last."""
    said: dict[str, dict[str, float]] = {}
    for label in labels:
        said.setdefault(label.facet, {})[label.label] = label.value
    if track is None:
        return Entry(Action.LABELLED, detail={"what": "undone", "name": name})
    key = track.catalog, track.id
    return Entry(Action.LABELLED, labels=said, tracks=[key], detail={"name": name})


def project_changed(what: str, key: str, fields: Iterable[str] = ()) -> Entry:
    """What was done with a project: by a hash of its key, which is as good as a password."""
    project = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:12]
    detail = {"what": what, "project": project, "fields": sorted(set(fields))[:MOST_SHOWN]}
    return Entry(Action.EXPORTED if what == "export" else Action.CHANGED, detail=detail)


class Audit:
    """One log, or none, for all visitors; ``who`` and ``address``: of whoever asks in this
    thread."""

    def __init__(
        self,
        log: AuditLog | None = None,
        who: Callable[[], str] = str,
        address: Callable[[], str] = str,
    ) -> None:
        self.log = log
        self.who = who
        self.address = address
        self._rows = FixedWindowRateLimiter(MemoryStorage())
        self._shown: OrderedDict[str, Shown] = OrderedDict()  # the last of each visitor
        self._heard: OrderedDict[tuple[str, str, TrackKey], None] = OrderedDict()
        self._lock = threading.Lock()
        self._of: tuple[Collection, Known] | None = None

    @property
    def is_on(self) -> bool:
        """Whether anything is logged."""
        return self.log is not None

    def write(self, retriever: Retriever, entry: Entry, address: str = "") -> None:
        """Log what whoever asks does, with checkpoint and catalogs. Raises VmrError where that
        cannot be, or where it is too much of one ``address``: then it is not to be done."""
        if self.log is None:
            return
        visitor = visitor_of(address or self.address())
        if visitor and not is_this_machine(visitor) and not self._rows.hit(MOST_ROWS, visitor):
            raise VmrError("audit.often")
        self.log.write(
            replace(
                entry,
                who=entry.who or self.who(),
                checkpoint=entry.checkpoint or retriever.model.fingerprint,
                catalogs=entry.catalogs or [catalog.name for catalog in retriever.catalogs],
            )
        )

    def ranked(self, retriever: Retriever, shown: Shown, **detail: Any) -> None:
        """Log that the server ranked for a page, which says later what it shows of it."""
        if self.is_on:
            self.write(retriever, shown.entry(Action.MATCHED, (), **detail))
            self._remember(self.who(), shown)

    def said(self, retriever: Retriever, action: str, shown: Shown, kind: str = "") -> None:
        """Log what a page says that it showed, plays or exports. Raises VmrError."""
        if action not in SAID:
            raise VmrError("audit.note")
        who, known = self.who(), self._known(retriever.music).tracks
        tracks = [track for track in shown.tracks if track in known]
        if action == Action.PLAYED:
            self._remember(who, shown)
            for track in tracks[:1]:
                self._played(retriever, who, track)
        elif action == Action.EXPORTED:
            self.write(retriever, shown.entry(Action.EXPORTED, tracks, kind=kind[:40]))
        elif self._remember(who, shown):
            self.write(retriever, shown.entry(Action.SHOWN, tracks))

    def heard(self, retriever: Retriever, path: Path, who: str, address: str = "") -> None:
        """Log that a file is sent, where it is a track's sound: once for a visitor and a query."""
        if self.is_on and (track := self._known(retriever.music).track_in(path)):
            self._played(retriever, who, track, address)

    def _played(self, retriever: Retriever, who: str, track: TrackKey, address: str = "") -> None:
        with self._lock:
            shown = self._shown.get(who, Shown())
            key = who, shown.video, track
            if key in self._heard:
                self._heard.move_to_end(key)
                return
        self.write(retriever, replace(shown.entry(Action.PLAYED, [track]), who=who), address)
        with self._lock:
            self._heard[key] = None
            _bound(self._heard)

    def _remember(self, who: str, shown: Shown) -> bool:
        """Keep what a visitor sees now; False where it is what it was."""
        with self._lock:
            before = self._shown.pop(who, None)
            self._shown[who] = shown
            _bound(self._shown)
        return before != shown

    def _known(self, music: Collection) -> Known:
        if self._of is None or self._of[0] is not music:
            self._of = music, Known.of(music)
        return self._of[1]


def _bound(remembered: OrderedDict[Any, Any]) -> None:
    while len(remembered) > MOST_REMEMBERED:
        remembered.popitem(last=False)


def _is_short(filters: Mapping[str, Any]) -> bool:
    try:
        return len(json.dumps(filters)) <= MOST_FILTERS
    except (ValueError, RecursionError):
        return False
