"""The real server in a process of its own, with a folder of its own for everything temporary."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.browser.conftest import PROJECT, READY_S, free_port


class Server:
    """``python app.py``; what it says stands in ``log``."""

    def __init__(self, temporary: Path, *flags: str) -> None:
        self.temporary = temporary
        self.log = temporary.with_name(temporary.name + ".log")
        temporary.mkdir(exist_ok=True)
        port = free_port()
        self.address = f"http://127.0.0.1:{port}/"
        command = [sys.executable, "app.py", "--port", str(port), "--device", "cpu", *flags]
        environment = {**os.environ, "TMPDIR": str(temporary)}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=PROJECT, stdout=log, stderr=subprocess.STDOUT, env=environment
            )
        end = time.monotonic() + READY_S
        while "\nready" not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < end, self.said()
            time.sleep(0.1)

    def said(self) -> str:
        """Everything that the server wrote so far."""
        return self.log.read_text(errors="replace")

    def resident_mb(self) -> float:
        """MB of memory that the server and the processes that it started hold."""
        return sum(map(_resident_bytes, [self.process.pid, *children(self.process.pid)])) / 1e6

    def left_over(self) -> list[Path]:
        """Files in its temporary folder."""
        return [path for path in self.temporary.rglob("*") if path.is_file()]


@contextmanager
def serving(temporary: Path, *flags: str) -> Iterator[Server]:
    """A server that is ended after use."""
    server = Server(temporary, *flags)
    try:
        yield server
    finally:
        server.process.terminate()
        server.process.wait(20)


def children(pid: int) -> list[int]:
    """Every process that was started by this one or by those it started."""
    found: list[int] = []
    for table in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            direct = [int(text) for text in table.read_text().split()]
        except OSError:  # the thread ended
            continue
        found += direct
        for child in direct:
            found += children(child)
    return found


def at_work(pid: int) -> list[int]:
    """Those of them that have a job: a worker that waits for one has not gone to its folder yet."""
    found = []
    for child in children(pid):
        with contextlib.suppress(OSError):  # it ended
            if Path(f"/proc/{child}/cwd").resolve() != PROJECT:
                found.append(child)
    return found


def _resident_bytes(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
