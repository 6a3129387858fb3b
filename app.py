"""The page: ``python app.py``, then open http://127.0.0.1:7860.

Flags in, retriever made, page launched; everything else is in vmr/page.
"""

from __future__ import annotations

import argparse
import gc
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vmr.config import Settings
from vmr.errors import VmrError
from vmr.page.connections import bound_log
from vmr.page.settings import LANGUAGES, PageSettings

if TYPE_CHECKING:
    from vmr.page.start import RunningPage


def parser() -> argparse.ArgumentParser:
    """All flags of the page."""
    flags = argparse.ArgumentParser(prog="app.py", description="Choose music for video, on a page.")
    add_ranking_flags(flags.add_argument_group("what is ranked"))
    add_page_flags(flags.add_argument_group("the page"))
    add_record_flags(flags.add_argument_group("what is kept"))
    return flags


def add_ranking_flags(flags: argparse._ArgumentGroup) -> None:
    """Catalogs, checkpoints, and which tracks may be used."""
    flags.add_argument(
        "--catalog",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="a folder of music made by `python -m vmr index`; may be given again",
    )
    flags.add_argument(
        "--checkpoint",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="given again, the others are compared with the first in the tab Evidence",
    )
    flags.add_argument(
        "--index",
        "--videos",
        dest="videos",
        type=Path,
        default=Settings.videos,
        metavar="DIR",
        help="a folder made by `python -m vmr index --videos`, for the way from music to video",
    )
    flags.add_argument("--device", choices=("auto", "cpu", "cuda"), default=Settings.device)
    flags.add_argument("--commercial", action="store_true", help="only what may earn money")
    flags.add_argument(
        "--music-root",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="a folder outside the catalogs that their sound may be in; needed only where "
        "`python -m vmr index` ran on another machine; may be given again",
    )
    flags.add_argument(
        "--policy",
        type=Path,
        metavar="TOML",
        help="which tracks may be ranked, played and taken away (docs/policy.toml)",
    )


def add_page_flags(flags: argparse._ArgumentGroup) -> None:
    """Where the page is served, to whom, and in which language."""
    page = PageSettings()
    flags.add_argument("--host", default=page.host, help="0.0.0.0 lets other machines in")
    flags.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a further name that the server is reached by, such as a proxy's; may be given again",
    )
    flags.add_argument("--port", type=int, default=page.port)
    flags.add_argument("--lang", choices=("auto", *LANGUAGES), default=page.lang)
    flags.add_argument(
        "--auth",
        type=Path,
        metavar="FILE",
        help="ask visitors for a name and password of this file (python -m vmr password NAME)",
    )
    flags.add_argument(
        "--fetch",
        action=argparse.BooleanOptionalAction,
        help="let visitors fetch the sound that a catalog's recipe describes; without this flag "
        "only on this machine",
    )
    flags.add_argument(
        "--debs", type=Path, metavar="DIR", help="fetch it from this folder, not from Debian"
    )
    flags.add_argument("--mcp", action="store_true", help="offer the endpoints as MCP tools too")


def add_record_flags(flags: argparse._ArgumentGroup) -> None:
    """What is kept of the work that people do."""
    flags.add_argument(
        "--data",
        type=Path,
        default=Settings.data,
        metavar="DIR",
        help="where what people make is kept: labels, logs, projects (default: in the account)",
    )
    flags.add_argument(
        "--label",
        action=argparse.BooleanOptionalAction,
        help="let visitors label tracks and teach the model; without this flag only on this "
        "machine",
    )
    flags.add_argument(
        "--learn",
        action="store_true",
        help="keep corrections that are made while searching as labels; the page says so",
    )
    flags.add_argument(
        "--keep-videos",
        type=days,
        default=PageSettings.keep_videos,
        metavar="DAYS",
        help="how long a project keeps its videos after its last change, unless it says itself",
    )
    flags.add_argument(
        "--audit", action="store_true", help="log who matched, played and took away what, and when"
    )
    flags.add_argument(
        "--audit-days",
        type=days,
        metavar="N",
        help="log as --audit does, and remove what is older than N days",
    )


def days(text: str) -> float:
    """A number of days; ValueError for what is none."""
    found = float(text)
    if not 0 <= found < 1e5:
        raise ValueError
    return found


def page_settings(args: argparse.Namespace) -> PageSettings:
    """The page's part of the flags."""
    return PageSettings(
        host=args.host,
        port=args.port,
        lang=args.lang,
        auth=args.auth,
        keep_videos=args.keep_videos,
        mcp=args.mcp,
        audit=args.audit or args.audit_days is not None,
        audit_days=args.audit_days,
        fetch=args.fetch,
        debs=args.debs,
        label=args.label,
        learn=args.learn,
        allowed_hosts=tuple(args.allow_host),
    )


def run(args: argparse.Namespace) -> RunningPage:
    """Load, launch, and say on the console what happens."""
    start = time.perf_counter()
    page = page_settings(args)
    checkpoints = args.checkpoint or [Settings.checkpoint]
    settings = Settings(
        checkpoint=checkpoints[0],
        rivals=tuple(checkpoints[1:]),
        catalogs=tuple(args.catalog),
        videos=args.videos,
        device=args.device,
        commercial=args.commercial,
        policy=args.policy,
        music_roots=tuple(args.music_root),
        data=args.data,
    )
    print("loading: Python packages", flush=True)
    gc.disable()  # loading makes a million objects that stay: collecting among them takes seconds
    try:
        from vmr.page.start import open_page

        opened = open_page(settings, page, lambda text: print(f"loading: {text}", flush=True))
    finally:
        gc.freeze()
        gc.enable()
    seconds = time.perf_counter() - start
    host = "127.0.0.1" if page.host == "0.0.0.0" else page.host
    print(f"ready after {seconds:.1f} s: http://{host}:{page.port}  (stop with Ctrl+C)", flush=True)
    return opened


def main(argv: Sequence[str] | None = None) -> int:
    args = parser().parse_args(argv)
    bound_log()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as Ctrl+C does
    opened = None
    try:
        opened = run(args)
        threading.Event().wait()
    except VmrError as error:
        print(f"app.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped", flush=True)
    finally:
        if opened is not None:
            opened.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
