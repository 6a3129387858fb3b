"""What the indexing of music and of videos share: one at a time, many files, a report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from filelock import FileLock, Timeout

from vmr.catalogs.file_pool import Clock, Done, Pace
from vmr.errors import CatalogError, Notice

LOCK = ".index.lock"


class Timed(Protocol):
    """Findings on one file that know how long it plays."""

    @property
    def seconds(self) -> float:
        """Length of the file in seconds."""
        ...


Found = TypeVar("Found", bound=Timed)


@dataclass(frozen=True)
class IndexReport:
    """What came of it. count: items in the catalog, of which ``unchanged`` were there before;
    removed: items that are no longer there; recalled: items that shards had been through with;
    skipped: (file, reason); notes: (file, notice) of files that were used."""

    count: int
    skipped: tuple[tuple[str, str | Notice], ...]
    notes: tuple[tuple[str, Notice], ...]
    pace: Pace
    unchanged: int = 0
    removed: int = 0
    recalled: int = 0


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Nobody else indexes into the folder meanwhile; a killed process holds nothing up.

    Raises CatalogError where somebody does.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / LOCK, timeout=0):
            yield
    except Timeout as error:
        raise CatalogError("index.locked", folder=folder) from error


def gone_through(
    through: Iterable[Done[Found]],
    paths: Sequence[Path],
    progress: Callable[[Pace], None],
    each: Callable[[int, Found], None] = lambda index, found: None,
) -> tuple[dict[int, Found], list[tuple[str, str | Notice]], Pace]:
    """(findings by position, in order; (file, reason) of failures; the pace at the end).

    through: the paths as they come to their end; ``each`` is told every finding.
    """
    clock, pace = Clock(len(paths)), Pace("", 0, len(paths), 0.0, 0.0)
    found: dict[int, Found] = {}
    failed: list[tuple[str, str | Notice]] = []
    for done in through:
        name = paths[done.index].name
        if done.result is None:
            failed.append((name, done.reason))
        else:
            found[done.index] = done.result
            each(done.index, done.result)
        pace = clock.tick(name, done.result.seconds if done.result else 0.0)
        progress(pace)
    return dict(sorted(found.items())), failed, pace


def first_reason(skipped: Sequence[tuple[str, str | Notice]], endings: Notice) -> Notice | str:
    """Why the first files were left out; ``endings`` says which there should be."""
    if not skipped:
        return endings
    return "; ".join(f"{name}: {reason}" for name, reason in skipped[:3])
