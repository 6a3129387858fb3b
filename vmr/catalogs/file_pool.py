"""Many files through one slow function, on several processes, in the order in which they finish."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread
from typing import Generic, TypeVar

from vmr.errors import VmrError

Result = TypeVar("Result")

JOBS_MOST = 8


@dataclass(frozen=True)
class Done(Generic[Result]):
    """File number ``index`` is through: its result, or the reason why there is none."""

    index: int
    result: Result | None
    reason: str


@dataclass(frozen=True)
class Pace:
    """How far it is: files done of total, seconds of media in them, seconds it took."""

    name: str
    done: int
    total: int
    media_s: float
    elapsed_s: float


class Clock:
    """Makes Pace of every file that is through."""

    def __init__(self, total: int) -> None:
        self._start = time.monotonic()
        self._total, self._done, self._media_s = total, 0, 0.0

    def tick(self, name: str, media_s: float) -> Pace:
        """One more file is done, of ``media_s`` seconds of sound or picture."""
        self._done += 1
        self._media_s += media_s
        return Pace(name, self._done, self._total, self._media_s, time.monotonic() - self._start)


def run_on_files(
    function: Callable[[Path], Result], paths: Sequence[Path], jobs: int | None = None
) -> Iterator[Done[Result]]:
    """Call a function of a module (or a partial of one) on every path.

    A VmrError of the function becomes the reason for that file; anything else is raised. ``jobs``
    processes, by default one per CPU core, 8 at most; with one, all is done in this process.
    """
    count = min(jobs or min(os.cpu_count() or 1, JOBS_MOST), len(paths))
    if count <= 1:
        yield from (outcome(i, partial(function, path)) for i, path in enumerate(paths))
        return
    # spawn: forking a process that has used torch's threads can hang, and Windows cannot fork.
    with ProcessPoolExecutor(count, get_context("spawn"), initializer=begin_worker) as pool:
        futures = {pool.submit(function, path): i for i, path in enumerate(paths)}
        try:
            for future in as_completed(futures):
                yield outcome(futures[future], future.result)
        except BrokenProcessPool as error:
            raise VmrError("files.worker_died") from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def outcome(index: int, result: Callable[[], Result]) -> Done[Result]:
    """The result, or the sentence of the VmrError that it raised."""
    try:
        return Done(index, result(), "")
    except VmrError as error:
        return Done(index, None, str(error))


def begin_worker() -> None:
    """In a new process, before torch and numpy are loaded there.

    One thread of arithmetic, since the processes share the cores, and no life of its own after the
    process that started it.
    """
    Thread(target=_end_with_parent, daemon=True).start()
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = "1"


def _end_with_parent() -> None:
    """A pool's process waits for work for ever when the other end was killed."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
