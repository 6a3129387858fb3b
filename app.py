"""The page: ``python app.py``, then open http://127.0.0.1:7860.

Flags in, retriever made, page launched; everything else is in vmr/page.
"""

from __future__ import annotations

import argparse
import gc
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from vmr.config import Settings
from vmr.errors import VmrError
from vmr.page.connections import bound_log
from vmr.page.flags import page_settings, parser
from vmr.page.operation.journal import Journal, begin_journal

if TYPE_CHECKING:
    from vmr.page.start import RunningPage

WAKE_S = 0.5  # handlers run in this thread only, and another's signal does not wake it


def run(args: argparse.Namespace, journal: Journal) -> RunningPage:
    """Load, launch, and say on the console or in the journal what happens."""
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
        index=args.index,
    )

    def say(text: str) -> None:
        tell(journal, f"loading: {text}", "loading", what=text)

    say("Python packages")
    gc.disable()  # loading makes a million objects that stay: collecting among them takes seconds
    try:
        from vmr.page.start import open_page

        opened = open_page(settings, page, say, journal)
    finally:
        gc.freeze()
        gc.enable()
    took_s = time.perf_counter() - start
    host = "127.0.0.1" if page.host == "0.0.0.0" else page.host
    text = f"ready after {took_s:.1f} s: http://{host}:{page.port}  (stop with Ctrl+C)"
    tell(journal, text, "serving", port=page.port, after_s=round(took_s, 1))
    return opened


def tell(journal: Journal, text: str, event: str, **facts: object) -> None:
    """The same for people on the console, or for programs in the journal."""
    if journal.is_on:
        journal.write(event, **facts)
    else:
        print(text, flush=True)


class ToldToEndError(Exception):
    """SIGTERM came while the page was served."""


def on_sigterm(number: int, frame: object) -> None:
    """The first SIGTERM lets running answers end; the next, as Ctrl+C does, ends at once."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    raise ToldToEndError


def main(argv: Sequence[str] | None = None) -> int:
    args = parser().parse_args(argv)
    bound_log()
    journal = begin_journal() if args.log == "json" else Journal()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # while it loads
    opened = None
    try:
        opened = run(args, journal)
        signal.signal(signal.SIGTERM, on_sigterm)
        while True:
            time.sleep(WAKE_S)
    except VmrError as error:
        if journal.is_on:
            journal.write("failed", error=error.notice.key, what=str(error))
        else:
            print(f"app.py: {error}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, ToldToEndError) as told:
        with suppress(KeyboardInterrupt):
            if opened is not None and isinstance(told, ToldToEndError):
                tell(journal, "stopping: running answers may end", "told_to_end")
                opened.let_end(args.stop_seconds)
        tell(journal, "stopped", "end")
    finally:
        if opened is not None:
            opened.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
