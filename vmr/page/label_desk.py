"""Labelling on the page: which track to hear next, what it probably is, what was said of it.

Only tracks that have a number are shown, and only those whose sound may be played are asked about,
so the policy holds here as everywhere. Labels go by the hash of a file; labels of files that are
not in the catalogs are shown to nobody. No gradio here.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vmr.answers import base64_of
from vmr.errors import VmrError
from vmr.page.audit import labelled
from vmr.page.label_help import LabelHelp
from vmr.page.label_statements import read_statements
from vmr.page.label_table import LabelTable
from vmr.page.leases import Leases
from vmr.records.labels import LabelStore, Said

if TYPE_CHECKING:
    from vmr.catalogs.places import Place
    from vmr.page.service import Service

RECENT = 12  # tracks in the list of what was labelled last
ANYBODY = "session"
AT_ONCE = 4  # tracks that are handed out
ENOUGH = 20  # of a label, from where they lift its end of the slider: reproduce few-labels
NEW = ""  # stands for a facet that nothing is labelled by yet
Json = dict[str, Any]


@dataclass(frozen=True)
class Seat:
    """Who labels: the name that is written down, whether a login says so, and the open page."""

    who: str
    is_login: bool
    visit: str

    @classmethod
    def of(cls, login: str | None, name: object, visit: object) -> Seat:
        """A login is believed, a name that somebody typed is taken where there is none."""
        typed = name.strip()[:60] if isinstance(name, str) else ""
        return cls(login or typed or ANYBODY, bool(login), str(visit)[:64])


class LabelDesk:
    """Hands out tracks and writes down what is said. ``allowed``: whether this page may label."""

    def __init__(self, service: Service, store: LabelStore, allowed: bool) -> None:
        self.service = service
        self.store = store
        self.allowed = allowed
        self.help = LabelHelp(store)
        self.leases = Leases()
        self._dealing = threading.Lock()
        self._known: LabelTable | None = None

    # ---- what is there ----------------------------------------------------------------------

    def state(self, seat: Seat) -> Json:
        """Facets with their labels, how far each is, and what was labelled last."""
        self.check()
        said = self.store.current()
        facets = self._facets(said)
        return {
            "facets": {facet: list(names) for facet, names in facets.items()},
            "tally": self._tally(facets, said),
            "recent": self._recent(said),
            "who": seat.who,
            "isLogin": seat.is_login,
        }

    def next(self, seat: Seat, facet: str, count: int, held: Sequence[int] = ()) -> list[Json]:
        """The next tracks for a facet; nobody else is given them for a while. held: numbers of
        those that this page has already."""
        self.check()
        retriever = self.service.retriever
        pool = self.help.pool(retriever)
        music = retriever.music
        numbers = [music.numbers[int(position)] for position in pool.positions]
        heard = music.audible()[pool.positions]
        with self._dealing:
            current = self.store.current()
            said = {one.label.item for one in current if one.label.facet == facet}
            own = {t.sha256 for t, n in zip(pool.tracks, numbers, strict=True) if n in held}
            taken = self.leases.of_others(seat.visit) | said | own
            skip = frozenset(
                i for i, t in enumerate(pool.tracks) if t.sha256 in taken or not heard[i]
            )
            known = facet if facet in self._facets(current) else NEW
            asked = self.help.next(retriever, known, max(1, min(count, AT_ONCE)), skip)
            new = {pool.tracks[one.track].sha256 for one in asked}
            self.leases.hold(seat.visit, own | new)
        places = [music.places[int(pool.positions[one.track])] for one in asked]
        return [self._card(p, one.reason) for p, one in zip(places, asked, strict=True)]

    def card(self, number: int) -> Json:
        """One track, to say something of it again."""
        self.check()
        return self._card(self._place(number), "")

    def doubtful(self, facet: str) -> list[Json]:
        """Labels that look wrong, the most so first, of tracks that can be heard."""
        self.check()
        retriever = self.service.retriever
        pool = self.help.pool(retriever)
        found: list[Json] = []
        if facet not in self._facets(self.store.current()):
            return found
        for doubt in self.help.doubtful(retriever, facet):
            place = retriever.music.places[pool.positions[doubt.track]]
            if place.audio() is not None:
                words = {"facet": facet, "given": doubt.given, "instead": doubt.instead}
                shares = dict(self.help.suggestions(retriever, facet, doubt.track))
                share = {"share": shares.get(doubt.instead)}
                found.append(self._card(place, "doubtful") | words | share)
        return found

    # ---- what is said -----------------------------------------------------------------------

    def save(self, seat: Seat, letters: Sequence[tuple[int, object, object]]) -> Json:
        """Write down what a person says of tracks: number, statements, reason. Nothing is written
        if one of them is no label, which raises VmrError."""
        self.check()
        places = [self._place(number) for number, _, _ in letters]
        said = [
            read_statements(place.track.sha256, statements, reason)
            for place, (_, statements, reason) in zip(places, letters, strict=True)
        ]
        if not all(said):
            raise VmrError("label.not_understood")
        for place, labels in zip(places, said, strict=True):
            self.service.log(labelled(place.track, seat.who, labels))
            self.store.add(seat.who, labels)
        return self.state(seat)

    def undo(self, seat: Seat) -> Json:
        """Take back what this person said last, and show its track again."""
        self.check()
        self.service.log(labelled(None, seat.who, ()))
        undone = {label.item for label in self.store.undo(seat.who)}
        places = list(self._table().places(undone).values())
        card = self._card(places[0], "") if places else None
        return {"state": self.state(seat), "card": card}

    # ---- parts ------------------------------------------------------------------------------

    def check(self) -> None:
        """Raises VmrError where this page may not label."""
        if not self.allowed:
            raise VmrError("label.not_here")

    def _table(self) -> LabelTable:
        music, table = self.service.retriever.music, self._known
        if table is None or table.music is not music:
            table = self._known = LabelTable(music)
        return table

    def _place(self, number: int) -> Place:
        music = self.service.retriever.music
        place = music.places[music.position(number)]
        if not place.track.sha256:
            raise VmrError("labels.item")
        return place

    def _facets(self, said: Sequence[Said]) -> dict[str, tuple[str, ...]]:
        """Of the model, of the tables and of what people said, in that order; what is measured
        needs nobody."""
        config = self.service.retriever.model.config
        learnt = {f: names for f, names in config.labels.items() if f not in config.measured}
        found = {facet: dict.fromkeys(names) for facet, names in learnt.items()}
        for facet, labels in self._table().labels.items():
            found.setdefault(facet, {}).update(dict.fromkeys(labels))
        for one in said:
            found.setdefault(one.label.facet, {})[one.label.label] = None
        return {facet: tuple(names) for facet, names in found.items()}

    def _tally(self, facets: Mapping[str, Sequence[str]], said: Sequence[Said]) -> Json:
        """{facet: how many tracks that can be heard have a label of it, how many have none, and
        how many more help most}, of {facet: its labels}."""
        table, tally = self._table(), {}
        heard = table.heard()
        for facet, names in facets.items():
            labelled = {one.label.item for one in said if one.label.facet == facet}
            labelled = (labelled | table.labelled(facet)) & heard
            left = len(heard) - len(labelled)
            more = max(0, ENOUGH * len(names) - len(labelled))
            useful = more if more < left else None  # else all that are left
            tally[facet] = {"labelled": len(labelled), "left": left, "useful": useful}
        return tally

    def _card(self, place: Place, reason: str) -> Json:
        track, audio = place.track, place.audio()
        said = self.store.current(items=[track.sha256])
        facets: dict[str, dict[str, int]] = {}
        for one in said:
            facets.setdefault(one.label.facet, {})[one.label.label] = one.label.value
        return {
            "number": place.number,
            "title": track.title,
            "artist": track.artist,
            "catalog": track.catalog,
            "seconds": track.seconds,
            "audio": self.service.address_of(audio) if audio else None,
            "peaks": base64_of(place.peaks),
            "reason": reason,
            "table": {facet: list(labels) for facet, labels in track.labels.items()},
            "said": facets,
            "by": {"who": said[-1].who, "at": said[-1].at} if said else None,
            "suggestions": self._suggestions(track.sha256),
        }

    def _suggestions(self, item: str) -> list[Json]:
        retriever = self.service.retriever
        i = self.help.pool(retriever).place(item)
        found = (
            []
            if i is None
            else [
                {"facet": facet, "label": name, "share": round(share, 3)}
                for facet in self._facets(())
                for name, share in self.help.suggestions(retriever, facet, i)
            ]
        )
        return sorted(found, key=lambda one: -one["share"])

    def _recent(self, said: Sequence[Said]) -> list[Json]:
        """Tracks that were labelled last, the newest first, with what was said then and holds."""
        places = self._table().places({one.label.item for one in said})
        found: dict[tuple[str, str], Json] = {}
        for one in reversed(said):
            label, place = one.label, places.get(one.label.item)
            key = (label.item, one.at)
            if place is None or (key not in found and len(found) == RECENT):
                continue
            words = {"number": place.number, "title": place.track.title}
            words |= {"artist": place.track.artist, "who": one.who, "at": one.at}
            row = found.setdefault(key, words | {"labels": []})
            row["labels"].append({"facet": label.facet, "label": label.label, "value": label.value})
        return list(found.values())
