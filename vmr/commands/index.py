"""``python -m vmr index``: make a catalog of music, or a library of videos, of one's own."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from vmr.catalogs.file_pool import Pace
from vmr.commands.index_engine import add_engine_flags, is_embedded, make_engine
from vmr.commands.progress import progress_bar
from vmr.config import Settings
from vmr.errors import CatalogError, plural
from vmr.records.audit_entry import Action, Entry
from vmr.records.audit_log import log_for_house

if TYPE_CHECKING:
    from vmr.catalogs.index_run import IndexReport
    from vmr.model.two_tower import Model


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of ``index``."""
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--music", type=Path, metavar="DIR_OR_CSV", help="a folder, or a tracks.csv"
    )
    source.add_argument("--videos", type=Path, metavar="DIR", help="a folder of videos")
    parser.add_argument(
        "--labels",
        type=Path,
        metavar="CSV",
        help="labels and licences by path or id; labels.csv in the folder of --music by itself",
    )
    parser.add_argument(
        "--catalog",
        type=Path,
        required=True,
        metavar="DIR",
        help="the catalog to write; without --music or --videos it is embedded again",
    )
    add_engine_flags(parser)
    parser.add_argument("--checkpoint", type=Path, default=Settings.checkpoint, metavar="FILE")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default=Settings.device)
    parser.add_argument("--jobs", type=int, metavar="N", help="processes (one per core)")
    parser.add_argument(
        "--shard",
        metavar="I/N",
        help="only this part of the files, on one of N machines that share --catalog; the same "
        "command without it then makes the catalog",
    )
    parser.add_argument(
        "--features-only", action="store_true", help="no checkpoint: embed when it is opened"
    )


def run(args: argparse.Namespace) -> int:
    """Index music or videos, or embed a catalog again from its features."""
    if args.jobs is not None and args.jobs < 1:
        raise CatalogError("flags.jobs")
    source: Path | None = args.music or args.videos
    if source is not None and not source.exists():
        raise CatalogError("index.no_source", source=source)
    model = None if args.features_only else open_model(args)
    what = {"what": "index", "catalog": args.catalog.name}
    log_for_house(Entry(Action.CHANGED, detail=what))
    if args.engine and (args.videos or model is None or args.shard is not None):
        raise CatalogError("flags.engine")
    if args.shard is not None:
        return run_shard(args, model)
    if source is None:
        if not args.engine or not is_embedded(args.catalog, model):
            embed_again(args.catalog, model)
        return make_engine(args, model) if args.engine else 0
    if args.labels is not None and not args.music:
        raise CatalogError("flags.labels")
    with progress_bar(0) as bar:
        report = index(args, model, show_pace(bar))
    say_report(report, args.catalog)
    return make_engine(args, model) if args.engine else 0


def run_shard(args: argparse.Namespace, model: Model | None) -> int:
    """Analyse one part of the files; the catalog is made by the run without --shard."""
    from vmr.catalogs.index_shard import shard_music, shard_videos
    from vmr.catalogs.shards import Shard
    from vmr.encoders import DEFAULT_MUSIC, DEFAULT_VIDEO

    shard = Shard.parse(args.shard)
    if not (args.music or args.videos):
        raise CatalogError("flags.shard_only")
    common = {"device": args.device, "jobs": args.jobs}
    with progress_bar(0) as bar:
        common["progress"] = show_pace(bar)
        if args.music:
            encoder = model.config.music_encoder if model else DEFAULT_MUSIC
            report = shard_music(args.music, args.catalog, shard, encoder=encoder, **common)
        else:
            encoder = model.config.video_encoder if model else DEFAULT_VIDEO
            report = shard_videos(args.videos, args.catalog, shard, encoder=encoder, **common)
    say_report(report, args.catalog, f" as shard {shard}")
    return 0


def open_model(args: argparse.Namespace) -> Model:
    """The model that embeds, on the CPU. Raises CheckpointError."""
    from vmr.model.checkpoint import load_model

    return load_model(args.checkpoint, device="cpu")


def index(
    args: argparse.Namespace, model: Model | None, progress: Callable[[Pace], None]
) -> IndexReport:
    """Index what the flags name for a model's encoders, or the default ones."""

    from vmr.catalogs.index_music import index_music
    from vmr.catalogs.index_videos import index_videos
    from vmr.encoders import DEFAULT_MUSIC, DEFAULT_VIDEO

    common = {"device": args.device, "model": model, "jobs": args.jobs, "progress": progress}
    if args.music:
        encoder = model.config.music_encoder if model else DEFAULT_MUSIC
        return index_music(args.music, args.catalog, encoder=encoder, labels=args.labels, **common)
    encoder = model.config.video_encoder if model else DEFAULT_VIDEO
    return index_videos(args.videos, args.catalog, encoder=encoder, **common)


def embed_again(folder: Path, model: Model | None) -> int:
    """New embeddings from the features that are there; no sound is needed."""
    from vmr.catalogs.index_run import exclusive
    from vmr.catalogs.videos import VIDEOS, embed_videos
    from vmr.catalogs.write_music import embed_folder

    if model is None:
        raise CatalogError("flags.features_only")
    embed = embed_videos if (folder / VIDEOS).is_file() else embed_folder
    with exclusive(folder):
        count = embed(folder, model)
    print(f"{plural(count, 'embedding')} in {folder}, for the model {model.fingerprint[:12]}")
    return 0


def show_pace(bar: tqdm[Any]) -> Callable[[Pace], None]:
    """Moves a bar to where an indexing is."""

    def show(pace: Pace) -> None:
        bar.total = pace.total
        bar.set_postfix_str(f"{speed(pace):.0f} x real time, {pace.name}", refresh=False)
        bar.update(pace.done - bar.n)

    return show


def speed(pace: Pace) -> float:
    """Seconds of media per second."""
    return pace.media_s / max(pace.elapsed_s, 1e-3)


def say_report(report: IndexReport, folder: Path, part: str = "") -> None:
    """What was indexed and how fast; notes, and what was left out with the reason."""
    pace = report.pace
    print(
        f"{plural(report.count, 'file')}, {pace.media_s / 60:.1f} min, "
        f"indexed in {pace.elapsed_s:.0f} s "
        f"({speed(pace):.0f} x real time, {pace.done / max(pace.elapsed_s, 1e-3):.2f} files a "
        f"second) into {folder}{part}"
    )
    if report.recalled:
        print(f"{plural(report.recalled, 'file')} came from shards")
    if report.unchanged or report.removed:
        there = plural(report.unchanged, "file was|files were")
        print(f"{there} there unchanged, {report.removed} went")
    for name, note in report.notes:
        print(f"note: {name}: {note}", file=sys.stderr)
    for name, reason in report.skipped:
        print(f"left out: {name}: {reason}", file=sys.stderr)
