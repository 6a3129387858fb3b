"""The one progress line of all commands: tqdm, on a terminal and in a log."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TextIO

from tqdm import tqdm

LOG_INTERVAL_S = 10.0  # between two lines where lines cannot be rewritten


class LogLines:
    """A stream on which every rewriting of tqdm's line is a line of its own."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        """One line of text to the log; a bar's returns and blanks are left out."""
        line = text.strip("\r\n ")
        if line:
            self._stream.write(line + "\n")

    def flush(self) -> None:
        """As every stream."""
        self._stream.flush()


def progress_bar(total: int, unit: str = " files", **options: Any) -> tqdm[Any]:
    """A bar on the console for ``total`` steps; close it, or use it in a ``with``."""
    if sys.stderr.isatty():
        return tqdm(total=total, unit=unit, file=sys.stderr, dynamic_ncols=True, **options)
    lines: Any = LogLines(sys.stderr)
    return tqdm(total=total, unit=unit, file=lines, mininterval=LOG_INTERVAL_S, ncols=90, **options)


def show_name(bar: tqdm[Any]) -> Callable[[int, int, str], None]:
    """For functions that report (done, total, name of the file that begins)."""

    def show(done: int, total: int, name: str) -> None:
        bar.total = total
        bar.set_postfix_str(name, refresh=False)
        bar.update(done - bar.n)

    return show


def show_loss(bar: tqdm[Any]) -> Callable[[int, int, float], None]:
    """For trainings, which report (steps done, steps, loss)."""

    def show(done: int, total: int, loss: float) -> None:
        bar.total = total
        bar.set_postfix_str(f"loss {loss:.3f}", refresh=False)
        bar.update(done - bar.n)

    return show
