"""Memory over many answers, each to a session of its own: ``python -m tests.attack.memory 1000``.

Some visitors leave before they hear their answer; what was kept for them must go too.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

from tests.attack.server import Server, serving
from tests.attack.visitor import Visitor

LEAVE = 0.1  # of the visitors
WARM_UP = 20


def growth_mb(server: Server, visitor: Visitor, video: Path, answers: int) -> float:
    """MB that the server holds more after ``answers`` than after the first few."""
    file = visitor.upload(video)
    sha256 = visitor.call("match", [file, "", ""])["query"]["sha256"]
    chance = random.Random(1)
    before = 0.0
    for count in range(WARM_UP + answers):
        if count == WARM_UP:
            before = server.resident_mb()
        session = visitor.join("restore", [sha256])
        if chance.random() > LEAVE:
            assert visitor.hear(session)["query"]["sha256"] == sha256
        if count % 100 == 99:
            print(count + 1, f"{server.resident_mb():.0f} MB", flush=True)
    return server.resident_mb() - before


def main() -> int:
    flags = argparse.ArgumentParser(description=__doc__)
    flags.add_argument("answers", type=int, nargs="?", default=1000)
    flags.add_argument("--video", type=Path, required=True)  # any short one
    args = flags.parse_args()
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder) / "tmp") as server:
        grown = growth_mb(server, Visitor(server.address), args.video, args.answers)
    print(f"{grown:.1f} MB more after {args.answers} answers")
    return int(grown > 20)


if __name__ == "__main__":
    sys.exit(main())
