"""A log to which rows are only added, each with a hash over itself and the row before.

Two files in the data folder. ``audit.sqlite`` has the rows; its triggers refuse changes.
``audit.head`` says which row is the last and its hash, so that a cut end is found. Before a row is
committed the head names both ends, the one that is and the one that comes; afterwards only the new
one: whatever moment a process dies at, the two agree, and what was acknowledged is in both.

Whoever can write both files can write a whole new log: only a head noted elsewhere shows it.
"""

from __future__ import annotations

import getpass
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from vmr.errors import VmrError
from vmr.files import data_folder, replacing
from vmr.records.audit_entry import COLUMNS, NOTHING, Action, Entry, row_hash
from vmr.records.database import connect, reading, wipe, writing

FILE, HEAD = "audit.sqlite", "audit.head"
_REFUSED = "BEGIN SELECT raise(ABORT, 'rows are only added'); END"
NO_REMOVAL = f"CREATE TRIGGER no_removal BEFORE DELETE ON entry {_REFUSED}"
SCHEMA = (
    """CREATE TABLE entry (
    number INTEGER PRIMARY KEY, at TEXT NOT NULL, action TEXT NOT NULL, who TEXT NOT NULL,
    video TEXT NOT NULL, checkpoint TEXT NOT NULL, catalogs TEXT NOT NULL, alpha REAL,
    facet TEXT NOT NULL, labels TEXT NOT NULL, energy REAL, words TEXT NOT NULL,
    filters TEXT NOT NULL, tracks TEXT NOT NULL, detail TEXT NOT NULL, hash TEXT NOT NULL
    ) STRICT""",
    f"CREATE TRIGGER no_change BEFORE UPDATE ON entry {_REFUSED}",
    NO_REMOVAL,
    f"""CREATE TRIGGER in_order BEFORE INSERT ON entry
    WHEN NEW.number <> (SELECT max(number) + 1 FROM entry) {_REFUSED}""",
)
INSERT = (
    f"INSERT INTO entry ({', '.join(COLUMNS)}, hash) "
    f"VALUES ({', '.join(f':{name}' for name in COLUMNS)}, :hash)"
)


@dataclass(frozen=True)
class End:
    """The last row: its number, 0 where there is none, and its hash."""

    number: int = 0
    hash: str = NOTHING

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"


