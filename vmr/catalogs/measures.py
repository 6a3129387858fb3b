"""measures.safetensors: how near each track of a large catalog is to the checkpoint's banks.

Calibration needs a product of every track with every typical query, which takes a minute for a
million tracks. It depends on the vectors and the banks alone, so it is kept beside the vectors with
the model's fingerprint and the checksum of the vectors, and made again where either is another.

Shapes: N tracks, B branches.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vmr.catalogs.arrays import HALVED_FROM, are_unit, read_arrays
from vmr.embedding import BranchEmbedding
from vmr.errors import CatalogError
from vmr.files import CHECKSUM, write_tensors
from vmr.search import BankLevels, bank_levels

if TYPE_CHECKING:
    from vmr.model.two_tower import Model

MEASURES = "measures.safetensors"
Levels = Mapping[str, BankLevels]  # {"video" or "music", a bank of the model: levels of N tracks}


def levels_of(items: BranchEmbedding, model: Model) -> Levels:
    """The levels of tracks (N, B, D) with the banks that the model has."""
    banks = {"video": model.video_bank, "music": model.music_bank}
    return {name: bank_levels(items, bank) for name, bank in banks.items() if bank is not None}


def kept_levels(embeddings_path: Path, items: BranchEmbedding, model: Model) -> Levels | None:
    """The levels of the tracks whose vectors stand in that file, kept beside it; None for a small
    catalog, for which they are made in a moment. Raises CatalogError for damaged vectors."""
    if len(items) < HALVED_FROM:
        return None
    path = embeddings_path.with_name(MEASURES)
    made_of = {
        "fingerprint": model.fingerprint,
        "vectors": read_arrays(embeddings_path)[1].get(CHECKSUM, ""),
    }
    found = _read(path, made_of, len(items))
    if found is None:
        check_vectors(embeddings_path, items)
        found = levels_of(items, model)
        tensors = {
            name: np.stack([one.mean, one.highest, one.variance]) for name, one in found.items()
        }
        try:
            write_tensors(path, tensors, made_of)
        except OSError:  # a folder that may not be written: made again next time
            return found
    return found


def check_vectors(path: Path, items: BranchEmbedding) -> None:
    """CatalogError unless every row (N, B, D) is finite and no longer than 1."""
    for name in items.branches:
        if not all(are_unit(rows) for _, rows in items.blocks(name)):
            raise CatalogError("catalog.damaged", path=path)


def _read(path: Path, made_of: Mapping[str, str], count: int) -> Levels | None:
    try:
        tensors, header = read_arrays(path)
    except CatalogError:  # there is none, or it is damaged
        return None
    same = all(header.get(name) == value for name, value in made_of.items())
    if not same or any(array.shape[:2] != (3, count) for array in tensors.values()):
        return None
    return {name: BankLevels(array[0], array[1], array[2]) for name, array in tensors.items()}
