"""Small collections, and each engine built over them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vmr.embedding import BranchEmbedding, Calibration, unit
from vmr.engines.database import DatabaseEngine, upload
from vmr.engines.edge import EdgeStore
from vmr.engines.engine import Asking, Engine
from vmr.engines.exact import ExactEngine
from vmr.engines.fast_scan import FastScanEngine, make_codes
from vmr.engines.points import Tracks
from vmr.engines.qdrant import QdrantStore
from vmr.engines.store import Store
from vmr.search import Fusion

BRANCHES = ("ssl", "genre", "mood")
MODEL = "0123456789abcdef"
LICENCES = ("CC0-1.0", "CC-BY-4.0", "CC-BY-NC-4.0", "")


def some_tracks(count: int = 300, fusion: Fusion = "calibrated", seed: int = 0) -> Tracks:
    """Tracks in float16 whose branches have few directions, as trained ones do."""
    rng = np.random.default_rng(seed)
    few = rng.normal(size=(count, 3, 6)).astype(np.float32)
    values = unit(few @ rng.normal(size=(6, 16)).astype(np.float32) + rng.normal(size=16) * 2)
    items = BranchEmbedding(values.astype(np.float16), BRANCHES)
    offset = rng.normal(0.5, 0.1, size=(count, 3)).astype(np.float32)
    scale = rng.uniform(0.1, 0.2, size=(count, 3)).astype(np.float32)
    calibrations: dict[Asking, Calibration] = {
        "video": Calibration(offset, scale),
        "music": Calibration(offset[:1], scale[:1]),
    }
    facts = [
        {
            "catalog": ("a", "b")[i % 2],
            "id": f"t{i}",
            "genre": [("rock", "jazz", "folk")[i % 3]],
            "mood": [],
            "bpm": None if i % 5 == 0 else 60.0 + i % 100,
            "seconds": 30.0,
            "licence": LICENCES[i % 4],
            "uses": ["play"] if i % 7 == 0 else ["rank", "play"] if i % 7 == 1 else [],
            "territory": ["jp"] if i % 11 == 0 else [],
        }
        for i in range(count)
    ]
    return Tracks(items, calibrations, fusion, facts)


def some_query(seed: int = 5) -> np.ndarray:
    """(B, D) of unit rows, near to some of the tracks."""
    rng = np.random.default_rng(seed)
    near = np.asarray(some_tracks().items.values[seed], dtype=np.float32)
    return unit(near + 0.1 * rng.normal(size=near.shape).astype(np.float32))


def store_of(kind: str, folder: Path) -> Store:
    """The client's local mode, in memory or (``disk``) in a folder, or the embedded engine."""
    from qdrant_client import QdrantClient

    if kind == "edge":
        return EdgeStore(folder)
    client = QdrantClient(path=str(folder)) if kind == "disk" else QdrantClient(":memory:")
    return QdrantStore(client, "local", scanned=False)


def engine_of(kind: str, tracks: Tracks, asking: Asking, folder: Path) -> Engine:
    """One of ``exact``, ``faiss``, ``local`` and ``edge`` over the tracks."""
    calibration = tracks.calibrations[asking]
    if kind == "exact":
        return ExactEngine(tracks.items, calibration, tracks.fusion, tracks.facts)
    if kind == "faiss":
        codes = make_codes(tracks.items, calibration, tracks.fusion)
        return FastScanEngine(codes, tracks.items, calibration, tracks.fusion, tracks.facts)
    store = store_of(kind, folder)
    upload(store, "tracks", tracks, MODEL, "content0")
    return DatabaseEngine(store, "tracks", asking, tracks, MODEL)
