"""What people say of tracks and videos: labels, picks and refusals, each event kept for good.

An item is the sha256 of its file, so a label follows a file that is renamed or moved. Events are
only ever added; what holds is the last event of each (item, facet, label): 1 the label fits, -1 it
does not, 0 nobody says anything any more. Everything that a person does at once is one action, and
an action can be undone, which adds events in turn. For a video the encoder's feature rows may be
kept beside its labels, never the media.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from vmr.errors import VmrError
from vmr.records.database import reading, writing
from vmr.records.label_checks import check_room, check_who
from vmr.records.label_rows import (
    CURRENT,
    FILE,
    PAIR,
    SCHEMA,
    Label,
    Pair,
    Said,
    begin_action,
    checked,
    checked_pair,
    insert,
    label_of,
    labels_before,
    pairs_before,
)

__all__ = ["Label", "LabelStore", "Pair", "Said", "signs"]

AT_ONCE = 1000  # events of one action


class LabelStore:
    """The file in a data folder. Calls may come from any thread and from several processes."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE

    # ---- writing ----------------------------------------------------------------------------

    def add(self, who: str, labels: Iterable[Label] = (), pairs: Iterable[Pair] = ()) -> int:
        """One action of a person; returns its number. Raises VmrError for what is no label."""
        rows, picks = [checked(label) for label in labels], [checked_pair(p) for p in pairs]
        if not 1 <= len(rows) + len(picks) <= AT_ONCE:
            raise VmrError("labels.count", most=AT_ONCE)
        with writing(self.path, SCHEMA) as connection:
            check_room(connection, [(row.facet, row.label) for row in rows if row.value])
            action = begin_action(connection, check_who(who))
            insert(connection, action, rows, picks)
        return action

    def undo(self, who: str) -> tuple[Label, ...]:
        """Take back a person's last action that was not undone yet; () where there is none.

        Each label gets back what was said of it before, unless somebody has spoken since.
        """
        with writing(self.path, SCHEMA) as connection:
            last = connection.execute(
                "SELECT id FROM action WHERE who = ? AND undoes IS NULL"
                " AND id NOT IN (SELECT undoes FROM action WHERE undoes IS NOT NULL)"
                " ORDER BY id DESC LIMIT 1",
                (check_who(who),),
            ).fetchone()
            if last is None:
                return ()
            rows = labels_before(connection, last["id"])
            picks = pairs_before(connection, last["id"])
            action = begin_action(connection, who, last["id"])
            insert(connection, action, rows, picks)
        return tuple(rows)

    # ---- reading ----------------------------------------------------------------------------

    def current(
        self, kind: str = "track", facet: str | None = None, items: Sequence[str] | None = None
    ) -> tuple[Said, ...]:
        """What holds now, without what was withdrawn, in the order in which it was said."""
        where, values = "WHERE kind = ?", [kind]
        if facet is not None:
            where, values = f"{where} AND facet = ?", [*values, facet]
        if items is not None:
            where += f" AND item IN ({','.join('?' * len(items))})"
            values = [*values, *items]
        query = (
            f"SELECT c.*, who, at FROM ({CURRENT.format(where=where)}) AS c"
            " JOIN action ON action.id = c.action WHERE value != 0 ORDER BY c.id"
        )
        return tuple(Said(label_of(row), row["who"], row["at"]) for row in self._all(query, values))

    def labels_of(self, kind: str = "track") -> dict[str, dict[str, dict[str, int]]]:
        """{item: {facet: {label: 1 or -1}}} of all that holds now."""
        found: dict[str, dict[str, dict[str, int]]] = {}
        for said in self.current(kind):
            label = said.label
            found.setdefault(label.item, {}).setdefault(label.facet, {})[label.label] = label.value
        return found

    def facets(self, kind: str = "track") -> dict[str, dict[str, int]]:
        """{facet: {label: how many items it fits}}, of labels that somebody uses."""
        counts: dict[str, dict[str, int]] = {}
        for said in self.current(kind):
            label = said.label
            row = counts.setdefault(label.facet, {})
            row[label.label] = row.get(label.label, 0) + (label.value > 0)
        return counts

    def history(self, limit: int = 100) -> tuple[Said, ...]:
        """The last events, the newest first, those that took something back too."""
        query = (
            "SELECT event.*, who, at FROM event JOIN action ON action.id = event.action"
            " ORDER BY event.id DESC LIMIT ?"
        )
        return tuple(
            Said(label_of(row), row["who"], row["at"]) for row in self._all(query, [limit])
        )

    def pairs(self) -> tuple[Pair, ...]:
        """The picks and refusals that hold now."""
        query = "SELECT video, track, value, source, MAX(id) AS id FROM pair GROUP BY video, track"
        rows = (Pair(*(row[n] for n in PAIR)) for row in self._all(query, []))
        return tuple(pair for pair in rows if pair.value)

    @property
    def state(self) -> int:
        """A number that grows with every action: what was computed for an equal one still holds."""
        row = self._all("SELECT COALESCE(MAX(id), 0) AS id FROM action", [])[0]
        return int(row["id"])

    def _all(self, query: str, values: Sequence[object]) -> list[sqlite3.Row]:
        if not self.path.is_file():
            with writing(self.path, SCHEMA):
                pass
        with reading(self.path, SCHEMA) as connection:
            return connection.execute(query, values).fetchall()


def signs(found: Mapping[str, int], table: Sequence[str] = ()) -> tuple[str, ...]:
    """The labels of one item and facet: those of a table, less what does not fit, and what does.

    >>> signs({"sad": -1, "calm": 1}, ("sad", "epic"))
    ('epic', 'calm')
    """
    own = [label for label in table if found.get(label, 0) >= 0]
    return tuple(dict.fromkeys([*own, *(label for label, value in found.items() if value > 0)]))
