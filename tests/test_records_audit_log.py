"""The audit log: what was acknowledged stays, rows are only added, its ends agree."""

from __future__ import annotations

import json
import math
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from vmr.errors import VmrError
from vmr.records.audit_entry import Action, Entry, row_hash
from vmr.records.audit_log import NO_REMOVAL, AuditLog, End, house_log, log_for_house


def played(i: int) -> Entry:
    return Entry(
        Action.PLAYED,
        who="ann",
        video="ab" * 32,
        checkpoint="f00d",
        catalogs=("starter",),
        alpha=i / 10,
        facet="mood",
        labels={"mood": {"calm": 1.0}},
        energy=2,
        words="静かなピアノ",
        filters={"genre": ["rock"]},
        tracks=(("starter", f"t{i}"),),
    )


@pytest.fixture
def log(tmp_path) -> AuditLog:
    log = AuditLog(tmp_path)
    for i in range(5):
        log.write(played(i))
    return log


def test_a_row_says_all_that_was_written(log):
    row = list(log.rows())[3]
    assert (row["number"], row["action"], row["who"], row["alpha"]) == (4, "played", "ann", 0.3)
    assert row["words"] == "静かなピアノ"
    assert json.loads(row["labels"]) == {"mood": {"calm": 1.0}}
    assert json.loads(row["tracks"]) == [["starter", "t3"]]
    assert abs(datetime.fromisoformat(row["at"]) - datetime.now(UTC)) < timedelta(seconds=60)


def test_each_hash_is_over_the_row_before_and_all_columns(log):
    rows = list(log.rows())
    previous = "0" * 64
    for row in rows:
        assert row["hash"] == row_hash(previous, row)
        previous = row["hash"]
    assert log.end() == End(5, previous)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entry SET who = 'bob' WHERE number = 2",
        "DELETE FROM entry WHERE number = 5",
        "INSERT OR REPLACE INTO entry SELECT 2, at, action, 'bob', video, checkpoint, catalogs, "
        "alpha, facet, labels, energy, words, filters, tracks, detail, hash FROM entry "
        "WHERE number = 2",
        "INSERT INTO entry SELECT 9, at, action, who, video, checkpoint, catalogs, alpha, facet, "
        "labels, energy, words, filters, tracks, detail, hash FROM entry WHERE number = 5",
    ],
)
def test_the_file_itself_refuses_changes(log, statement):
    refused = pytest.raises(sqlite3.IntegrityError, match="rows are only added")
    with closing(sqlite3.connect(log.path)) as connection, connection, refused:
        connection.execute(statement)
    assert log.end().number == 5


def test_threads_and_logs_of_one_folder_lose_nothing(tmp_path):
    logs = [AuditLog(tmp_path) for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda i: logs[i % 4].write(played(i)), range(60)))
    assert sorted(numbers) == list(range(1, 61))
    assert logs[0].heads() == [logs[0].end()]


def test_what_was_acknowledged_is_there_after_kill(tmp_path):
    code = (
        "import sys; from pathlib import Path\n"
        "from vmr.records.audit_log import AuditLog\n"
        "from vmr.records.audit_entry import Action, Entry\n"
        "log = AuditLog(Path(sys.argv[1]))\n"
        "while True: print(log.write(Entry(Action.PLAYED)), flush=True)"
    )
    for pause in (0.1, 0.137, 0.171):
        command = [sys.executable, "-c", code, str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            first = int(process.stdout.readline())
            time.sleep(pause)
            process.kill()
            last = max([first, *map(int, process.stdout.read().split())])
        log = AuditLog(tmp_path)
        assert log.end().number - last in (0, 1)
        log.write(played(0))


def test_it_is_read_while_it_is_written(log):
    rows = log.rows()
    next(rows)
    log.write(played(5))
    assert len(list(rows)) == 4  # of one moment
    assert len(list(log.rows())) == 6


def test_a_log_that_was_cut_gets_no_further_row(log):
    with closing(sqlite3.connect(log.path)) as connection, connection:
        connection.execute("DROP TRIGGER no_removal")
        connection.execute("DELETE FROM entry WHERE number = 5")
        connection.execute(NO_REMOVAL)
    with pytest.raises(VmrError, match="audit verify"):
        log.write(played(5))


def test_a_log_that_vanished_is_not_begun_anew_by_who_knew_it(log):
    log.end()
    for path in log.folder.iterdir():
        path.unlink()
    with pytest.raises(VmrError, match="audit verify"):
        log.write(played(5))


def test_a_log_that_cannot_be_written_says_so(log):
    with closing(sqlite3.connect(log.path)) as connection, connection:
        connection.execute(
            "CREATE TRIGGER full BEFORE INSERT ON entry BEGIN SELECT raise(FAIL, 'disk'); END"
        )
    with pytest.raises(VmrError, match="cannot be written"):
        log.write(played(5))
    assert log.end().number == 5


def test_old_rows_go_and_the_rest_follows_their_hash(log):
    rows = list(log.rows())
    assert log.prune(1) == 0
    assert log.prune(0, datetime.fromisoformat(rows[2]["at"]) + timedelta(milliseconds=1)) >= 3
    left = list(log.rows())
    assert left[-1]["action"] == "pruned"
    told = json.loads(left[-1]["detail"])
    assert told["last"] == left[0]["number"] - 1
    assert told["hash"] == rows[told["last"] - 1]["hash"]
    log.write(played(9))


def test_pruned_texts_are_not_left_in_the_file(tmp_path):
    log = AuditLog(tmp_path)
    for i in range(50):
        log.write(Entry(Action.MATCHED, words=f"unrepeatable-{i}"))
    assert log.prune(0, datetime.now(UTC) + timedelta(days=1)) == 50
    assert not any(b"unrepeatable" in path.read_bytes() for path in tmp_path.iterdir())


def test_hostile_values_become_rows(tmp_path):
    log = AuditLog(tmp_path)
    deep: list = []
    for _ in range(100_000):
        deep = [deep]
    log.write(
        Entry(
            Action.MATCHED,
            who="\ud800\0" + "x" * 5000,
            alpha=math.nan,
            filters={"a": deep},
            detail={"n": math.inf, "long": "y" * 20_000},
            tracks=[("c", str(i)) for i in range(5000)],
        )
    )
    (row,) = log.rows()
    assert len(row["who"]) <= 1000
    assert row["alpha"] is None
    assert len(json.loads(row["tracks"])) == 100
    assert json.loads(row["filters"]) == json.loads(row["detail"]) == {"left out": "no JSON"}


def test_a_command_is_logged_where_the_house_keeps_a_log(tmp_path, monkeypatch):
    monkeypatch.setenv("VMR_DATA", str(tmp_path))
    log_for_house(played(0))
    assert house_log() is None and not list(tmp_path.iterdir())
    log = AuditLog()
    log.write(played(0))
    log_for_house(Entry(Action.EXPORTED))
    assert next(row["who"] for row in log.rows("") if row["number"] == 2).startswith("account ")


def test_a_house_without_a_log_gets_none_by_asking(tmp_path):
    assert house_log(tmp_path) is None
    AuditLog(tmp_path).write(played(0))
    assert house_log(tmp_path) is not None
