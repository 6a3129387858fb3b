"""Every kind of bad upload gets one plain sentence, and none takes anything else down."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import decord
import numpy as np
import pytest

from tests.media_files import BAD, SECRET_NAME, bad_file, cut_off, ffmpeg, good_file
from tests.variants import variants
from vmr.errors import MediaError
from vmr.media.containers import Content
from vmr.media.ffmpeg import SAFE_INPUT, ffmpeg_path
from vmr.media.limits import MediaLimits
from vmr.media.read import probe, read_audio, read_video
from vmr.media.report import inspect, parse_report
from vmr.media.sandbox import run_job, shown_name

LIMITS = MediaLimits()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bad")


def test_there_are_thirty_kinds_of_bad_files() -> None:
    assert len(BAD) >= 30


@pytest.mark.parametrize("name", sorted(BAD))
def test_a_bad_file_gets_a_sentence_that_says_what_is_wrong(folder: Path, name: str) -> None:
    path = bad_file(folder, name)
    with pytest.raises(MediaError) as caught:
        read_video(path)
    said = str(caught.value)
    assert said.startswith(name)
    assert BAD[name][1] in said
    assert re.search(r"[.;] [A-Z][a-z]+|; ", said), "no advice what to do"
    assert len(said) < 250 and "\n" not in said and "Traceback" not in said
    assert str(folder) not in said, "the path of the server is nobody's business"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes with names")
def test_a_pipe_is_refused_without_waiting_for_it(folder: Path) -> None:
    pipe = folder / "pipe.mp4"
    os.mkfifo(pipe)
    with pytest.raises(MediaError, match="not an ordinary file"):
        read_video(pipe)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all files")
def test_an_unreadable_file_is_named(folder: Path) -> None:
    path = folder / "private.mp4"
    path.write_bytes(b"x")
    path.chmod(0)
    with pytest.raises(MediaError, match="may not be read"):
        read_video(path)


def test_a_path_with_a_protocol_is_only_a_missing_file(folder: Path) -> None:
    good = good_file(folder, "plain.mp4")
    for path in (f"concat:{good}|{good}", f"file:{good}", "http://127.0.0.1:9/x.mp4"):
        with pytest.raises(MediaError, match="does not exist"):
            read_video(Path(path))


@pytest.mark.parametrize("name", ["list.m3u8", "concat.mp4", "dash.mp4", "stream.sdp"])
def test_a_playlist_that_is_not_sniffed_is_still_not_followed(
    folder: Path, name: str, tmp_path: Path
) -> None:
    path = bad_file(folder, name)
    assert name == "stream.sdp" or (folder / SECRET_NAME).exists()
    job = {"job": "video", "path": str(path), "content": ["mp4", 0]}
    job["ffmpeg"] = ffmpeg_path()
    with pytest.raises(MediaError, match=r"is incomplete|damaged or not a video"):
        run_job(job, name, tmp_path, LIMITS)
    assert not (tmp_path / "frames.npy").exists()


def test_a_playlist_is_not_followed_even_beside_its_video_and_under_its_own_name(
    folder: Path,
) -> None:
    """ffmpeg is told which demuxer to use, and the list of demuxers has none for playlists."""
    path = bad_file(folder, "concat.mp4")
    assert "Input #0, concat" in ffmpeg("-i", str(path), "-t", "0.1", "-f", "null", "-")
    with pytest.raises(MediaError, match="not a video"):
        inspect(path, Content("concat"), ffmpeg_path(), path.name)


def test_no_other_protocol_than_that_of_files_is_opened(folder: Path) -> None:
    good = good_file(folder, "broadcast.ts")
    joined = f"concat:{good}|{good}"
    assert "Input #0, mpegts" in ffmpeg("-i", joined, "-t", "0.1", "-f", "null", "-")
    for address in (joined, "http://127.0.0.1:9/a.ts", "tcp://127.0.0.1:9"):
        command = [ffmpeg_path(), *SAFE_INPUT, "-i", address, "-f", "null", "-"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode != 0 and "not on whitelist" in done.stderr


def test_too_long_too_large_and_too_many_bytes_are_said_with_the_limit(folder: Path) -> None:
    path = good_file(folder, "plain.mp4")
    with pytest.raises(MediaError, match=r"0 minutes are read\. Cut it"):
        read_video(path, replace(LIMITS, max_duration_s=1.0))
    with pytest.raises(MediaError, match="320 x 180 pixels"):
        read_video(path, replace(LIMITS, max_pixels=320 * 180 - 1))
    with pytest.raises(MediaError, match="at most 0 MB"):
        read_video(path, replace(LIMITS, max_bytes=1000))


def test_a_recording_without_a_stated_length_is_still_held_to_the_limit(folder: Path) -> None:
    path = good_file(folder, "live.webm")
    assert probe(path).duration_s == 0
    with pytest.raises(MediaError, match="minutes are read"):
        read_video(path, replace(LIMITS, max_duration_s=1.0))


@pytest.mark.parametrize("name", variants(["plain.mp4", "film.mkv", "old.avi", "vp9.webm"]))
def test_what_was_readable_of_a_cut_off_file_is_used(
    folder: Path, tmp_path: Path, name: str
) -> None:
    whole = good_file(folder, name)
    clip = read_video(cut_off(whole, tmp_path / name, 0.7))
    assert 0.4 < clip.duration_s < 1.9
    reader = decord.VideoReader(str(whole), num_threads=1, width=455, height=256)
    expected = reader[round(float(clip.times_s[0]) * 25)].asnumpy().astype(int)
    # A copy made by ffmpeg has an even width.
    assert np.abs(clip.frames[0][:, :454] - expected[:, :454]).mean() < 8


def test_a_cut_off_video_says_how_much_of_it_was_readable(folder: Path, tmp_path: Path) -> None:
    whole = good_file(folder, "longer.mp4")
    clip = read_video(cut_off(whole, tmp_path / "cut.mp4", 0.6))
    (note,) = clip.notes
    seconds = re.match(r"cut.mp4 is cut off or damaged: (\d+) of 12 s could be read", str(note))
    assert seconds is not None and 5 <= int(seconds[1]) <= 9
    assert clip.times_s.max() <= clip.duration_s <= 9


@pytest.mark.parametrize("seed", variants(range(6), 3))
def test_a_file_with_flipped_bytes_gives_a_clip_or_a_sentence(
    folder: Path, tmp_path: Path, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    name = ("plain.mp4", "vp9.webm", "old.avi")[seed % 3]
    data = np.frombuffer(good_file(folder, name).read_bytes(), np.uint8).copy()
    places = rng.integers(0, len(data), 200)
    data[places] = rng.integers(0, 256, 200)
    path = tmp_path / name
    path.write_bytes(data.tobytes())
    try:
        clip = read_video(path)
    except MediaError as error:
        assert name in str(error)
    else:
        assert len(clip) >= 1 and np.isfinite(clip.stats).all()


def test_a_video_without_sound_is_said_when_its_sound_is_wanted(folder: Path) -> None:
    with pytest.raises(MediaError, match=r"silent.mp4 has no sound\. Choose"):
        read_audio(good_file(folder, "silent.mp4"), 16000)
    with pytest.raises(MediaError, match="such as mp3"):
        read_audio(bad_file(folder, "text.mp4"), 16000)
    with pytest.raises(MediaError, match="no sound after 9 s"):
        read_audio(good_file(folder, "plain.mp4"), 16000, start_s=9.0)


def test_names_are_shown_without_control_characters_and_short() -> None:
    assert shown_name(Path("/x/a\nb\x1b[31m.mp4")) == "a?b?[31m.mp4"
    assert len(shown_name(Path("/x/" + "long" * 50 + ".mp4"))) == 60
    assert shown_name(Path(os.fsdecode(b"/x/caf\xe9.mp4"))) == "caf?.mp4"


def test_a_cover_picture_is_no_video_in_the_report_of_ffmpeg() -> None:
    report = (
        "Input #0, mp3, from 'x':\n  Duration: 00:00:02.04, start: 0, bitrate: 9 kb/s\n"
        "  Stream #0:0: Audio: mp3 (mp3float), 44100 Hz, mono, fltp, 64 kb/s\n"
        "  Stream #0:1: Video: png, rgb24(pc), 320x180, 90k tbr, 90k tbn (attached pic)\n"
    )
    info = parse_report(report, "x", 1)
    assert (info.has_audio, info.has_video, info.duration_s) == (True, False, 2.04)
