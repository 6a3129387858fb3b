"""The arrays of a catalog on disk, as safetensors: features, embeddings, peaks. No torch.

Each file names the items it holds by id, so that a table that was edited, sorted or shortened by
hand still finds its rows, and one that gained rows is told apart from one that is whole.

N items, S feature rows of all items together, D feature columns, B branches, E embedding columns.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vmr.embedding import Array, BranchEmbedding
from vmr.errors import CatalogError
from vmr.files import map_tensors, read_tensors, write_tensors

PEAKS = 200  # bars of a waveform
HALF_MAX = 65504.0  # the largest float16
MAPPED_FROM = 64 << 20  # bytes of a file
HALVED_FROM = 20_000  # tracks: half the bytes, and scores that differ in the fourth digit


MEANS_AT_ONCE = 4096  # items whose rows are widened together


@dataclass(frozen=True, eq=False)
class FeatureTable(Sequence[Array]):
    """Feature rows per item: ``table[i]`` is (T_i, D) float32, kept as float16.

    values (S, D) float16; offsets (M + 1,) int64, place p of the file has the rows
    offsets[p]:offsets[p + 1]; encoder: id of the encoder that made them; places (N,): where each
    item stands, None for in this order.
    """

    ids: tuple[str, ...]
    values: NDArray[np.float16]
    offsets: NDArray[np.int64]
    encoder: str
    places: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def width(self) -> int:
        """Columns of a feature row."""
        return int(self.values.shape[1])

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        i = range(len(self))[index]
        p = i if self.places is None else int(self.places[i])
        return self.values[self.offsets[p] : self.offsets[p + 1]].astype(np.float32)

    def means(self, columns: Sequence[int]) -> Array:
        """Means of some columns (K,) over the rows of each item: (N, K) float32.

        In blocks as they lie in the file, so that of a large one little is in memory at a time.
        """
        count = len(self.offsets) - 1
        found = np.empty((count, len(columns)), dtype=np.float32)
        for start in range(0, count, MEANS_AT_ONCE):
            edges = self.offsets[start : start + MEANS_AT_ONCE + 1]
            rows = self.values[edges[0] : edges[-1]][:, columns].astype(np.float32)
            sums = np.add.reduceat(rows, edges[:-1] - edges[0], axis=0)
            found[start : start + MEANS_AT_ONCE] = sums / np.diff(edges)[:, None]
        return found if self.places is None else found[self.places]

    def of(self, ids: Sequence[str]) -> FeatureTable:
        """The items named, in that order; nothing is copied. KeyError for one that is not there."""
        ids = tuple(ids)
        if ids == self.ids:
            return self
        own = range(len(self)) if self.places is None else self.places.tolist()
        place = dict(zip(self.ids, own, strict=True))
        places = np.array([place[id] for id in ids], dtype=np.int64)
        return FeatureTable(ids, self.values, self.offsets, self.encoder, places)


def feature_table(ids: Sequence[str], rows: Sequence[NDArray], encoder: str) -> FeatureTable:
    """From one (T_i, D) array per item."""
    offsets = np.cumsum([0, *(len(row) for row in rows)], dtype=np.int64)
    width = rows[0].shape[1] if rows else 0
    values = np.concatenate(rows) if rows else np.zeros((0, width))
    return FeatureTable(tuple(ids), half(values), offsets, encoder)


def half(values: NDArray) -> NDArray[np.float16]:
    """(..., D) as float16, with the values beyond its range held at its ends."""
    return np.clip(values, -HALF_MAX, HALF_MAX).astype(np.float16)


def write_features(path: Path, table: FeatureTable) -> None:
    """Write the rows of all tracks with their ids and the encoder's name."""
    if table.places is not None:
        table = feature_table(table.ids, table[:], table.encoder)
    tensors: dict[str, NDArray] = {"values": table.values, "offsets": table.offsets}
    write_tensors(path, tensors, {"ids": json.dumps(table.ids), "encoder": table.encoder})


def read_features(path: Path) -> FeatureTable:
    """Raises CatalogError for a file that is missing or damaged."""
    tensors, header = read_arrays(path)
    ids = _ids(path, header)
    values, offsets = tensors.get("values"), tensors.get("offsets")
    whole = (
        values is not None
        and offsets is not None
        and values.ndim == 2
        and offsets.shape == (len(ids) + 1,)
        and offsets[0] == 0
        and offsets[-1] == len(values)
        and bool((np.diff(offsets) > 0).all())
        and (is_large(path) or bool(np.isfinite(values).all()))
    )
    if not whole or values is None or offsets is None:
        raise CatalogError("catalog.damaged", path=path)
    return FeatureTable(
        ids,
        values.astype(np.float16, copy=False),
        offsets.astype(np.int64, copy=False),
        header.get("encoder", ""),
    )


