"""``python -m vmr render``: a video with music as an MP4, as the page does; or a whole project."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from vmr.catalogs.policy import Policy, policy_of
from vmr.commands.progress import progress_bar
from vmr.commands.timeline import open_project
from vmr.config import Settings
from vmr.errors import VmrError
from vmr.files import sha256_file
from vmr.media.mixdown import MixSettings, render
from vmr.media.tags import read_tags
from vmr.media.transcode import Progress
from vmr.records.audit_entry import Action, Entry
from vmr.records.audit_log import house_log, log_for_house
from vmr.timeline.bundle import check_export, check_music
from vmr.timeline.project import Music

DEFAULTS = MixSettings()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of ``render``."""
    parser.add_argument("--video", type=Path, metavar="FILE")
    parser.add_argument("--music", type=Path, metavar="FILE")
    parser.add_argument(
        "--project", type=Path, metavar="FILE.json", help="a whole film with its cues instead"
    )
    parser.add_argument(
        "--cue", type=int, metavar="N", help="of the project: its N-th cue alone, from 1"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.mp4")
    parser.add_argument(
        "--start",
        type=float,
        default=DEFAULTS.music_start_s,
        metavar="S",
        help="where in the music the video begins, seconds",
    )
    parser.add_argument(
        "--original",
        choices=("off", "mix", "duck"),
        default=DEFAULTS.original,
        help="the video's own sound; duck: the music yields to it",
    )
    parser.add_argument("--fade-in", type=float, default=DEFAULTS.fade_in_s, metavar="S")
    parser.add_argument("--fade-out", type=float, default=DEFAULTS.fade_out_s, metavar="S")
    parser.add_argument("--commercial", action="store_true", help="refuse what may earn no money")
    parser.add_argument("--policy", type=Path, metavar="FILE", help="a copy of docs/policy.toml")


def run(args: argparse.Namespace) -> int:
    """Write an MP4 of a video with music, or of a project."""
    one = args.video is not None and args.music is not None
    if one == (args.project is not None) or (args.project and (args.video or args.music)):
        raise VmrError("flags.render")
    with progress_bar(100, unit="%", bar_format="{l_bar}{bar}| {elapsed}") as bar:

        def show(done: float) -> None:
            _show(bar, done)

        if args.project is None:
            render_one(args, show)
        else:
            render_project(args, show)
    print(args.out)
    return 0


def render_one(args: argparse.Namespace, progress: Progress) -> None:
    """One piece of music under the whole video; credits and licence are what its file says."""
    try:
        settings = MixSettings(
            music_start_s=args.start,
            original=args.original,
            fade_in_s=args.fade_in,
            fade_out_s=args.fade_out,
        )
    except ValueError as error:
        raise VmrError("page.mix_settings", reason=str(error)) from error
    found = read_tags(args.music)
    title, artist = found.get("title", args.music.stem), found.get("artist", "")
    credit = "; ".join(text for text in (title, artist, found.get("copyright", "")) if text)
    check_music(Music(str(args.music), title, licence=found.get("license", "")), policy_from(args))
    if house_log() is not None:
        detail = {"music": sha256_file(args.music)}
        log_for_house(Entry(Action.DOWNLOADED, video=sha256_file(args.video), detail=detail))
    tags = {"title": args.video.stem, "artist": artist, "comment": credit}
    render(args.video, args.music, args.out, settings, progress, tags=tags)


def render_project(args: argparse.Namespace, progress: Progress) -> None:
    """The whole film with all cues, or the part of one, if the policy lets each be taken away."""
    from vmr.timeline.render import render_part, render_timeline

    timeline = open_project(args.project)
    if args.cue is not None:
        if not 1 <= args.cue <= len(timeline.cues):
            raise VmrError("render.no_cue", number=args.cue, count=len(timeline.cues))
        timeline = replace(timeline, cues=(timeline.cues[args.cue - 1],))
    check_export(timeline, policy_from(args))
    titles = sorted({cue.music.title for cue in timeline.cues})
    log_for_house(Entry(Action.DOWNLOADED, detail={"titles": titles}))
    make = render_timeline if args.cue is None else render_part
    make(timeline, args.project.parent, args.out, progress)


def policy_from(args: argparse.Namespace) -> Policy:
    """What --commercial and --policy demand. Raises CatalogError."""
    return policy_of(Settings(commercial=args.commercial, policy=args.policy))


def _show(bar: tqdm, done: float) -> None:
    bar.update(round(100 * done) - bar.n)
