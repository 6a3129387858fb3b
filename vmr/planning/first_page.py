"""The first page of a server that is started for it: until it is warm, and until a browser has it.

The naive page is sent as it is, with every script and style of ours, over a connection for each
file, one after another. The one that is measured comes with what the start needs, over CONNECTIONS
that stay open, as browsers have them; neither has anything from before.
"""

from __future__ import annotations

import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection
from importlib import resources
from pathlib import Path
from urllib.parse import urljoin

from vmr.errors import VmrError, plural
from vmr.planning.described import Measure
from vmr.planning.stopwatch import seconds_of

CONNECTIONS = 6
GZIP, PLAIN = {"Accept-Encoding": "gzip"}, {"Accept-Encoding": "identity"}
# at the start of a line: neither what is imported later, nor types in comments
NEEDED = re.compile(
    r"""^(?:@?import|export|\}\s*from)\b[^"'\n(]*(?:url\()?["']([\w./-]+\.(?:js|css))["']""", re.M
)
LINKED = re.compile(r"""(?:src|href)=\\?["'](vmr/[^"'\\]+\.(?:js|css))""")  # escaped in its JSON


@dataclass(frozen=True)
class FirstPage:
    """warm_s: from the start of the process until it is ready; first_byte_s: of the document, from
    the request; measures beside the naive way."""

    warm_s: float
    first_byte_s: float
    measures: list[Measure]


def first_page(checkpoint: Path, repeat: int) -> FirstPage:
    """Start the page on a free port of this machine, ask for it and end it. Raises VmrError."""
    with _started(checkpoint) as (port, warm_s):
        first_byte_s = statistics.median(_first_byte_s(port) for _ in range(repeat))
        needed = list(_needed(port))
        whole_s = statistics.median(seconds_of(partial(_load, port, needed)) for _ in range(repeat))
        naive_s = seconds_of(partial(_load_naively, port))
        sent, plain = (len(_get(_open(port), "/", how)) for how in (GZIP, PLAIN))
    what = f"first page: the document and {plural(len(needed), 'file')} of ours"
    naive = f"all {len(_every_file())} of ours, as they are, one after another"
    sizes = Measure("the document, sent", sent / 1000, plain / 1000, "kB", "as it is")
    return FirstPage(
        warm_s, first_byte_s, [sizes, Measure(what, 1000 * whole_s, 1000 * naive_s, "ms", naive)]
    )


@contextmanager
def _started(checkpoint: Path) -> Iterator[tuple[int, float]]:
    """(port, seconds until it was ready) of a page in a process of its own."""
    app = Path(str(resources.files("vmr"))).parent / "app.py"
    port = free_port()
    command = [sys.executable, str(app), "--port", str(port), "--checkpoint", str(checkpoint)]
    with tempfile.TemporaryDirectory(prefix="vmr-") as data:
        begun, said = time.perf_counter(), list[str]()
        process = subprocess.Popen(
            [*command, "--data", data, "--device", "cpu", "--no-fetch"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            for line in process.stdout or ():
                said.append(line)
                if line.startswith("ready"):
                    break
            else:
                raise VmrError("benchmark.no_page", reason="".join(said)[-300:].strip())
            yield port, time.perf_counter() - begun
        finally:
            process.terminate()
            process.communicate()


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _needed(port: int) -> Iterator[str]:
    """Addresses of the scripts and styles that the document asks for, and that these ask for."""
    connection = _open(port)
    waiting, seen = LINKED.findall(_get(connection, "/", PLAIN).decode()), set[str]()
    while waiting:
        path = waiting.pop()
        if path in seen or not path.startswith("vmr/"):
            continue
        seen.add(path)
        yield path
        text = _get(connection, f"/{path}", PLAIN).decode()
        waiting += [urljoin(path, to) for to in NEEDED.findall(text)]
    connection.close()


def _every_file() -> list[str]:
    static = Path(str(resources.files("vmr.page"))) / "static"
    files = (path for path in static.rglob("*") if path.suffix in (".js", ".css"))
    return [f"vmr/{path.relative_to(static).as_posix()}" for path in files]


def _load(port: int, paths: list[str]) -> None:
    """The document, then the files, over connections that stay open."""
    connections = [_open(port) for _ in range(CONNECTIONS)]
    _get(connections[0], "/", GZIP)

    def part(n: int) -> None:
        for path in paths[n::CONNECTIONS]:
            _get(connections[n], f"/{path}", GZIP)
        connections[n].close()

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(part, range(CONNECTIONS)))


def _load_naively(port: int) -> None:
    for path in ["", *_every_file()]:
        connection = _open(port)
        _get(connection, f"/{path}", PLAIN)
        connection.close()


def _open(port: int) -> HTTPConnection:
    return HTTPConnection("127.0.0.1", port, timeout=60)


def _get(connection: HTTPConnection, path: str, headers: dict[str, str]) -> bytes:
    """The body as it was sent."""
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise VmrError("benchmark.no_page", reason=f"{path} {answer.status}")
    return body


def _first_byte_s(port: int) -> float:
    begun = time.perf_counter()
    connection = _open(port)
    connection.request("GET", "/", headers=GZIP)
    connection.getresponse().read(1)
    took_s = time.perf_counter() - begun
    connection.close()
    return took_s
