"""A worker that tries to reach everything: its job, and what it may reach."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.media_files import good_file
from vmr.media import sandbox
from vmr.media.limits import MediaLimits

LIMITS = MediaLimits(wall_s=60.0)


def unconfined(base: Path) -> list[str]:
    """What this kernel cannot hold."""
    folder = base / "protection"
    folder.mkdir()
    return list(sandbox.run_job({"job": "protection"}, "x", folder, LIMITS)["missing"])


@contextmanager
def reaching(base: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[dict[str, Any], Path]]:
    """The job and an empty folder for it, while there is a port and a foreign file to reach."""
    monkeypatch.setattr(sandbox, "WORKER", "tests.bad_worker")
    foreign, folder = base / "secret" / "foreign.txt", base / "folder"
    foreign.parent.mkdir()
    foreign.write_text("hunter2")
    folder.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as server:
        job = {"job": "misbehave", "kind": "reach", "port": server.getsockname()[1]}
        yield job | {"path": str(good_file(base, "plain.mp4")), "foreign": str(foreign)}, folder


def assert_own_input_alone(reached: Mapping[str, bool]) -> None:
    """Of all it tried, the worker reached only the file of its job."""
    assert [name for name, is_open in reached.items() if is_open] == ["own input"]
