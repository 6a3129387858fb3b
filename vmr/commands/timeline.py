"""``python -m vmr timeline``: a film with its cues for an editing program, or its cue sheet."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from vmr.errors import LANGUAGES, VmrError
from vmr.files import replacing
from vmr.records.audit_entry import Action, Entry
from vmr.records.audit_log import log_for_house

if TYPE_CHECKING:
    from vmr.timeline.project import Timeline

ENDINGS = (".otio", ".fcpxml", ".edl", ".xml", ".mlt", ".zip", ".csv", ".html")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of ``timeline``."""
    parser.add_argument("--project", type=Path, required=True, metavar="FILE.json")
    endings = ", ".join(ENDINGS)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help=endings)
    parser.add_argument("--lang", choices=LANGUAGES, default=LANGUAGES[0], help="of a cue sheet")
    parser.add_argument("--commercial", action="store_true", help="refuse what may earn no money")
    parser.add_argument("--policy", type=Path, metavar="FILE", help="a copy of docs/policy.toml")


def run(args: argparse.Namespace) -> int:
    """Write the timeline in the format that the name of --out asks for."""
    from vmr.catalogs.policy import policy_of
    from vmr.config import Settings
    from vmr.timeline.bundle import ZIP, check_export, text_of, write_bundle
    from vmr.timeline.cue_sheet import cue_sheet_html

    ending = args.out.suffix.lower()
    if ending not in ENDINGS:
        raise VmrError("timeline.ending", name=args.out.name, endings=", ".join(ENDINGS))
    policy = policy_of(Settings(commercial=args.commercial, policy=args.policy))
    timeline = open_project(args.project)
    titles = sorted({cue.music.title for cue in timeline.cues})
    log_for_house(Entry(Action.EXPORTED, detail={"kind": ending, "titles": titles}))
    if ending == ZIP:
        write_bundle(timeline, args.project.parent, args.out, policy)
    else:
        check_export(timeline, policy)
        if ending == ".html":
            text = cue_sheet_html(timeline, args.lang, datetime.now(UTC).date())
        else:
            text = text_of(timeline, ending, args.lang)
        with replacing(args.out) as temporary:
            temporary.write_text(text, encoding="utf-8", newline="")
    print(args.out)
    return 0


def open_project(path: Path) -> Timeline:
    """The timeline of a project file, with what it lacks measured. Raises VmrError."""
    from vmr.timeline.project_file import film_of, read_project, timeline_of
    from vmr.timeline.render import look_at_film, with_measured

    stored = read_project(path)
    try:
        table = stored.get("film")
        known = isinstance(table, dict) and {"fps", "width", "height", "seconds"} <= set(table)
        if isinstance(table, dict) and isinstance(table.get("path"), str) and not known:
            film = look_at_film(path.parent / table["path"], table["path"])
        else:
            film = film_of(stored)
        timeline = timeline_of(stored, film)
    except ValueError as error:
        raise VmrError("timeline.bad", path=path, reason=error) from error
    return with_measured(timeline, path.parent)
