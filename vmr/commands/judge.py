"""``python -m vmr judge``: check a checkpoint on clips that people judged beforehand."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vmr.commands.progress import progress_bar, show_name
from vmr.config import Settings
from vmr.errors import plural
from vmr.evaluation.figure import shown

if TYPE_CHECKING:
    from vmr.evaluation.figure import Figure
    from vmr.evaluation.on_clips import ClipSet
    from vmr.model.two_tower import Model


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of ``judge``."""
    _add_clips(parser)
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
    parser.add_argument(
        "--evidence",
        metavar="NAME",
        help="write the figures beside the checkpoint, where the tab Evidence finds them, as NAME: "
        "'chosen' for clips that choices were made on, 'held out' for those kept apart",
    )
    parser.add_argument(
        "--what-if",
        action="append",
        default=[],
        choices=("concepts", "energy", "subject"),
        help="as if this were known of the pictures: what the table says of them is taken for it",
    )
    parser.add_argument(
        "--corrected",
        type=int,
        metavar="N",
        help="what corrections of N clips drawn at random do for the others, instead",
    )
    parser.add_argument("--draws", type=int, default=50, help="how often --corrected draws")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")


def _add_clips(parser: argparse.ArgumentParser) -> None:
    """Which clips are judged."""
    parser.add_argument(
        "--clips",
        type=Path,
        required=True,
        metavar="CSV",
        help="id,video,energy,moods_fit,moods_wrong,genres_fit,genres_wrong (README)",
    )
    parser.add_argument(
        "--only",
        type=Path,
        metavar="FILE",
        help="only the clips whose video this list names, one a line: those that choices were "
        "made on stand in checkpoints/starter.chosen.txt",
    )
    parser.add_argument("--but", type=Path, metavar="FILE", help="all clips but those of this list")


def run(args: argparse.Namespace) -> int:
    """Judge a checkpoint on clips whose fitting music people have named."""
    from vmr.config import catalog_folders
    from vmr.encoders import load_video_encoder
    from vmr.evaluation.evidence import clip_evidence, write_set
    from vmr.evaluation.on_clips import judge_clips, read_clips
    from vmr.evaluation.reliability import fit_beliefs
    from vmr.files import cache_folder
    from vmr.model.checkpoint import load_model
    from vmr.training.feature_cache import FeatureCache

    model = load_model(args.checkpoint)
    encoder = load_video_encoder(model.config.video_encoder)
    cache = FeatureCache(cache_folder() / "features")
    with progress_bar(0, " clips") as bar:
        lists = args.only, args.but
        clips = read_clips(args.clips, model, encoder, cache, show_name(bar), args.what_if, *lists)
    for id, reason in clips.left_out:
        print(f"{id} is left out: {reason}", file=sys.stderr)
    if args.fit_beliefs:
        anchors = [model.anchors(facet) for facet in model.config.facets]
        fit_beliefs(clips.embedded, clips.clips, anchors)
    folders = catalog_folders(Settings(args.checkpoint, tuple(args.catalog)))
    if args.corrected:
        return correct(args, clips, model, folders)
    figures = judge_clips(clips, model, folders, args.withhold_labels)
    if args.evidence:
        entry = clip_evidence(args.evidence, clips, model, figures)
        print(f"written: {write_set(args.checkpoint, entry)}", file=sys.stderr)
    if args.json:
        count, rows = len(clips.clips), [figure.row() for figure in figures]
        print(json.dumps({"checkpoint": model.fingerprint, "clips": count, "figures": rows}))
    else:
        show(figures, len(clips.clips))
    return 0


def correct(args: argparse.Namespace, clips: ClipSet, model: Model, folders: Sequence[Path]) -> int:
    """Measure what corrections do, for every catalog and facet; kept beside the checkpoint with
    ``--evidence``."""
    from vmr.evaluation.corrected import lifts, table
    from vmr.evaluation.evidence import write_corrections

    found = lifts(model, folders, clips.clips, clips.features, args.corrected, args.draws)
    rows = [row.row() for row in found]
    if args.evidence:
        print(
            f"written: {write_corrections(args.checkpoint, args.evidence, rows)}", file=sys.stderr
        )
    print(json.dumps(rows) if args.json else table(found))
    return 0


def show(figures: Sequence[Figure], count: int) -> None:
    """The figures as a table for people."""
    print(f"{plural(count, 'clip')}, first 5 tracks; intervals are 95 % over clips")
    print(f"{'':62s}{'value':>7}  {'interval':>14}{'chance':>8}{'fixed':>7}{'shuffled':>10}")
    ends = (None, 0.0, 0.5, 1.0)  # of the rest of the slider --json has the figures
    for figure in (figure for figure in figures if figure.alpha in ends):
        known = [end for end in (figure.low, figure.high) if end is not None]
        interval = " to ".join(shown(end, 2) for end in known)
        cells = [_cell(figure.chance, 8), _cell(figure.fixed, 7), _cell(figure.shuffled, 10)]
        print(f"{figure.name:62s}{shown(figure.value, 3):>7}  {interval:>14}{''.join(cells)}")
    print(
        "chance: the catalog's mean. fixed: the best five tracks that are the same for every\n"
        "clip, chosen with these very judgements. shuffled: the same rankings dealt to other clips."
    )


def _cell(value: float | None, width: int) -> str:
    return " " * width if value is None else f"{shown(value, 2):>{width}}"
