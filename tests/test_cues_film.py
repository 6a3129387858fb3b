"""From a film to a project, and from the project to an MP4 with music."""

from __future__ import annotations

import contextlib
import io
import json
import re
from itertools import pairwise

import numpy as np
import pytest

from tests.cue_films import make_halves
from vmr.__main__ import main
from vmr.cues.borders import Span
from vmr.cues.film import MusicCue, relative, running_on
from vmr.cues.starts import Ending, Start
from vmr.errors import Notice
from vmr.media.read import probe, read_audio


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cues")
    film = make_halves(folder / "halves.mp4")
    call = ["cues", "--video", str(film), "--out", str(folder / "project.json")]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        assert main([*call, "--catalog", "catalog/starter", "--json"]) == 0
    project = json.loads((folder / "project.json").read_text(encoding="utf-8"))
    assert json.loads(printed.getvalue()) == project
    return folder, project


def test_cues_cover_the_film_without_gaps_and_say_why(made):
    _, project = made
    cues = project["cues"]
    assert project["film"]["path"] == "halves.mp4"
    assert cues[0]["start"] == 0
    assert cues[-1]["end"] == pytest.approx(project["film"]["seconds"], abs=0.05)
    assert all(a["end"] == b["start"] for a, b in pairwise(cues))
    for cue in cues:
        assert cue["why"]["en"] and cue["why"]["ja"]
        assert len(cue["starts"]) == 3 and cue["in"] == cue["starts"][0]["in"]
        assert cue["tracks"][0]["score"] is not None and cue["music"]["licence"]
    titles = [cue["music"]["title"] for cue in cues]
    assert len(set(titles)) == len(titles) == 2


def test_the_project_becomes_an_mp4_with_music_to_the_end(made, tmp_path):
    folder, project = made
    out = tmp_path / "film.mp4"
    assert main(["render", "--project", str(folder / "project.json"), "--out", str(out)]) == 0
    assert probe(out).duration_s == pytest.approx(project["film"]["seconds"], abs=0.2)
    sound = read_audio(out, 16000).samples
    for cue in project["cues"]:
        part = sound[round((cue["start"] + 1) * 16000) : round((cue["end"] - 3) * 16000)]
        assert np.sqrt(np.square(part).mean()) > 0.01


def test_only_tracks_that_may_be_taken_away_are_laid(made, tmp_path, capsys):
    folder, _ = made
    policy = tmp_path / "policy.toml"
    policy.write_text('[export]\nonly = ["CC0-1.0"]\n', encoding="utf-8")
    out = tmp_path / "refused.json"
    call = ["cues", "--video", str(folder / "halves.mp4"), "--out", str(out)]
    call += ["--catalog", "catalog/starter", "--policy", str(policy)]
    assert main(call) == 1
    assert "No track may be laid" in capsys.readouterr().err and not out.exists()


@pytest.mark.thorough
def test_lines_are_printed_in_a_language_and_there_are_at_most_so_many_cues(made, tmp_path, capsys):
    folder, _ = made
    out = tmp_path / "one.json"
    call = ["cues", "--video", str(folder / "halves.mp4"), "--catalog", "catalog/starter"]
    call += ["--most", "1", "--no-neighbours", "--out", str(out), "--lang", "ja"]
    assert main(call) == 0
    assert len(json.loads(out.read_text(encoding="utf-8"))["cues"]) == 1
    said = capsys.readouterr()
    assert "映像の始まり" in said.out
    assert re.search(r"one\.json \(read in \d+\.\d s, cued in \d+\.\d s\)", said.err)


def test_a_track_that_two_neighbours_share_goes_on_where_it_was():
    span = Span(0.0, 18.0, 2.0, "calm", 0.0, Notice("cues.begins"))
    starts = (Start(5.0, 1.0, 0, 0, Notice("cues.start_begin")),)
    before = MusicCue(span, (), 0, starts, Ending("fade", 2.0, True), 20.0)
    assert running_on(before).in_s == 3.0


def test_a_path_is_relative_only_inside_the_projects_folder(tmp_path):
    assert relative(tmp_path / "a" / "film.mp4", tmp_path) == "a/film.mp4"
    assert relative(tmp_path / "film.mp4", tmp_path / "a").startswith("/")


def test_a_film_that_is_not_there_is_said(tmp_path, capsys):
    assert main(["cues", "--video", "none.mp4", "--out", str(tmp_path / "p.json")]) == 1
    assert "none.mp4" in capsys.readouterr().err
