"""``python -m vmr render``: a video with a piece of music as an MP4, as the page does."""

from __future__ import annotations

import argparse
from pathlib import Path

from tqdm import tqdm

from vmr.commands.progress import progress_bar
from vmr.errors import VmrError
from vmr.media.mixdown import MixSettings, render

DEFAULTS = MixSettings()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of ``render``."""
    parser.add_argument("--video", type=Path, required=True, metavar="FILE")
    parser.add_argument("--music", type=Path, required=True, metavar="FILE")
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


def run(args: argparse.Namespace) -> int:
    """Write an MP4 of a video with music."""
    try:
        settings = MixSettings(
            music_start_s=args.start,
            original=args.original,
            fade_in_s=args.fade_in,
            fade_out_s=args.fade_out,
        )
    except ValueError as error:
        raise VmrError("page.mix_settings", reason=str(error)) from error
    with progress_bar(100, unit="%", bar_format="{l_bar}{bar}| {elapsed}") as bar:
        render(args.video, args.music, args.out, settings, lambda done: _show(bar, done))
    print(args.out)
    return 0


def _show(bar: tqdm, done: float) -> None:
    bar.update(round(100 * done) - bar.n)
