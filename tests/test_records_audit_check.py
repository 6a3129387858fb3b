"""Tampering with an audit log is found, whatever it is; an untouched one is whole."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from vmr.errors import VmrError
from vmr.records.audit_check import verify
from vmr.records.audit_entry import COLUMNS, Action, Entry, row_hash
from vmr.records.audit_log import AuditLog, End

ROWS = 12
TEXTS = [name for name in COLUMNS if name not in ("number", "alpha", "energy")]


def filled(folder: Path, rows: int = ROWS) -> AuditLog:
    log = AuditLog(folder)
    for i in range(rows):
        log.write(
            Entry(
                list(Action)[i % 9],
                who=f"visitor-{i % 3}",
                video=f"{i:064x}",
                alpha=i / rows,
                words="piano" * (i % 2),
                labels={"mood": {"calm": 1.0}},
                tracks=[("starter", f"t{i}")],
            )
        )
    return log


class Tamperer:
    """Somebody with the file, SQLite and a seed, who takes the triggers away first and puts them
    back."""

    def __init__(self, log: AuditLog, seed: int) -> None:
        self.log, self.random = log, random.Random(seed)
        kinds: list[Callable[[sqlite3.Connection, list[int]], None]] = [
            *(self.change, self.change_and_hash, self.rewrite_from, self.exchange),
            *(self.remove_one, self.cut_start, self.cut_end, self.insert, self.append),
            *(self.hash_alone, self.renumber, self.repeat),
        ]
        self.kind = self.random.choice(kinds)

    def tamper(self) -> str:
        with closing(sqlite3.connect(self.log.path)) as connection, connection:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA synchronous = OFF")
            rules = connection.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
            ).fetchall()
            for rule in rules:
                connection.execute(f"DROP TRIGGER {rule['name']}")
            numbers = [row[0] for row in connection.execute("SELECT number FROM entry")]
            self.kind(connection, numbers)
            for rule in rules:
                connection.execute(rule["sql"])
        return self.kind.__name__

    def edit(self, connection: sqlite3.Connection, number: int) -> None:
        column = self.random.choice([*TEXTS, "alpha", "energy"])
        (old,) = connection.execute(
            f"SELECT {column} FROM entry WHERE number = ?", (number,)
        ).fetchone()
        new: object = self.random.choice([None, (old or 0) + 1e-9]) if column == "alpha" else 3.0
        if column in TEXTS:
            place = self.random.randrange(len(old) + 1)
            new = old[:place] + self.random.choice(["", " ", "x", "\0", "é"]) + old[place + 1 :]
            new = new if new != old else old + " "
        connection.execute(f"UPDATE entry SET {column} = ? WHERE number = ?", (new, number))

    def rehash(self, connection: sqlite3.Connection, number: int) -> None:
        row = connection.execute("SELECT * FROM entry WHERE number = ?", (number,)).fetchone()
        before = connection.execute(
            "SELECT hash FROM entry WHERE number < ? ORDER BY number DESC LIMIT 1", (number,)
        ).fetchone()
        new = row_hash(before["hash"] if before else "0" * 64, row)
        connection.execute("UPDATE entry SET hash = ? WHERE number = ?", (new, number))

    def change(self, connection, numbers):
        self.edit(connection, self.random.choice(numbers))

    def change_and_hash(self, connection, numbers):
        number = self.random.choice(numbers)
        self.edit(connection, number)
        self.rehash(connection, number)

    def rewrite_from(self, connection, numbers):
        number = self.random.choice(numbers)
        self.edit(connection, number)
        for later in numbers[numbers.index(number) :]:
            self.rehash(connection, later)

    def hash_alone(self, connection, numbers):
        number = self.random.choice(numbers)
        new = f"{self.random.getrandbits(256):064x}"
        connection.execute("UPDATE entry SET hash = ? WHERE number = ?", (new, number))

    def exchange(self, connection, numbers):
        one, other = self.random.sample(numbers, 2)
        for old, new in ((one, -1), (other, one), (-1, other)):
            connection.execute("UPDATE entry SET number = ? WHERE number = ?", (new, old))

    def remove_one(self, connection, numbers):
        number = self.random.choice(numbers[1:-1])
        connection.execute("DELETE FROM entry WHERE number = ?", (number,))

    def cut_start(self, connection, numbers):
        connection.execute("DELETE FROM entry WHERE number <= ?", (self.random.choice(numbers),))

    def cut_end(self, connection, numbers):
        connection.execute("DELETE FROM entry WHERE number >= ?", (self.random.choice(numbers),))

    def renumber(self, connection, numbers):
        number = self.random.choice(numbers[:-1])
        connection.execute("DELETE FROM entry WHERE number = ?", (number,))
        for later in numbers[numbers.index(number) + 1 :]:
            connection.execute("UPDATE entry SET number = number - 1 WHERE number = ?", (later,))
            self.rehash(connection, later - 1)

    def copy(self, connection, number, new) -> None:
        row = dict(connection.execute("SELECT * FROM entry WHERE number = ?", (number,)).fetchone())
        names = ", ".join(row)
        marks = ", ".join("?" * len(row))
        values = [*(row | {"number": new}).values()]
        connection.execute(f"INSERT INTO entry ({names}) VALUES ({marks})", values)

    def insert(self, connection, numbers):
        place = self.random.choice(numbers)
        for later in reversed(numbers[numbers.index(place) :]):
            connection.execute("UPDATE entry SET number = number + 1 WHERE number = ?", (later,))
        self.copy(connection, place + 1, place)
        for later in (place, *(n + 1 for n in numbers[numbers.index(place) :])):
            self.rehash(connection, later)

    def append(self, connection, numbers):
        self.copy(connection, self.random.choice(numbers), numbers[-1] + 1)
        self.rehash(connection, numbers[-1] + 1)

    def repeat(self, connection, numbers):
        self.copy(connection, self.random.choice(numbers), self.random.choice([0, -5, 900]))


def tampered(template: Path, folder: Path, seed: int) -> tuple[str, AuditLog]:
    shutil.copytree(template, folder)
    log = AuditLog(folder)
    return Tamperer(log, seed).tamper(), log


def found_of(template: Path, folder: Path, count: int) -> dict[str, list[bool]]:
    found: dict[str, list[bool]] = {}
    for seed in range(count):
        kind, log = tampered(template, folder / str(seed), seed)
        found.setdefault(kind, []).append(not verify(log).is_whole)
        shutil.rmtree(folder / str(seed))
    return found


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("log")
    filled(folder)
    return folder


@pytest.fixture(scope="module")
def pruned_template(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("pruned")
    log = filled(folder, 4)
    moment = datetime.fromisoformat(list(log.rows())[2]["at"]) + timedelta(milliseconds=1)
    assert log.prune(0, moment) >= 3
    for i in range(8):
        log.write(Entry(Action.PLAYED, alpha=i / 8))
    return folder


def test_an_untouched_log_is_whole(template, pruned_template):
    for folder in (template, pruned_template):
        verdict = verify(AuditLog(folder))
        assert verdict.is_whole, verdict.faults
        assert verdict.end == AuditLog(folder).end()
    assert verify(AuditLog(template)).rows == ROWS


def test_tampered_logs_are_found(template, pruned_template, tmp_path):
    for name, folder in (("whole", template), ("pruned", pruned_template)):
        found = found_of(folder, tmp_path / name, 50)
        assert len(found) == 12
        assert all(all(one) for one in found.values()), found


@pytest.mark.thorough
def test_a_thousand_tampered_logs_are_found(template, pruned_template, tmp_path):
    found = [
        *found_of(template, tmp_path / "whole", 700).values(),
        *found_of(pruned_template, tmp_path / "pruned", 300).values(),
    ]
    assert sum(map(len, found)) == 1000
    assert sum(map(sum, found)) == 1000


def test_the_row_that_was_changed_is_named(template, tmp_path):
    shutil.copytree(template, tmp_path / "log")
    log = AuditLog(tmp_path / "log")
    with closing(sqlite3.connect(log.path)) as connection, connection:
        connection.execute("DROP TRIGGER no_change")
        connection.execute("UPDATE entry SET who = 'bob' WHERE number = 7")
    faults = [(fault.key, fault.values) for fault in verify(log).faults]
    assert faults == [("audit.rules", {"names": "no_change"}), ("audit.changed", {"number": 7})]


@pytest.mark.parametrize("name", ["audit.head", "audit.sqlite"])
def test_a_file_that_is_gone_or_damaged_is_found(template, tmp_path, name):
    for content in (None, b"", b"nonsense" * 1000):
        folder = tmp_path / f"{content!r:.9}".replace("/", "")
        shutil.copytree(template, folder)
        (folder / name).unlink()
        if content is not None:
            (folder / name).write_bytes(content)
        assert not verify(AuditLog(folder)).is_whole
        with pytest.raises(VmrError):
            AuditLog(folder).write(Entry(Action.PLAYED))


def test_a_log_written_anew_is_found_by_a_noted_head_only(template, tmp_path):
    noted = AuditLog(template).end()
    forged = filled(tmp_path, ROWS + 3)
    assert verify(forged).is_whole
    (fault,) = verify(forged, noted).faults
    assert fault.key == "audit.noted"
    assert verify(AuditLog(template), noted).is_whole
    early = list(AuditLog(template).rows())[4]
    assert verify(AuditLog(template), End(5, early["hash"])).is_whole


def test_a_noted_head_that_was_pruned_is_said_to_be(tmp_path):
    log = filled(tmp_path, 3)
    first, *_, last = log.rows()
    log.prune(0, datetime.now(UTC) + timedelta(hours=1))
    (fault,) = verify(log, End(1, first["hash"])).faults
    assert fault.key == "audit.noted_pruned"
    assert verify(log, End(3, last["hash"])).is_whole


def test_a_log_is_whole_at_every_moment_of_a_kill(tmp_path):
    """Before the commit and before the last word of the head."""
    log = filled(tmp_path, 2)
    before = [End(2, log.end().hash)]
    log.write(Entry(Action.PLAYED))
    end = log.end()
    stored = [{"number": e.number, "hash": e.hash} for e in (*before, end)]
    log.head_path.write_text(json.dumps(stored))
    assert verify(log).is_whole
    log.write(Entry(Action.PLAYED))
    assert verify(log).is_whole


def test_no_log_is_no_verdict(tmp_path):
    with pytest.raises(VmrError, match="no audit log"):
        verify(AuditLog(tmp_path))
