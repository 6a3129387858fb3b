"""The rows of labels.sqlite: its tables, what stands in a row, and reading and writing rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from vmr.records.label_checks import check_item, check_label

FILE = "labels.sqlite"
SOURCES = ("labelled", "corrected", "picked", "not_this", "approved", "suggested_accepted")
REASONS = ("", "random", "uncertain", "doubtful")

SCHEMA = (
    "CREATE TABLE action (id INTEGER PRIMARY KEY, who TEXT NOT NULL, at TEXT NOT NULL,"
    " undoes INTEGER UNIQUE REFERENCES action)",
    "CREATE TABLE event (id INTEGER PRIMARY KEY, action INTEGER NOT NULL REFERENCES action,"
    " kind TEXT NOT NULL, item TEXT NOT NULL, facet TEXT NOT NULL, label TEXT NOT NULL,"
    " value INTEGER NOT NULL, source TEXT NOT NULL, reason TEXT NOT NULL, shown REAL)",
    "CREATE INDEX event_key ON event (kind, facet, label, item, id)",
    "CREATE INDEX event_item ON event (item, facet)",
    "CREATE TABLE pair (id INTEGER PRIMARY KEY, action INTEGER NOT NULL REFERENCES action,"
    " video TEXT NOT NULL, track TEXT NOT NULL, value INTEGER NOT NULL, source TEXT NOT NULL)",
    "CREATE INDEX pair_key ON pair (video, track, id)",
    "CREATE TABLE feature (item TEXT NOT NULL, encoder TEXT NOT NULL, at TEXT NOT NULL,"
    " count INTEGER NOT NULL, width INTEGER NOT NULL, halves BLOB NOT NULL,"
    " PRIMARY KEY (item, encoder))",
    "CREATE TRIGGER event_stays BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'kept'); END",
    "CREATE TRIGGER event_is_kept BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'kept'); END",
)
# SQLite gives the other columns of the row that MAX picks.
CURRENT = (
    "SELECT kind, item, facet, label, value, source, reason, shown, action, MAX(event.id) AS id"
    " FROM event {where} GROUP BY kind, item, facet, label"
)
# Events of actions that were not undone, and that undo none.
STANDS = (
    "action NOT IN (SELECT id FROM action WHERE undoes IS NOT NULL"
    " UNION SELECT undoes FROM action WHERE undoes IS NOT NULL)"
)


@dataclass(frozen=True)
class Label:
    """One statement: kind ``track`` or ``video``, item the sha256 of its file, value 1, -1 or 0.

    source: one of SOURCES; reason: why a person was shown the item, one of REASONS (only what was
    drawn at random tells how good a model is); shown: the confidence that the person saw, or None.
    """

    kind: str
    item: str
    facet: str
    label: str
    value: int = 1
    source: str = "labelled"
    reason: str = ""
    shown: float | None = None


@dataclass(frozen=True)
class Pair:
    """A track for a video: value 1 picked or approved, -1 'not this', 0 withdrawn."""

    video: str
    track: str
    value: int
    source: str


@dataclass(frozen=True)
class Said:
    """A label as it stands, who said it last and when (UTC, ISO 8601)."""

    label: Label
    who: str
    at: str


PAIR = ("video", "track", "value", "source")
EVENT = ("kind", "item", "facet", "label", "value", "source", "reason", "shown")


def checked(label: Label) -> Label:
    """The label in one spelling. ValueError or VmrError for what is none."""
    if label.kind not in ("track", "video") or label.value not in (-1, 0, 1):
        raise ValueError(f"{label} is no label")
    if label.source not in SOURCES or label.reason not in REASONS:
        raise ValueError(f"{label} has no source or reason of the known ones")
    facet, name = check_label(label.facet, label.label)
    shown = None if label.shown is None else min(max(float(label.shown), 0.0), 1.0)
    item = check_item(label.item)
    return Label(label.kind, item, facet, name, label.value, label.source, label.reason, shown)


def checked_pair(pair: Pair) -> Pair:
    """The pair itself. ValueError or VmrError for what is none."""
    if pair.value not in (-1, 0, 1) or pair.source not in SOURCES:
        raise ValueError(f"{pair} is no pair")
    return Pair(check_item(pair.video), check_item(pair.track), pair.value, pair.source)


def begin_action(connection: sqlite3.Connection, who: str, undoes: int | None = None) -> int:
    """A new action now; its number."""
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    made = connection.execute(
        "INSERT INTO action (who, at, undoes) VALUES (?, ?, ?)", (who, at, undoes)
    )
    return int(made.lastrowid or 0)


def insert(
    connection: sqlite3.Connection, action: int, labels: Sequence[Label], pairs: Sequence[Pair]
) -> None:
    """Add the events of an action."""
    for table, names, rows in (("event", EVENT, labels), ("pair", PAIR, pairs)):
        marks = ", ".join("?" * (len(names) + 1))
        connection.executemany(
            f"INSERT INTO {table} (action, {', '.join(names)}) VALUES ({marks})",
            [(action, *(getattr(row, name) for name in names)) for row in rows],
        )


def labels_before(connection: sqlite3.Connection, action: int) -> list[Label]:
    """What was said before an action, of its labels on which nobody has spoken since."""
    same = f"{STANDS} AND kind = ? AND item = ? AND facet = ? AND label = ?"
    rows: dict[tuple[str, ...], sqlite3.Row] = {}
    for row in connection.execute("SELECT * FROM event WHERE action = ? ORDER BY id", (action,)):
        rows.setdefault(tuple(row[name] for name in EVENT[:4]), row)
    found = []
    for key, row in rows.items():
        later = f"SELECT 1 FROM event WHERE {same} AND action > ?"
        if connection.execute(later, (*key, action)).fetchone() is None:
            earlier = f"SELECT * FROM event WHERE {same} AND id < ? ORDER BY id DESC LIMIT 1"
            before = connection.execute(earlier, (*key, row["id"])).fetchone()
            found.append(label_of(before or row, None if before else 0))
    return found


def pairs_before(connection: sqlite3.Connection, action: int) -> list[Pair]:
    """The same for picks and refusals."""
    found = []
    for row in connection.execute("SELECT * FROM pair WHERE action = ? ORDER BY id", (action,)):
        key = (row["video"], row["track"])
        later = f"SELECT 1 FROM pair WHERE {STANDS} AND video = ? AND track = ? AND id > ?"
        if connection.execute(later, (*key, row["id"])).fetchone() is None:
            earlier = (
                f"SELECT * FROM pair WHERE {STANDS} AND video = ? AND track = ? AND id < ?"
                " ORDER BY id DESC"
            )
            before = connection.execute(earlier, (*key, row["id"])).fetchone()
            found.append(Pair(*key, before["value"] if before else 0, row["source"]))
    return found


def label_of(row: sqlite3.Row, value: int | None = None) -> Label:
    """A row of ``event``, or one with its columns; with another value if one is given."""
    values = {name: row[name] for name in EVENT}
    return Label(**(values if value is None else values | {"value": value}))