def write_embeddings(
    path: Path, ids: Sequence[str], embedding: BranchEmbedding, fingerprint: str, labels: str
) -> None:
    """Unit vectors (N, B, E) with the fingerprint of the model and a digest of the labels used."""
    header = {"ids": json.dumps(list(ids)), "branches": json.dumps(embedding.branches)}
    dtype = np.float32 if len(ids) < HALVED_FROM else np.float16
    values = np.asarray(embedding.values, dtype=dtype)
    write_tensors(
        path, {"values": values}, {**header, "fingerprint": fingerprint, "labels": labels}
    )


def read_embeddings(
    path: Path, ids: Sequence[str], fingerprint: str, labels: str
) -> BranchEmbedding | None:
    """The vectors of these items if the file was made by this model from these labels, else None.

    Raises CatalogError for a damaged file.
    """
    if not path.is_file():
        return None
    tensors, header = read_arrays(path)
    if header.get("fingerprint") != fingerprint or header.get("labels") != labels:
        return None
    if list(_ids(path, header)) != list(ids):
        return None
    try:
        values = tensors["values"]
        branches = tuple(str(name) for name in json.loads(header["branches"]))
        if len(values) != len(ids) or values.dtype not in (np.float16, np.float32):
            raise ValueError("rows")
        if not is_large(path) and not are_unit(values):
            raise ValueError("rows")
        return BranchEmbedding(values, branches)
    except (KeyError, TypeError, ValueError) as error:
        raise CatalogError("catalog.damaged", path=path) from error


def are_unit(values: NDArray) -> bool:
    """Whether rows (..., E) are finite and none is longer than 1."""
    norms = np.linalg.norm(np.asarray(values, dtype=np.float32), axis=-1)
    return bool(np.isfinite(norms).all()) and float(norms.max(initial=0)) <= 1.01


def write_peaks(
    path: Path,
    ids: Sequence[str],
    peaks: NDArray[np.uint8],
    content: NDArray[np.uint8] | None = None,
) -> None:
    """Waveforms (N, PEAKS); content (N, 32): the sha256 of the files that they were made of."""
    tensors = {"peaks": peaks} if content is None else {"peaks": peaks, "content": content}
    write_tensors(path, tensors, {"ids": json.dumps(list(ids))})


def read_peaks(path: Path, ids: Sequence[str]) -> NDArray[np.uint8]:
    """(N, PEAKS) uint8 of these items. Raises CatalogError."""
    tensors, header = read_arrays(path)
    held, peaks = _ids(path, header), tensors.get("peaks")
    if peaks is None or peaks.dtype != np.uint8 or peaks.shape != (len(set(held)), PEAKS):
        raise CatalogError("catalog.damaged", path=path)
    if held == tuple(ids):
        return peaks
    place = {id: i for i, id in enumerate(held)}
    lacking = [id for id in ids if id not in place]
    if lacking:
        raise CatalogError("catalog.lacks", path=path, item=lacking[0], count=len(lacking) - 1)
    return np.asarray(peaks[[place[id] for id in ids]], dtype=np.uint8)


def is_large(path: Path) -> bool:
    """Whether a file of arrays stays on the disk, where its rows are read as they are used."""
    return path.is_file() and path.stat().st_size >= MAPPED_FROM


def read_arrays(path: Path) -> tuple[dict[str, NDArray], dict[str, str]]:
    """(arrays, header) of a file. Raises CatalogError where it is missing or damaged; of a large
    one only the header is checked."""
    try:
        return map_tensors(path) if is_large(path) else read_tensors(path)
    except FileNotFoundError as error:
        raise CatalogError("catalog.no_file", path=path) from error
    except (OSError, ValueError) as error:
        raise CatalogError("catalog.damaged_because", path=path, reason=error) from error


def _ids(path: Path, header: Mapping[str, str]) -> tuple[str, ...]:
    try:
        return parse_ids(header)
    except (KeyError, ValueError) as error:
        raise CatalogError("catalog.undescribed", path=path) from error


def parse_ids(header: Mapping[str, str]) -> tuple[str, ...]:
    """The ids that a header lists. KeyError or ValueError where it does not."""
    ids = json.loads(header["ids"])
    if not isinstance(ids, list) or set(map(type, ids)) - {str}:
        raise ValueError("ids is no list of text")
    return tuple(ids)
