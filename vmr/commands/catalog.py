"""``python -m vmr catalog``: fetch the audio of a catalog that has a recipe, or check one."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tqdm import tqdm

from vmr.catalogs.fetching import Report, Step
from vmr.commands.progress import progress_bar
from vmr.config import CATALOGS
from vmr.errors import CatalogError, plural
from vmr.files import cache_folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Actions ``fetch`` and ``check``, each with its flags."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    fetch = actions.add_parser("fetch", help="get the audio that a catalog's recipe describes")
    fetch.add_argument("catalog", metavar="NAME_OR_DIR", help="such as games")
    fetch.add_argument(
        "--limit",
        type=int,
        metavar="N",
        help="N tracks only, those first that bring the most genres and moods for the fewest bytes",
    )
    fetch.add_argument(
        "--debs", type=Path, metavar="DIR", help="take the packages from this folder, not from apt"
    )
    check = actions.add_parser("check", help="check a catalog's table, files and licences")
    check.add_argument("catalog", metavar="NAME_OR_DIR")
    check.add_argument("--checkpoint", type=Path, metavar="FILE", help="its embeddings too")


def run(args: argparse.Namespace) -> int:
    """Fetch or check the catalog that was named."""
    folder = named_folder(args.catalog)
    return fetch(folder, args) if args.action == "fetch" else check(folder, args.checkpoint)


def named_folder(name: str) -> Path:
    """A folder given as it is, or a bundled catalog by its name. Raises CatalogError."""
    for folder in (Path(name), CATALOGS / name):
        if folder.is_dir():
            return folder
    known = ", ".join(sorted(path.name for path in CATALOGS.iterdir() if path.is_dir()))
    raise CatalogError("catalog.unknown", name=name, known=known)


# ---- fetch ----------------------------------------------------------------------------------


def fetch(folder: Path, args: argparse.Namespace) -> int:
    """Get the audio of a recipe into the cache; 1 where some of it could not be had."""
    from vmr.catalogs.fetch_order import in_fetching_order
    from vmr.catalogs.fetching import fetch as fetch_audio
    from vmr.catalogs.recipe import read_recipe
    from vmr.catalogs.tracks_table import read_tracks

    if args.limit is not None and args.limit < 1:
        raise CatalogError("flags.limit")
    recipe = read_recipe(folder / "recipe.toml")
    order = in_fetching_order(recipe, read_tracks(folder / "tracks.csv"))
    out = cache_folder() / recipe.name
    with progress_bar(0, unit="B", unit_scale=True) as bar:
        show = show_step(bar)
        report = fetch_audio(
            recipe, out, debs=args.debs, order=order, limit=args.limit, progress=show
        )
    say_report(report, out)
    return 1 if report.failed else 0


def show_step(bar: tqdm[Any]) -> Callable[[Step], None]:
    """Moves a bar of bytes to where a fetch is."""

    def show(step: Step) -> None:
        bar.total = step.total_bytes
        tracks = f"{step.tracks_done}/{plural(step.tracks_total, 'track')}"
        bar.set_postfix_str(f"{tracks}, {step.package}: {step.action}", refresh=False)
        bar.update(step.done_bytes - bar.n)

    return show


def say_report(report: Report, out: Path) -> None:
    """How many tracks were fetched, and why others were not."""
    here = [file for file in out.glob("*.opus") if file.is_file()] if out.is_dir() else []
    size = sum(file.stat().st_size for file in here)
    print(
        f"{plural(len(report.fetched), 'track')} fetched, "
        f"{plural(len(report.present), 'was|were')} here already; "
        f"{plural(len(here), 'file')}, {size / 1e6:.0f} MB in {out}"
    )
    for name, reason in report.failed:
        print(f"not fetched: {name}: {reason}", file=sys.stderr)
    if report.failed:
        print("What was fetched is kept; the same command goes on from here.", file=sys.stderr)


# ---- check ----------------------------------------------------------------------------------


def check(folder: Path, checkpoint: Path | None) -> int:
    """Print what was found; 1 where there are faults."""

    from vmr.catalogs.checks import check_catalog

    findings = check_catalog(folder, checkpoint)
    for line in findings.facts:
        print(line)
    for line in findings.faults:
        print(f"fault: {line}", file=sys.stderr)
    print("no faults" if not findings.faults else plural(len(findings.faults), "fault"))
    return 1 if findings.faults else 0
