"""``python -m vmr audit bias``: which tracks are shown, against their share of the catalog."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vmr.config import Settings
from vmr.errors import VmrError, plural
from vmr.files import replacing
from vmr.records.audit_log import AuditLog

if TYPE_CHECKING:
    from vmr.catalogs.collection import Collection
    from vmr.model.two_tower import Model


def add_bias_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of ``bias``."""
    queries = parser.add_mutually_exclusive_group()
    queries.add_argument(
        "--videos",
        type=Path,
        metavar="DIR",
        help="a folder made by `index --videos`, in place of the checkpoint's typical queries",
    )
    queries.add_argument("--logged", action="store_true", help="what the audit log says was shown")
    parser.add_argument("--checkpoint", type=Path, default=Settings.checkpoint, metavar="FILE")
    parser.add_argument("--catalog", type=Path, action="append", default=[], metavar="DIR")
    parser.add_argument("--facet", default="mood", help="of alpha above 0 (default: mood)")
    parser.add_argument("-k", type=int, default=5, metavar="N", help="first tracks that are shown")
    parser.add_argument(
        "--with-silent", action="store_true", help="tracks too whose sound is not on this machine"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="Markdown, instead of printing it")
    parser.add_argument("--plot", type=Path, metavar="PNG")
    parser.add_argument("--json", action="store_true", help="print all figures as JSON")


def measure_bias(log: AuditLog, args: argparse.Namespace) -> int:
    """Measure, and write the report and its picture."""
    from vmr.catalogs.collection import open_collection
    from vmr.config import catalog_folders
    from vmr.evaluation.exposure_text import exposure_markdown, plot_exposure
    from vmr.model.checkpoint import load_model

    if args.k < 1:
        raise VmrError("request.whole", name="k", value=str(args.k))
    model = load_model(args.checkpoint)
    settings = Settings(args.checkpoint, tuple(args.catalog))
    music = open_collection(catalog_folders(settings), model)
    report, asked_of = logged(log, music, args) if args.logged else sampled(model, music, args)
    if args.plot:
        plot_exposure(report, args.plot)
        print(f"written: {args.plot}", file=sys.stderr)
    if args.json:
        found = {"checkpoint": model.fingerprint, "asked_of": asked_of, **report}
        text = json.dumps(found, ensure_ascii=False) + "\n"
    else:
        text = exposure_markdown(report, asked_of)
    if args.out is None:
        print(text, end="")
        return 0
    with replacing(args.out) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return 0


def logged(log: AuditLog, music: Collection, args: argparse.Namespace) -> tuple[Any, str]:
    """The report on an audit log, and what it is of. Raises VmrError."""
    from vmr.evaluation.exposure_report import logged_report

    if not log.path.exists():
        raise VmrError("audit.none", folder=log.folder)
    try:
        return logged_report(music, log.rows(), args.k), "rows of the audit log"
    except ValueError as error:
        raise VmrError("audit.nothing_shown", name=log.path.name) from error


def sampled(model: Model, music: Collection, args: argparse.Namespace) -> tuple[Any, str]:
    """The report on videos, or on the checkpoint's own queries, and what it is of. Raises
    VmrError."""
    from vmr.catalogs.videos import open_videos
    from vmr.encoders import load_music_encoder
    from vmr.evaluation.exposure_report import Asked, beliefs_by_kind, sampled_report
    from vmr.knowledge.track_search import TrackSearch

    search = TrackSearch(model, music, load_music_encoder(model.config.music_encoder).columns)
    asked = Asked(args.facet, args.k, with_silent=args.with_silent)
    if args.videos is not None:
        videos = open_videos(args.videos, model)
        report = sampled_report(search, videos.embeddings, asked)
        report["beliefs"] = beliefs_by_kind(search, videos.embeddings, kinds(args.videos, model))
        return report, f"the {plural(len(videos), 'video')} of {videos.name}"
    bank = model.video_bank
    if bank is None:
        raise VmrError("audit.no_bank", name=args.checkpoint.name)
    report = sampled_report(search, bank, asked)
    return report, "the checkpoint's typical queries, which its correction of hubs was fitted on"


def kinds(folder: Path, model: Model) -> dict[str, Any]:
    """{"motion" and "brightness": (Q,)} of a library's videos, as far as its features say."""
    import numpy as np

    from vmr.catalogs.arrays import read_features
    from vmr.catalogs.music import FEATURES
    from vmr.catalogs.videos import VIDEOS, read_videos
    from vmr.encoders import load_video_encoder

    columns = list(load_video_encoder(model.config.video_encoder).columns)
    rows = read_features(folder / FEATURES).of([v.id for v in read_videos(folder / VIDEOS)])
    names = [name for name in ("motion", "brightness") if f"stats:{name}" in columns]
    return {
        name: np.array([one[:, columns.index(f"stats:{name}")].mean() for one in rows])
        for name in names
    }
