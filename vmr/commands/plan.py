"""``python -m vmr plan``: effort, machines and cost of a catalog, for whoever decides on it."""

from __future__ import annotations

import argparse
import math
import sys
from datetime import UTC, datetime
from pathlib import Path

from vmr.config import PROJECT, Settings
from vmr.errors import LANGUAGES, VmrError
from vmr.files import replacing

PRICES = PROJECT / "docs" / "prices.csv"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of ``plan``."""
    from vmr.planning.arithmetic import Inputs

    number = parser.add_argument
    number("--tracks", type=int, required=True, metavar="N")
    number("--hours-of-video", type=float, required=True, metavar="H")
    number("--labels", type=int, required=True, metavar="N", help="that people shall give")
    number("--gpu", choices=("a10g", "h100", "cpu"), default=Inputs.gpu)
    number("--minutes-per-track", type=float, default=Inputs.minutes_per_track, metavar="M")
    number("--minutes-per-label", type=float, default=Inputs.minutes_per_label, metavar="M")
    number("--videos-per-hour", type=float, default=Inputs.videos_per_hour, metavar="N")
    number("--gpu-share", type=float, default=Inputs.gpu_share, metavar="0..1")
    number("--specialist-days", type=float, metavar="N")
    number("--prices", type=Path, default=PRICES, metavar="CSV", help="a copy of docs/prices.csv")
    number(
        "--curve",
        type=Path,
        metavar="JSON",
        help="a curve of few labels of your own; else that beside the checkpoint",
    )
    number("--lang", choices=LANGUAGES, help="one language; without it --out gets both")
    number("--out", type=Path, metavar="DIR", help="Markdown and a page to print; else to stdout")
    number("--checkpoint", type=Path, default=Settings.checkpoint, metavar="FILE")


def run(args: argparse.Namespace) -> int:
    """Measure this machine, then write the plan."""
    from vmr.planning.arithmetic import Inputs, stages

    inputs = Inputs(
        args.tracks,
        args.hours_of_video,
        args.labels,
        args.gpu,
        args.minutes_per_track,
        args.minutes_per_label,
        args.videos_per_hour,
        args.gpu_share,
        args.specialist_days,
    )
    check(inputs)
    from vmr.evaluation.evidence import read_evidence
    from vmr.planning.document import KINDS, Plan, document
    from vmr.planning.labelling import curve_of, read_curve
    from vmr.planning.machine import measure
    from vmr.planning.prices import read_prices
    from vmr.retriever import Retriever  # takes seconds

    prices, named = read_prices(args.prices), read_curve(args.curve)
    retriever = Retriever.open(Settings(checkpoint=args.checkpoint, device="cpu"))
    machine = measure(retriever, lambda what: print(f"measuring: {what}", file=sys.stderr))
    curve = named if args.curve else curve_of(read_evidence(args.checkpoint), machine.facet)
    made = datetime.now(UTC).date()
    found = stages(inputs, machine, prices, curve)
    plan = Plan(inputs, machine, found, prices, args.prices.name, curve, made)
    if args.out is None:
        print(document(plan, args.lang or LANGUAGES[0], "md"))
        return 0
    for language in (args.lang,) if args.lang else LANGUAGES:
        for kind in KINDS:
            path = args.out / f"plan.{language}.{kind}"
            with replacing(path) as temporary:
                temporary.write_text(document(plan, language, kind), encoding="utf-8")
            print(path)
    return 0


def check(inputs: object) -> None:
    """VmrError for a number that no plan can be made of."""
    for name, value in vars(inputs).items():
        if isinstance(value, (int, float)) and not (math.isfinite(value) and 0 <= value <= 1e9):
            raise VmrError("plan.number", name=name.replace("_", "-"), value=value)
    for name in ("tracks", "labels", "minutes_per_track", "gpu_share"):
        if getattr(inputs, name) <= 0:
            raise VmrError("plan.number", name=name.replace("_", "-"), value=getattr(inputs, name))
