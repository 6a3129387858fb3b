"""The limits of the worker process hold against jobs that really misbehave."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from vmr.errors import MediaError
from vmr.media import sandbox
from vmr.media.limits import MediaLimits
from vmr.media.sandbox import run_job, start_worker

LIMITS = MediaLimits(wall_s=30.0)
unix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no resource limits")
linux = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc or a held memory limit")


@pytest.fixture(autouse=True)
def bad_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker process can misbehave, which the product's own cannot."""
    monkeypatch.setattr(sandbox, "WORKER", "tests.bad_worker")


def misbehave(kind: str, folder: Path, limits: MediaLimits, **more: str) -> str:
    """The sentence that a misbehaving worker gives."""
    with pytest.raises(MediaError) as caught:
        run_job({"job": "misbehave", "kind": kind, **more}, "bad.mp4", folder, limits)
    said = str(caught.value)
    assert said.startswith("bad.mp4 ") and "Traceback" not in said
    return said


def test_a_hanging_decoder_is_killed_at_the_wall_limit(tmp_path: Path) -> None:
    begun = time.monotonic()
    said = misbehave("sleep", tmp_path, replace(LIMITS, wall_s=1.0))
    assert "took longer than 1 s" in said
    assert time.monotonic() - begun < 60  # it would sleep for an hour


@unix
def test_a_decoder_that_computes_for_ever_is_stopped(tmp_path: Path) -> None:
    said = misbehave("spin", tmp_path, replace(LIMITS, cpu_s=1))
    assert "too much computing" in said


@linux
def test_a_decoder_that_takes_all_memory_is_stopped(tmp_path: Path) -> None:
    said = misbehave("allocate", tmp_path, replace(LIMITS, memory_bytes=400 * 2**20))
    assert "too much memory" in said


@unix
def test_a_crash_of_the_decoder_is_a_sentence_with_its_cause(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="made the decoder fail") as caught:
        run_job({"job": "misbehave", "kind": "crash"}, "bad.mp4", tmp_path, LIMITS)
    assert "status -6" in str(caught.value.__cause__)


@unix
def test_a_decoder_cannot_fill_the_disk(tmp_path: Path) -> None:
    misbehave("fill", tmp_path, replace(LIMITS, result_bytes=5 * 2**20))
    assert (tmp_path / "large").stat().st_size <= 5 * 2**20


@unix
def test_a_decoder_cannot_open_all_the_files_of_the_system(tmp_path: Path) -> None:
    job = {"job": "misbehave", "kind": "open"}
    assert 50 < run_job(job, "bad.mp4", tmp_path, LIMITS)["opened"] < 128


@unix
def test_a_talkative_decoder_does_not_fill_the_memory_of_the_server(tmp_path: Path) -> None:
    said = misbehave("talk", tmp_path, replace(LIMITS, result_bytes=3 * 2**20, cpu_s=10))
    assert len(said) < 250
    assert (tmp_path / "words.txt").stat().st_size <= 3 * 2**20


@linux
def test_the_worker_starts_no_other_process(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    misbehave("child", tmp_path, replace(LIMITS, wall_s=20), pid_file=str(note))
    assert not note.exists()


def test_the_worker_sees_nothing_of_the_parents_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "hunter2")
    worker = start_worker({"job": "misbehave", "kind": "sleep", "name": "x"}, tmp_path, LIMITS)
    try:
        environ = Path(f"/proc/{worker.pid}/environ")
        if not environ.exists():
            pytest.skip("needs /proc")
        deadline = time.monotonic() + 30
        while b"PYTHONPATH" not in (seen := environ.read_bytes()):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert b"hunter2" not in seen
    finally:
        worker.kill()
        worker.communicate()


def test_importing_the_media_room_starts_nothing_heavy() -> None:
    script = (
        "import sys, vmr.media.read, vmr.media.mixdown, vmr.media.playback;"
        "import vmr.page.sample_films.films;"
        "print([m for m in ('torch', 'gradio', 'decord', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout.decode().strip() == "[]"
