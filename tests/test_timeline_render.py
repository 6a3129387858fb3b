"""Heard: each cue begins where it shall, in the MP4 and in what an editing program makes."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import decord
import numpy as np
import pytest
import soundfile

from tests.media_files import AAC, X264, ffmpeg
from tests.timeline_files import DAWN, DUSK, heard_at, make_film, make_music, timeline
from vmr.__main__ import main
from vmr.media.read import probe, read_audio
from vmr.media.tags import read_tags
from vmr.timeline.mlt import mlt_text
from vmr.timeline.project import Timeline
from vmr.timeline.project_file import as_json
from vmr.timeline.render import render_timeline, with_measured

RATE_HZ = 16000


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("render")
    make_music(folder)
    make_film(folder)
    return folder


def check_starts(sound: np.ndarray, folder: Path, film: Timeline, within_s: float) -> None:
    """Each cue's own part of its track, a second after its start, lies where it shall."""
    for cue in film.cues:
        track = read_audio(folder / cue.music.path, RATE_HZ).samples
        first = round((cue.in_s + 0.8) * RATE_HZ)
        part = track[first : first + RATE_HZ]
        found = heard_at(sound, part, RATE_HZ, cue.start_s + 0.8)
        assert found == pytest.approx(cue.start_s + 0.8, abs=within_s), cue.name


def test_the_mp4_of_a_project_has_every_cue_at_its_place_and_its_credits(folder):
    out = folder / "whole.mp4"
    done: list[float] = []
    render_timeline(timeline(), folder, out, done.append)
    assert probe(out).duration_s == pytest.approx(12, abs=0.1)
    check_starts(read_audio(out, RATE_HZ).samples, folder, timeline(), 0.005)
    tags = read_tags(out)
    assert tags["title"] == "Spring film"
    assert DAWN.attribution in tags["comment"] and "Dusk" in tags["comment"]
    assert done[-1] == 1.0


def test_the_mp4_of_one_cue_is_its_part_of_the_film_with_its_music(folder):
    out, cue = folder / "part.mp4", timeline().cues[1]
    project = folder / "project.json"
    project.write_text(json.dumps(as_json(timeline())), encoding="utf-8")
    assert main(["render", "--project", str(project), "--cue", "2", "--out", str(out)]) == 0
    found = probe(out)
    assert found.duration_s == pytest.approx(cue.length_s, abs=0.1)
    moved = replace(timeline(), cues=(replace(cue, start_s=0.0, end_s=cue.length_s),))
    check_starts(read_audio(out, RATE_HZ).samples, folder, moved, 0.005)
    rate = float(timeline().film.fps)
    part, whole = (decord.VideoReader(str(path)) for path in (out, folder / timeline().film.path))
    for at in (0, 30):
        right, later = (
            np.abs(part[at].asnumpy().astype(int) - whole[first + at].asnumpy()).mean()
            for first in (round(cue.start_s * rate), round(cue.start_s * rate) + 1)
        )
        assert right < later


def test_ducking_and_fades_are_heard(folder):
    film = replace(timeline(), cues=timeline().cues[:1], original="off")
    out = folder / "ducked.mp4"
    render_timeline(film, folder, out)
    sound = read_audio(out, RATE_HZ).samples

    def level(start: float, end: float) -> float:
        part = sound[round(start * RATE_HZ) : round(end * RATE_HZ)].astype(np.float64)
        return float(10 * np.log10(np.mean(part**2) + 1e-12))

    assert level(2.0, 2.9) - level(3.2, 3.9) == pytest.approx(10, abs=1.0)
    assert level(2.0, 2.9) - level(5.4, 5.6) == pytest.approx(6.0, abs=1.5)  # half faded out
    assert level(0.0, 0.9) < -70 and level(7.0, 11.0) < -70


@pytest.mark.thorough
def test_ducking_is_measured_where_a_film_speaks(folder):
    spoken = "aevalsrc='0.4*sin(2*PI*440*t)*between(t,4,6)':s=48000:d=10"
    picture = ["-f", "lavfi", "-i", "testsrc2=duration=10:size=160x90:rate=25"]
    ffmpeg(*picture, "-f", "lavfi", "-i", spoken, *X264, *AAC, str(folder / "spoken.mp4"))
    film = replace(timeline().film, path="spoken.mp4", seconds=10.0)
    found = with_measured(replace(timeline(), film=film, original="duck", ducking=()), folder)
    times, levels = zip(*found.ducking, strict=True)
    assert np.interp([2.0, 5.0, 8.0], times, levels) == pytest.approx([0, -10, 0])
    mixed = with_measured(replace(timeline(), film=film, original="mix", ducking=()), folder)
    assert mixed.ducking == ()


