"""Many uploads at once beside many light visitors: ``python -m tests.attack.load 50 200``."""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from tests.attack.server import Server, _resident_bytes, serving
from tests.attack.visitor import BusyError, Visitor

PAUSE_S = 2.0  # of a light visitor between two questions
MOST_MB = 300.0


@dataclass(frozen=True)
class Load:
    """Matches that were right, light answers and how many were refused, their times; how much
    memory was taken at most, by all processes and by the server's own."""

    right: int
    light: int
    busy: int
    median_s: float
    slowest_s: float
    grown_mb: float
    server_mb: float


def load(server: Server, video: Path, uploads: int, users: int) -> Load:
    """What becomes of ``uploads`` different files at once while ``users`` ask light questions."""
    visitor = Visitor(server.address)
    sha256 = visitor.call("match", [visitor.upload(video), "", ""])["query"]["sha256"]
    before = peak = server.resident_mb()
    own = 0.0
    over = threading.Event()
    seconds: list[float] = []
    busy: list[int] = []

    def match(number: int) -> bool:
        with tempfile.TemporaryDirectory() as folder:
            mine = Path(folder) / f"{number}.mp4"
            mine.write_bytes(video.read_bytes() + bytes(number + 1))
            file = visitor.upload(mine)
        answer = visitor.call("match", [file, "", ""])
        return bool(answer) and answer["query"]["sha256"] != sha256

    def ask(number: int) -> None:
        while not over.wait(PAUSE_S * (number + 1) / users if not seconds else PAUSE_S):
            begun = time.monotonic()
            try:
                assert visitor.call("restore", [sha256])["query"]["sha256"] == sha256
                seconds.append(time.monotonic() - begun)
            except BusyError:
                busy.append(number)

    with ThreadPoolExecutor(uploads + users) as pool:
        light = [pool.submit(ask, number) for number in range(users)]
        heavy = [pool.submit(match, number) for number in range(uploads)]
        while not all(future.done() for future in heavy):
            peak = max(peak, server.resident_mb())
            own = max(own, _resident_bytes(server.process.pid) / 1e6)
            time.sleep(0.5)
        over.set()
        right = sum(future.result() for future in heavy)
        for future in light:
            future.result()
    middle = statistics.median(seconds) if seconds else 0.0
    slowest = max(seconds, default=0.0)
    return Load(right, len(seconds), len(busy), middle, slowest, peak - before, own - before)


def main() -> int:
    flags = argparse.ArgumentParser(description=__doc__)
    flags.add_argument("uploads", type=int)
    flags.add_argument("users", type=int)
    args = flags.parse_args()
    spec = find_spec("gradio")
    assert spec is not None and spec.origin is not None
    video = Path(spec.origin).parent / "media_assets" / "videos" / "b.mp4"
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder) / "tmp") as server:
        found = load(server, video, args.uploads, args.users)
    print(found)
    return int(found.right < args.uploads or found.busy > 0 or found.grown_mb > MOST_MB)


if __name__ == "__main__":
    sys.exit(main())
