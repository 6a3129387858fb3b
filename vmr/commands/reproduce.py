"""``python -m vmr reproduce muvisync --data DIR``: the whole study from raw features.

A repeat with its control takes about half an hour of processor time; what is finished is kept and
not repeated after a stop. ``--quick`` is one fold, short trainings, to see that everything runs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from vmr.catalogs.file_pool import begin_worker
from vmr.commands.progress import progress_bar
from vmr.errors import VmrError, plural
from vmr.files import replacing, write_all

if TYPE_CHECKING:
    from vmr.evaluation.studies.muvisync import StudyPlan
    from vmr.evaluation.studies.muvisync_data import Songs
    from vmr.evaluation.studies.protocol import Figures, Split

REPEATS = 5  # of 5-fold cross-validation
CURVE_REPEATS = 2
QUICK_STEPS = 60

# What a figure depends on: a run that was kept counts only for the same code.
METHOD = (
    "metrics", "evaluation/sweep", *(f"model/{name}" for name in (
        "config", "fixed_part", "label_posterior", "layers", "linear_map", "pooling", "tower",
        "two_tower", "windows",
    )), *(f"training/{name}" for name in (
        "batches", "config", "inputs", "loop", "losses", "taught_posteriors", "train",
    )), *(f"evaluation/studies/{name}" for name in (
        "baselines", "configs", "muvisync", "muvisync_data", "protocol", "split_runner",
    )),
)  # fmt: skip

SplitJob = tuple["Split", "StudyPlan"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The study, its data, and how much of it."""
    parser.add_argument("study", choices=("muvisync", "few-labels", "formats", "instruments"))
    parser.add_argument("--data", type=Path, metavar="DIR", help="features, clips or .mid files")
    parser.add_argument("--fetch", action="store_true", help="get instruments' pieces from Debian")
    parser.add_argument("--out", type=Path, metavar="DIR", help="reproduce-STUDY by itself")
    parser.add_argument("--quick", action="store_true", help="one fold, short trainings")
    parser.add_argument("--repeats", type=int, default=REPEATS, help="of cross-validation")
    parser.add_argument("--curve-repeats", type=int, default=CURVE_REPEATS)
    parser.add_argument("--steps", type=int, help="of each training, instead of the study's own")
    parser.add_argument(
        "--checkpoint",
        type=Path,
        metavar="FILE",
        help="write the figures beside it too, where the tab Evidence finds them",
    )
    parser.add_argument(
        "--pooled", action="store_true", help="one vector a clip, alpha 0 against CCA, instead"
    )
    parser.add_argument(
        "--pairs", type=int, action="append", help="training pairs of --pooled; 200 and 400"
    )
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1))


def run(args: argparse.Namespace) -> int:
    """0 when the table is printed and written as table.md and figures.json."""
    args.out = args.out or Path(f"reproduce-{args.study}")
    if args.study == "few-labels":
        from vmr.commands.few_labels import run_few_labels

        return run_few_labels(args)
    if args.study == "formats":
        from vmr.commands.formats import run_formats

        return run_formats(args)
    if args.study == "instruments":
        from vmr.commands.instruments import run_instruments

        return run_instruments(args)
    if args.data is None:
        raise VmrError("flags.data")
    from vmr.evaluation.evidence import write_study
    from vmr.evaluation.studies.muvisync_data import read_songs
    from vmr.evaluation.studies.report import markdown, summarise

    if args.pooled:
        return run_few_pairs(args)
    songs = read_songs(args.data)
    jobs = plan_jobs(args, songs)
    found: dict[str, list[Figures]] = {"systems": [], "curves": [], "control": []}
    for kind, figures in run_jobs(args, jobs):
        found[kind].append(figures)
    result = summarise(found["systems"], found["curves"], found["control"])
    text = markdown(result)
    write_all(args.out, {"figures.json": result, "table.md": text})
    if args.checkpoint:
        write_study(args.checkpoint, args.study, result)
    print(text)
    print(f"written: {args.out / 'table.md'} and {args.out / 'figures.json'}", file=sys.stderr)
    return 0


def run_few_pairs(args: argparse.Namespace) -> int:
    """Five seeds of each number of pairs, one vector a clip; written as pooled.md, pooled.json."""
    from vmr.evaluation.studies.pooled import SEEDS, run_pooled, table
    from vmr.training.config import TrainConfig

    steps = args.steps or (QUICK_STEPS if args.quick else TrainConfig().steps)
    found: dict[int, list[dict[str, list[float]]]] = {}
    for pairs in args.pairs or (200, 400):
        for seed in range(1 if args.quick else SEEDS):
            found.setdefault(pairs, []).append(run_pooled(args.data, pairs, seed, steps))
            print(f"{plural(pairs, 'pair')}, seed {seed} done", file=sys.stderr)
    text = table(found)
    write_all(args.out, {"pooled.json": found, "pooled.md": text})
    print(text)
    return 0


def plan_jobs(args: argparse.Namespace, songs: Songs) -> list[tuple[str, SplitJob]]:
    """(kind, job) of everything that is to be run."""
    from vmr.evaluation.studies.muvisync import StudyPlan
    from vmr.evaluation.studies.protocol import FOLDS, cross_validation

    steps = args.steps or (QUICK_STEPS if args.quick else StudyPlan().steps)
    repeats = 1 if args.quick else args.repeats
    splits = cross_validation(songs.artists, max(repeats, args.curve_repeats, 1))
    if args.quick:
        splits = splits[:1]
    jobs = [("systems", (s, StudyPlan(steps=steps))) for s in splits[: repeats * FOLDS]]
    control = StudyPlan(systems=False, control=True, steps=steps)
    jobs += [("control", (s, control)) for s in splits[: repeats * FOLDS]]
    curves = StudyPlan(systems=False, curves=True, steps=steps)
    return jobs + [("curves", (s, curves)) for s in splits[: args.curve_repeats * FOLDS]]


def run_jobs(
    args: argparse.Namespace, jobs: list[tuple[str, SplitJob]]
) -> Iterator[tuple[str, Figures]]:
    """Run them on several processes; every finished one is kept under its settings' name."""
    from vmr.evaluation.studies.muvisync import run_split

    todo = []
    for kind, job in jobs:
        place = args.out / "runs" / f"{_key(*job)}.json"
        if place.is_file():
            yield kind, json.loads(place.read_text())
        else:
            todo.append((kind, job, place))
    # Two threads per process on two cores are slower than one by far, in numpy's products too.
    with (
        progress_bar(len(todo), unit=" runs") as bar,
        ProcessPoolExecutor(args.jobs, get_context("spawn"), begin_worker) as pool,
    ):
        waiting = {}
        for kind, (split, plan), place in todo:
            task = pool.submit(run_split, args.data, split, plan)
            waiting[task] = (kind, place)
        for task in as_completed(waiting):
            kind, place = waiting[task]
            figures = task.result()
            with replacing(place) as temporary:
                temporary.write_text(json.dumps(figures))
            bar.update()
            yield kind, figures


def _key(split: Split, plan: StudyPlan) -> str:
    """A name for one run: changes with the plan and with the code of the method."""
    digest = hashlib.sha256(json.dumps(asdict(plan), sort_keys=True).encode())
    root = Path(__file__).parent.parent
    for name in METHOD:
        digest.update((root / f"{name}.py").read_bytes())
    return f"{split.name}-{digest.hexdigest()[:12]}"
