"""How the SQLite files of a house are opened: many readers beside one writer.

Each kind of record is a file of its own in the data folder and writes its own tables; this module
knows none of them. A connection belongs to one thread; several processes may have the file open.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from vmr.errors import Place, VmrError

WAIT_S = 30.0  # for another writer


def connect(path: Path) -> sqlite3.Connection:
    """Open, or make, a file; what is committed is on the disk before the call returns.

    Rows answer to their columns' names. Raises VmrError where it is no database, or cannot be
    written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=WAIT_S, isolation_level=None)
    except (OSError, sqlite3.OperationalError) as error:
        raise _unwritable(path, error) from error
    connection.row_factory = sqlite3.Row
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten
    except sqlite3.DatabaseError as error:
        connection.close()
        if isinstance(error, sqlite3.OperationalError):  # a full disk, rights, a lock that stays
            raise _unwritable(path, error) from error
        raise VmrError("records.damaged", name=path.name, reason=error) from error
    return connection


@contextmanager
def writing(path: Path, schema: Sequence[str]) -> Iterator[sqlite3.Connection]:
    """A connection in one transaction: all of the block is kept, or nothing of it.

    schema: the statements that make version 1, 2, ... out of the one before; the file counts those
    that it has had (``PRAGMA user_version``). Raises VmrError for a file of a later version, and
    where it cannot be written.
    """
    with closing(connect(path)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
            try:
                _upgrade(connection, path, schema)
                yield connection
            except BaseException:
                if connection.in_transaction:  # SQLite has ended it itself where the disk is full
                    connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            raise _unwritable(path, error) from error


@contextmanager
def reading(path: Path, schema: Sequence[str]) -> Iterator[sqlite3.Connection]:
    """A connection that sees one moment of the file; ``schema`` as in ``writing``."""
    with closing(connect(path)) as connection:
        if _version(connection, path, schema) < len(schema):
            with writing(path, schema):
                pass  # the tables are there from now on
        connection.execute("BEGIN")
        yield connection


def wipe(path: Path) -> None:
    """Write what was deleted out of the log beside the file too; others may go on meanwhile."""
    with closing(connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _unwritable(path: Path, error: Exception) -> VmrError:
    return VmrError("records.unwritable", path=Place(path), reason=error)


def _upgrade(connection: sqlite3.Connection, path: Path, schema: Sequence[str]) -> None:
    version = _version(connection, path, schema)
    for statement in schema[version:]:
        connection.execute(statement)
    if version < len(schema):
        connection.execute(f"PRAGMA user_version = {len(schema)}")


def _version(connection: sqlite3.Connection, path: Path, schema: Sequence[str]) -> int:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > len(schema):
        raise VmrError("records.later", name=path.name)
    return version
