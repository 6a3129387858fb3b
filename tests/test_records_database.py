"""SQLite files of a house: whole transactions, two processes at once, versions."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from vmr.errors import VmrError
from vmr.records.database import connect, reading, writing

SCHEMA = ("CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL)",)
LATER = (*SCHEMA, "ALTER TABLE note ADD COLUMN who TEXT NOT NULL DEFAULT ''")


def texts(path, schema=SCHEMA):
    with reading(path, schema) as connection:
        return [row["text"] for row in connection.execute("SELECT text FROM note ORDER BY id")]


def add(path, text):
    with writing(path, SCHEMA) as connection:
        connection.execute("INSERT INTO note (text) VALUES (?)", (text,))


def test_a_block_that_fails_leaves_nothing(tmp_path):
    path = tmp_path / "notes.sqlite"
    add(path, "first")
    with pytest.raises(RuntimeError), writing(path, SCHEMA) as connection:
        connection.execute("INSERT INTO note (text) VALUES ('half')")
        raise RuntimeError
    assert texts(path) == ["first"]


def test_writers_at_the_same_time_lose_nothing(tmp_path):
    path = tmp_path / "notes.sqlite"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda i: add(path, str(i)), range(100)))
    assert sorted(texts(path), key=int) == [str(i) for i in range(100)]


def test_what_was_committed_is_there_after_the_process_was_killed(tmp_path):
    path = tmp_path / "notes.sqlite"
    code = (
        "import os, sys, signal; from pathlib import Path\n"
        "from tests.test_records_database import add\n"
        "for i in range(5): add(Path(sys.argv[1]), str(i))\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert texts(path) == ["0", "1", "2", "3", "4"]


def test_a_file_of_an_earlier_version_gets_what_is_new(tmp_path):
    path = tmp_path / "notes.sqlite"
    add(path, "old")
    with reading(path, LATER) as connection:
        assert [tuple(row) for row in connection.execute("SELECT text, who FROM note")] == [
            ("old", "")
        ]


def test_a_file_of_a_later_version_is_left_alone(tmp_path):
    path = tmp_path / "notes.sqlite"
    with writing(path, LATER):
        pass
    with pytest.raises(VmrError, match="later version"):
        texts(path, SCHEMA)


def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path):
    path = tmp_path / "notes.sqlite"
    path.write_bytes(b"this is text, no database at all, and long enough to be looked at" * 30)
    with pytest.raises(VmrError, match=r"notes\.sqlite"):
        connect(path)


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(VmrError, match="cannot be written"):
        add(tmp_path / "file" / "notes.sqlite", "text")


def test_a_folder_in_place_of_the_file_is_a_sentence(tmp_path):
    (tmp_path / "notes.sqlite").mkdir()
    with pytest.raises(VmrError, match="cannot be written"):
        add(tmp_path / "notes.sqlite", "text")


def test_a_full_disk_is_a_sentence_and_leaves_what_was_there(tmp_path):
    path = tmp_path / "notes.sqlite"
    add(path, "first")
    with pytest.raises(VmrError, match="full"), writing(path, SCHEMA) as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")  # as if there were no room
        connection.execute("INSERT INTO note (text) VALUES (?)", ("x" * 100_000,))
    assert texts(path) == ["first"]
