"""Identical files are decoded once, whoever sends them and however close together."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from vmr.errors import MediaError
from vmr.knowledge.seen_frames import SeenFrame
from vmr.page.operation.state import Operation
from vmr.page.query_memory import QueryMemory
from vmr.page.reading import FrameMemory, Reader, Turnstiles


class SlowRetriever:
    """Stands before the real decoder: counts the files that reach it, and lets them wait."""

    def __init__(self, query: Any) -> None:
        self.query = query
        self.decoded: list[str] = []
        self.gate = threading.Event()

    def embed_video(self, path: Path, progress: Any, show: Any, first: Any, digest: Any) -> Any:
        self.decoded.append(path.name)
        assert self.gate.wait(20)
        if path.name == "broken.mp4":
            raise MediaError("media.empty", name=path.name)
        if show is not None:
            show([SeenFrame(0.0, (), b"jpeg")])
        return replace(self.query, name=path.name, sha256=digest(), timings_s={"read": 1.0})


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Three visitors' files with the same bytes, one of its own, one that is only as long."""
    paths = [tmp_path / f"{name}.mp4" for name in ("ann", "ben", "cem", "other", "long")]
    for path, content in zip(paths, (b"same", b"same", b"same", b"other", b"else"), strict=True):
        path.write_bytes(content)
    return paths


def test_the_same_bytes_in_hand_at_once_are_decoded_once(world_query, files) -> None:
    retriever, operation = SlowRetriever(world_query), Operation()
    reader = Reader(QueryMemory(), keeps_frames=True, operation=operation)
    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(reader.video, retriever, path) for path in files]
        retriever.gate.set()
        found = [one.result(20) for one in running]
    assert len(retriever.decoded) == 3 and {"other.mp4", "long.mp4"} < set(retriever.decoded)
    assert [one.query.name for one in found] == [path.name for path in files]
    assert len({one.query.sha256 for one in found[:3]}) == 1
    assert len({one.query.sha256 for one in found}) == 3
    assert all(one.frames[0].jpeg == b"jpeg" for one in found)
    assert sum(not one.query.timings_s for one in found) == 2
    assert b"vmr_files_recalled_total 2.0" in operation.metrics.text()


def test_a_file_that_is_forgotten_or_failed_is_decoded_again(world_query, files, tmp_path) -> None:
    retriever, memory = SlowRetriever(world_query), QueryMemory(most=1)
    retriever.gate.set()
    reader = Reader(memory, keeps_frames=False)
    for path in (files[0], files[3], files[1]):
        reader.video(retriever, path)
    assert retriever.decoded == ["ann.mp4", "other.mp4", "ben.mp4"]
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"broken")
    for _ in range(2):
        with pytest.raises(MediaError):
            reader.video(retriever, broken)
    assert retriever.decoded[-2:] == ["broken.mp4"] * 2


def test_frames_are_kept_up_to_their_bytes() -> None:
    memory = FrameMemory(most_bytes=25)
    for name in ("a", "b", "c"):
        memory.keep(name, (SeenFrame(0.0, (), bytes(10)),))
    assert memory.get("a") is None and memory.get("b") and memory.get("c")
    memory.keep("b", (SeenFrame(0.0, (), bytes(20)),))
    assert memory.get("c") is None and memory.get("b")


def test_names_of_locks_go_with_the_last_who_needs_them() -> None:
    turnstiles = Turnstiles()
    with turnstiles.alone("a"), turnstiles.alone("b"):
        assert set(turnstiles._locks) == {"a", "b"}
    assert not turnstiles._locks
