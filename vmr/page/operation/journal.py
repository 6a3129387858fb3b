"""The log as lines of JSON, one thing that happened each, for a program that collects logs.

Nothing in it belongs to a visitor: no name of a file, no address, no login, no word that was
typed. What other packages print may hold all of these, so of their text only its size is kept, and
of their tracebacks where it happened.
"""

from __future__ import annotations

import io
import json
import re
import sys
import threading
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any, TextIO

_FRAME = re.compile(r'\s*File "([^"]+)", line (\d+), in (\S+)')
_ERROR = re.compile(r"([A-Za-z_][\w.]*(?:Error|Exception|Interrupt|Exit|Warning))\b")
MOST_FRAMES = 8  # the last of a traceback


class Journal:
    """Writes lines of JSON to a stream; without one it writes nothing."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    @property
    def is_on(self) -> bool:
        """Whether there is a stream."""
        return self._stream is not None

    def write(self, event: str, **facts: Any) -> None:
        """One line: when, what, and its facts, which are numbers, keys and names of ours."""
        if self._stream is None:
            return
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = json.dumps({"time": now, "event": event, **facts}, ensure_ascii=True, default=str)
        with self._lock:
            self._stream.write(line + "\n")
            self._stream.flush()


class OthersText(io.TextIOBase):
    """A stream for what other packages print: its size goes to the journal, its words don't."""

    def __init__(self, journal: Journal) -> None:
        super().__init__()
        self._journal = journal
        self._frames: list[str] = []
        self._begun = ""
        self._writing = threading.RLock()

    def writable(self) -> bool:
        """As a stream of text is."""
        return True

    def write(self, text: str) -> int:
        """Take whole lines; a line is one entry, a traceback with its error too."""
        with self._writing:
            *lines, self._begun = (self._begun + text).split("\n")
            self._begun = self._begun[-4096:]
            for line in lines:
                self._take(line)
        return len(text)

    def _take(self, line: str) -> None:
        frame = _FRAME.match(line)
        if frame:
            name = PurePath(frame[1]).name
            self._frames = [*self._frames, f"{name}:{frame[2]} {frame[3]}"][-MOST_FRAMES:]
        elif self._frames and not line.startswith(" "):
            error = _ERROR.match(line)
            self._journal.write("traceback", error=error[1] if error else "", frames=self._frames)
            self._frames = []
        elif line.strip() and not self._frames and not line.startswith("Traceback"):
            self._journal.write("text", characters=len(line))


def begin_journal() -> Journal:
    """From now on this process says lines of JSON and nothing else."""
    journal = Journal(sys.stdout)
    sys.stdout = sys.stderr = OthersText(journal)
    return journal
