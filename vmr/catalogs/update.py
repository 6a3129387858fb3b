"""Bring the files of a catalog up to date, in an order in which it can be opened at any moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vmr.catalogs.arrays import write_peaks
from vmr.catalogs.audio_address import write_root
from vmr.catalogs.earlier import Earlier
from vmr.catalogs.feature_file import FeatureFile, Item, content_rows, write_items
from vmr.catalogs.music import EMBEDDINGS, FEATURES, PEAKS, TRACKS
from vmr.catalogs.tracks_table import Track, write_tracks
from vmr.catalogs.write_music import are_embedded, write_embedded
from vmr.errors import CatalogError, Notice
from vmr.files import read_tensors

if TYPE_CHECKING:
    from vmr.model.two_tower import Model

NEW = ".features-new.safetensors"


@dataclass(frozen=True)
class Entry:
    """One track of the new catalog. Its arrays stand in the cache file ``place`` (count feature
    rows of that width), or in the earlier catalog under the id ``stored``."""

    track: Track
    sha256: str
    place: Path | None = None
    count: int = 0
    width: int = 0
    stored: str = ""
    notes: tuple[Notice, ...] = ()

    @property
    def fresh(self) -> bool:
        """Whether it was analysed now."""
        return self.place is not None


def update_catalog(
    folder: Path,
    entries: Sequence[Entry],
    earlier: Earlier,
    encoder: str,
    model: Model | None,
    root: Path,
) -> int:
    """Write the catalog of these entries; returns how many tracks of the earlier one went.

    The features of tracks that went stay until the next run, so that the old table can be read
    with the new arrays should this process be killed in between.
    """
    ids = {entry.track.id for entry in entries}
    gone = [track.id for track in earlier.tracks if track.id not in ids]
    changed = write_arrays(folder, entries, earlier, gone, encoder)
    tracks = [entry.track for entry in entries]
    if model is None:
        if changed:
            (folder / EMBEDDINGS).unlink(missing_ok=True)
    elif changed or not are_embedded(folder, tracks, model):
        with FeatureFile(folder / FEATURES) as features:
            write_embedded(folder, tracks, features, model)
    write_root(folder, root)
    write_tracks(folder / TRACKS, tracks)
    return len(gone)


def write_arrays(
    folder: Path, entries: Sequence[Entry], earlier: Earlier, gone: Sequence[str], encoder: str
) -> bool:
    """Features and waveforms, if there is anything new in them; returns whether there was."""
    features, old = earlier.features, earlier.peaks
    left = [id for id in gone if features is not None and id in features and id in old]
    items = [_item(entry, features) for entry in entries]
    items += [features.item(id) for id in left] if features is not None else []
    stored = [features.item(id) for id in features.ids] if features is not None else []
    if items == stored and all(item.id in old for item in items):
        return False
    width = next((e.width for e in entries if e.fresh), features.width if features else 0)
    write_items(folder / NEW, items, _rows(entries, left, features), encoder, width)
    peaks = [_from_cache(e, "peaks") if e.fresh else old[e.stored] for e in entries]
    peaks += [old[id] for id in left]
    if features is not None:
        features.close()  # Windows cannot replace a file that is open
    (folder / NEW).replace(folder / FEATURES)
    write_peaks(folder / PEAKS, [item.id for item in items], np.stack(peaks), content_rows(items))
    return True


def _item(entry: Entry, features: FeatureFile | None) -> Item:
    count = features.item(entry.stored).count if entry.stored and features else entry.count
    return Item(entry.track.id, entry.sha256, count)


def _rows(
    entries: Sequence[Entry], left: Sequence[str], features: FeatureFile | None
) -> Iterator[NDArray]:
    for entry in entries:
        if entry.fresh:
            yield _from_cache(entry, "features")
        elif features is not None:
            yield features.rows(entry.stored)
    for id in left:
        if features is not None:
            yield features.rows(id)


def _from_cache(entry: Entry, name: str) -> NDArray:
    assert entry.place is not None
    try:
        array: NDArray = read_tensors(entry.place)[0][name]
    except (OSError, ValueError, KeyError) as error:
        raise CatalogError("index.cache_gone", path=entry.place) from error
    return array
