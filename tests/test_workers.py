"""Processes that work for another one."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import vmr

SCRIPT = """
import sys
from pathlib import Path
from vmr.files import sha256_file
from vmr.catalogs.file_pool import run_on_files
if __name__ == "__main__":
    list(run_on_files(sha256_file, [Path(p) for p in sys.argv[1:]], jobs=2))
"""


def children(of: int) -> set[int]:
    """Processes whose parent is ``of``."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rpartition(")")[2].split()[1]) == of:
                found.add(int(stat.parent.name))
        except (OSError, ValueError):
            continue  # it has just ended
    return found


def alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.mark.thorough
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
def test_no_worker_outlives_a_killed_command(tmp_path: Path) -> None:
    pipes = [tmp_path / "a", tmp_path / "b"]  # reading from them never ends
    for pipe in pipes:
        os.mkfifo(pipe)
    script = tmp_path / "work.py"
    script.write_text(SCRIPT)
    root = str(Path(vmr.__file__).parent.parent)
    command = subprocess.Popen(
        [sys.executable, str(script), *map(str, pipes)], env={**os.environ, "PYTHONPATH": root}
    )
    try:
        deadline = time.monotonic() + 30
        while len(children(command.pid)) < 3 and time.monotonic() < deadline:
            time.sleep(0.05)  # two workers and multiprocessing's resource tracker
        workers = children(command.pid)
        assert len(workers) >= 3
        time.sleep(1.0)  # they have begun to read
    finally:
        command.kill()
        command.wait()
    deadline = time.monotonic() + 15
    while any(map(alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(alive, workers))
