"""CMX 3600: the edit decision list that every program reads. Picture and sound as events.

Sound lies on the channels A (the film's own) and A2 onwards; there is no gain in this format, so
gain, fades and ducking are comments. Timecode begins at 00:00:00:00 and drops frames at 29.97 and
59.94 frames a second. Lines hold ASCII alone: other letters become the nearest or ``?``.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction

from opentimelineio.opentime import RationalTime, to_timecode

from vmr.timeline.otio import clip_name, credit
from vmr.timeline.placing import DROP_FRAME, frames, placed
from vmr.timeline.project import Cue, Timeline


@dataclass(frozen=True)
class Event:
    """One line of the list: frames of the source and of the film, with comments."""

    reel: str
    channel: str
    first: int
    start: int
    length: int
    comments: tuple[str, ...]


def edl_text(timeline: Timeline) -> str:
    """The file ``.edl``."""
    fps = timeline.film.fps
    mode = "DROP FRAME" if fps in DROP_FRAME else "NON-DROP FRAME"
    lines = [f"TITLE: {ascii_line(timeline.name)[:70]}", f"FCM: {mode}", ""]
    for number, event in enumerate(_events(timeline), start=1):
        times = (event.first, event.first + event.length, event.start, event.start + event.length)
        codes = " ".join(timecode(frame, fps) for frame in times)
        lines.append(f"{number:03d}  {event.reel:8} {event.channel:5} C        {codes}")
        lines += [f"* {ascii_line(comment)}" for comment in event.comments]
    return "\n".join([*lines, ""])


def timecode(frame: int, fps: Fraction) -> str:
    """``1800`` at 30000/1001 -> "00:01:00;02": frames are dropped from the count, not the film."""
    rate = float(fps)
    return str(to_timecode(RationalTime(frame, rate), rate, fps in DROP_FRAME))


def ascii_line(text: str) -> str:
    """Letters without their marks, on one line."""
    plain = unicodedata.normalize("NFKD", " ".join(text.split()))
    marked = "".join(c for c in plain if not unicodedata.combining(c))
    return marked.encode("ascii", "replace").decode()


def _events(timeline: Timeline) -> list[Event]:
    film = timeline.film
    length, name = frames(film.seconds, film.fps), film.path.replace("\\", "/").rpartition("/")[2]
    seen = (f"FROM CLIP NAME:  {name}",)
    events = [Event(reel(name), "V", 0, 0, length, seen)]
    if timeline.has_own_sound:
        level = (f"AUDIO LEVEL: {timeline.original_gain_db:+.1f} DB",)
        events.append(Event(reel(name), "A", 0, 0, length, seen + level))
    for piece in placed(timeline):
        file = piece.cue.music.path.rpartition("/")[2]
        channel, comments = f"A{piece.lane + 2}", _comments(piece.cue, file)
        events.append(Event(reel(file), channel, piece.first, piece.start, piece.length, comments))
    return events


def _comments(cue: Cue, file: str) -> tuple[str, ...]:
    ducked = ", DUCKED UNDER SPEECH" if cue.duck else ""
    return (
        f"FROM CLIP NAME:  {clip_name(cue)}",
        f"SOURCE FILE: {file}",
        f"MUSIC: {credit(cue)}",
        f"AUDIO LEVEL: {cue.gain_db:+.1f} DB, FADE IN {cue.fade_in_s:g} S, "
        f"FADE OUT {cue.fade_out_s:g} S{ducked}",
    )


def reel(name: str) -> str:
    """Eight letters and digits of a file's name, AX where it has none."""
    return re.sub(r"[^A-Z0-9]", "", ascii_line(name.rpartition(".")[0] or name).upper())[:8] or "AX"
