"""``python -m vmr benchmark``: where a query's time goes, and how fast a large catalog answers.

Machines differ and are shared: compare the stages of one run with each other, not two runs.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from vmr.config import Settings
from vmr.planning.stopwatch import moving_1080p, seconds_of

if TYPE_CHECKING:
    from vmr.query import Query
    from vmr.retriever import Retriever


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of ``benchmark``."""
    parser.add_argument("--video", type=Path, help="default: moving 1080p made here")
    parser.add_argument("--seconds", type=int, default=30, help="of the video that is made")
    parser.add_argument("--repeat", type=int, default=5, help="runs; the median is shown")
    parser.add_argument("--checkpoint", type=Path, default=Settings.checkpoint, metavar="FILE")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default=Settings.device)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--search", action="store_true", help="a large catalog, made here")
    parser.add_argument("--tracks", type=int, default=100_000, help="of it; 100000 by default")
    parser.add_argument(
        "--engine", choices=("faiss",), help="of it: what codes find, beside the exact pass"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--folder", type=Path, help="keep the catalog there, and use it again where it stands"
    )


def payload_text(retriever: Retriever, query: Query) -> str:
    """The answer as the page sends it to the browser."""
    return json.dumps(retriever.payload(query, str))


def stage_seconds(video: Path, retriever: Retriever, repeat: int) -> dict[str, float]:
    """Median seconds per stage of one query, and of the parts of the search; "first rows": until
    the payload of the first frames is there, of a video that takes long enough to have one."""
    runs: list[dict[str, float]] = []
    for _ in range(repeat):
        plain_s = seconds_of(partial(retriever.embed_video, video))
        firsts: list[float] = []
        start = time.perf_counter()

        def first(query: Query, start: float = start, firsts: list[float] = firsts) -> None:
            payload_text(retriever, query)
            firsts.append(time.perf_counter() - start)

        query = retriever.embed_video(video, first=first)
        stages = dict(query.timings_s)
        facet = next(iter(retriever.facets), "")  # none where it was trained without labels
        stages["search"] = seconds_of(partial(retriever.search, query, 0.5, facet))
        stages["payload"] = seconds_of(partial(payload_text, retriever, query))
        stages["total"] = time.perf_counter() - start
        stages["total without first rows"] = plain_s + stages["search"] + stages["payload"]
        runs.append({"first rows": firsts[0]} | stages if firsts else stages)
    return {stage: statistics.median(run[stage] for run in runs) for stage in runs[0]}


def run(args: argparse.Namespace) -> int:
    """Time a query, stage by stage, or a large catalog."""
    return _search(args) if args.search else _query(args)


def _search(args: argparse.Namespace) -> int:
    """Make a catalog and time it: in two processes, so that one's memory is not the other's."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    from vmr.planning.engine_speed import measure_codes
    from vmr.planning.made_catalog import is_made, make_catalog
    from vmr.planning.search_speed import QUERIES, measure_search

    with tempfile.TemporaryDirectory(prefix="vmr-") as temporary:
        folder = args.folder or Path(temporary) / "made"
        if not is_made(folder, args.tracks, args.seed):
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
                process.submit(
                    make_catalog, folder, args.tracks, args.seed, args.checkpoint, _say
                ).result()
        measure = measure_codes if args.engine else measure_search
        found = measure(folder, args.checkpoint, _say)
    if args.json:
        print(json.dumps({"codes" if args.engine else "search": found}))
        return 0
    print(_machine(QUERIES))
    for name, value in found.items():
        print(f"{name:16s} {value}")
    return 0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _query(args: argparse.Namespace) -> int:
    start = time.perf_counter()
    from vmr.retriever import Retriever

    retriever = Retriever.open(Settings(checkpoint=args.checkpoint, device=args.device))
    ready_s = time.perf_counter() - start
    with tempfile.TemporaryDirectory() as folder:
        video = args.video or moving_1080p(Path(folder) / "moving.mp4", args.seconds)
        stages = stage_seconds(video, retriever, args.repeat)
    stages = {"imports, model, catalogs (once)": ready_s} | stages
    if args.json:
        print(json.dumps({stage: round(seconds, 4) for stage, seconds in stages.items()}))
        return 0
    print(_machine(args.repeat))
    for stage, seconds in stages.items():
        print(f"{stage:34s} {seconds:8.3f} s")
    return 0


def _machine(repeat: int) -> str:
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    return f"{os.cpu_count()} cores, load {load:.1f}, median of {repeat} runs"