@pytest.mark.thorough
def test_a_cue_that_runs_past_its_track_goes_on_with_its_beginning(folder):
    cue = replace(timeline().cues[0], end_s=11.0, in_s=16.0, fade_out_s=0.0, duck=False)
    out = folder / "looped.mp4"
    render_timeline(replace(timeline(), cues=(cue,)), folder, out)
    track = read_audio(folder / DAWN.path, RATE_HZ).samples[2 * RATE_HZ : 4 * RATE_HZ]
    found = heard_at(read_audio(out, RATE_HZ).samples, track, RATE_HZ, 7.0)
    assert 5.0 < found < 7.1  # 20 s of the track, less the crossfade


def test_the_command_renders_a_project_and_refuses_by_policy(folder, tmp_path, capsys):
    project = folder / "project.json"
    short = replace(timeline(), cues=timeline().cues[:1], ducking=())
    project.write_text(json.dumps(as_json(short)), encoding="utf-8")
    out = tmp_path / "film.mp4"
    assert main(["render", "--project", str(project), "--out", str(out)]) == 0
    assert probe(out).has_audio
    policy = tmp_path / "policy.toml"
    policy.write_text('[export]\nonly = ["CC0-1.0"]\n', encoding="utf-8")
    refused = tmp_path / "refused.mp4"
    call = ["render", "--project", str(project), "--out", str(refused), "--policy", str(policy)]
    assert main(call) == 1
    assert "Dawn" in capsys.readouterr().err and not refused.exists()


def test_one_file_is_refused_by_the_licence_in_its_tags(folder, tmp_path, capsys):
    song = tmp_path / "song.mp3"
    tags = ["-metadata", "title=Night", "-metadata", "license=CC BY-NC 4.0"]
    ffmpeg("-i", str(folder / DAWN.path), "-t", "3", *tags, str(song))
    out = tmp_path / "film.mp4"
    call = ["render", "--video", str(folder / "film.mp4"), "--music", str(song), "--out", str(out)]
    assert main([*call, "--commercial"]) == 1
    assert "Night" in capsys.readouterr().err and not out.exists()
    assert main(call) == 0
    assert read_tags(out)["title"] == "film" and "Night" in read_tags(out)["comment"]


@pytest.mark.parametrize(
    "flags",
    [
        [],
        ["--video", "a.mp4"],
        ["--music", "a.wav"],
        ["--project", "p.json", "--video", "a.mp4", "--music", "a.wav"],
        ["--project", "p.json", "--music", "a.wav"],
    ],
)
def test_half_of_the_flags_is_refused(flags, capsys):
    assert main(["render", *flags, "--out", "x.mp4"]) == 1
    assert "--project alone" in capsys.readouterr().err


@pytest.mark.skipif(shutil.which("melt") is None, reason="needs melt: apt-get install melt")
@pytest.mark.parametrize("rate", [pytest.param("25", marks=pytest.mark.thorough), "30000/1001"])
def test_an_editing_program_plays_the_export_and_each_cue_begins_at_its_place(rate, tmp_path):
    """melt is the player of MLT, the engine of Kdenlive and Shotcut."""
    from fractions import Fraction

    make_music(tmp_path)
    make_film(tmp_path, rate=rate)
    film = timeline(Fraction(rate))
    (tmp_path / "film.mlt").write_text(mlt_text(film), encoding="utf-8")
    consumer = ["avformat:out.wav", "vn=1", "ar=48000", "ac=2"]
    consumer += ["real_time=-1", "terminate_on_pause=1"]  # each frame, then the end
    command = ["melt", "film.mlt", "-silent", "-consumer", *consumer]
    environment = {"QT_QPA_PLATFORM": "offscreen", "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, timeout=120, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr[-500:]
    sound = read_audio(tmp_path / "out.wav", RATE_HZ).samples
    check_starts(sound, tmp_path, film, 1.01 / float(Fraction(rate)))
    stereo, rate_hz = soundfile.read(tmp_path / "out.wav")

    def level(start: float, end: float) -> float:
        part = stereo[round(start * rate_hz) : round(end * rate_hz)]
        return float(10 * np.log10(np.mean(part**2) + 1e-12))

    assert level(2.0, 2.9) - level(3.2, 3.9) == pytest.approx(10, abs=1.0)
    assert level(0.0, 0.9) < -60
    assert DUSK.title == film.cues[1].music.title
