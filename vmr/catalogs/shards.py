"""An indexing divided among machines that share a folder: which files are whose, and what is done.

Nobody coordinates: a file belongs to a shard by the hash of its name, so that every machine knows
its own without asking. What a shard finds lies in the catalog's folder ``shards`` under the hash of
the file's content, and each shard appends a line for every file that it is through with; a shard
that was killed goes on after its last line, also as another number of shards.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from filelock import FileLock, Timeout

from vmr.catalogs.music_files import Stamp, stamp_of
from vmr.errors import CatalogError

STORE = "shards"
NamedFile = tuple[str, Path]  # its name in the source, the same on every machine; where it is here


@dataclass(frozen=True)
class Shard:
    """Number ``number`` of ``count``, from 1."""

    number: int
    count: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        """``"2/4"``. Raises CatalogError."""
        number, _, count = text.partition("/")
        if not (number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
            raise CatalogError("flags.shard", value=text)
        return cls(int(number), int(count))

    def takes(self, name: str) -> bool:
        """Whether a file of this name is this shard's."""
        digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest()
        return int.from_bytes(digest[:8], "big") % self.count == self.number - 1

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"


def store_of(folder: Path) -> Path | None:
    """Where the shards of a catalog keep what they find; None where there were none."""
    return folder / STORE if (folder / STORE).is_dir() else None


class Stamps:
    """The lines that one shard appends, each ``[name, size, time, sha256]``."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def add(self, name: str, stamp: Stamp, sha256: str) -> None:
        """One file is through."""
        self._file.write("\n" + json.dumps([name, *stamp, sha256]))
        self._file.flush()


@contextmanager
def begin_shard(folder: Path, shard: Shard) -> Iterator[Stamps]:
    """Nobody else works on this shard meanwhile. Raises CatalogError where somebody does."""
    store = folder / STORE
    store.mkdir(parents=True, exist_ok=True)
    name = f"{shard.number}-of-{shard.count}"
    try:
        with (
            FileLock(store / f".{name}.lock", timeout=0),
            (store / f"{name}.jsonl").open("a", encoding="utf-8") as file,
        ):
            yield Stamps(file)
    except Timeout as error:
        raise CatalogError("index.shard_locked", shard=shard, folder=folder) from error


@contextmanager
def no_shard_runs(folder: Path) -> Iterator[None]:
    """No shard of this catalog is at work. Raises CatalogError where one is: it would be done
    twice."""
    with ExitStack() as stack:
        for path in sorted((folder / STORE).glob(".*.lock")):
            try:
                stack.enter_context(FileLock(path, timeout=0))
            except Timeout as error:
                raise CatalogError("index.shard_runs", name=path.name[1:-5]) from error
        yield


def read_stamps(store: Path | None) -> dict[str, tuple[Stamp, str]]:
    """{name: (stamp, sha256)} of all shards; a line that was cut off by a kill is passed over."""
    found: dict[str, tuple[Stamp, str]] = {}
    for path in sorted(store.glob("*.jsonl")) if store is not None else ():
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                name, size, time_ns, sha256 = json.loads(line)
                found[str(name)] = (int(size), int(time_ns)), str(sha256)
            except (ValueError, TypeError):
                continue
    return found


def known_content(files: Sequence[NamedFile], store: Path | None) -> dict[int, str]:
    """{position: sha256} of the files that a shard went through and that have not changed since."""
    stamps = read_stamps(store)
    return dict(_known(files, stamps)) if stamps else {}


def _known(
    files: Iterable[NamedFile], stamps: dict[str, tuple[Stamp, str]]
) -> Iterator[tuple[int, str]]:
    for i, (name, path) in enumerate(files):
        stamp, sha256 = stamps.get(name, ((-1, -1), ""))
        try:
            if sha256 and stamp_of(path) == stamp:
                yield i, sha256
        except OSError:  # it went
            continue
