"""A media worker under the real limits, which does what a decoder under attack might do."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vmr.media import worker
from vmr.media.limits import MediaLimits


def misbehave(job: dict[str, Any], folder: Path, limits: MediaLimits) -> dict[str, Any]:
    """One kind of misbehaviour, by ``job["kind"]``."""
    kind = job["kind"]
    if kind == "sleep":
        time.sleep(3600)
    elif kind == "spin":
        while True:
            pass
    elif kind == "allocate":
        return {"bytes": len(b"".join(b"x" * 2**20 for _ in range(2**20)))}
    elif kind == "crash":
        os.abort()
    elif kind == "talk":
        while True:
            sys.stderr.write("blah " * 1000)
    elif kind == "child":
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"])
        Path(job["pid_file"]).write_text(str(child.pid))
        child.wait()
    elif kind == "fill":
        with (folder / "large").open("wb") as file:
            while True:
                file.write(bytes(2**20))
    elif kind == "open":
        return {"opened": open_many(folder / "job.json")}
    elif kind == "reach":
        return {name: reached(attempt) for name, attempt in attempts(job).items()}
    elif kind == "wait":
        (folder / "pid").write_text(str(os.getpid()))
        time.sleep(3600)
    return {}


def attempts(job: dict[str, Any]) -> dict[str, Callable[[], object]]:
    """Ways out of the worker, by name."""
    return {
        "own input": lambda: Path(job["path"]).read_bytes(),
        "foreign file": lambda: Path(job["foreign"]).read_bytes(),
        "list folder": lambda: list(Path(job["foreign"]).parent.iterdir()),
        "system file": lambda: Path("/etc/passwd").read_bytes(),
        "write elsewhere": lambda: Path(job["foreign"]).with_name("new").write_text("x"),
        "tcp": lambda: socket.create_connection(("127.0.0.1", job["port"]), 1),
        "udp": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
        "unix socket": lambda: socket.socket(socket.AF_UNIX),
        "fork": lambda: os.fork() or os._exit(0),
        "shell": lambda: subprocess.run(["/bin/sh", "-c", "true"], check=True),
        "leave group": os.setsid,
        "signal parent": lambda: os.kill(os.getppid(), 0),
        "mount": lambda: ctypes.CDLL(None).mount(b"x", b"/mnt", b"tmpfs", 0, None),
        "own group": lambda: os.setpgid(0, 0),
    }


def reached(attempt: Callable[[], object]) -> bool:
    try:
        return attempt() != -1
    except (OSError, subprocess.SubprocessError):
        return False


def open_many(path: Path) -> int:
    """How often a file can be opened at once, 1000 times at most."""
    files = []
    try:
        for _ in range(1000):
            files.append(path.open("rb"))
    except OSError:
        pass
    finally:
        for file in files:
            file.close()
    return len(files)


if __name__ == "__main__":
    worker.JOBS["misbehave"] = misbehave
    sys.exit(worker.main(sys.argv[1:]))
