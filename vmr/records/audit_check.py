"""Whether an audit log is whole: every row, their order, the ends, and the file's own rules.

What is found: a changed, missing, added or exchanged row, a cut or lengthened end, triggers that
are gone. What is not: a log and a head that were both written anew, unless a head is given that
was noted before (``noted``).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from vmr.errors import Notice, VmrError
from vmr.records.audit_entry import NOTHING, Action, row_hash
from vmr.records.audit_log import SCHEMA, AuditLog, End, end_of
from vmr.records.database import connect

MOST_FAULTS = 20  # that are listed


@dataclass(frozen=True)
class Verdict:
    """What ``verify`` found: the rows that are there, the last of them, and what is wrong."""

    rows: int
    end: End
    faults: tuple[Notice, ...]

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


def verify(log: AuditLog, noted: End | None = None) -> Verdict:
    """Read the whole log while others may write; ``noted``: an end that it had before.

    Raises VmrError where there is no log at all.
    """
    if not log.path.exists():
        if log.head_path.exists():
            return Verdict(0, End(), (Notice("audit.gone", name=log.path.name),))
        raise VmrError("audit.none", folder=log.folder)
    try:
        with closing(connect(log.path)) as writer, closing(connect(log.path)) as reader:
            writer.execute("BEGIN IMMEDIATE")  # nobody writes: log and head are of one moment
            heads, faults = _heads(log)
            reader.execute("BEGIN")
            end = end_of(reader)
            writer.execute("ROLLBACK")
            faults += list(_rules(reader))
            faults += list(_chain(reader, noted))
            if heads and end not in heads:
                stated = heads[-1].number
                faults.append(
                    Notice("audit.end", name=log.head_path.name, head=stated, last=end.number)
                )
            rows = reader.execute("SELECT count(*) FROM entry").fetchone()[0]
    except (sqlite3.Error, VmrError) as error:
        return Verdict(0, End(), (Notice("audit.unreadable", name=log.path.name, reason=error),))
    return Verdict(rows, end, tuple(faults[:MOST_FAULTS]))


def _heads(log: AuditLog) -> tuple[Sequence[End], list[Notice]]:
    try:
        return log.heads(), []
    except VmrError as error:
        return [], [error.notice]


def _rules(connection: sqlite3.Connection) -> Iterator[Notice]:
    """Tables, triggers and what SQLite itself finds wrong."""
    asked = "SELECT type, name, tbl_name, sql FROM sqlite_master"
    with closing(sqlite3.connect(":memory:")) as fresh:
        for statement in SCHEMA:
            fresh.execute(statement)
        expected = {tuple(row) for row in fresh.execute(asked)}
    differ = {tuple(row) for row in connection.execute(asked)} ^ expected
    if differ:
        yield Notice("audit.rules", names=", ".join(sorted({str(row[1]) for row in differ})))
    (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        yield Notice("audit.damage", reason=found)


def _chain(connection: sqlite3.Connection, noted: End | None) -> Iterator[Notice]:
    """Every row against the one before; after a wrong one it goes on from that."""
    start = _start(connection)
    connection.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
    before = start
    is_noted = noted is None or noted in (start, End())
    for row in connection.execute("SELECT * FROM entry ORDER BY number"):
        number = row["number"]
        if number != before.number + 1:
            yield Notice("audit.missing", first=before.number + 1, last=number - 1)
        elif row["hash"] != row_hash(before.hash, row):
            yield Notice("audit.changed", number=number)
        before = End(number, row["hash"])
        is_noted = is_noted or before == noted
    if noted is not None and not is_noted:
        is_pruned = noted.number < start.number
        yield Notice("audit.noted_pruned" if is_pruned else "audit.noted", number=noted.number)


def _start(connection: sqlite3.Connection) -> End:
    """What the first row follows: nothing, or the last row that was pruned."""
    row = connection.execute(
        "SELECT detail FROM entry WHERE action = ? ORDER BY number DESC LIMIT 1", (Action.PRUNED,)
    ).fetchone()
    if row is None:
        return End(0, NOTHING)
    try:
        told = json.loads(row["detail"])
        return End(int(told["last"]), str(told["hash"]))
    except (ValueError, TypeError, KeyError):
        return End(0, NOTHING)
