"""Where cues lie in frames, on which track, and how loud they are at every moment.

Editing programs cut on frames: every export takes its times from here, so that all of them agree.
Cues that overlap lie on two tracks. A cue that is longer than what is left of its track begins it
again, as one more piece.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from vmr.timeline.project import Cue, Timeline

SILENT_DB = -60.0
FADE_SHARES = (0.0, 0.03, 0.1, 0.2, 0.35, 0.5, 0.7, 1.0)  # of a fade, where a point is set
DROP_FRAME = (Fraction(30000, 1001), Fraction(60000, 1001))


@dataclass(frozen=True)
class Piece:
    """Frames start to end of the film, from frame ``first`` of a track; lane 0 is the first music
    track. is_last: no further piece of the cue follows."""

    cue: Cue
    lane: int
    start: int
    end: int
    first: int
    number: int

    @property
    def length(self) -> int:
        """Frames in the film."""
        return self.end - self.start


def frames(seconds: float, fps: Fraction) -> int:
    """The frame that is nearest to a time."""
    return round(Fraction(seconds) * fps)


def placed(timeline: Timeline) -> tuple[Piece, ...]:
    """All pieces, cue by cue in the order of their start."""
    fps = timeline.film.fps
    last = frames(timeline.film.seconds, fps)
    free: list[int] = []  # for each lane the frame from which it is free
    pieces: list[Piece] = []
    for number, cue in enumerate(timeline.cues, start=1):
        start, end = frames(cue.start_s, fps), min(frames(cue.end_s, fps), last)
        lane = next((i for i, at in enumerate(free) if at <= start), len(free))
        free[lane:] = [end] if lane == len(free) else [end, *free[lane + 1 :]]
        pieces += _pieces(cue, lane, start, end, fps, number)
    return tuple(pieces)


def _pieces(cue: Cue, lane: int, start: int, end: int, fps: Fraction, number: int) -> list[Piece]:
    whole = math.floor(Fraction(cue.music.seconds) * fps)  # frames that are there for certain
    first = frames(cue.in_s, fps)
    if whole <= 0:
        return [Piece(cue, lane, start, end, first, number)]
    first = min(first, whole - 1)
    pieces = []
    while start < end:
        length = min(end - start, whole - first)
        pieces.append(Piece(cue, lane, start, start + length, first, number))
        start, first = start + length, 0
    return pieces


def lanes(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The pieces of each music track."""
    return [
        [piece for piece in pieces if piece.lane == lane]
        for lane in range(1 + max((piece.lane for piece in pieces), default=-1))
    ]


def gain_points(timeline: Timeline, cue: Cue) -> tuple[tuple[float, float], ...]:
    """(seconds after the cue's start, dB) of its gain, fades and ducking, to be joined by straight
    lines; the first and the last are at its ends."""
    length = cue.length_s
    times = {0.0, length}
    times |= {share * cue.fade_in_s for share in FADE_SHARES}
    times |= {length - share * cue.fade_out_s for share in FADE_SHARES}
    ducks = [(at - cue.start_s, db) for at, db in timeline.ducking] if cue.duck else []
    times |= {at for at, _ in ducks if 0 < at < length}
    return tuple(
        (at, max(cue.gain_db + _fade_db(cue, at) + _between(ducks, at), SILENT_DB))
        for at in sorted(time for time in times if 0 <= time <= length)
    )


def gain_frames(timeline: Timeline, cue: Cue) -> dict[int, float]:
    """``gain_points`` at frames of the film: of several in one frame the last, at the cue's first
    frame the first, so that both ends are as they are there."""
    fps, found = timeline.film.fps, dict[int, float]()
    begun = frames(cue.start_s, fps)
    for at, db in gain_points(timeline, cue):
        frame = begun + frames(at, fps)
        if frame != begun or begun not in found:
            found[frame] = db
    return found


def _fade_db(cue: Cue, at: float) -> float:
    """Both fades, straight lines of the amplitude."""
    rise = 1.0 if cue.fade_in_s <= 0 else min(at / cue.fade_in_s, 1.0)
    left = cue.length_s - at
    fall = 1.0 if cue.fade_out_s <= 0 else min(left / cue.fade_out_s, 1.0)
    amplitude = max(rise * fall, 10 ** (SILENT_DB / 20))
    return 20 * math.log10(amplitude)


def _between(points: Sequence[tuple[float, float]], at: float) -> float:
    if not points:
        return 0.0
    times, values = zip(*points, strict=True)
    return float(np.interp(at, times, values))
