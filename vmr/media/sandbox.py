"""Starts the worker process and makes one sentence of whatever goes wrong in it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from vmr.errors import MediaError, Notice
from vmr.media.limits import MediaLimits, StoppedError
from vmr.media.spare import SpareWorker
from vmr.media.stopping import is_over

ROOT = Path(__file__).resolve().parents[2]
WORKER = "vmr.media.worker"  # the module that the fresh interpreter runs
_PASSED_ON = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
POLL_S, POLL_OFTEN_S = 0.2, 0.02
_spare: SpareWorker | None = None
_OUT_OF_TIME, _KILLED = -getattr(signal, "SIGXCPU", 0), -getattr(signal, "SIGKILL", 0)


def shown_name(path: Path) -> str:
    """The file's name as it may stand in a sentence: printable, at most 60 characters."""
    text = path.name.encode("utf-8", "replace").decode("utf-8")
    text = "".join(c if c.isprintable() else "?" for c in text) or str(path)
    return text if len(text) <= 60 else f"{text[:40]}...{text[-17:]}"


def run_job(
    job: dict[str, Any],
    name: str,
    folder: Path,
    limits: MediaLimits,
    cancel: Callable[[], bool] | None = None,
    meanwhile: Callable[[subprocess.Popen[bytes]], None] | None = None,
) -> dict[str, Any]:
    """The worker's answer to one job, its arrays left in ``folder``; MediaError in words.

    ``meanwhile`` is called often while it works, for what it leaves before it has finished; see
    ``paused``.

    A true answer of ``cancel``, asked a few times a second, ends it with a StoppedError, as do the
    reasons of vmr.media.stopping.
    """
    words = folder / "words.txt"
    process = _start(job | {"name": name}, folder, limits, words)
    try:
        _wait(process, name, limits.wall_s, is_over(cancel), meanwhile)
    except subprocess.TimeoutExpired as error:
        seconds, advice = limits.wall_s, _advice(job)
        raise MediaError("media.slow", name=name, seconds=seconds, advice=advice) from error
    finally:
        kill(process)
        if _spare is not None:
            _spare.renew()
    answer_file = folder / "answer.json"
    if process.returncode != 0 or not answer_file.exists():
        raise _died(process.returncode, _last_words(words), name, _advice(job))
    answer = json.loads(answer_file.read_text("utf-8"))
    if "error" in answer:
        raise MediaError.of(Notice.from_json(answer["error"]))
    return dict(answer["value"])


def _start(
    job: dict[str, Any], folder: Path, limits: MediaLimits, words: Path
) -> subprocess.Popen[bytes]:
    """A worker on the job: for a video the spare one where it is there. What it says is in
    ``words``: decoders can be talkative, and a file is held to a size."""
    words.touch()
    if _spare is not None and job["job"] == "video":
        _write_job(job, folder, limits)
        if (process := _spare.take(folder)) is not None:
            return process
    with words.open("wb") as file:
        return start_worker(job, folder, limits, stderr=file.fileno())


def keep_spare() -> None:
    """From now on a worker waits for the next video; for programs that serve people."""
    global _spare
    if _spare is None:
        _spare = SpareWorker(waiting_worker)


def waiting_worker() -> subprocess.Popen[bytes]:
    """A worker that waits for the folder of its job, see vmr.media.spare."""
    return _interpreter([], ROOT, stdin=subprocess.PIPE)


def unconfined(limits: MediaLimits) -> list[str]:
    """What of vmr.media.confine.PARTS this system cannot hold, as a worker finds it."""
    with tempfile.TemporaryDirectory(prefix="vmr-") as folder:
        return list(run_job({"job": "protection"}, "", Path(folder), limits)["missing"])


def _wait(
    process: subprocess.Popen[bytes],
    name: str,
    wall_s: float,
    cancel: Callable[[], bool],
    meanwhile: Callable[[subprocess.Popen[bytes]], None] | None,
) -> None:
    """Wait for the end; TimeoutExpired after ``wall_s``, StoppedError if it is cancelled."""
    until = time.monotonic() + wall_s
    while time.monotonic() < until:
        if cancel():
            raise StoppedError("media.stopped", name=name)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=POLL_S if meanwhile is None else POLL_OFTEN_S)
            return
        if meanwhile is not None:
            meanwhile(process)
    process.wait(timeout=max(until - time.monotonic(), 0.0))


def start_worker(
    job: dict[str, Any],
    folder: Path,
    limits: MediaLimits,
    stdout: int = subprocess.DEVNULL,
    stderr: int = subprocess.PIPE,
) -> subprocess.Popen[bytes]:
    """A fresh interpreter on the job, in a process group of its own, with a bare environment."""
    _write_job(job, folder, limits)
    return _interpreter([str(folder)], folder, stdout=stdout, stderr=stderr)


def _write_job(job: dict[str, Any], folder: Path, limits: MediaLimits) -> None:
    text = json.dumps(job | {"limits": asdict(limits)})
    (folder / "job.json").write_text(text, "utf-8")


def _interpreter(
    arguments: list[str],
    cwd: Path,
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.DEVNULL,
    stderr: int = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    environment = {key: os.environ[key] for key in _PASSED_ON if key in os.environ}
    environment |= {
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
        "DECORD_EOF_RETRY_MAX": "131072",
        "DECORD_DUPLICATE_WARNING_THRESHOLD": "1.0",
    }
    return subprocess.Popen(
        [sys.executable, "-s", "-m", WORKER, *arguments],
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        env=environment,
        cwd=cwd,
        start_new_session=True,
    )


@contextmanager
def paused(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """The worker rests in this block, where a system lets it: its results are being worked on, and
    both together would take each other's cores."""
    if hasattr(os, "killpg") and process.poll() is None:
        os.killpg(process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGCONT)
    else:
        yield


def kill(process: subprocess.Popen[bytes]) -> None:
    """End the worker and every process it started; nothing happens if all have ended."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    elif process.poll() is None:
        process.kill()
    process.wait()


def _last_words(path: Path) -> str:
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - 2000, 0))
        return file.read().decode("utf-8", "replace")


def _advice(job: dict[str, Any]) -> Notice:
    """What to do with a video that is too much, or with a piece of music."""
    return Notice("media.convert_sound") if job.get("sound") else Notice("media.export_video")


def _died(status: int, words: str, name: str, advice: Notice) -> MediaError:
    """The sentence for a worker that ended without an answer; its last words are the cause."""
    cause = RuntimeError(f"media worker ended with status {status}: {words}")
    if status and status == _OUT_OF_TIME:
        key = "media.too_much_computing"
    elif status and status == _KILLED:  # not by us: the system does so when its memory is full
        key = "media.killed"
    elif "MemoryError" in words or "bad_alloc" in words or "Cannot allocate memory" in words:
        key = "media.too_much_memory"
    else:
        key = "media.decoder_failed"
    error = MediaError(key, name=name, advice=advice)
    error.__cause__ = cause
    return error
