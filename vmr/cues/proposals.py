"""What a page needs to choose where a track begins under a film: starts with their reasons and
endings, beats of the track and cuts of the picture on one time line."""

from __future__ import annotations

from typing import Any

import numpy as np

from vmr.cues.borders import Span
from vmr.cues.course import Course
from vmr.cues.starts import Ending, Start, best_starts, ending
from vmr.cues.track_sound import GRID_S, TrackSound
from vmr.embedding import Array
from vmr.errors import Notice, VmrError

SHORTEST_S = 0.5  # of a span that a start is sought for
ENDINGS = {"own": "cut", "beat": "cut", "fade": "fade"}
QUIET_DB = 30.0  # below the loudest: drawn as nothing


def whole_or_part(course: Course, start_s: float, end_s: float | None) -> Span:
    """The film between two of its seconds, to its end for None. Raises VmrError for a part that it
    does not have."""
    last = course.duration_s if end_s is None else min(end_s, course.duration_s)
    if not 0 <= start_s <= last - min(SHORTEST_S, course.duration_s):
        raise VmrError("cues.no_span", seconds=course.duration_s)
    return Span(start_s, last, 0.0, "", 0.0, Notice("cues.begins"))


def proposals(course: Course, span: Span, sound: TrackSound) -> dict[str, Any]:
    """As JSON, all in seconds: ``starts``, the best first; ``beats``, ``bars`` and ``onsets``
    of the track; ``cuts`` of the picture from the span's beginning;
    ``levels`` (G,) of the track and ``energy`` (E,) of the picture, 0 to 100, a value for each
    ``step``."""
    starts = best_starts(course, span, sound)
    cuts = course.cuts(span.start_s, span.end_s) - span.start_s
    grid = np.arange(max(1, round(span.length_s / GRID_S))) * GRID_S + span.start_s
    energy = np.interp(grid, course.times_s, course.energy)
    return {
        "seconds": round(sound.seconds, 3),
        "start": round(span.start_s, 3),
        "length": round(span.length_s, 3),
        "step": GRID_S,
        "starts": [_start(start, ending(start.in_s, span.length_s, sound)) for start in starts],
        "beats": _rounded(sound.beats_s),
        "bars": _rounded(sound.bars_s),
        "onsets": _rounded(sound.onsets_s),
        "cuts": _rounded(cuts),
        "levels": percents(1 + (sound.level_db - sound.level_db.max()) / QUIET_DB),
        "energy": percents((energy - 1) / 4),
    }


def percents(shares: Array) -> list[int]:
    """(G,) of 0 to 1 -> G whole numbers of 0 to 100."""
    return [int(share) for share in (np.clip(shares, 0, 1) * 100).round()]


def _rounded(seconds: Array) -> list[float]:
    return [round(float(second), 3) for second in seconds]


def _start(start: Start, lands: Ending) -> dict[str, Any]:
    return {
        "in": start.in_s,
        "hits": start.hits,
        "cuts": start.cuts,
        "why": start.why.in_languages(),
        "ending": "loop" if lands.loops else ENDINGS[lands.kind],
        "fade_out": round(lands.fade_out_s, 3),
    }
