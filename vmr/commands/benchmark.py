"""``python -m vmr benchmark``: where a query's time goes, what media, the first page and a large
catalog cost, each beside the naive way of the same run.

Machines differ and are shared: compare the figures of one run with each other, not two runs.
A crowd in front of the page is ``tests/load/crowd.py``.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vmr.config import Settings
from vmr.errors import plural
from vmr.planning.described import Measure, machine_described, machine_sentence, measures_table
from vmr.planning.first_page import first_page
from vmr.planning.search_speed import search_measures
from vmr.planning.stopwatch import moving_1080p, seconds_of

if TYPE_CHECKING:
    from vmr.query import Query
    from vmr.retriever import Retriever

PARTS = ("clip", "index", "page", "search")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of ``benchmark``."""
    parser.add_argument("--video", type=Path, help="default: moving 1080p made here")
    parser.add_argument("--seconds", type=int, default=30, help="of the video that is made")
    parser.add_argument("--repeat", type=int, default=5, help="runs; the median is shown")
    parser.add_argument("--checkpoint", type=Path, default=Settings.checkpoint, metavar="FILE")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default=Settings.device)
    parser.add_argument("--json", action="store_true")
    parser.add_argument(
        "--parts", nargs="+", choices=PARTS, default=PARTS, help="of it; all by default"
    )
    parser.add_argument("--search", action="store_true", help="only a large catalog, made here")
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
    """Measure the parts that are asked for."""
    if args.search or args.engine:
        return _search_alone(args)
    answer: dict[str, Any] = {"machine": machine_described(), "stages": {}, "measures": []}
    measures: list[Measure] = []
    if {"clip", "index"} & {*args.parts}:
        stages, found = _media(args)
        answer["stages"], measures = stages, found
    if "page" in args.parts:
        _say("the first page")
        page = first_page(args.checkpoint, args.repeat)
        answer["stages"] |= {"page, until warm (once)": page.warm_s}
        answer["stages"] |= {"page, first byte": page.first_byte_s}
        measures += page.measures
    if "search" in args.parts:
        answer["search"] = _search(args)
        measures += search_measures(answer["search"])
    answer["stages"] = {stage: round(seconds, 4) for stage, seconds in answer["stages"].items()}
    answer["measures"] = [measure.as_json() for measure in measures]
    if args.json:
        print(json.dumps(answer))
        return 0
    print(machine_sentence(answer["machine"]) + f"; medians of {plural(args.repeat, 'run')}")
    for stage, seconds in answer["stages"].items():
        print(f"{stage:34s} {seconds:8.3f} s")
    for name, value in answer.get("search", {}).items():
        print(f"{name:34s} {value}")
    print(measures_table(measures))
    return 0


def _search_alone(args: argparse.Namespace) -> int:
    machine, found = machine_described(), _search(args)
    if args.json:
        print(json.dumps({"codes" if args.engine else "search": found, "machine": machine}))
        return 0
    print(machine_sentence(machine))
    for name, value in found.items():
        print(f"{name:16s} {value}")
    if not args.engine:
        print(measures_table(search_measures(found)))
    return 0


def _search(args: argparse.Namespace) -> dict[str, Any]:
    """Make a catalog and time it, each in a process of its own: one's memory is not the other's."""
    from vmr.planning.engine_speed import measure_codes
    from vmr.planning.made_catalog import is_made, make_catalog
    from vmr.planning.search_speed import measure_search

    with tempfile.TemporaryDirectory(prefix="vmr-") as temporary:
        folder = args.folder or Path(temporary) / "made"
        if not is_made(folder, args.tracks, args.seed):
            _alone(make_catalog, folder, args.tracks, args.seed, args.checkpoint, _say)
        measure = measure_codes if args.engine else measure_search
        return dict(_alone(measure, folder, args.checkpoint, _say))


def _alone(function: Callable[..., Any], *arguments: Any) -> Any:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(function, *arguments).result()


def _media(args: argparse.Namespace) -> tuple[dict[str, float], list[Measure]]:
    """(seconds by stage of a query, measures) of a clip and of music."""
    _say("model and catalogs")
    start = time.perf_counter()
    from vmr.planning.media_speed import clip_measures, index_measures
    from vmr.retriever import Retriever

    retriever = Retriever.open(Settings(checkpoint=args.checkpoint, device=args.device))
    stages = {"imports, model, catalogs (once)": time.perf_counter() - start}
    measures: list[Measure] = []
    if "clip" in args.parts:
        with tempfile.TemporaryDirectory() as folder:
            _say("a clip")
            video = args.video or moving_1080p(Path(folder) / "moving.mp4", args.seconds)
            _say("its answer")
            stages |= stage_seconds(video, retriever, args.repeat)
            if "first rows" in stages:
                first, whole = stages["first rows"], stages["total"]
                measures.append(Measure("first rows", first, whole, "s", "after the whole video"))
            _say("every frame of it, and frame by frame")
            measures += clip_measures(video, retriever, args.repeat)
    if "index" in args.parts:
        _say("music for an index, by processes side by side and one file after another")
        measures += index_measures(retriever)
    return stages, measures


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
