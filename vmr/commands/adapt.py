"""``python -m vmr adapt``: teach a checkpoint the labels and corrections of a house, in seconds."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from vmr.config import Settings
from vmr.errors import VmrError, plural
from vmr.records.audit_entry import Action, Entry
from vmr.records.audit_log import log_for_house

if TYPE_CHECKING:
    from vmr.adaptation.adapt import Adapted
    from vmr.adaptation.versions import Versions


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of ``adapt``."""
    parser.add_argument("--catalog", type=Path, action="append", default=[], metavar="DIR")
    parser.add_argument("--checkpoint", type=Path, default=Settings.checkpoint, metavar="FILE")
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="where labels and versions are kept"
    )
    parser.add_argument(
        "--labels",
        type=Path,
        metavar="CSV",
        help="further labels, by path or id, as for index; --apply keeps them",
    )
    parser.add_argument(
        "--facet",
        action="append",
        default=[],
        help="mood, genre, or a name of your own; without it all that somebody labelled",
    )
    parser.add_argument(
        "--apply", action="store_true", help="keep what is better and use it from now on"
    )
    parser.add_argument("--list", action="store_true", help="the versions that are kept")
    parser.add_argument("--use", type=int, metavar="N", help="put a version in use, 0 the first")
    parser.add_argument("--back", action="store_true", help="use what was in use before")
    parser.add_argument("--json", action="store_true", help="print figures as JSON")


def run(args: argparse.Namespace) -> int:
    """0 when something was adapted, listed or put in use; 1 where nothing became better."""
    from vmr.adaptation.versions import Versions
    from vmr.files import data_folder

    versions = Versions(data_folder(args.data), args.checkpoint)
    if args.list:
        return show_versions(versions, args.json)
    if args.back or args.use is not None:
        what = {"what": "checkpoint", "use": "back" if args.back else args.use}
        log_for_house(Entry(Action.CHANGED, detail=what), args.data)
        print(f"in use: {versions.back() if args.back else versions.use(args.use)}")
        return 0
    found = adapt_all(args, versions)
    if args.json:
        print(json.dumps([adapted.as_json() for adapted in found]))
    else:
        for adapted in found:
            show(adapted)
    if args.apply:
        print(f"in use: {versions.used.name}", file=sys.stderr)
    return 0 if any(adapted.model for adapted in found) else 1


def adapt_all(args: argparse.Namespace, versions: Versions) -> list[Adapted]:
    """Every facet asked for, one after the other, each on what the one before made."""
    from vmr.adaptation.house import adapt_house, open_house
    from vmr.labelling.label_files import import_labels
    from vmr.records.labels import LabelStore

    settings = Settings(args.checkpoint, tuple(args.catalog), device="cpu", data=args.data)
    house = open_house(settings, args.labels)
    if args.apply and args.labels:
        import_labels(args.labels, house.pool.tracks, LabelStore(house.data), args.labels.name)
    facets = args.facet or house.facets
    if not facets:
        raise VmrError("adapt.no_labels")
    found = []
    for facet in facets:
        adapted, house = adapt_house(house, facet)
        if args.apply and adapted.model is not None:
            learnt = {"facet": facet, "labels": adapted.labels}
            made = Entry(Action.ADAPTED, checkpoint=adapted.model.fingerprint, detail=learnt)
            log_for_house(made, args.data)
            versions.use(versions.keep(adapted, adapted.model, versions.used).number)
        found.append(adapted)
    return found


def show(adapted: Adapted) -> None:
    """What came of one facet, for people."""
    verdict = f"learnt from {' and '.join(adapted.used)}" if adapted.model else "nothing is better"
    print(
        f"{adapted.facet}: {verdict} ({plural(adapted.labels, 'label')}, {adapted.seconds:.1f} s)"
    )
    print(f"  tracks: {adapted.tracks}")
    print(f"  pictures: {adapted.pictures}")
    for facet, figures in adapted.others.items():
        print(f"  {facet}, which was not adapted: {figures}")


def show_versions(versions: Versions, as_json: bool) -> int:
    """The versions, the one in use marked."""
    used, kept = versions.used, versions.kept()
    if as_json:
        print(json.dumps([v.as_json() | {"used": v.path == used} for v in kept]))
        return 0
    print(f"{'*' if used == versions.base else ' '}    0  {versions.base.name}")
    for version in kept:
        what = version.what
        print(
            f"{'*' if version.path == used else ' '} {version.number:4d}  {version.made}  "
            f"{what.get('facet', '')}: {', '.join(what.get('used', []))}"
        )
    return 0