class AuditLog:
    """The log of a data folder; several threads and processes may write it at once."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = data_folder(folder)
        self.path = self.folder / FILE
        self.head_path = self.folder / HEAD
        self._open: sqlite3.Connection | None = None
        self._seen = 0  # the last row that this object knows of

    def write(self, entry: Entry) -> int:
        """Add a row and answer its number; it is on the disk then.

        Raises VmrError where that is not possible, or where the files do not go together.
        """
        with self._as_errors():
            if self._open is None:  # while one has read, SQLite does not tidy up after each row
                self._open = connect(self.path)
                self._open.execute("SELECT count(*) FROM sqlite_master").fetchone()
            with writing(self.path, SCHEMA) as connection:
                end = self._checked_end(connection)
                new = self._add(connection, end, entry)
            self._settle(new)
        return new.number

    def prune(self, days: float, now: datetime | None = None) -> int:
        """Remove the rows older than this from the front; how many. A row says which, and the hash
        that the rest follows."""
        limit = stamp((now or datetime.now(UTC)) - timedelta(days=days))
        with self._as_errors():
            with writing(self.path, SCHEMA) as connection:
                end = self._checked_end(connection)
                last = _last_before(connection, limit)
                if last is None:
                    return 0
                through = End(last["number"], last["hash"])
                first = connection.execute("SELECT min(number) FROM entry").fetchone()[0]
                detail = {"first": first, "last": through.number, "hash": through.hash}
                new = self._add(connection, end, Entry(Action.PRUNED, detail=detail))
                connection.execute("DROP TRIGGER no_removal")
                connection.execute("DELETE FROM entry WHERE number <= ?", (through.number,))
                connection.execute(NO_REMOVAL)
            self._settle(new)
            wipe(self.path)
        return int(through.number - first + 1)

    def end(self) -> End:
        """The last row, as the head has it. Raises VmrError where log and head differ."""
        with self._as_errors(), writing(self.path, SCHEMA) as connection:
            return self._checked_end(connection)

    def rows(self, since: str = "", until: str = "~") -> Iterator[dict[str, Any]]:
        """The rows of a time (texts that begin like ``at``), JSON read; others may write."""
        with self._as_errors(), reading(self.path, SCHEMA) as connection:
            found = connection.execute(
                "SELECT * FROM entry WHERE at >= ? AND at < ? ORDER BY number", (since, until)
            )
            for row in found:
                yield dict(row)

    def heads(self) -> list[End]:
        """The ends that the head names: one, or two while a row is written. Raises VmrError."""
        if not self.head_path.exists():
            return [End()]
        try:
            stored = json.loads(self.head_path.read_text(encoding="ascii"))
            return [End(int(one["number"]), str(one["hash"])) for one in stored]
        except (ValueError, TypeError, KeyError) as error:
            raise VmrError("audit.head", name=self.head_path.name) from error

    def _checked_end(self, connection: sqlite3.Connection) -> End:
        end = end_of(connection)
        if end not in self.heads() or end.number < self._seen:
            raise VmrError("audit.broken", name=self.path.name)
        self._seen = end.number
        return end

    def _add(self, connection: sqlite3.Connection, end: End, entry: Entry) -> End:
        row = {"number": end.number + 1, "at": stamp(datetime.now(UTC)), **entry.columns()}
        new = End(end.number + 1, row_hash(end.hash, row))
        connection.execute(INSERT, {**row, "hash": new.hash})
        self._write_head([end, new])
        return new

    def _settle(self, new: End) -> None:
        """Name the new end alone, unless another row came after it meanwhile."""
        with writing(self.path, SCHEMA) as connection:
            if end_of(connection) == new:
                self._write_head([new])

    def _write_head(self, ends: list[End]) -> None:
        with replacing(self.head_path) as temporary:
            stored = [{"number": end.number, "hash": end.hash} for end in ends]
            temporary.write_text(json.dumps(stored), encoding="ascii")

    @contextmanager
    def _as_errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise VmrError("audit.unwritable", name=self.path.name, reason=error) from error


def house_log(folder: Path | None = None) -> AuditLog | None:
    """The log of a data folder where one is kept: commands write to it too, without being asked."""
    log = AuditLog(folder)
    return log if log.path.exists() else None


def log_for_house(entry: Entry, folder: Path | None = None) -> None:
    """Log what a command does where the house keeps a log, under the name of the account. Raises
    VmrError where that cannot be: then it is not to be done."""
    log = house_log(folder)
    if log is None:
        return
    try:
        account = getpass.getuser()
    except (KeyError, OSError):
        account = "unknown"
    log.write(replace(entry, who=f"account {account}"))


def end_of(connection: sqlite3.Connection) -> End:
    """The last row of an open log."""
    found = connection.execute("SELECT number, hash FROM entry ORDER BY number DESC LIMIT 1")
    row = found.fetchone()
    return End(row["number"], row["hash"]) if row else End()


def stamp(moment: datetime) -> str:
    """A moment in UTC as the log writes it: 2025-01-31T09:05:00.123Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _last_before(connection: sqlite3.Connection, limit: str) -> sqlite3.Row | None:
    """The last of the first rows that are all older than this, None where the first is not."""
    found = connection.execute(
        "SELECT number, hash FROM entry WHERE number < coalesce("
        "(SELECT min(number) FROM entry WHERE at >= ?), 9e18) ORDER BY number DESC LIMIT 1",
        (limit,),
    )
    row: sqlite3.Row | None = found.fetchone()
    return row
