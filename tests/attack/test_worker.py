"""What a decoder under attack can reach from inside the worker: its input and its folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from tests.media_files import good_file
from tests.reach import LIMITS, assert_own_input_alone, reaching, unconfined
from vmr.media import sandbox
from vmr.media.ffmpeg import ffmpeg_path
from vmr.media.sandbox import run_job
from vmr.page.start import say_unconfined

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux alone can hold all of it")


@pytest.fixture
def missing(tmp_path: Path) -> list[str]:
    """What this kernel cannot hold."""
    return unconfined(tmp_path)


def test_nothing_but_the_input_and_the_folder_can_be_reached(
    tmp_path: Path, missing: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if missing:
        pytest.skip(f"this kernel cannot hold: {missing}")
    with reaching(tmp_path, monkeypatch) as (job, folder):
        reached = run_job(job, "bad.mp4", folder, LIMITS)
    assert_own_input_alone(reached)


def test_the_worker_ends_with_the_server_that_started_it(tmp_path: Path) -> None:
    script = f"""
        from pathlib import Path
        from vmr.media import sandbox
        from vmr.media.limits import MediaLimits
        sandbox.WORKER = "tests.bad_worker"
        job = {{"job": "misbehave", "kind": "wait"}}
        sandbox.run_job(job, "x", Path({str(tmp_path)!r}), MediaLimits())
    """
    server = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)])
    note = tmp_path / "pid"
    until = time.monotonic() + 60
    while not note.exists() or not note.read_text():
        assert time.monotonic() < until and server.poll() is None
        time.sleep(0.05)
    worker = int(note.read_text())
    os.kill(server.pid, signal.SIGKILL)
    server.wait()
    while is_running(worker):
        assert time.monotonic() < until, "the worker outlives the server"
        time.sleep(0.05)


def is_running(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and ") Z" not in stat.read_text()


def test_ffmpeg_itself_can_open_no_other_file(tmp_path: Path, missing: list[str]) -> None:
    """A playlist that ffmpeg was made to read: the file that it names stays closed."""
    if "other files" in missing:
        pytest.skip("this kernel has no Landlock")
    secret = good_file(tmp_path, "broadcast.ts")
    playlist = tmp_path / "list.m3u8"
    playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{secret}\n#EXT-X-ENDLIST\n")
    out = tmp_path / "out.ts"
    out.touch()
    folder = tmp_path / "folder"
    folder.mkdir()
    arguments = ["-y", "-allowed_extensions", "ALL", "-f", "hls", "-i", str(playlist)]
    job = {"job": "ffmpeg", "ffmpeg": ffmpeg_path(), "cube": "", "name": "x"}
    job |= {"arguments": [*arguments, "-c", "copy", "-f", "mpegts", str(out)]}
    job |= {"reads": [str(playlist)], "writes": [str(out)]}
    for reads, size in (([], 0), ([str(secret)], 1000)):
        process = sandbox.start_worker(job | {"reads": [str(playlist), *reads]}, folder, LIMITS)
        process.communicate(timeout=60)
        assert out.stat().st_size >= size and bool(out.stat().st_size) == bool(size)


def test_what_a_system_cannot_hold_is_said_at_the_start(
    missing: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    say_unconfined(said.append)
    assert bool(said) == bool(missing)
    monkeypatch.setattr(sandbox, "WORKER", "tests.weak_worker")
    say_unconfined(said.append)
    assert "network, other processes" in said[-1]
