"""The worker that waits for its job: the same as a fresh one, as confined, and never missed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from tests.media_files import good_file
from tests.reach import LIMITS, assert_own_input_alone, reaching, unconfined
from vmr.media import sandbox
from vmr.media.read import read_video
from vmr.media.spare import SpareWorker

FIELDS = ("frames", "times_s", "stats", "cuts_s")
linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, or needs what Linux holds")


@pytest.fixture
def spare(monkeypatch: pytest.MonkeyPatch) -> Iterator[SpareWorker]:
    """Of this process, as the page has one; another is started as soon as a job is over."""
    made = SpareWorker(sandbox.waiting_worker, rest_s=0)
    monkeypatch.setattr(sandbox, "_spare", made)
    until_true(lambda: made.waiting is not None)
    yield made
    until_true(lambda: made.waiting is not None)  # else one is started after this test
    sandbox.kill(made.waiting)


def until_true(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_video_is_the_same_from_a_spare_worker_and_the_next_one_too(
    tmp_path: Path, spare: SpareWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = good_file(tmp_path, "plain.mp4")
    clips = []
    for _ in range(2):
        before = spare.waiting
        clips.append(read_video(path))
        assert before.returncode is not None  # it was this one that read
        until_true(lambda before=before: spare.waiting not in (None, before))
    monkeypatch.setattr(sandbox, "_spare", None)
    alone = read_video(path)
    for clip in clips:
        for field in FIELDS:
            np.testing.assert_array_equal(getattr(clip, field), getattr(alone, field))


def test_a_spare_worker_that_has_ended_is_not_missed(tmp_path: Path, spare: SpareWorker) -> None:
    dead = spare.waiting
    sandbox.kill(dead)
    assert len(read_video(good_file(tmp_path, "plain.mp4"))) > 0
    until_true(lambda: spare.waiting not in (None, dead))


@linux
def test_what_waits_has_one_thread_so_that_all_of_it_can_be_confined(spare: SpareWorker) -> None:
    libraries = Path(f"/proc/{spare.waiting.pid}/maps")
    until_true(lambda: "libdecord" in libraries.read_text())
    time.sleep(0.2)  # a thread that it begins would have begun
    assert len(list(Path(f"/proc/{spare.waiting.pid}/task").iterdir())) == 1


@linux
def test_a_spare_worker_reaches_nothing_but_its_input_and_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if missing := unconfined(tmp_path):
        pytest.skip(f"this kernel cannot hold: {missing}")
    with reaching(tmp_path, monkeypatch) as (job, folder):
        (folder / "words.txt").touch()
        job |= {"limits": asdict(LIMITS), "name": "x"}
        (folder / "job.json").write_text(json.dumps(job))
        worker = SpareWorker(sandbox.waiting_worker)
        until_true(lambda: worker.waiting is not None)
        process = worker.take(folder)
        assert process is not None and process.wait(60) == 0
    assert_own_input_alone(json.loads((folder / "answer.json").read_text())["value"])


@linux
def test_what_waits_ends_with_the_server_that_started_it() -> None:
    script = """
        import time
        from vmr.media import sandbox
        sandbox.keep_spare()
        while sandbox._spare.waiting is None:
            time.sleep(0.02)
        print(sandbox._spare.waiting.pid, flush=True)
        time.sleep(3600)
    """
    server = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True
    )
    stat = Path(f"/proc/{int(server.stdout.readline())}/stat")
    os.kill(server.pid, signal.SIGKILL)
    server.communicate()
    until_true(lambda: not stat.exists() or ") Z" in stat.read_text())
