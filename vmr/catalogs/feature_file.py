"""features.safetensors of a catalog read and written item by item: memory does not grow with it.

The file is the one of vmr.catalogs.arrays with one tensor more, ``content`` (N, 32) uint8: the
sha256 of the file that each item's rows were made of, so that rows are reused by content.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vmr.catalogs.arrays import half, parse_ids
from vmr.files import CHECKSUM, replacing

Rows = NDArray[np.float16]

DTYPES = {"float16": "F16", "int64": "I64", "uint8": "U8"}  # numpy's names and those of the format
CHUNK = 4096  # rows that are hashed at a time


@dataclass(frozen=True)
class Stream:
    """A tensor that is written part by part; the parts together have the shape."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    parts: Iterable[NDArray]


def write_streams(path: Path, streams: Sequence[Stream], header: Mapping[str, str]) -> None:
    """Write a safetensors file as ``vmr.files.write_tensors`` would, one part in memory at a time.

    The streams come in the order of their names, which is that of the checksum.
    """
    described: dict[str, Any] = {"__metadata__": {**header, CHECKSUM: "0" * 64}}
    end = 0
    for stream in streams:
        begin, end = end, end + math.prod(stream.shape) * np.dtype(stream.dtype).itemsize
        shape, kind = list(stream.shape), DTYPES[stream.dtype]
        described[stream.name] = {"dtype": kind, "shape": shape, "data_offsets": [begin, end]}
    digest = hashlib.sha256()
    with replacing(path) as temporary, temporary.open("wb") as file:
        start = _header(described)
        file.write(start)
        for stream in streams:
            digest.update(stream.name.encode())
            for part in stream.parts:
                data = np.ascontiguousarray(part, dtype=stream.dtype).reshape(-1).view("u1").data
                digest.update(data)
                file.write(data)
        if file.tell() != len(start) + end:
            raise ValueError(
                f"{file.tell() - len(start)} bytes of arrays where {end} were promised"
            )
        described["__metadata__"][CHECKSUM] = digest.hexdigest()
        file.seek(0)
        file.write(_header(described))


def _header(described: Mapping[str, Any]) -> bytes:
    text = json.dumps(described).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text


@dataclass(frozen=True)
class Item:
    """What stands in the file of one track: count feature rows of the content sha256."""

    id: str
    sha256: str
    count: int


def write_items(
    path: Path, items: Sequence[Item], rows: Iterable[NDArray], encoder: str, width: int
) -> None:
    """rows: one array (count, width) for each item, asked for when it is its turn."""
    counts = [item.count for item in items]
    offsets = np.cumsum([0, *counts], dtype=np.int64)
    content = content_rows(items)
    streams = (
        Stream("content", "uint8", (len(items), 32), [content]),
        Stream("offsets", "int64", offsets.shape, [offsets]),
        Stream("values", "float16", (int(offsets[-1]), width), (half(part) for part in rows)),
    )
    ids = json.dumps([item.id for item in items])
    write_streams(path, streams, {"ids": ids, "encoder": encoder})


def content_rows(items: Sequence[Item]) -> NDArray[np.uint8]:
    """(N, 32) uint8: the sha256 of the file of each item."""
    data = b"".join(bytes.fromhex(item.sha256) for item in items)
    return np.frombuffer(data, dtype=np.uint8).reshape(len(items), 32)


class FeatureFile(Sequence[NDArray[np.float32]]):
    """An open features.safetensors; item i is (T_i, D) float32, read from the disk when asked for.

    ValueError or OSError for a file that is missing, damaged, or without ``content``.
    """

    def __init__(self, path: Path) -> None:
        from safetensors import SafetensorError, safe_open

        try:
            file = safe_open(str(path), framework="np").__enter__()
            header = dict(file.metadata() or {})
            self.ids = parse_ids(header)
            self.encoder = header.get("encoder", "")
            self._offsets: NDArray[np.int64] = file.get_tensor("offsets")
            self._content: NDArray[np.uint8] = file.get_tensor("content")
            self._file: Any = file
            self._values: Any = file.get_slice("values")
            self.width = int(self._values.get_shape()[1])
        except (SafetensorError, KeyError, TypeError, IndexError) as error:
            raise ValueError(str(error)) from error
        self._place = {id: i for i, id in enumerate(self.ids)}
        if self._checksum() != header.get(CHECKSUM):
            raise ValueError("the checksum differs")

    def __enter__(self) -> FeatureFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; closing again does nothing."""
        if self._file is not None:
            self._file.__exit__(None, None, None)
            self._file = self._values = None

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        return self.rows(self.ids[index]).astype(np.float32)

    def __contains__(self, id: object) -> bool:
        return id in self._place

    def rows(self, id: str) -> Rows:
        """(T, D) float16 as they are stored. KeyError for an id that is not there."""
        i = self._place[id]
        part: Rows = self._values[int(self._offsets[i]) : int(self._offsets[i + 1])]
        return part

    def item(self, id: str) -> Item:
        """What the file says of an id. KeyError as in ``rows``."""
        i = self._place[id]
        count = int(self._offsets[i + 1] - self._offsets[i])
        return Item(id, self._content[i].tobytes().hex(), count)

    def _checksum(self) -> str:
        digest = hashlib.sha256()
        for name, parts in (
            ("content", iter([self._content])),
            ("offsets", iter([self._offsets])),
            ("values", self._chunks()),
        ):
            digest.update(name.encode())
            for part in parts:
                digest.update(np.ascontiguousarray(part).reshape(-1).view("u1").data)
        return digest.hexdigest()

    def _chunks(self) -> Iterator[NDArray]:
        end = int(self._values.get_shape()[0])
        for start in range(0, end, CHUNK):
            yield self._values[start : min(start + CHUNK, end)]
