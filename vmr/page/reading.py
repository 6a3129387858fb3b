"""From visitors' files to queries: the same bytes are decoded once, also while they are in hand.

What was found in a file is told to whoever sends those very bytes, and to nobody else; each gets it
under the name of their own file. No gradio here.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from vmr.errors import VmrError
from vmr.files import sha256_file
from vmr.page.query_memory import QueryMemory
from vmr.query import silent

if TYPE_CHECKING:
    from vmr.knowledge.seen_frames import SeenFrame
    from vmr.page.operation.state import Operation
    from vmr.query import Modality, Query, StageProgress
    from vmr.retriever import Retriever

MOST_FRAMES = 32 * 2**20  # bytes of small pictures
MOST_SIZES = 100_000  # what of a size beyond these was read before is read again
Frames = tuple["SeenFrame", ...]
Digest = Callable[[], str]  # waits for the sha256 of a file


@dataclass(frozen=True)
class Reading:
    """What was made of a file; frames: those that were looked at, () of music."""

    query: Query
    frames: Frames = ()


class Reader:
    """Reads files for a service whose queries ``memory`` holds; safe to use from several threads.

    keeps_frames: whether anybody is shown them; operation: hears what was read in how long.
    """

    def __init__(
        self, memory: QueryMemory, keeps_frames: bool, operation: Operation | None = None
    ) -> None:
        self.memory = memory
        self.keeps_frames = keeps_frames
        self.operation = operation
        self._frames = FrameMemory()
        self._in_hand = Turnstiles()
        self._sizes: dict[str, None] = {}  # of what was read, in this order
        self._hashing = ThreadPoolExecutor(thread_name_prefix="hash")

    def video(
        self,
        retriever: Retriever,
        path: Path,
        progress: StageProgress = silent,
        first: Callable[[Query], None] | None = None,
    ) -> Reading:
        """A video as a query, with its frames; ``first`` is given what a few of them say before,
        where the whole takes a while. Raises MediaError."""

        def read(digest: Digest) -> Reading:
            seen: list[SeenFrame] = []
            show = seen.extend if self.keeps_frames else None
            query = retriever.embed_video(path, progress, show, first, digest)
            self._frames.keep(query.sha256, tuple(seen))
            return Reading(query, tuple(seen))

        return self._once("video", path, read)

    def music(self, retriever: Retriever, path: Path, progress: StageProgress = silent) -> Query:
        """A piece of music as a query. Raises MediaError."""

        def read(digest: Digest) -> Reading:
            return Reading(retriever.embed_music(path, progress))

        return self._once("music", path, read).query

    def _once(self, modality: Modality, path: Path, read: Callable[[Digest], Reading]) -> Reading:
        """Files of a length that none had before are read while their bytes are still hashed."""
        size = f"{modality} of {path.stat().st_size} bytes"
        with self._in_hand.alone(size):
            digest = self._hashing.submit(sha256_file, path).result
            found = self._recalled(modality, digest()) if size in self._sizes else None
            reading = read(digest) if found is None else found
            self.memory.keep(reading.query)
            self._sizes[size] = None
            if len(self._sizes) > MOST_SIZES:
                del self._sizes[next(iter(self._sizes))]
        if self.operation is not None:
            self.operation.read(modality, reading.query.timings_s)
        return Reading(replace(reading.query, name=path.name), reading.frames)

    def _recalled(self, modality: Modality, sha256: str) -> Reading | None:
        frames: Frames | None = ()
        if modality == "video" and self.keeps_frames:
            frames = self._frames.get(sha256)
        if frames is None:
            return None
        try:
            found = self.memory.get(f"{modality}-{sha256}")
            return Reading(replace(found, timings_s={}), frames)
        except VmrError:  # forgotten
            return None


class FrameMemory:
    """The frames of the last videos, bounded in bytes."""

    def __init__(self, most_bytes: int = MOST_FRAMES) -> None:
        self.most_bytes = most_bytes
        self._frames: OrderedDict[str, Frames] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def keep(self, sha256: str, frames: Frames) -> None:
        """Remember frames; those of the videos not sent for the longest go."""
        with self._lock:
            self._bytes += _size(frames) - _size(self._frames.pop(sha256, ()))
            self._frames[sha256] = frames
            while self._bytes > self.most_bytes:
                self._bytes -= _size(self._frames.popitem(last=False)[1])

    def get(self, sha256: str) -> Frames | None:
        """The frames of a video, None where they went."""
        with self._lock:
            if sha256 in self._frames:
                self._frames.move_to_end(sha256)
            return self._frames.get(sha256)


class Turnstiles:
    """Locks by name that are there while somebody needs them."""

    def __init__(self) -> None:
        self._locks: dict[str, tuple[threading.Lock, int]] = {}
        self._lock = threading.Lock()

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """Nobody else is in a block of this name meanwhile."""
        with self._lock:
            one, count = self._locks.get(name, (threading.Lock(), 0))
            self._locks[name] = one, count + 1
        try:
            with one:
                yield
        finally:
            with self._lock:
                one, count = self._locks[name]
                if count == 1:
                    del self._locks[name]
                else:
                    self._locks[name] = one, count - 1


def _size(frames: Sequence[SeenFrame]) -> int:
    return sum(len(frame.jpeg) for frame in frames)
