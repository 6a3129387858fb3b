"""A media worker under the real limits, which does what a decoder under attack might do."""

from __future__ import annotations

import os
import subprocess
import sys
import time
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
    return {}


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
    sys.exit(worker.main(Path(sys.argv[1])))
