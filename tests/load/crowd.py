"""A crowd in front of the real server: ``python tests/load/crowd.py --people 50 --sliders 200``.

People send clips of their own at once, others the same clip, while many more have the page open:
each loads it by a link, then moves the slider, which asks the server nothing (Chromium sent no
request in 100 moves), and after a minute or so loads it again or asks for words. Afterwards every
clip is sent again alone, and each answer of the crowd must be that clip's own.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import httpx

from tests.attack.server import Server, serving
from tests.attack.visitor import BusyError, Visitor
from tests.media_files import X264, ffmpeg
from vmr.files import sha256_file

MOST_GB = 4.0
SCENES = (
    "testsrc2=size=640x360:rate=25",
    "life=size=320x180:rate=25:mold=9:ratio=0.3:seed={seed},scale=640:360",
    "gradients=size=640x360:rate=25:seed={seed}:speed=0.02",
    "cellauto=size=640x360:rate=25:seed={seed}:rule=18",
)
WORDS = ("warm piano", "fast drums", "sad strings", "calm, slow", "happy")


@dataclass
class Seconds:
    """How long answers took, from several threads."""

    all: list[float] = field(default_factory=list)

    @contextmanager
    def timed(self) -> Iterator[None]:
        begun = time.monotonic()
        yield
        self.all.append(time.monotonic() - begun)

    def at(self, share: float) -> float:
        """The value that a share of them does not exceed; 0 of none."""
        ordered = sorted(self.all)
        return round(ordered[min(int(share * len(ordered)), len(ordered) - 1)], 3) if ordered else 0


@dataclass(frozen=True)
class Report:
    """What came of it; seconds, gigabytes, and counts of people or requests."""

    people: int
    sliders: int
    answered: int  # of the clips, each different
    own: int  # of these, the answers that are the clip's own
    same: int  # people who sent one further clip
    decoded_again: int  # times that this clip was decoded besides the first
    told_place: int  # people who were told their place in the queue, of those who waited
    told_wait: int  # of these, people who were told how long it takes
    alone_s: float  # one clip with nobody else there
    crowd_s: float  # until the last one had an answer
    after_s: float  # one clip right after that
    refused: dict[str, int]  # what was refused or broke off, in the server's words
    page_quiet_s: tuple[float, float]  # loading the page: median, 95 %
    page_crowd_s: tuple[float, float]
    list_quiet_s: tuple[float, float]  # asking for a list
    list_crowd_s: tuple[float, float]
    most_gb: float  # of memory, all processes together
    load: float  # of the machine when it began

    @property
    def failures(self) -> list[str]:
        """What must not be, in words."""
        said = {
            "answers lost": self.answered < self.people,
            "answers of somebody else": self.own < self.answered,
            "the same file decoded again": self.decoded_again > 0,
            "a place in the queue without the time": self.told_wait < self.told_place,
            "somebody refused": bool(self.refused),
            f"more than {MOST_GB:.0f} GB": self.most_gb > MOST_GB,
            "slow after the crowd": self.after_s > 2 * self.alone_s + 1,
        }
        return [text for text, is_so in said.items() if is_so]


def make_clips(folder: Path, count: int, seconds: float) -> list[Path]:
    """Clips that differ in what is seen, H.264."""
    paths = []
    for number in range(count):
        scene = SCENES[number % len(SCENES)].format(seed=number + 1)
        path = folder / f"clip {number}.mp4"
        hue = f"hue=h={number * 47 % 360}"
        ffmpeg("-f", "lavfi", "-i", scene, "-t", f"{seconds}", "-vf", hue, *X264, str(path))
        paths.append(path)
    return paths


def answer_of(visitor: Visitor, path: Path) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    """(what a file is answered, the places in the queue that were told before). Raises BusyError,
    httpx.HTTPError."""
    session = visitor.join("match", [visitor.upload(path), "", ""])
    places = []
    address = "/gradio_api/queue/data"
    with visitor.http.stream("GET", address, params={"session_hash": session}) as lines:
        for line in lines.iter_lines():
            message = json.loads(line[5:]) if line.startswith("data:") else {}
            if message.get("msg") == "estimation":
                places.append(message)
            if message.get("msg") == "process_completed":
                return (message["output"]["data"][0] if message["success"] else None), places
    return None, places


def ranking_of(answer: dict[str, Any]) -> list[Any]:
    """What an answer says of the tracks: their names and the numbers that rank them."""
    return [[track["id"], track["parts"], track["q"]] for track in answer["tracks"]]


class Refusals:
    """What the server refused, from several threads: how often for each reason."""

    def __init__(self) -> None:
        self.of: Counter[str] = Counter()

    @contextmanager
    def noted(self, what: str) -> Iterator[None]:
        """Note a refusal and go on."""
        try:
            yield
        except (BusyError, httpx.HTTPError) as error:
            text = error.response.text if isinstance(error, httpx.HTTPStatusError) else ""
            self.of[f"{what}: {type(error).__name__} {error} {text}".strip()] += 1


class Sliders:
    """People who move the slider, and ask the server for something every ``pause_s`` or so."""

    def __init__(
        self, address: str, count: int, pause_s: float, sha256: str, refusals: Refusals
    ) -> None:
        self.visitor = Visitor(address)
        self.pause_s = pause_s
        self.sha256 = sha256
        self.refusals = refusals
        self.page: dict[str, Seconds] = defaultdict(Seconds)
        self.list: dict[str, Seconds] = defaultdict(Seconds)
        self.phase = "quiet"
        self._over = threading.Event()
        self._pool = ThreadPoolExecutor(max(count, 1))
        self._people = [self._pool.submit(self._person, number) for number in range(count)]

    def _person(self, number: int) -> None:
        chance = random.Random(number)
        loads, wait_s = True, chance.uniform(0, 1) * self.pause_s
        while not self._over.wait(wait_s):
            with self.refusals.noted("light"):
                self._ask(loads, chance.choice(WORDS))
            loads, wait_s = chance.random() < 0.4, chance.uniform(0, 2) * self.pause_s

    def _ask(self, loads: bool, words: str) -> None:
        phase = self.phase
        if loads:
            with self.page[phase].timed():
                self.visitor.http.get("/").raise_for_status()
        with self.list[phase].timed():
            if loads:
                found = self.visitor.call("restore", [self.sha256, None])
            else:
                found = self.visitor.call("words", [self.sha256, words, None])
        assert found["query"]["sha256"] == self.sha256

    def leave(self) -> None:
        """Wait until all have gone. Raises what went wrong with one of them."""
        self._over.set()
        for person in self._people:
            person.result()
        self._pool.shutdown()


class Watch:
    """The most memory that the server and its workers held together."""

    def __init__(self, server: Server) -> None:
        self.most_mb = server.resident_mb()
        self._server = server
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._over.wait(0.5):
            self.most_mb = max(self.most_mb, self._server.resident_mb())

    def end(self) -> float:
        self._over.set()
        self._thread.join()
        return self.most_mb / 1000


def recalled(visitor: Visitor) -> int:
    """Files that were not decoded as their bytes were known, by /metrics."""
    found = re.search(r"^vmr_files_recalled_total (\S+)", visitor.http.get("/metrics").text, re.M)
    assert found is not None
    return int(float(found[1]))


def other_bytes(path: Path, folder: Path, name: str) -> Path:
    """The same clip as a file that the server has not seen."""
    copy = folder / f"{name} {path.name}"
    copy.write_bytes(path.read_bytes() + name.encode())
    return copy


def crowd(
    server: Server,
    clips: Sequence[Path],
    sliders: int,
    same: int,
    pause_s: float,
    folder: Path,
    most_alone: int = 50,
) -> Report:
    """All of it, against a server that is ready; ``most_alone`` of the clips are sent again alone,
    of the others the hash in the answer is held to that of the file."""
    load = os.getloadavg()[0]
    visitor = Visitor(server.address)
    first, _ = answer_of(visitor, other_bytes(clips[0], folder, "first"))
    assert first is not None
    alone = Seconds()
    for name in ("a", "b", "c"):
        with alone.timed():
            answer_of(visitor, other_bytes(clips[-1], folder, name))
    shared = other_bytes(clips[0], folder, "shared")
    refusals = Refusals()
    light = Sliders(server.address, sliders, pause_s, first["query"]["sha256"], refusals)
    watch, known = Watch(server), recalled(visitor)
    time.sleep(pause_s)
    light.phase = "crowd"
    begun = time.monotonic()

    def send(sender: Visitor, path: Path) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
        with refusals.noted("a clip"):
            return answer_of(sender, path)
        return None, []

    with ThreadPoolExecutor(len(clips) + same) as pool:
        own = [pool.submit(send, Visitor(server.address), path) for path in clips]
        others = [pool.submit(send, visitor, shared) for _ in range(same)]
        answers = [future.result() for future in own]
        shared_answers = [future.result()[0] for future in others]
    crowd_s = time.monotonic() - begun
    light.phase = "after"
    after = Seconds()
    with after.timed():
        answer_of(visitor, other_bytes(clips[-1], folder, "after"))
    light.leave()
    again = same - 1 - (recalled(visitor) - known) if same and all(shared_answers) else 0
    right = 0
    for number, (path, (answer, _)) in enumerate(zip(clips, answers, strict=True)):
        again_alone = other_bytes(path, folder, "alone") if number < most_alone else None
        alone_answer = answer_of(visitor, again_alone)[0] if again_alone else answer
        right += is_own(path, answer, alone_answer)
    waited = [places for _, places in answers if any(place["rank"] for place in places)]
    return Report(
        people=len(clips),
        sliders=sliders,
        answered=sum(answer is not None for answer, _ in answers),
        own=right,
        same=same,
        decoded_again=again,
        told_place=len(waited),
        told_wait=sum(any(place["rank_eta"] for place in places) for places in waited),
        alone_s=round(statistics.median(alone.all), 3),
        crowd_s=round(crowd_s, 1),
        after_s=after.at(0.5),
        refused=dict(refusals.of),
        page_quiet_s=(light.page["quiet"].at(0.5), light.page["quiet"].at(0.95)),
        page_crowd_s=(light.page["crowd"].at(0.5), light.page["crowd"].at(0.95)),
        list_quiet_s=(light.list["quiet"].at(0.5), light.list["quiet"].at(0.95)),
        list_crowd_s=(light.list["crowd"].at(0.5), light.list["crowd"].at(0.95)),
        most_gb=round(watch.end(), 2),
        load=round(load, 1),
    )


def is_own(path: Path, answer: dict[str, Any] | None, alone: dict[str, Any] | None) -> bool:
    """Whether an answer of the crowd names this file and ranks as the same clip sent alone does."""
    if answer is None or alone is None:
        return False
    query = answer["query"]
    is_named = (query["name"], query["sha256"]) == (path.name, sha256_file(path))
    return is_named and ranking_of(answer) == ranking_of(alone)


def main(argv: Sequence[str] | None = None) -> int:
    flags = argparse.ArgumentParser(description=__doc__)
    flags.add_argument("--people", type=int, default=50)
    flags.add_argument("--sliders", type=int, default=200)
    flags.add_argument("--same", type=int, default=5, help="people who send one further clip")
    flags.add_argument("--seconds", type=float, default=10.0, help="of each clip")
    flags.add_argument("--pause", type=float, default=60.0, help="seconds between light requests")
    flags.add_argument(
        "--alone", type=int, default=50, metavar="N", help="clips that are sent again alone"
    )
    flags.add_argument("--json", action="store_true")
    args = flags.parse_args(argv)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clips = make_clips(folder, args.people, args.seconds)
        with serving(folder / "tmp") as server:
            more = args.sliders, args.same, args.pause, folder, args.alone
            report = crowd(server, clips, *more)
    found = asdict(report) | {"failures": report.failures}
    print(json.dumps(found) if args.json else "\n".join(f"{k:14} {v}" for k, v in found.items()))
    return int(bool(report.failures))


if __name__ == "__main__":
    sys.exit(main())
