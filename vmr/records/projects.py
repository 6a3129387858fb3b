"""Projects: what several people decide about several videos, kept so that nothing overwrites it.

A project is a map from paths to values, such as ``videos/<sha256>/picks/<catalog>/<id>/state`` to
"approved". Every change of a value is a row that stays: what two browsers change at once is merged
field by field, the later of two changes of one field holds and the earlier is still there, and a
step back is a change like any other. Whoever has a project's key may read and change it.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection
from typing import Any

from vmr.errors import VmrError
from vmr.records.database import reading, wipe, writing
from vmr.records.project_changes import (
    FORMAT,
    MOST_FIELDS,
    Change,
    Fields,
    check_change,
    fields_of_file,
)

FILE = "projects.sqlite"
SCHEMA = (
    """CREATE TABLE project (
        key TEXT PRIMARY KEY, made REAL NOT NULL, used REAL NOT NULL) WITHOUT ROWID""",
    """CREATE TABLE change (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        project TEXT NOT NULL REFERENCES project (key) ON DELETE CASCADE,
        step TEXT NOT NULL, at REAL NOT NULL, who TEXT NOT NULL,
        path TEXT NOT NULL, value TEXT, before TEXT)""",
    "CREATE INDEX change_of ON change (project, number)",
    """CREATE TABLE field (
        project TEXT NOT NULL REFERENCES project (key) ON DELETE CASCADE,
        path TEXT NOT NULL, value TEXT NOT NULL, number INTEGER NOT NULL,
        PRIMARY KEY (project, path)) WITHOUT ROWID""",
)
STEP = re.compile(r"[A-Za-z0-9_-]{8,40}")
MOST_CHANGES = 500  # of one call


@dataclass(frozen=True)
class News:
    """What became of a project: the fields that changed since a number, and the number now.

    A field that is gone has the value None.
    """

    number: int
    fields: Fields

    def as_json(self) -> dict[str, Any]:
        """For a browser."""
        return {"number": self.number, "fields": self.fields}


class Projects:
    """The projects of one data folder; safe to use from several threads and processes."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE

    def make(self) -> str:
        """The key of a new, empty project."""
        key, now = secrets.token_urlsafe(16), time.time()
        with writing(self.path, SCHEMA) as db:
            db.execute("INSERT INTO project VALUES (?, ?, ?)", (key, now, now))
        return key

    def news(self, key: str, since: int = 0) -> News:
        """The fields that changed after change number ``since``: 0 for all that is there.

        Raises VmrError for a project that there is not.
        """
        with reading(self.path, SCHEMA) as db:
            _check(db, key)
            return _news(db, key, since)

    def apply(
        self, key: str, changes: Sequence[Change], who: str, step: str, since: int = 0
    ) -> News:
        """Make changes, all or none, and answer as ``news``; on the disk before it returns.

        step: a name for what was done together, chosen by the caller, by which it can be undone;
        a step that is there already changes nothing, so that a caller who heard no answer may ask
        again. Raises VmrError for a project that there is not and for what cannot be kept.
        """
        for change in changes:
            check_change(change)
        if len(changes) > MOST_CHANGES or not STEP.fullmatch(step):
            raise VmrError("project.too_many", most=MOST_CHANGES)
        with writing(self.path, SCHEMA) as db:
            _check(db, key)
            if not _has_step(db, key, step):
                for change in changes:
                    _set(db, key, change, who, step)
                _check_size(db, key)
            return _news(db, key, since)

    def undo(self, key: str, step: str, who: str, since: int = 0) -> News:
        """Put back what a step changed, where nobody has changed it again. Raises VmrError."""
        with writing(self.path, SCHEMA) as db:
            _check(db, key)
            rows = db.execute(
                "SELECT path, before, value FROM change WHERE project = ? AND step = ?"
                " ORDER BY number DESC",
                (key, step),
            ).fetchall()
            if not rows:
                raise VmrError("project.no_step")
            back = f"undo-{secrets.token_urlsafe(9)}"
            for path, before, value in rows:
                if _value(db, key, path) == value:
                    _write(db, key, path, before, who, back)
            return _news(db, key, since)

    def remove(self, key: str) -> None:
        """Delete a project with its history. Raises VmrError where there is none."""
        with writing(self.path, SCHEMA) as db:
            _check(db, key)
            db.execute("DELETE FROM project WHERE key = ?", (key,))
        wipe(self.path)

    def keys(self) -> list[str]:
        """All projects, for whoever runs the server."""
        with reading(self.path, SCHEMA) as db:
            return [row["key"] for row in db.execute("SELECT key FROM project ORDER BY key")]

    def used(self, key: str) -> float:
        """When a project was last changed, in seconds of the clock. Raises VmrError."""
        with reading(self.path, SCHEMA) as db:
            return float(_check(db, key)["used"])

    def export(self, key: str) -> str:
        """A project as one JSON file; ``take_in`` reads it. Raises VmrError."""
        return json.dumps({"format": FORMAT, "fields": self.news(key).fields}, ensure_ascii=False)

    def take_in(self, text: str, who: str) -> str:
        """The key of a new project with the fields of an exported file. Raises VmrError."""
        changes = fields_of_file(text)
        key, now = secrets.token_urlsafe(16), time.time()
        with writing(self.path, SCHEMA) as db:
            db.execute("INSERT INTO project VALUES (?, ?, ?)", (key, now, now))
            for change in changes:
                _set(db, key, change, who, "taken-in")
            _check_size(db, key)
        return key


