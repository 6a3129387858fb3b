"""``python -m vmr audit`` on real logs."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest

from vmr.__main__ import main
from vmr.records.audit_entry import Action, Entry
from vmr.records.audit_log import AuditLog
from vmr.records.audit_report import markdown, summary_of


@pytest.fixture
def log(tmp_path) -> AuditLog:
    log = AuditLog(tmp_path)
    tracks = [("starter", "calm-1"), ("games", "a|b<i>")]
    log.write(Entry(Action.MATCHED, who="ann", video="a" * 64, words="=HYPERLINK(1)"))
    log.write(
        Entry(Action.SHOWN, who="ann", video="a" * 64, tracks=tracks, labels={"mood": {"calm": 1}})
    )
    log.write(Entry(Action.PLAYED, who="@bob", tracks=tracks[:1]))
    return log


def audit(log, *words) -> int:
    return main(["audit", words[0], "--data", str(log.folder), *words[1:]])


def test_verify_prints_a_head_that_it_takes_back(log, capsys):
    assert audit(log, "verify") == 0
    head = capsys.readouterr().out.split("head: ")[1].strip()
    log.write(Entry(Action.PLAYED))
    assert audit(log, "verify", "--head", head) == 0
    assert audit(log, "verify", "--head", head.replace("3:", "2:")) == 1


def test_verify_names_the_wrong_row_and_fails(log, capsys):
    with closing(sqlite3.connect(log.path)) as connection, connection:
        (sql,) = connection.execute(
            "SELECT sql FROM sqlite_master WHERE name = 'no_change'"
        ).fetchone()
        connection.execute("DROP TRIGGER no_change")
        connection.execute("UPDATE entry SET who = 'eve' WHERE number = 2")
        connection.execute(sql)
    assert audit(log, "verify") == 1
    assert "Row 2 was changed" in capsys.readouterr().err
    assert audit(log, "verify", "--lang", "ja") == 1
    assert "2 行目" in capsys.readouterr().err


def test_a_csv_has_every_row_and_no_formula(log, capsys):
    assert audit(log, "export") == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["action"] for row in rows] == ["matched", "shown", "played"]
    assert rows[0]["words"] == "'=HYPERLINK(1)"
    assert rows[2]["who"] == "'@bob"
    assert json.loads(rows[1]["labels"]) == {"mood": {"calm": 1}}


def test_json_lines_of_a_time(log, capsys, tmp_path):
    out = tmp_path / "rows.jsonl"
    today = datetime.now(UTC).date().isoformat()
    assert audit(log, "export", "--format", "jsonl", "--since", today, "--out", str(out)) == 0
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert rows[1]["tracks"] == [["starter", "calm-1"], ["games", "a|b<i>"]]
    assert audit(log, "export", "--format", "jsonl", "--until", today) == 0
    assert capsys.readouterr().out == ""


def test_the_report_counts_by_day_person_and_track(log, capsys):
    assert audit(log, "report") == 0
    text = capsys.readouterr().out
    assert "3 rows, 2 people, 1 video." in text
    assert "| starter/calm-1 | 1 | 1 |  |  |" in text
    assert "| games/a&#124;b&#60;i&#62; | 1 |  |  |  |" in text
    assert audit(log, "report", "--lang", "ja", "--most", "1") == 0
    text = capsys.readouterr().out
    assert "利用者" in text
    assert "ほか 1 曲は省略" in text
    assert audit(log, "report", "--json") == 0
    assert json.loads(capsys.readouterr().out)["tracks"]["starter/calm-1"] == {
        "shown": 1,
        "played": 1,
    }


def test_an_empty_time_has_a_report_too():
    assert markdown(summary_of([])) == "Nothing was logged in this time.\n"


def test_prune_says_how_many_rows_went(log, capsys):
    assert audit(log, "prune", "--days", "1") == 0
    assert "0 rows removed" in capsys.readouterr().out
    assert audit(log, "prune", "--days", "0") == 0
    assert "3 rows removed; note the head now: 4:" in capsys.readouterr().out
    assert audit(log, "verify") == 0


def test_a_folder_without_a_log_says_so_and_gets_none(tmp_path, capsys):
    for action in (["verify"], ["export"], ["report"], ["prune", "--days", "1"]):
        assert main(["audit", *action, "--data", str(tmp_path)]) == 1
        assert "no audit log" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
