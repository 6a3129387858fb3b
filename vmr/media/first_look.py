"""A few frames of a film before all others, so that something can be said of it at once.

Runs inside the worker process, and leaves no reader behind: what is read afterwards is what
would be read without it, bit for bit. Its files have names of their own; that of the facts comes
last.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from vmr.media.decode import UndecodableError, assemble, open_reader, read_parts
from vmr.media.film import Film
from vmr.media.plan import Segment, plan_first_look, split_evenly, target_times

BEGINNING = "first-"  # of the names of its files
FACTS = "first-facts.json"  # written last, in one piece
ARRAYS = ("frames", "times_s", "stats", "cuts_s")
FRAMES = 3  # fewer are no impression; each costs seven frames in a row, as the reader decodes ahead
BUDGET_S = 0.7  # processor time for them, on two readers
FROM_S = 1.5  # of work with the whole; what takes less is there soon enough


def look_first(film: Film, reader: Any, folder: Path) -> bool:
    """Write a clip of a few frames at keyframes, where the whole takes long enough to wait for.

    Whether ``reader`` was used for it: then another is needed for the whole.
    """
    if film.work_s < FROM_S:
        return False
    first, keys = film.first, film.keys
    targets_s = target_times(film.duration_s, FRAMES)
    shown = [
        Segment(s.start + first, s.stop + first)
        for s in plan_first_look(
            film.times_s[first:],
            [k - first for k in keys],
            targets_s,
            film.fps,
            film.cost_s,
            BUDGET_S,
        )
    ]
    if len(shown) < FRAMES:
        return False
    parts = split_evenly(shown, keys)
    looking = film.looking([s.start for s in shown])
    size = film.info.width, film.info.height
    more = [open_reader(film.path, *size) for _ in parts[1:]]
    done = read_parts([reader, *more], parts, looking)
    more.clear()  # what it decodes ahead would be in the way of what comes now
    with contextlib.suppress(UndecodableError):  # the whole may have more to give
        _save(assemble(done, film, looking, film.duration_s), film, folder)
    return True


def _save(clip: dict[str, Any], film: Film, folder: Path) -> None:
    """The arrays as files, then the facts, whose file says that all are there."""
    for field in ARRAYS:
        np.save(folder / f"{BEGINNING}{field}.npy", clip[field], allow_pickle=False)
    info = film.info
    facts: dict[str, Any] = {
        "width": info.width,
        "height": info.height,
        "has_audio": info.has_audio,
    }
    facts |= {"duration_s": film.duration_s, "fps": film.fps}
    (folder / FACTS).write_text(json.dumps(facts), "utf-8")
