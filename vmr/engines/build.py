"""Engines made: codes beside a catalog, or its tracks sent to a database."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vmr.catalogs.collection import open_collection
from vmr.catalogs.labelled import Signs
from vmr.engines.address import open_store, read_address
from vmr.engines.collected import codes_of, codes_path, key_of, tracks_of
from vmr.engines.database import upload
from vmr.engines.engine import ASKINGS
from vmr.engines.exact import BLOCK
from vmr.engines.fast_scan import load_faiss, make_codes, write_codes
from vmr.engines.points import Tracks
from vmr.engines.store import WHOLE, Spread
from vmr.errors import CatalogError

if TYPE_CHECKING:
    from vmr.model.two_tower import Model

Progress = Callable[[int, int], None]  # (tracks done, tracks)


def code_catalog(folder: Path, model: Model, progress: Progress) -> tuple[int, int]:
    """Write the codes of a catalog whose vectors are stored, unless they are there.

    Returns (tracks, bytes that the codes take of each). Raises CatalogError.
    """
    load_faiss()  # says at once that it is missing
    music, fusion = open_collection([folder], model), model.config.fusion
    made_of = key_of(folder, model.fingerprint)
    if made_of is None:
        raise CatalogError("catalog.no_file", path=folder)
    if not codes_of(music.catalogs[0], fusion):
        calibrations = tracks_of(music, fusion).calibrations
        for asking in ASKINGS:
            codes = make_codes(music.embeddings, calibrations[asking], fusion, progress=progress)
            write_codes(codes_path(folder, asking), codes, made_of[0])
    kept = codes_of(music.catalogs[0], fusion)
    return len(music), sum(codes.codes.shape[1] for codes in kept.values())


def send_catalog(
    folder: Path,
    model: Model,
    index: str,
    said: Signs | None,
    progress: Progress,
    spread: Spread = WHOLE,
) -> tuple[int, int]:
    """Send the tracks of a catalog to the database at an address, see vmr.engines.database.upload.

    said: labels that people gave beside the table's; spread: over a cluster. Returns
    (tracks, how many were sent now). Raises CatalogError.
    """
    address = read_address(index)
    store = open_store(address, spread)
    try:
        music = open_collection([folder], model, said=said)
        tracks = tracks_of(music, model.config.fusion)
        content = digest_of(tracks)
        sent = upload(store, address.name, tracks, model.fingerprint, content, progress)
    finally:
        store.close()
    return len(music), sent


def digest_of(tracks: Tracks) -> str:
    """Hex digest of which tracks there are, their vectors and calibrations."""
    digest = hashlib.sha256(tracks.numbers().tobytes())
    for start in range(0, len(tracks.items), BLOCK):
        digest.update(np.ascontiguousarray(tracks.items.values[start : start + BLOCK]).data)
    for calibration in tracks.calibrations.values():
        digest.update(np.ascontiguousarray(calibration.offset).data)
        digest.update(np.ascontiguousarray(calibration.scale).data)
    return digest.hexdigest()
