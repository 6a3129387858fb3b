"""The zip for an editing program, and the command: formats, music beside them, the policy."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import opentimelineio as otio
import pytest

from tests.timeline_files import DAWN, DUSK, make_film, make_music, timeline
from vmr.__main__ import main
from vmr.catalogs.policy import EVERYTHING, Policy, Rule
from vmr.errors import VmrError
from vmr.timeline.bundle import safe_name, write_bundle
from vmr.timeline.project_file import as_json


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("bundle")
    make_music(folder)
    return folder


def test_the_zip_holds_each_format_both_cue_sheets_and_the_music_that_they_name(folder):
    out = folder / "film.zip"
    write_bundle(timeline(), folder, out, EVERYTHING)
    with zipfile.ZipFile(out) as archive:
        names = set(archive.namelist())
        assert {f"Spring film{e}" for e in (".otio", ".fcpxml", ".edl", ".xml", ".mlt")} <= names
        assert {f"Spring film cue sheet.{x}" for x in ("en.csv", "ja.html")} <= names
        music = {name for name in names if name.startswith("music/")}
        assert music == {"music/01 Dawn.wav", "music/02 Dusk.wav"}
        assert archive.read("music/01 Dawn.wav") == (folder / DAWN.path).read_bytes()
        read = otio.adapters.read_from_string(
            archive.read("Spring film.otio").decode(), "otio_json"
        )
        urls = {clip.media_reference.target_url for clip in read.find_clips()}
        assert urls == {"film.mp4", "music/01%20Dawn.wav", "music/02%20Dusk.wav"}
        assert not any("film.mp4" in name for name in names)
        assert not any(str(folder) in archive.read(n).decode("utf-8") for n in names - music)


def test_a_track_that_the_policy_refuses_is_named_and_nothing_is_written(folder):
    out = folder / "refused.zip"
    policy = Policy(rules={"export": Rule(only=("CC0-1.0",))})
    with pytest.raises(VmrError, match=r"Dawn.*CC-BY"):
        write_bundle(timeline(), folder, out, policy)
    ended = replace(timeline().cues[1], music=replace(DUSK, valid_until="2020-01-01"))
    film = replace(timeline(), cues=(ended,))
    with pytest.raises(VmrError, match=r"Dusk.*2020-01-01"):
        write_bundle(film, folder, out, EVERYTHING)
    assert not out.exists() and not list(folder.glob(".refused*"))


@pytest.mark.parametrize("path", ["music/none.wav", "../../../etc/passwd", "film.json"])
def test_only_music_files_that_are_there_are_put_in(folder, path):
    (folder / "film.json").write_text("{}")
    cue = replace(timeline().cues[0], music=replace(DAWN, path=path))
    with pytest.raises(VmrError, match="is not there, or is no music"):
        write_bundle(replace(timeline(), cues=(cue,)), folder, folder / "x.zip", EVERYTHING)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("A/B: <C>?", "A B C"),
        ("..", "timeline"),
        ("", "timeline"),
        ("../../x", "x"),
        ("夜の歌", "夜の歌"),
        ("a\u202egpj.exe", "a gpj.exe"),
        ("x" * 300, "x" * 80),
    ],
)
def test_a_title_is_a_name_that_every_system_takes(title, name):
    assert safe_name(title) == name


# ---- the command ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def project(folder) -> Path:
    path = folder / "project.json"
    path.write_text(json.dumps(as_json(timeline())), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def bare(folder) -> Path:
    make_film(folder)
    stored = as_json(timeline())
    stored["film"] = {"path": "film.mp4"}
    for cue in stored["cues"]:
        cue["music"].pop("seconds")
    path = folder / "bare.json"
    path.write_text(json.dumps(stored), encoding="utf-8")
    return path


@pytest.mark.parametrize("ending", [".otio", ".fcpxml", ".edl", ".xml", ".mlt", ".csv", ".html"])
def test_the_command_writes_what_the_name_asks_for(project, ending, tmp_path, capsys):
    out = tmp_path / f"film{ending}"
    assert main(["timeline", "--project", str(project), "--out", str(out)]) == 0
    assert "Dawn" in out.read_text(encoding="utf-8")
    assert capsys.readouterr().out.strip() == str(out)


def test_what_the_project_lacks_is_measured(bare):
    from vmr.commands.timeline import open_project

    found = open_project(bare)
    assert (found.film.fps, found.film.width, found.film.height) == (25, 320, 180)
    assert found.film.seconds == pytest.approx(12, abs=0.05) and found.film.sound
    assert found.cues[0].music.seconds == pytest.approx(20, abs=0.01)


def test_the_command_refuses_by_policy_and_by_ending(project, tmp_path, capsys):
    policy = tmp_path / "policy.toml"
    policy.write_text('[export]\nnever = ["CC-BY-*"]\n', encoding="utf-8")
    for ending in (".zip", ".otio", ".edl"):
        out = tmp_path / f"film{ending}"
        call = ["timeline", "--project", str(project), "--out", str(out), "--policy", str(policy)]
        assert main(call) == 1
        assert "Dawn" in capsys.readouterr().err and not out.exists()
    assert main(["timeline", "--project", str(project), "--out", "film.exe"]) == 1
    assert ".fcpxml" in capsys.readouterr().err
