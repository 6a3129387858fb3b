"""``python -m vmr judge``: check a checkpoint on clips that people judged beforehand."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vmr.commands.progress import progress_bar
from vmr.config import Settings

if TYPE_CHECKING:
    from vmr.embedding import Array, BranchEmbedding
    from vmr.encoders.base import VideoEncoder
    from vmr.evaluation.judge import Figure
    from vmr.evaluation.judged_clips import JudgedClip
    from vmr.model.two_tower import Model
    from vmr.search import Fusion


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of ``judge``."""
    parser.add_argument(
        "--clips",
        type=Path,
        required=True,
        metavar="CSV",
        help="id,video,energy,moods_fit,moods_wrong,genres_fit,genres_wrong (README)",
    )
    parser.add_argument("--checkpoint", type=Path, default=Settings.checkpoint, metavar="FILE")
    parser.add_argument("--catalog", type=Path, action="append", default=[], metavar="DIR")
    parser.add_argument(
        "--withhold-labels", action="store_true", help="only rank tracks by their sound alone"
    )
    parser.add_argument(
        "--fit-beliefs",
        action="store_true",
        help="fit the probabilities of beliefs on these clips and write knowledge/beliefs.csv",
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")


def run(args: argparse.Namespace) -> int:
    """Judge a checkpoint on clips whose fitting music people have named."""
    from dataclasses import asdict

    from vmr.encoders import load_video_encoder
    from vmr.evaluation.judged_clips import read_judged
    from vmr.model.checkpoint import load_model

    model = load_model(args.checkpoint)
    encoder = load_video_encoder(model.config.video_encoder)
    clips, features = watched(read_judged(args.clips), encoder)
    figures = figures_of(model, clips, model.embed_video(features), args)
    if args.json:
        rows = [asdict(figure) for figure in figures]
        print(json.dumps({"checkpoint": model.fingerprint, "clips": len(clips), "figures": rows}))
    else:
        show(figures, len(clips))
    return 0


def watched(
    clips: Sequence[JudgedClip], encoder: VideoEncoder
) -> tuple[tuple[JudgedClip, ...], list[Array]]:
    """The clips that can be read, with their features (T, D) each; others are named and left out.

    Raises MediaError where none can.
    """
    from vmr.errors import MediaError
    from vmr.files import cache_folder
    from vmr.training.feature_cache import FeatureCache

    cache = FeatureCache(cache_folder() / "features")
    readable, features = [], []
    with progress_bar(len(clips), unit=" clips") as bar:
        for clip in clips:
            try:
                features.append(cache.video(clip.video, encoder))
                readable.append(clip)
            except MediaError as error:
                print(f"{clip.id} is left out: {error}", file=sys.stderr)
            bar.update()
    if not readable:
        raise MediaError("judge.no_clip")
    return tuple(readable), features


def figures_of(
    model: Model,
    clips: tuple[JudgedClip, ...],
    embedded: BranchEmbedding,
    args: argparse.Namespace,
) -> list[Figure]:
    """What the clips say of the model's beliefs, and of its rankings of each catalog."""
    from vmr.catalogs.music import open_catalog
    from vmr.config import catalog_folders
    from vmr.evaluation.judge import judge_catalog
    from vmr.evaluation.reliability import fit_beliefs, reliability_figures, tie_figures
    from vmr.knowledge.belief import curves_for

    fusion: Fusion = "mix" if model.config.fusion == "mix" else "calibrated"
    anchors = [model.anchors(facet) for facet in model.config.facets]
    if args.fit_beliefs:
        fit_beliefs(embedded, clips, anchors)
    curves = curves_for(model)
    figures = reliability_figures(embedded, clips, anchors, curves)
    for folder in catalog_folders(Settings(args.checkpoint, tuple(args.catalog))):
        for use_labels in (False,) if args.withhold_labels else (True, False):
            catalog = open_catalog(folder, model, use_labels=use_labels)
            calibration = model.calibration_of_music(catalog.embeddings)
            figures += judge_catalog(catalog, embedded, clips, calibration, fusion, use_labels)
            if use_labels:
                figures += tie_figures(
                    catalog, embedded, clips, calibration, fusion, anchors, curves
                )
    return figures


def show(figures: Sequence[Figure], count: int) -> None:
    """The figures as a table for people."""
    print(f"{count} clips, first 5 tracks; intervals are 95 % over clips")
    print(f"{'':58s}{'value':>7}  {'interval':>14}{'chance':>8}{'fixed':>7}{'shuffled':>10}")
    for figure in figures:
        interval = "" if figure.low is None else f"{figure.low:.2f} to {figure.high:.2f}"
        cells = [_cell(figure.chance, 8), _cell(figure.fixed, 7), _cell(figure.shuffled, 10)]
        print(f"{figure.name:58s}{figure.value:7.3f}  {interval:>14}{''.join(cells)}")
    print(
        "chance: the catalog's mean. fixed: the best five tracks that are the same for every\n"
        "clip, chosen with these very judgements. shuffled: the same rankings dealt to other clips."
    )


def _cell(value: float | None, width: int) -> str:
    return " " * width if value is None else f"{value:{width}.2f}"
