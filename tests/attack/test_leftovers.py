"""What visitors sent and were given is gone: within the hour, and however the server ended."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.attack.server import Server, at_work, children
from tests.attack.visitor import Visitor
from tests.load.crowd import crowd
from tests.media_files import ffmpeg
from vmr.page.transient import PREFIX, TransientFolder, sweep_dead

UPLOADS, ABORTED = 5, 2  # of the real server; 50 and 10 by VMR_ATTACK=large


@pytest.fixture
def long_video(tmp_path: Path) -> Path:
    """Half an hour that no browser plays: nobody converts it in a moment."""
    once, path = tmp_path / "once.mkv", tmp_path / "long.mkv"
    picture = "testsrc2=size=640x360:rate=25:duration=4"
    ffmpeg("-f", "lavfi", "-i", picture, "-c:v", "mpeg4", "-q:v", "31", str(once))
    ffmpeg("-stream_loop", "449", "-i", str(once), "-c", "copy", str(path))
    return path


def abort_upload(address: str, size: int) -> None:
    """Send the half of a file and go."""
    host = urlsplit(address).netloc
    name, port = host.split(":")
    head = '--b\r\nContent-Disposition: form-data; name="files"; filename="a.mp4"\r\n\r\n'
    with socket.create_connection((name, int(port)), 10) as connection:
        connection.sendall(
            f"POST /gradio_api/upload HTTP/1.1\r\nHost: {host}\r\nContent-Length: {size}\r\n"
            f"Content-Type: multipart/form-data; boundary=b\r\n\r\n{head}".encode()
        )
        connection.sendall(bytes(size // 2))
        time.sleep(0.3)


def until(is_true: Callable[[], bool], seconds: float = 60.0) -> bool:
    """Whether something becomes true in time."""
    end = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


@pytest.mark.thorough
def test_work_for_nobody_ends_and_nothing_is_left_however_a_server_ends(
    tmp_path: Path, short_video: Path, long_video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VMR_CACHE", str(tmp_path / "cache"))
    large = 10 if os.environ.get("VMR_ATTACK") == "large" else 1
    server = Server(tmp_path / "tmp")
    try:
        visitor = Visitor(server.address)
        for number in range(UPLOADS * large):
            mine = tmp_path / f"{number}.mp4"
            mine.write_bytes(short_video.read_bytes() + bytes(number))
            visitor.upload(mine)
        for _ in range(ABORTED * min(large, 5)):
            abort_upload(server.address, 2_000_000)
        assert len(server.left_over()) >= UPLOADS * large
        clips = [short_video, tmp_path / "other.mp4"]
        clips[1].write_bytes(short_video.read_bytes() + b"x")
        report = crowd(server, clips, sliders=4, same=2, pause_s=1, folder=tmp_path)
        assert (report.answered, report.own, report.decoded_again) == (2, 2, 0)
        assert not report.refused and report.list_quiet_s[0] > 0 and report.most_gb < 4
    finally:
        server.process.kill()
        server.process.wait()

    server = Server(tmp_path / "tmp", "--stop-seconds", "1")
    try:
        assert [path.name for path in server.left_over()] == ["lock"]
        visitor = Visitor(server.address)
        film = visitor.upload(long_video)
        visitor.leave(visitor.join("playable", [film, ""]))
        assert until(lambda: not at_work(server.process.pid)), "work goes on for nobody"
        visitor.join("playable", [film, ""])
        assert until(lambda: bool(at_work(server.process.pid)))
        workers = children(server.process.pid)
    finally:
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(20) == 0, server.said()
    assert server.left_over() == []
    assert until(lambda: not any(Path(f"/proc/{pid}/cmdline").exists() for pid in workers))
    assert "Traceback" not in server.said()


def test_the_folder_of_a_server_that_runs_is_left_alone_and_a_dead_ones_is_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    alive = TransientFolder(keep_s=1000)
    (alive.uploads / "a.mp4").write_bytes(b"x")
    dead = tmp_path / f"{PREFIX}dead"
    (dead / "uploads" / "x").mkdir(parents=True)
    (dead / "uploads" / "x" / "b.mp4").write_bytes(b"x")
    (dead / "lock").touch()
    (tmp_path / f"{PREFIX}link").symlink_to(shutil.os.sep)
    (tmp_path / "other").mkdir()
    assert sweep_dead(tmp_path) == 1
    assert not dead.exists() and (alive.uploads / "a.mp4").exists()
    alive.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", f"{PREFIX}link"]


def test_uploads_given_files_and_empty_folders_go_by_the_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = TransientFolder(keep_s=1000)
    old = [folder.uploads / "hash" / "a.mp4", folder.path / "b.mp4", folder.work / "tmp1"]
    running = folder.work / "vmr-1" / "bed.wav"
    for path in (*old, running):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"")
    now = time.time() + 1500
    folder.sweep(now)
    folder.sweep(now + 1)
    assert not any(path.exists() for path in old) and not old[0].parent.exists()
    assert running.exists()
    folder.sweep(now + 7200)
    assert not running.exists()
    folder.close()


def test_a_sweep_that_fails_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("vmr.page.transient.LOOK_S", 0.01)
    tries = []

    def fail(folder: TransientFolder) -> int:
        tries.append(folder)
        raise OSError("something vanished")

    monkeypatch.setattr(TransientFolder, "sweep", fail)
    folder = TransientFolder(keep_s=1000)
    assert until(lambda: len(tries) > 3, 5)
    folder.close()
