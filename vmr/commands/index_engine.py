"""``python -m vmr index --engine``: what finds the candidates of a large catalog is made."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from vmr.commands.progress import progress_bar
from vmr.config import Settings, names_engine
from vmr.errors import CatalogError, plural

if TYPE_CHECKING:
    from vmr.model.two_tower import Model


def add_engine_flags(parser: argparse.ArgumentParser) -> None:
    """What ``index`` takes about engines."""
    parser.add_argument(
        "--engine",
        metavar="faiss|ADDRESS",
        help="afterwards (alone: if need be) make codes that FAISS scans beside a catalog of a "
        "million tracks or more, or send the tracks to a database such as "
        "qdrant://host:6333/tracks",
    )
    parser.add_argument("--engine-shards", type=int, metavar="N", help="of a new collection there")
    parser.add_argument("--engine-copies", type=int, metavar="N", help="of each of its shards")


def is_embedded(folder: Path, model: Model | None) -> bool:
    """Whether the vectors of the tracks as they are, by this model, are stored."""
    from vmr.catalogs.columns import open_tracks
    from vmr.catalogs.music import TRACKS
    from vmr.catalogs.write_music import are_embedded

    tracks = open_tracks(folder / TRACKS, folder.resolve().name)
    return model is not None and are_embedded(folder, tracks, model)


def make_engine(args: argparse.Namespace, model: Model | None) -> int:
    """Codes beside the catalog, or its tracks sent to a database."""
    from vmr.catalogs.index_run import exclusive
    from vmr.catalogs.labelled import said_of_tracks
    from vmr.engines.build import code_catalog, send_catalog
    from vmr.engines.store import Spread

    if model is None:
        raise CatalogError("flags.engine")
    if args.engine != "faiss" and not names_engine(args.engine):
        raise CatalogError("engine.address")
    with progress_bar(0, unit=" tracks") as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        if args.engine == "faiss":
            with exclusive(args.catalog):
                count, each = code_catalog(args.catalog, model, show)
        else:
            said = said_of_tracks(Settings())
            spread = Spread(args.engine_shards, args.engine_copies)
            count, sent = send_catalog(args.catalog, model, args.engine, said, show, spread)
    if args.engine == "faiss":
        print(f"{plural(count, 'track')} coded, {each} bytes each")
    else:
        print(f"{plural(count, 'track')} in the engine, {sent} of them sent now")
    return 0
