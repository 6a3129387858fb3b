"""When something of the server is missing or full, the sentence blames that, and not the file."""

from __future__ import annotations

import errno
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import gradio as gr
import pytest

from tests.media_files import good_file
from vmr.errors import MediaError, Notice, VmrError
from vmr.files import replacing
from vmr.media import sandbox
from vmr.media.limits import MediaLimits
from vmr.media.mixdown import render
from vmr.media.read import read_audio, read_video
from vmr.page.event_errors import page_errors
from vmr.page.shown import for_visitors

unix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")


def sentence(read: Callable[..., object], *arguments: object) -> str:
    """What reading a good file gives."""
    with pytest.raises(VmrError) as caught:
        read(*arguments)
    return str(caught.value)


@pytest.mark.parametrize("is_broken", [False, True])
def test_a_missing_ffmpeg_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_broken: bool
) -> None:
    video = good_file(tmp_path, "plain.mp4")
    (tmp_path / "none").write_text("no program")
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(tmp_path / ("none" if is_broken else "nothing")))
    for told in (sentence(read_video, video), sentence(read_audio, video, 8000)):
        assert "ffmpeg program is missing" in told and video.name not in told


def test_a_package_without_a_program_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none() -> str:
        raise RuntimeError("No ffmpeg exe could be found")

    video = good_file(tmp_path, "plain.mp4")
    monkeypatch.setattr("imageio_ffmpeg.get_ffmpeg_exe", none)
    assert "ffmpeg program is missing" in sentence(read_video, video)


@unix
def test_a_worker_that_the_system_killed_does_not_blame_the_file() -> None:
    for status, said in ((-signal.SIGKILL, "memory is full"), (-signal.SIGXCPU, "much computing")):
        error = sandbox._died(status, "", "a.mp4", sandbox._advice({}))
        assert said in str(error)


@unix
def test_memory_that_is_too_small_is_called_memory(tmp_path: Path) -> None:
    small = replace(MediaLimits(), memory_bytes=150 * 2**20)
    assert "memory" in sentence(read_video, good_file(tmp_path, "plain.mp4"), small)


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOMEM, "x"), OSError(errno.EAGAIN, "x"), MemoryError()]
)
def test_a_server_without_memory_says_so(error: Exception) -> None:
    with pytest.raises(gr.Error, match="no memory left"), page_errors():
        raise error


def test_a_disk_without_room_is_said_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = good_file(tmp_path, "plain.mp4")
    monkeypatch.setattr("shutil.disk_usage", lambda _: _Full())
    with pytest.raises(MediaError, match="no room left"):
        render(video, video, tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists()


class _Full:
    free = 0


@pytest.mark.skipif(sys.platform != "linux", reason="needs /sys, where root writes no file either")
def test_a_cache_that_cannot_be_written_is_said() -> None:
    place = Path("/sys/vmr/copy.mp4")
    with pytest.raises(gr.Error, match="VMR_CACHE"), page_errors(), replacing(place):
        raise AssertionError("it was written")


@pytest.mark.parametrize(
    "value, shown",
    [
        (Path("/srv/my music/tracks.csv"), "tracks.csv"),
        (Path("catalog/mine"), "mine"),
        ("No such file: '/a b/c d/t.csv', see /srv/x.csv", "No such file: 't.csv', see x.csv"),
        (r"C:\Users\ann\a.mp3 is no file", "a.mp3 is no file"),
        ("See http://localhost:7860/a/b and and/or 1/2", None),
        ("「/home/ann/曲/桜.mp3」は壊れています", "「桜.mp3」は壊れています"),
        (
            Notice("catalog.no_file", path=Path("/srv/a/b.toml")),
            Notice("catalog.no_file", path="b.toml"),
        ),
        (7, 7),
    ],
)
def test_a_visitor_reads_names_and_no_places(value: object, shown: object) -> None:
    notice = Notice("catalog.unreadable", path=Path("/x/y.csv"), reason=value)
    wanted = Notice("catalog.unreadable", path="y.csv", reason=value if shown is None else shown)
    assert for_visitors(notice) == wanted
    assert "/x/y.csv" in str(notice)  # whoever runs it reads where


def test_an_error_of_a_catalog_says_no_place_to_a_visitor(tmp_path: Path) -> None:
    from vmr.catalogs.arrays import read_features

    with pytest.raises(gr.Error) as caught, page_errors():
        read_features(tmp_path / "mine" / "features.safetensors")
    assert "features.safetensors" in caught.value.message
    assert str(tmp_path) not in caught.value.message and "mine" not in caught.value.message
