"""The commands from end to end on small real media: what they print, write and refuse."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.media_files import AAC, X264, both, ffmpeg, tone
from vmr.__main__ import COMMANDS, main
from vmr.commands.progress import progress_bar, show_loss, show_name
from vmr.config import CATALOGS
from vmr.evaluation.judged_clips import COLUMNS
from vmr.media.read import probe


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A video of two seconds with sound, and a piece of music of five."""
    folder = tmp_path_factory.mktemp("commands")
    ffmpeg(*both(2), *X264, *AAC, str(folder / "clip.mp4"))
    ffmpeg(*tone(5, 330), str(folder / "tone.wav"))
    return folder


@pytest.fixture(autouse=True)
def own_cache(folder, monkeypatch) -> None:
    monkeypatch.setenv("VMR_CACHE", str(folder / "cache"))


# ---- the list of commands -------------------------------------------------------------------


def test_help_lists_every_command_with_what_it_does(capsys):
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    assert left.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    assert all(f"{name} {summary}" in text for name, summary in COMMANDS.items())


@pytest.mark.parametrize("arguments", [[], ["sing"], ["judge"], ["search", "--video"]])
def test_wrong_usage_is_status_two(arguments, capsys):
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    assert "usage: vmr" in capsys.readouterr().err


def test_a_reader_that_has_enough_ends_a_command_without_a_complaint():
    command = [sys.executable, "-m", "vmr", "catalog", "check", str(CATALOGS / "games")]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as process:
        process.stdout.close()  # as `head` does
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_the_version_is_that_of_the_package(capsys):
    import vmr

    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out.strip() == f"vmr {vmr.__version__}"


# ---- progress -------------------------------------------------------------------------------


def test_in_a_log_progress_is_one_line_at_a_time_and_ends_with_the_total(monkeypatch):
    log = io.StringIO()
    monkeypatch.setattr(sys, "stderr", log)
    with progress_bar(3) as bar:
        show = show_name(bar)
        for done, name in enumerate(["a.mp4", "b.mp4", "c.mp4"]):
            show(done, 3, name)
        show(3, 3, "")
    text = log.getvalue()
    assert "\r" not in text and text.endswith("\n")
    assert "3/3" in text.splitlines()[-1]


def test_a_training_taken_up_again_shows_the_step_that_it_is_at_and_its_loss(monkeypatch):
    log = io.StringIO()
    monkeypatch.setattr(sys, "stderr", log)
    with progress_bar(500, unit=" steps") as bar:
        show = show_loss(bar)
        show(401, 500, 2.0)
        show(500, 500, 1.2345)
    assert "500/500" in log.getvalue().splitlines()[-1]
    assert "loss 1.234" in log.getvalue() or "loss 1.235" in log.getvalue()


# ---- search ---------------------------------------------------------------------------------


def test_music_finds_music_and_the_table_is_for_people(folder, capsys):
    call = ["search", "--music", str(folder / "tone.wav"), "-k", "4"]
    assert main([*call, "--catalog", str(CATALOGS / "starter")]) == 0
    told = capsys.readouterr()
    rows = [line for line in told.out.splitlines() if line.strip()]
    assert len(rows) >= 4 and "MIT" in told.out
    assert "catalog starter" in told.err


@pytest.mark.parametrize("wrong", [["--alpha", "2"], ["--facet", "weather"]])
def test_a_position_that_there_is_not_is_one_sentence(folder, capsys, wrong):
    call = ["search", "--video", str(folder / "clip.mp4"), *wrong]
    assert main([*call, "--catalog", str(CATALOGS / "starter")]) == 1
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert said.startswith("vmr search: ") and "Traceback" not in said


# ---- judge ----------------------------------------------------------------------------------


def judged(folder: Path, *rows: str) -> str:
    path = folder / "judged.csv"
    path.write_text("\n".join([",".join(COLUMNS), *rows]) + "\n", encoding="utf-8")
    return str(path)


def test_judge_leaves_out_what_cannot_be_read_and_measures_the_rest(folder, capsys):
    (folder / "letter.mp4").write_text("Dear all, this is text. " * 400)
    table = judged(folder, "one,clip.mp4,2,calm,epic,ambient,", "two,letter.mp4,3,happy,,,")
    call = ["judge", "--clips", table, "--catalog", str(CATALOGS / "starter"), "--json"]
    assert main(call) == 0
    told = capsys.readouterr()
    report = json.loads(told.out)
    assert report["clips"] == 1 and len(report["checkpoint"]) >= 12
    assert "two is left out: letter.mp4" in told.err
    named = {figure["name"]: figure["value"] for figure in report["figures"]}
    assert named and all(isinstance(value, float) for value in named.values())


def test_judge_prints_a_table_with_its_legend(folder, capsys):
    table = judged(folder, "one,clip.mp4,2,calm,epic,ambient,")
    call = ["judge", "--clips", table, "--catalog", str(CATALOGS / "starter"), "--withhold-labels"]
    assert main(call) == 0
    text = capsys.readouterr().out
    assert text.startswith("1 clip, first 5 tracks") and "shuffled:" in text.splitlines()[-1]


def test_judge_without_a_readable_clip_is_one_sentence(folder, capsys):
    table = judged(folder, "two,nowhere.mp4,3,happy,,,")
    assert main(["judge", "--clips", table]) == 1
    assert "vmr judge: " in capsys.readouterr().err


# ---- render and benchmark -------------------------------------------------------------------


def test_render_writes_an_mp4_as_long_as_the_video(folder, capsys):
    out = folder / "out.mp4"
    call = ["render", "--video", str(folder / "clip.mp4"), "--music", str(folder / "tone.wav")]
    assert main([*call, "--out", str(out), "--start", "1", "--original", "mix"]) == 0
    assert capsys.readouterr().out.strip().endswith("out.mp4")
    info = probe(out)
    assert info.has_audio and info.duration_s == pytest.approx(2, abs=0.1)


def test_render_refuses_a_start_before_the_music(folder, capsys):
    call = ["render", "--video", str(folder / "clip.mp4"), "--music", str(folder / "tone.wav")]
    assert main([*call, "--out", str(folder / "no.mp4"), "--start", "-1"]) == 1
    assert "vmr render: " in capsys.readouterr().err and not (folder / "no.mp4").exists()


@pytest.mark.thorough
def test_benchmark_times_every_stage(folder, capsys):
    call = ["benchmark", "--video", str(folder / "clip.mp4"), "--repeat", "1", "--device", "cpu"]
    assert main([*call, "--parts", "clip", "page", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    stages, measures = answer["stages"], {m["what"]: m for m in answer["measures"]}
    assert {"read", "encode", "embed", "search", "payload", "total"} <= stages.keys()
    assert all(seconds > 0 for seconds in stages.values())
    assert measures["the document, sent"]["times"] > 5
    decoded = next(one for what, one in measures.items() if what.startswith("decode"))
    assert decoded["naive_way"].startswith("all 50 frames at 320 x 180")
    assert "the document and 0 files" not in "".join(measures)
    parts = sum(stages[name] for name in ("read", "encode", "embed", "search", "payload"))
    assert parts <= stages["total"] * 1.01
