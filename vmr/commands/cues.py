"""``python -m vmr cues``: a whole film with music, as a project for ``render`` and ``timeline``."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vmr.commands.progress import progress_bar
from vmr.config import Settings
from vmr.errors import VmrError
from vmr.files import replacing, sha256_file
from vmr.knowledge.request import Request, whole_number
from vmr.records.audit_entry import Action, Entry
from vmr.records.audit_log import house_log, log_for_house

if TYPE_CHECKING:
    from vmr.cues.course import Course
    from vmr.cues.film import MusicCue
    from vmr.cues.film import Settings as CueSettings
    from vmr.retriever import Retriever
    from vmr.timeline.project import Film

MOST = 40  # cues


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of ``cues``."""
    parser.add_argument("--video", type=Path, required=True, metavar="FILE")
    parser.add_argument("--out", type=Path, required=True, metavar="PROJECT.json")
    parser.add_argument("--alpha", type=float, default=0.5, help="0 as it feels, 1 by label")
    parser.add_argument("--facet", default="mood", help="label branch, such as mood or tempo")
    parser.add_argument("--most", type=int, default=8, metavar="N", help="at most so many cues")
    parser.add_argument(
        "--no-neighbours",
        action="store_true",
        help="the best track for each cue, whatever stands beside it",
    )
    parser.add_argument("--share", action="store_true", help="neighbours may have the same track")
    parser.add_argument(
        "--original",
        choices=("off", "mix", "duck"),
        default="duck",
        help="the film's own sound; duck: the music yields to it",
    )
    parser.add_argument("--json", action="store_true", help="print the project too")
    parser.add_argument("--lang", choices=("en", "ja"), default="en", help="of what is printed")
    parser.add_argument("--catalog", type=Path, action="append", default=[], metavar="DIR")
    parser.add_argument(
        "--index", metavar="ADDRESS", help="an engine, such as qdrant://host:6333/tracks"
    )
    parser.add_argument("--checkpoint", type=Path, default=Settings.checkpoint, metavar="FILE")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default=Settings.device)
    parser.add_argument("--commercial", action="store_true", help="only what may earn money")
    parser.add_argument("--policy", type=Path, metavar="TOML", help="which tracks may be used")


def run(args: argparse.Namespace) -> int:
    """Write a project with cues for a film, and say what was found."""
    from vmr.cues.film import Settings as CueSettings
    from vmr.cues.film import project_json, timeline
    from vmr.retriever import Retriever

    if not args.video.is_file():
        raise VmrError("search.no_file", path=args.video)
    request = Request.parse(args.alpha, args.facet, 50)
    most = whole_number(args.most, "most", 1, MOST)
    asked = CueSettings(request, not args.no_neighbours, args.share, most)
    settings = Settings(
        args.checkpoint,
        tuple(args.catalog),
        device=args.device,
        commercial=args.commercial,
        policy=args.policy,
        index=args.index,
    )
    retriever = Retriever.open(settings, lambda text: print(text, file=sys.stderr))
    retriever.ranking.check(request)
    film, course, cues, took = find(args, retriever, asked)
    for note in course.notes:
        print(note.sentence(args.lang), file=sys.stderr)
    log(args.video, cues)
    stored = project_json(timeline(args.video.stem, film, cues, args.original), cues)
    text = json.dumps(stored, ensure_ascii=False, indent=1)
    with replacing(args.out) as temporary:
        temporary.write_text(text, encoding="utf-8")
    print(text if args.json else "\n".join(lines(cues, args.lang)))
    print(f"{args.out} ({took})", file=sys.stderr)
    return 0


def find(
    args: argparse.Namespace, retriever: Retriever, asked: CueSettings
) -> tuple[Film, Course, list[MusicCue], str]:
    """The film, what was read of it, its cues, and how long both took in words."""
    from vmr.cues.course import read_course
    from vmr.cues.film import cue_film, relative
    from vmr.timeline.render import look_at_film

    with progress_bar(100, unit="%", bar_format="{l_bar}{bar}| {elapsed}") as bar:
        begun = time.perf_counter()
        film = look_at_film(args.video, relative(args.video, args.out.parent))
        course = read_course(
            args.video, retriever, progress=lambda _, done: bar.update(round(60 * done) - bar.n)
        )
        bar.update(70 - bar.n)
        was_read = time.perf_counter()
        cues = cue_film(
            course,
            retriever,
            asked,
            lambda done, whole: bar.update(70 + 30 * done // whole - bar.n),
        )
        ended = time.perf_counter()
    took = f"read in {was_read - begun:.1f} s, cued in {ended - was_read:.1f} s"
    return film, course, cues, took


def log(video: Path, cues: Sequence[MusicCue]) -> None:
    """Note in the house's log, where it keeps one, what was chosen for which film."""
    if house_log() is not None:
        used = {(c.choice.place.track.catalog, c.choice.place.track.id) for c in cues}
        log_for_house(Entry(Action.MATCHED, video=sha256_file(video), tracks=sorted(used)))


def lines(cues: Sequence[MusicCue], language: str) -> list[str]:
    """A line for each cue, and one for each start that is proposed."""
    from vmr.cues.borders import clock

    found = []
    for number, cue in enumerate(cues, start=1):
        span, track = cue.span, cue.choice.place.track
        times = f"{clock(span.start_s)}-{clock(span.end_s)}"
        found.append(f"{number:2d}  {times}  {track.title}  ({span.why.sentence(language)})")
        found += [
            f"      {clock(start.in_s)}  {start.why.sentence(language)}" for start in cue.starts
        ]
    return found
