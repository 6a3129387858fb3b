"""Engines over a collection: which of its catalogs they hold, and the candidates that they find.

Tracks of catalogs in no engine are ranked exactly beside what the engines find. Candidates are the
best at steps of every slider; a label or an energy that a person chooses is asked of the engine
when it is chosen, as a query of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vmr.catalogs.arrays import read_arrays
from vmr.catalogs.collection import Collection
from vmr.catalogs.columns import open_tracks
from vmr.catalogs.grouped import ids_of, texts_of
from vmr.catalogs.music import EMBEDDINGS, TRACKS, Catalog
from vmr.catalogs.policy import allowed_mask
from vmr.embedding import Array, BranchEmbedding, Calibration
from vmr.engines.address import open_store, read_address
from vmr.engines.database import DatabaseEngine, check_model
from vmr.engines.engine import ASKINGS, Asking, Engine, Facts, Wanted, facts_of, permitted
from vmr.engines.exact import best_of
from vmr.engines.fast_scan import Codes, FastScanEngine, read_codes
from vmr.engines.points import Tracks
from vmr.engines.store import Store
from vmr.files import CHECKSUM
from vmr.search import NEARLY_ONE, Fusion, weight_grid

# Tracks from which codes are scanned where they are; below it every track is ranked in less time.
SCANNED_FROM = 1_000_000
STEPS, BEST = 11, 128  # of each slider, and how many of each: the exact first fifty between them
PROBED = 16  # tracks of each catalog that a database is asked for
NARROW = 0.05  # share of counted tracks below which these are ranked exactly


@dataclass(frozen=True, eq=False)
class Engines:
    """What finds candidates among the N tracks of a collection for each kind of query.

    rest (M,): positions of tracks in no engine; wanted: the policy, for engines that hold more.
    """

    by_asking: Mapping[Asking, Sequence[Engine]]
    rest: NDArray[np.int64]
    items: BranchEmbedding
    calibrations: Mapping[Asking, Calibration]
    fusion: Fusion
    wanted: Wanted | None = None

    def reachable(
        self, query: BranchEmbedding, asking: Asking, counted: NDArray[np.bool_] | None = None
    ) -> NDArray[np.int64]:
        """Positions (K,) of the tracks that can be among the first fifty at some position of a
        slider for a query (N = 1); counted (N,): as if there were no others. Raises VmrError."""
        weights = np.stack(list(weight_grid(query.branches, steps=STEPS, end=NEARLY_ONE)))
        rows = query.values[0]
        share = 1.0 if counted is None else float(counted.mean())
        if counted is not None and share <= NARROW:
            return self._exactly(rows, asking, weights, np.flatnonzero(counted))
        found = [self._exactly(rows, asking, weights, self.rest)]
        for engine in self.by_asking[asking]:
            found += engine.best(rows, weights, int(BEST / share), self.wanted)
        index = np.unique(np.concatenate(found))
        return index if counted is None else index[counted[index]]

    def _exactly(
        self, rows: Array, asking: Asking, weights: Array, index: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        calibration = self.calibrations[asking]
        best = best_of(self.items, calibration, self.fusion, rows, weights, BEST, index)
        return np.unique(np.concatenate(best))


@dataclass(frozen=True, eq=False)
class CollectionFacts(Sequence[Facts]):
    """What the tracks of a collection can be filtered by, made when it is asked for."""

    music: Collection

    def __len__(self) -> int:
        return len(self.music)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        place = self.music.places[index]
        return {**facts_of(place.track), "catalog": place.catalog.name}


def tracks_of(music: Collection, fusion: Fusion) -> Tracks:
    """A collection as vector databases take it."""
    calibrations: dict[Asking, Calibration] = {"video": music.for_video, "music": music.for_music}
    identities = [(c.name, id) for c in music.catalogs for id in ids_of(c.tracks)]
    return Tracks(music.embeddings, calibrations, fusion, CollectionFacts(music), identities)


def engines_of(
    music: Collection, fusion: Fusion, index: str | None, least: int = SCANNED_FROM
) -> Engines | None:
    """The engines for a collection: the database at an address, else the codes beside its catalogs
    if it has ``least`` tracks; None where there are none. Raises VmrError."""
    if index is not None:
        return _database(music, fusion, index)
    coded = list(_coded(music, fusion)) if len(music) >= least else []
    if not any(codes for _, codes in coded):
        return None
    none = np.zeros(0, dtype=np.int64)
    rest = np.concatenate([none, *(place for place, codes in coded if not codes)])
    by_asking: dict[Asking, list[Engine]] = {asking: [] for asking in ASKINGS}
    calibrations: dict[Asking, Calibration] = {"video": music.for_video, "music": music.for_music}
    for places, codes in coded:
        for asking, one in codes.items():
            engine = FastScanEngine(one, music.embeddings, calibrations[asking], fusion, (), places)
            by_asking[asking].append(engine)
    return Engines(by_asking, rest, music.embeddings, calibrations, fusion)


def _coded(
    music: Collection, fusion: Fusion
) -> Iterator[tuple[NDArray[np.int64], dict[Asking, Codes]]]:
    """For each catalog (the positions of its tracks, nothing), or of each coded track (its
    position or -1, its codes by kind of query)."""
    start = 0
    for catalog in music.catalogs:
        places = start + np.arange(len(catalog), dtype=np.int64)
        codes = codes_of(catalog, fusion)
        if codes:
            count = len(codes["video"].codes)
            if count != len(catalog):
                tracks = open_tracks(catalog.folder / TRACKS, catalog.name)
                mask = allowed_mask(tracks, music.policy)
                places = np.where(mask, start + np.cumsum(mask) - 1, -1)
        yield places, codes
        start += len(catalog)


def codes_of(catalog: Catalog, fusion: Fusion) -> dict[Asking, Codes]:
    """The codes beside a catalog by kind of query; none unless they were made of its vectors as
    they are now. Raises CatalogError for a damaged file."""
    made_of = key_of(catalog.folder, catalog.fingerprint)
    if made_of is None:
        return {}
    key, count = made_of
    found: dict[Asking, Codes] = {}
    for asking in ASKINGS:
        codes = read_codes(codes_path(catalog.folder, asking), key, count)
        if codes is None or codes.joined.fusion != fusion:
            return {}
        found[asking] = codes
    return found


def codes_path(folder: Path, asking: Asking) -> Path:
    """Where a catalog's codes are kept."""
    return folder / f"codes-{asking}.safetensors"


