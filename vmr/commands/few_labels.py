"""``python -m vmr reproduce few-labels [--data DIR]``: what few labels teach.

The catalog ``games`` and, where ``--data`` names its features, MuVi-Sync. What is finished is kept
and not repeated after a stop.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from vmr.catalogs.file_pool import begin_worker
from vmr.config import CATALOGS, Settings
from vmr.files import replacing, write_all

SEEDS, QUICK_STEPS = 5, 60
FACETS = ("mood", "genre")
METHOD = (
    "labelling/ask", "labelling/guess", "labelling/pool", "model/label_posterior",
    "training/taught_posteriors", "evaluation/studies/few_labels",
)  # fmt: skip
Curves = dict[str, dict[str, dict[str, float]]]  # {data: {name: mean, low, high, runs}}


def run_few_labels(args: argparse.Namespace) -> int:
    """0 when the curves are printed and written as few-labels.json and few-labels.md."""
    from vmr.evaluation.evidence import write_few_labels
    from vmr.evaluation.studies.few_labels import summary

    runs: dict[str, list[Mapping[str, float]]] = {}
    for data, figures in all_runs(args):
        runs.setdefault(data, []).append(figures)
        print(f"{data}: {len(runs[data])} done", file=sys.stderr)
    curves: Curves = {data: summary(found) for data, found in sorted(runs.items())}
    text = markdown(curves)
    write_all(args.out, {"few-labels.json": curves, "few-labels.md": text})
    if args.checkpoint:
        write_few_labels(args.checkpoint, {data: drawn(rows) for data, rows in curves.items()})
    print(text)
    return 0


def all_runs(args: argparse.Namespace) -> Iterator[tuple[str, dict[str, float]]]:
    """(data, figures) of every run, on several processes."""
    from vmr.evaluation.studies.muvisync_data import read_songs
    from vmr.evaluation.studies.protocol import cross_validation
    from vmr.training.config import TrainConfig

    seeds = range(1 if args.quick else SEEDS)
    jobs: list[tuple[str, tuple[Any, ...]]] = []
    if args.data:
        splits = cross_validation(read_songs(args.data).artists, 1)
        steps = args.steps or (QUICK_STEPS if args.quick else TrainConfig().steps)
        jobs += [
            ("muvisync", (args.data, s, steps)) for s in (splits[:1] if args.quick else splits)
        ]
    jobs += [(facet, ("games", facet, seed)) for seed in seeds for facet in FACETS]
    with ProcessPoolExecutor(args.jobs, get_context("spawn"), begin_worker) as pool:
        waiting = {}
        for kind, job in jobs:
            name = "MuVi-Sync, genre" if kind == "muvisync" else f"games, {kind}"
            place = args.out / "runs" / f"{_key(kind, job)}.json"
            if place.is_file():
                yield name, json.loads(place.read_text())
            else:
                waiting[pool.submit(one_run, kind, job)] = name, place
        for task in as_completed(waiting):
            name, place = waiting[task]
            figures = task.result()
            with replacing(place) as temporary:
                temporary.write_text(json.dumps(figures))
            yield name, figures


def one_run(kind: str, job: tuple[Any, ...]) -> dict[str, float]:
    """The figures of one run, flat; a process does nothing else."""
    import torch

    from vmr.evaluation.studies.few_labels import catalog_run, run_few

    torch.set_num_threads(1)
    if kind == "muvisync":
        found = run_few(*job)
        return {f"{name}, {m}": v for name, row in found.items() for m, v in row.items()}
    return catalog_run(*_pool(job[0], job[1]), job[2])


def _pool(catalog: str, facet: str) -> tuple[Any, Any]:
    from vmr.catalogs.collection import open_collection
    from vmr.encoders import load_music_encoder
    from vmr.labelling.pool import known_labels, pool_of
    from vmr.model.checkpoint import load_model

    model = load_model(Settings.checkpoint)
    music = open_collection([CATALOGS / catalog], model)
    pool = pool_of(music, model, load_music_encoder(model.config.music_encoder).columns)
    return pool, known_labels(pool.tracks, facet)[1]


def drawn(rows: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """The rows that the page shows: of pairs P@10 from video to music alone."""
    of_pairs = any(name.endswith("P@10") for name in rows)
    return {
        name: row
        for name, row in rows.items()
        if not of_pairs or (name.endswith(", P@10") and "back" not in name)
    }


def markdown(curves: Curves) -> str:
    """The curves as tables: rows are numbers of labels per class."""
    lines = []
    for data, rows in curves.items():
        if data.startswith("games"):
            lines += [f"**{data}**, share of held-out tracks whose likeliest label is right", ""]
            lines += ["| labels per class | random | active |", "|---|---|---|"]
            for name in ("5", "10", "20", "50", "100", "all"):
                if f"random {name}" in rows:
                    cells = [_cell(rows.get(f"{s} {name}")) for s in ("random", "active")]
                    lines.append(f"| {name} | {cells[0]} | {cells[1]} |")
            lines.append(f"| none: chance | {_cell(rows['chance'])} | |")
            lines.append(f"| none: the most frequent | {_cell(rows['most frequent'])} | |")
        else:
            lines += [f"**{data}**, P@10, video to music", ""]
            lines += ["| labels per class | alpha 1, each side alone | alpha 1 | alpha .5 |"]
            lines += ["|---|---|---|---|"]
            for name in ("5", "10", "20", "50", "100"):
                if f"{name} taught, alpha 1, P@10" in rows:
                    columns = ("alone, alpha 1", "taught, alpha 1", "taught, alpha 0.5")
                    cells = [_cell(rows[f"{name} {column}, P@10"]) for column in columns]
                    lines.append(f"| {name} | {' | '.join(cells)} |")
            lines.append(f"| none: alpha 0 | {_cell(rows['no labels, alpha 0, P@10'])} | | |")
            lines.append(f"| none: chance | {_cell(rows['chance, P@10'])} | | |")
        lines.append("")
    return "\n".join(lines)


def _cell(row: Mapping[str, float] | None) -> str:
    if row is None:
        return ""
    return f"{row['mean']:.3f} ({row['low']:.3f} to {row['high']:.3f})".replace("0.", ".")


def _key(kind: str, job: tuple[Any, ...]) -> str:
    """A name for one run: changes with what is asked and with the code of the method."""
    what = [kind, *(getattr(part, "name", part) for part in job)]
    digest = hashlib.sha256(json.dumps(what, default=str).encode())
    root = Path(__file__).parent.parent
    for name in METHOD:
        digest.update((root / f"{name}.py").read_bytes())
    return f"{kind}-{digest.hexdigest()[:12]}"
