"""FAISS: a scan of 4-bit codes over all items, and exact numbers for the best of it.

The codes are those of vmr.engines.digits, kept as arrays beside the catalog; faiss only scans them
(``IndexPQFastScan``), so no file of its own format is ever read. A filter that faiss cannot apply
while it scans widens the scan; a narrow one is answered exactly.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vmr.embedding import Array, BranchEmbedding, Calibration
from vmr.engines.digits import Digits, digits_of
from vmr.engines.engine import Facts, Wanted
from vmr.engines.exact import BLOCK, best_of
from vmr.engines.joined import Joined, joined
from vmr.errors import CatalogError
from vmr.files import read_tensors, write_tensors
from vmr.search import Fusion

DIGITS = 192  # 96 bytes a track
DIGITS_OF = ("turn", "low", "step", "count", "copies")  # arrays of a code
SAMPLE = 20_000  # items that the code is fitted to
# Alpha 0 rests on ssl alone, for every facet, and its best lie closest together.
SSL_COUNTS = 32.0
LEAST_SCANNED = 2048  # whose exact scores are made, or ``SHARE`` of the items
SHARE = 1 / 80
NARROW = 0.05  # share of the items up to which a filter is answered exactly


@dataclass(frozen=True, eq=False)
class Codes:
    """codes (N, M / 2) uint8 of N items, and how they and queries become digits."""

    joined: Joined
    digits: Digits
    codes: NDArray[np.uint8]

    @cached_property
    def scan(self) -> Any:
        """The faiss index. Raises CatalogError without the package."""
        faiss = load_faiss()
        size = len(self.digits)
        plain = faiss.IndexPQ(size, size, 4, faiss.METRIC_INNER_PRODUCT)
        books = self.digits.code_books()
        faiss.copy_array_to_vector(np.ascontiguousarray(books).ravel(), plain.pq.centroids)
        plain.is_trained = True
        plain.add_sa_codes(np.ascontiguousarray(self.codes))
        return faiss.IndexPQFastScan(plain)

    def nearest(self, query: Array, weights: Array, k: int) -> NDArray[np.int64]:
        """Positions (Q, k) with the highest coarse scores."""
        asked = self.digits.asked(self.joined.asked(query, weights))
        _, found = self.scan.search(asked, min(k, len(self.codes)))
        return np.asarray(found, dtype=np.int64)


def load_faiss() -> Any:
    """The package. Raises CatalogError where it is not installed."""
    try:
        import faiss
    except ImportError as error:
        raise CatalogError("engine.no_package", package="faiss-cpu") from error
    return faiss


def make_codes(
    items: BranchEmbedding,
    calibration: Calibration,
    fusion: Fusion,
    digits: int = DIGITS,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Codes:
    """Codes of all items (N, B, D), block by block; ``progress`` hears (items done, items)."""
    count, branches, dims = items.values.shape
    index = np.unique(np.linspace(0, count - 1, min(count, SAMPLE)).round().astype(np.int64))
    sample = np.asarray(items.values[index], dtype=np.float32)
    join = joined(sample, calibration.rows(index), fusion, centred=True)
    rows = join.rows(sample, calibration.rows(index))
    width = rows.shape[1] // branches
    blocks = [
        slice(b * width + a, b * width + e) for b in range(branches) for a, e in _cut(dims, width)
    ]
    counts = np.repeat(1 / np.square(join.unit), len(blocks) // branches).astype(np.float32)
    counts[: len(blocks) // branches] *= SSL_COUNTS
    asked = _like_items(rows, join, branches)
    code = digits_of(rows, asked, counts, blocks, branches, digits)
    codes = np.empty((count, len(code) // 2), dtype=np.uint8)
    for start in range(0, count, BLOCK):
        part = slice(start, min(start + BLOCK, count))
        values = np.asarray(items.values[part], dtype=np.float32)
        codes[part] = code.encode(join.rows(values, calibration.rows(part)))
        progress(part.stop, count)
    return Codes(join, code, codes)


def _like_items(rows: Array, join: Joined, branches: int) -> Array:
    """Items (K, width) as queries of all branches: their vectors without the centre, levels 1."""
    asked = rows.reshape(len(rows), branches, -1).copy()
    if join.fusion != "mix":
        asked[:, :, :-1] -= join.centre
        asked[:, :, -1] = 1
    return asked.reshape(rows.shape)


def _cut(dims: int, width: int) -> list[tuple[int, int]]:
    """A branch's own columns, and its level where there is one."""
    return [(0, dims)] if width == dims else [(0, dims), (dims, width)]


@dataclass(frozen=True, eq=False)
class FastScanEngine:
    """Coarse codes of some items, exact numbers of the best, and facts of all N for filters.

    places: where each coded row stands among the N items, -1 for one that is not among them; None
    where the codes are of all items in their order.
    """

    codes: Codes
    items: BranchEmbedding
    calibration: Calibration
    fusion: Fusion
    facts: Sequence[Facts] = ()
    places: NDArray[np.int64] | None = None

    def best(
        self, query: Array, weights: Array, k: int, wanted: Wanted | None = None
    ) -> list[NDArray[np.int64]]:
        """Positions for a query (B, D) and weights (Q, B), see vmr.engines.engine; their order is
        exact."""
        count = len(self.codes.codes)
        places = np.arange(count) if self.places is None else self.places
        counted = places >= 0
        if wanted is not None:
            counted &= wanted.mask(self.facts)[places]
        share = float(counted.mean())
        if share <= NARROW:
            index = np.sort(places[counted])
        else:
            scanned = max(LEAST_SCANNED, int(SHARE * count), 4 * k)
            found = np.unique(self.codes.nearest(query, weights, int(scanned / share)))
            found = found[found >= 0]
            index = np.sort(places[found[counted[found]]])
        return best_of(self.items, self.calibration, self.fusion, query, weights, k, index)


def write_codes(path: Path, codes: Codes, key: str) -> None:
    """Keep codes with the key of what they were made of."""
    j, d = codes.joined, codes.digits
    tensors: dict[str, NDArray[Any]] = {
        "unit": j.unit,
        "centre": j.centre,
        "middle": j.middle,
        "codes": codes.codes,
    }
    tensors |= {name: getattr(d, name) for name in DIGITS_OF}
    write_tensors(path, tensors, {"key": key, "fusion": json.dumps(j.fusion)})


def read_codes(path: Path, key: str, count: int) -> Codes | None:
    """Codes of ``count`` items if the file was made of what the key says, else None. Raises
    CatalogError for a damaged file."""
    if not path.is_file():
        return None
    try:
        tensors, header = read_tensors(path)
        if header.get("key") != key:
            return None
        join = Joined(
            "mix" if json.loads(header["fusion"]) == "mix" else "calibrated",
            *(tensors[name] for name in ("unit", "centre", "middle")),
        )
        code = Digits(*(tensors[name] for name in DIGITS_OF))
        codes = tensors["codes"]
        if codes.dtype != np.uint8 or codes.shape != (count, len(code) // 2):
            raise ValueError("codes")
    except (OSError, KeyError, ValueError) as error:
        raise CatalogError("catalog.damaged_because", path=path, reason=error) from error
    return Codes(join, code, codes)