def _check(db: Connection, key: str) -> Mapping[str, Any]:
    row = db.execute("SELECT * FROM project WHERE key = ?", (str(key),)).fetchone()
    if row is None:
        raise VmrError("project.none")
    return dict(row)


def _check_size(db: Connection, key: str) -> None:
    count = db.execute("SELECT count(*) FROM field WHERE project = ?", (key,)).fetchone()[0]
    if count > MOST_FIELDS:
        raise VmrError("project.full", most=MOST_FIELDS)


def _has_step(db: Connection, key: str, step: str) -> bool:
    asked = "SELECT 1 FROM change WHERE project = ? AND step = ? LIMIT 1"
    return db.execute(asked, (key, step)).fetchone() is not None


def _value(db: Connection, key: str, path: str) -> str | None:
    asked = "SELECT value FROM field WHERE project = ? AND path = ?"
    row = db.execute(asked, (key, path)).fetchone()
    return None if row is None else str(row["value"])


def _set(db: Connection, key: str, change: Change, who: str, step: str) -> None:
    if change.value is not None:
        value = json.dumps(change.value, ensure_ascii=False, sort_keys=True)
        _write(db, key, change.path, value, who, step)
        return
    for path in _under(db, key, change.path):
        _write(db, key, path, None, who, step)


def _under(db: Connection, key: str, path: str) -> Iterable[str]:
    """A field and all those under it; "0" is the character after "/"."""
    asked = "SELECT path FROM field WHERE project = ? AND (path = ? OR (path > ? AND path < ?))"
    return [row["path"] for row in db.execute(asked, (key, path, f"{path}/", f"{path}0"))]


def _write(db: Connection, key: str, path: str, value: str | None, who: str, step: str) -> None:
    before, now = _value(db, key, path), time.time()
    if before == value:
        return
    number = db.execute(
        "INSERT INTO change (project, step, at, who, path, value, before)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (key, step, now, who, path, value, before),
    ).lastrowid
    if value is None:
        db.execute("DELETE FROM field WHERE project = ? AND path = ?", (key, path))
    else:
        db.execute("REPLACE INTO field VALUES (?, ?, ?, ?)", (key, path, value, number))
    db.execute("UPDATE project SET used = ? WHERE key = ?", (now, key))


def _news(db: Connection, key: str, since: int) -> News:
    number = db.execute(
        "SELECT coalesce(max(number), 0) FROM change WHERE project = ?", (key,)
    ).fetchone()[0]
    if since <= 0:
        rows = db.execute("SELECT path, value FROM field WHERE project = ?", (key,))
    else:
        rows = db.execute(
            "SELECT DISTINCT c.path, f.value FROM change c LEFT JOIN field f"
            " ON f.project = c.project AND f.path = c.path WHERE c.project = ? AND c.number > ?",
            (key, since),
        )
    fields = {row["path"]: json.loads(row["value"]) if row["value"] else None for row in rows}
    return News(int(number), fields)