def key_of(folder: Path, fingerprint: str) -> tuple[str, int] | None:
    """(what codes of the stored vectors of a model are kept under, how many there are), None where
    the vectors are of another model."""
    path = folder / EMBEDDINGS
    if not path.is_file():
        return None
    tensors, header = read_arrays(path)
    if header.get("fingerprint") != fingerprint or "values" not in tensors:
        return None
    return f"copies {fingerprint} {header.get(CHECKSUM, '')}", len(tensors["values"])


def _database(music: Collection, fusion: Fusion, index: str) -> Engines:
    address = read_address(index)
    store, model = open_store(address), music.catalogs[0].fingerprint
    check_model(store, address.name, model)
    tracks = tracks_of(music, fusion)
    policy = music.policy
    wanted = permitted(policy, _licences(music))
    by_asking: dict[Asking, Sequence[Engine]] = {
        asking: [DatabaseEngine(store, address.name, asking, tracks, model)] for asking in ASKINGS
    }
    return Engines(
        by_asking,
        _rest(music, store, address.name, tracks),
        tracks.items,
        tracks.calibrations,
        fusion,
        wanted,
    )


def _licences(music: Collection) -> list[str]:
    return sorted({text for c in music.catalogs for text in texts_of(c.tracks, "licence")})


def _rest(music: Collection, store: Store, name: str, tracks: Tracks) -> NDArray[np.int64]:
    """Positions of the tracks of catalogs of which the database holds nothing."""
    numbers, start, rest = tracks.numbers(), 0, [np.zeros(0, dtype=np.int64)]
    for catalog in music.catalogs:
        places = np.arange(start, start + len(catalog), dtype=np.int64)
        probe = numbers[places[:: max(1, len(places) // PROBED)][:PROBED]]
        if not store.made(str(store.current(name)), probe.tolist()):
            rest.append(places)
        start += len(catalog)
    return np.concatenate(rest)
