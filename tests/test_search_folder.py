"""A folder of videos on the command line: one table, with why where a video cannot be read."""

from __future__ import annotations

import csv
import shutil

import pytest

from vmr.__main__ import main


@pytest.fixture(scope="module")
def folder(tmp_path_factory, short_video):
    folder = tmp_path_factory.mktemp("clips")
    (folder / "takes").mkdir()
    shutil.copy(short_video, folder / "takes" / "=one.mp4")
    (folder / "broken.mp4").write_bytes(b"no film")
    (folder / "notes.txt").write_text("no video")
    return folder


def test_a_folder_becomes_a_table_with_the_first_tracks_of_each_video(folder, tmp_path):
    out = tmp_path / "out.csv"
    assert (
        main(["search", "--video", str(folder), "--csv", str(out), "-k", "3", "--alpha", "1"]) == 0
    )
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["video"] for row in rows] == ["broken.mp4", *["takes/=one.mp4"] * 3]
    assert rows[0]["problem"] and rows[0]["title"] == ""
    assert [row["rank"] for row in rows[1:]] == ["1", "2", "3"]
    assert all(row["title"] and row["licence"] and row["fit"] for row in rows[1:])
    assert rows[1]["believed"].count("|") >= 1 and float(rows[1]["seconds_of_video"]) == 5


def test_a_folder_needs_a_table_and_videos(folder, tmp_path, capsys):
    assert main(["search", "--video", str(folder)]) == 1
    assert "--csv" in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    out = tmp_path / "none.csv"
    assert main(["search", "--video", str(tmp_path / "empty"), "--csv", str(out)]) == 1
    assert "no video" in capsys.readouterr().err and not out.exists()
