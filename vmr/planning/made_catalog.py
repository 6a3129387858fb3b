"""A catalog of any size, made with a seed from the real features of the bundled ones.

A made track takes its feature rows, half each, from two real tracks, mixed by a share drawn for it,
and labels, licence and measurements from one of them. The model embeds ORIGINALS of these; every
further track has rows of two originals and, in each branch, a vector on the way from one's to the
other's: embedding a million tracks would take a quarter of an hour and make the same shape. All
files are those that ``python -m vmr index`` writes, by the same functions; there is no sound.

Shapes: N tracks, R rows of a track, D feature columns, B branches, E embedding columns.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vmr.catalogs.arrays import half, write_embeddings, write_peaks
from vmr.catalogs.columns import open_tracks
from vmr.catalogs.feature_file import Stream, write_streams
from vmr.catalogs.measures import kept_levels
from vmr.catalogs.music import (
    EMBEDDINGS,
    FEATURES,
    PEAKS,
    TRACKS,
    Catalog,
    open_catalog,
)
from vmr.catalogs.table_digest import table_digest
from vmr.catalogs.tracks_table import COLUMNS, Track, as_text
from vmr.config import Settings, catalog_folders
from vmr.embedding import Array, BranchEmbedding, unit
from vmr.errors import plural
from vmr.files import replacing
from vmr.model.checkpoint import load_model

if TYPE_CHECKING:
    from vmr.model.two_tower import Model

ORIGINALS = 4096
ROWS = 4  # of a made track; a real one of half a minute has ten, a whole one two dozen
LABELLED = 0.5  # of the originals
AT_ONCE = 20_000
MADE = "made.json"  # what the catalog is, once it is whole
Say = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Originals:
    """rows (O, R, D) float16; parents (O,) positions of real tracks; labelled (O,)."""

    rows: NDArray[np.float16]
    parents: NDArray[np.int64]
    labelled: NDArray[np.bool_]
    vectors: Array  # (O, B, E)


@dataclass(frozen=True, eq=False)
class Plan:
    """What each made track is of: a and b (N,) originals, share (N,) of b, sha256 (N, 32)."""

    a: NDArray[np.int64]
    b: NDArray[np.int64]
    share: Array
    sha256: NDArray[np.uint8]


def make_catalog(folder: Path, count: int, seed: int, checkpoint: Path, say: Say) -> None:
    """Write a catalog of ``count`` tracks into a folder. Raises VmrError."""
    model = load_model(checkpoint, device="cpu")
    real = [open_catalog(path, model) for path in catalog_folders(Settings())]
    made_of = plural(sum(map(len, real)), "real one")
    say(f"{plural(min(count, ORIGINALS), 'track')} from the features of {made_of}")
    rng = np.random.default_rng(seed)
    tracks = [track for catalog in real for track in catalog.tracks]
    peaks = np.concatenate([catalog.peaks for catalog in real])
    made = _originals(real, min(count, ORIGINALS), rng, model)
    plan = _plan(count, len(made.parents), rng)
    ids = [f"m{n:07d}" for n in range(count)]
    folder.mkdir(parents=True, exist_ok=True)
    say("features")
    _write_features(folder / FEATURES, ids, made, plan, real[0].features.encoder)
    write_peaks(folder / PEAKS, ids, peaks[made.parents[plan.a]])
    say("table")
    _write_table(folder / TRACKS, tracks, made, plan)
    table = open_tracks(folder / TRACKS)
    say("vectors")
    values = np.empty((count, *made.vectors.shape[1:]), dtype=np.float16)
    for part in _parts(count):
        share = plan.share[part, None, None]
        a, b = made.vectors[plan.a[part]], made.vectors[plan.b[part]]
        values[part] = unit((1 - share) * a + share * b)
    embedding = BranchEmbedding(values, model.config.branches)
    path, digest = folder / EMBEDDINGS, table_digest(table, model)
    write_embeddings(path, ids, embedding, model.fingerprint, digest)
    say("levels")
    kept_levels(path, embedding, model)
    with replacing(folder / MADE) as temporary:
        temporary.write_text(json.dumps({"tracks": count, "seed": seed}), "utf-8")


def is_made(folder: Path, count: int, seed: int) -> bool:
    """Whether ``make_catalog`` left just this catalog in the folder."""
    try:
        made = json.loads((folder / MADE).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return bool(made == {"tracks": count, "seed": seed})


def _parts(count: int) -> Iterator[slice]:
    return (slice(start, min(start + AT_ONCE, count)) for start in range(0, count, AT_ONCE))


def _originals(
    real: Sequence[Catalog], count: int, rng: np.random.Generator, model: Model
) -> Originals:
    features = [rows for catalog in real for rows in catalog.features]
    tracks = [track for catalog in real for track in catalog.tracks]
    parents = rng.integers(len(tracks), size=(count, 2))
    labelled = rng.random(count) < LABELLED
    rows = np.empty((count, ROWS, features[0].shape[1]), dtype=np.float16)
    for n, (one, other) in enumerate(parents):
        drawn = [features[i][rng.integers(len(features[i]), size=ROWS)] for i in (one, other)]
        share = np.float32(rng.random())
        rows[n] = half((1 - share) * drawn[0] + share * drawn[1])
    labels = [
        tracks[i].labels if said else {} for i, said in zip(parents[:, 0], labelled, strict=True)
    ]
    vectors = model.embed_music(list(rows.astype(np.float32)), labels).values
    return Originals(rows, parents[:, 0], labelled, vectors)


def _plan(count: int, originals: int, rng: np.random.Generator) -> Plan:
    """The originals as they are, then what lies between two of them."""
    a, b = rng.integers(originals, size=(2, count))
    a[:originals] = np.arange(originals)
    share = rng.random(count, dtype=np.float32)
    share[:originals] = 0
    return Plan(a, b, share, rng.integers(256, size=(count, 32), dtype=np.uint8))


def _write_features(
    path: Path, ids: Sequence[str], made: Originals, plan: Plan, encoder: str
) -> None:
    """Half of a track's rows are of one original, half of the other."""
    count, width = len(ids), made.rows.shape[2]

    def rows() -> Iterator[NDArray]:
        for part in _parts(count):
            found = made.rows[plan.a[part]]
            mixed = plan.share[part] > 0
            found[mixed, ROWS // 2 :] = made.rows[plan.b[part][mixed], ROWS // 2 :]
            yield found.reshape(-1, width)

    offsets = np.arange(count + 1, dtype=np.int64) * ROWS
    streams = (
        Stream("content", "uint8", plan.sha256.shape, [plan.sha256]),
        Stream("offsets", "int64", offsets.shape, [offsets]),
        Stream("values", "float16", (count * ROWS, width), rows()),
    )
    write_streams(path, streams, {"ids": json.dumps(list(ids)), "encoder": encoder})


def _write_table(path: Path, tracks: Sequence[Track], made: Originals, plan: Plan) -> None:
    """Cells of the real track that a made one is mostly of; titles and files have their number."""
    real = [[as_text(getattr(track, name)) for name in COLUMNS] for track in tracks]
    column = {name: i for i, name in enumerate(COLUMNS)}
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for n, original in enumerate(plan.a.tolist()):
            cells = list(real[made.parents[original]])
            if not made.labelled[original]:
                cells[column["genre"]] = cells[column["mood"]] = ""
            cells[column["id"]] = f"m{n:07d}"
            cells[column["title"]] += f" {n}"
            cells[column["audio"]] = f"{n // 1000:04d}/{n:07d}.opus"
            cells[column["sha256"]] = plan.sha256[n].tobytes().hex()
            writer.writerow(cells)
